//! Request bodies.

use serde::Serialize;

/// A request body: a model, or [`JsonText`].
pub trait Body {
    /// Returns the body as JSON; `None` if it cannot be JSON.
    fn to_json(&self) -> Option<String>;
}

impl<T: Serialize> Body for T {
    fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// The text of a JSON object, which is sent unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(pub String);

impl Body for JsonText {
    fn to_json(&self) -> Option<String> {
        Some(self.0.clone())
    }
}
