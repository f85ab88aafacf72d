//! The messages between the Worker, the object that runs an export, and the objects that read pages for it.

use crate::call::export::Exported;
use crate::client::RateLimit;
use crate::edge::export::range::Range;
use crate::edge::export::rows::Selection;
use crate::edge::export::token::{Origin, Resume};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The binding of the objects that run exports and read pages.
pub const EXPORTERS: &str = "EXPORTERS";

/// The header that has a [`PageReply`]: the body of the response is passed on unread.
pub const REPLY: &str = "page-reply";

/// A command to an `Exporter`.
#[derive(Debug, Deserialize, Serialize)]
pub enum Command {
    /// Runs an export, and answers with its stream.
    Run(Box<Job>),
    /// Reads a page, and answers with its rows.
    Read(Box<PageQuery>),
}

/// An export.
#[derive(Debug, Deserialize, Serialize)]
pub struct Job {
    /// The id of the request, for the log.
    pub id: String,
    /// The objects to export.
    pub of: Exported,
    /// The role of the contacts: `user` or `lead`.
    pub role: Option<String>,
    /// The rows.
    pub selection: Selection,
    /// Write markers.
    pub markers: bool,
    /// The token of an interrupted export.
    pub resume: Option<Resume>,
    /// The token of an earlier export, in `since`.
    pub earlier: Option<Origin>,
    /// The hash of what must not change when the export is resumed.
    pub query: String,
    /// The hash of what must not change between an export and one of later changes.
    pub mirror: String,
}

/// A page to read.
#[derive(Debug, Deserialize, Serialize)]
pub struct PageQuery {
    /// The objects.
    pub of: Exported,
    /// The role of the contacts.
    pub role: Option<String>,
    /// The rows.
    pub selection: Selection,
    /// The range; `None` for a single list.
    pub range: Option<Range>,
    /// The cursor of the page.
    pub cursor: Option<String>,
    /// The number of objects in the range above which only the number is needed.
    pub limit: Option<u64>,
}

/// The outcome of a [`PageQuery`]; the rows, or Intercom's error, are the body of the response.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct PageReply {
    /// The status of Intercom's response; 0 if there was none.
    pub status: u16,
    /// Intercom did not answer in time.
    pub timed_out: bool,
    /// The page could not be read, for this reason.
    pub unreadable: Option<String>,
    /// The number of rows.
    pub rows: u64,
    /// The number of objects in the range.
    pub total: Option<u64>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The range has more objects than the limit of the query, so there are no rows.
    pub is_over_limit: bool,
    /// The rate limit: the limit, the remaining requests, and the reset in seconds since 1970.
    pub rate_limit: Option<(u32, u32, u64)>,
    /// The time that Intercom took, in milliseconds.
    pub took: u64,
    /// The wait that a 429 or 503 requests, in milliseconds.
    pub wait: Option<u64>,
}

impl PageReply {
    /// Returns the workspace's rate limit.
    pub fn limit(&self) -> Option<RateLimit> {
        let (limit, remaining, reset) = self.rate_limit?;
        Some(RateLimit { limit, remaining, reset: Duration::from_secs(reset) })
    }
}
