//! A response in plain data, as the outbox stores it and the Worker's objects send it to each other.

use crate::client;
use crate::edge::response::{JSON, header};
use serde::{Deserialize, Serialize};

/// An answer in plain data, which can be kept and told again.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// Whether Intercom spoke, and not the Worker.
    pub upstream: bool,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// For the log, as [`Answer::cause`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The body, which is kept apart.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl StoredResponse {
    /// Intercom's answer.
    pub fn of_upstream(answer: client::BufferedResponse) -> Self {
        let client::BufferedResponse { status, headers, body } = answer;
        Self { status, upstream: true, headers, cause: None, body }
    }

    /// JSON of the Worker's own, as [`Answer::json`].
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body, ..Self::default() }.with("content-type", JSON)
    }

    /// Adds a header; `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header's value; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}
