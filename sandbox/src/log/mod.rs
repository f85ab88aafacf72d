//! The logs that `/_sandbox/requests` and `/_sandbox/messages` show.

pub(crate) mod messages;
pub(crate) mod requests;

use serde::Serialize;

/// A list of log entries.
#[derive(Serialize)]
pub(crate) struct LogList<T> {
    r#type: &'static str,
    total: usize,
    data: Vec<T>,
}

impl<T> LogList<T> {
    /// Returns a list of entries.
    pub fn new(data: Vec<T>) -> Self {
        Self { r#type: "list", total: data.len(), data }
    }
}
