//! What can be asked of Intercom, API 2.x, and of the Worker itself: one file a resource, one
//! function a call. A call is a value; nothing here does I/O.

pub mod admin;
pub mod batch;
pub mod company;
pub mod contact;
pub mod conversation;
pub mod data_attribute;
pub mod event;
mod idempotency;
pub mod message;
pub mod note;
pub mod notify;
mod operation;
pub mod outbox;
pub mod segment;
pub mod tag;
pub mod template;
pub mod visitor;

pub use idempotency::IdempotencyKey;
pub use operation::{is_of_outbox, is_read, is_repeatable};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Serialize;
use std::fmt::Write;
use std::marker::PhantomData;

/// The methods that Intercom's API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or searches.
    Post,
    /// Updates.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A call: what is sent, and by its type how the answer is read.
///
/// ```
/// use intercom_edge::call::contact;
/// let call = contact::get("63a07ddf05a32042dffac965");
/// assert_eq!(call.target, "/contacts/63a07ddf05a32042dffac965");
/// ```
#[derive(Debug)]
pub struct Call<T> {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: String,
    /// The body, JSON.
    pub body: Option<String>,
    /// Whether sending it again changes nothing: every `GET`, and searches.
    pub read: bool,
    /// By which the Worker's outbox knows the call again.
    pub key: Option<IdempotencyKey>,
    answer: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    /// A call of any path, percent-encoded, for what no function here asks.
    pub fn of(method: Method, target: String, body: Option<String>) -> Self {
        let read = is_read(method.as_str(), &target);
        Self { method, target, body, read, key: None, answer: PhantomData }
    }

    /// A call without a body, which writes unless it is a `GET`.
    fn new(method: Method, segments: &[&str]) -> Self {
        Self::of(method, path(segments), None)
    }

    /// A call that reads the path of these segments.
    fn get(segments: &[&str]) -> Self {
        Self::new(Method::Get, segments)
    }

    /// A call that posts a body.
    fn post(segments: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::Post, segments).with_body(body)
    }

    /// A call that puts a body.
    fn put(segments: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::Put, segments).with_body(body)
    }

    /// A call that removes what the path names.
    fn delete(segments: &[&str]) -> Self {
        Self::new(Method::Delete, segments)
    }

    fn with_body(mut self, body: &impl Serialize) -> Self {
        // A model always encodes: its keys are texts and its numbers came from JSON.
        self.body = serde_json::to_string(body).ok();
        self
    }

    /// Adds a parameter to the query, if it has a value.
    fn with_query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            let separator = if self.target.contains('?') { '&' } else { '?' };
            let value = value.to_string();
            // Writing to a String can't fail.
            let _ = write!(self.target, "{separator}{name}={}", encode(&value));
        }
        self
    }

    /// A call that the Worker's outbox takes once, however often it is sent.
    pub(crate) fn with_key(mut self, key: Option<IdempotencyKey>) -> Self {
        self.key = key;
        self
    }

    /// Whether it may be sent again where nobody knows whether it arrived: it changes nothing, or
    /// has a key.
    pub fn is_repeatable(&self) -> bool {
        is_repeatable(self.method.as_str(), &self.target) || self.key.is_some()
    }

    /// The same call, its answer read as another type.
    pub fn answering<U>(self) -> Call<U> {
        Call {
            method: self.method,
            target: self.target,
            body: self.body,
            read: self.read,
            key: self.key,
            answer: PhantomData,
        }
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            method: self.method,
            target: self.target.clone(),
            body: self.body.clone(),
            read: self.read,
            key: self.key.clone(),
            answer: PhantomData,
        }
    }
}

/// Everything but RFC 3986's unreserved characters: a value can't leave its segment or parameter.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

fn path(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        // Writing to a String can't fail.
        let _ = match *segment {
            // A URL parser would resolve these, encoded or not: encoded twice they name nobody.
            "." => write!(path, "/%252E"),
            ".." => write!(path, "/%252E%252E"),
            // Without it the path would be another resource's.
            "" => write!(path, "/%00"),
            segment => write!(path, "/{}", encode(segment)),
        };
    }
    path
}
