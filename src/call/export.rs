//! Exports of the Worker: all contacts, companies or conversations, as one stream of lines.

use super::{Accept, Call, Format, Stream};
use crate::model::Role;
use serde::{Deserialize, Serialize};

/// The objects of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Exported {
    /// Users and leads.
    #[default]
    Contacts,
    /// Companies.
    Companies,
    /// Conversations, without their parts.
    Conversations,
}

impl Exported {
    /// All kinds of objects.
    pub const ALL: [Self; 3] = [Self::Contacts, Self::Companies, Self::Conversations];

    /// Returns the name in the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Companies => "companies",
            Self::Conversations => "conversations",
        }
    }
}

/// What to export, and how. The default is all contacts as NDJSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportQuery<'a> {
    /// Objects to export.
    pub of: Exported,
    /// Role of the contacts; both roles by default.
    pub role: Option<Role>,
    /// Format of the file; NDJSON by default.
    pub format: Format,
    /// Fields of each row, comma-separated; all fields by default.
    pub fields: Option<&'a str>,
    /// Exports only objects that changed after this time: seconds since 1970, an ISO 8601 time, or the `next` of
    /// an earlier export.
    pub since: Option<&'a str>,
    /// Time in seconds by which an export overlaps with the earlier export that `since` continues; 900 by
    /// default.
    pub overlap: Option<u32>,
    /// Adds a line with the [progress](crate::model::ExportProgress) after each page. Only for NDJSON.
    pub markers: bool,
    /// Continues an interrupted export: the `resume` of the last marker that arrived.
    pub resume: Option<&'a str>,
}

/// Exports contacts, companies or conversations. The response is a stream of lines.
///
/// ```
/// use intercom_edge::call::export::{ExportQuery, start};
/// use intercom_edge::model::Role;
/// let users = ExportQuery { role: Some(Role::User), fields: Some("id,email"), ..ExportQuery::default() };
/// assert_eq!(start(&users).target(), Ok("/edge/export?of=contacts&role=user&fields=id%2Cemail"));
/// ```
pub fn start(query: &ExportQuery<'_>) -> Call<Stream> {
    Call::get("/edge/export", &[])
        .with_query("of", Some(query.of.as_str()))
        .with_query("role", query.role.as_ref().map(Role::as_str))
        .with_query("format", (query.format == Format::Csv).then_some("csv"))
        .with_query("fields", query.fields)
        .with_query("since", query.since)
        .with_number("overlap", query.overlap.map(i64::from))
        .with_query("markers", query.markers.then_some("true"))
        .with_query("resume", query.resume)
        .accepting(Accept::File)
}
