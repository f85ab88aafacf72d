//! An event: what a notification is about.

use serde_json::Value;

/// A topic and its item.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// The topic.
    pub topic: String,
    /// The changed object, as API 2.x shows it.
    pub item: Value,
    /// The delay after the request, in milliseconds.
    pub delay_ms: u64,
}

impl Event {
    /// Returns an event that happens with the request.
    pub fn new(topic: impl Into<String>, item: Value) -> Self {
        Self { topic: topic.into(), item, delay_ms: 0 }
    }
}
