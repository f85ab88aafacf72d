//! What a call sends.

use serde::Serialize;

/// The body of a request: a model, or [`JsonText`].
pub trait Body {
    /// Returns the body as JSON; `None` if JSON can't say it.
    fn to_json(&self) -> Option<String>;
}

impl<T: Serialize> Body for T {
    fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// The text of a JSON object that was encoded elsewhere; it is sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(pub String);

impl Body for JsonText {
    fn to_json(&self) -> Option<String> {
        Some(self.0.clone())
    }
}
