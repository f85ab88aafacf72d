//! The idempotency key of a message.

use super::InvalidArgument;

/// An idempotency key: 1 to 255 visible ASCII characters. A call with a key can be sent any number
/// of times: the Worker's outbox acts once and repeats its response. Intercom itself has no
/// idempotency keys.
///
/// ```
/// use intercom_edge::call::IdempotencyKey;
/// assert!(IdempotencyKey::new("order-4711").is_ok());
/// assert!(IdempotencyKey::new("order 4711").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The name of the header field.
    pub const HEADER: &'static str = "Idempotency-Key";

    /// Makes a key of a text.
    ///
    /// # Errors
    /// The text is empty, longer than 255 characters, or has a character that is not visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidArgument> {
        let text = text.into();
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text));
        }
        Err(InvalidArgument { name: Self::HEADER, expected: "1 to 255 visible ASCII characters" })
    }

    /// Returns the key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key's text.
    pub fn into_string(self) -> String {
        self.0
    }
}
