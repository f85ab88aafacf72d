//! A response in plain data, as the outbox stores it and the Worker's objects send it to each other.

use crate::client;
use crate::edge::response::{JSON, header};
use serde::{Deserialize, Serialize};

/// A response in plain data, which can be stored and sent again.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The response is Intercom's, not the Worker's.
    pub upstream: bool,
    /// The headers: names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// For the log, as [`Answer::cause`](crate::edge::response::Answer::cause).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The body, which is stored apart.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl StoredResponse {
    /// Makes a stored response of Intercom's response.
    pub fn of_upstream(answer: client::BufferedResponse) -> Self {
        let client::BufferedResponse { status, headers, body } = answer;
        Self { status, upstream: true, headers, cause: None, body }
    }

    /// Makes a response with JSON, as [`Answer::json`](crate::edge::response::Answer::json) does.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body, ..Self::default() }.with("content-type", JSON)
    }

    /// Adds a header. `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Finds the value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}
