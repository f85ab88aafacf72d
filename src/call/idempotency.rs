//! The key by which the Worker's outbox knows a message again.

use crate::model::Invalid;

/// An idempotency key: 1 to 255 visible ASCII characters. With one, a call may be sent as often as
/// it takes: the outbox acts once and repeats its answer. Intercom itself knows no keys.
///
/// ```
/// use intercom_edge::call::IdempotencyKey;
/// assert!(IdempotencyKey::new("order-4711").is_ok());
/// assert!(IdempotencyKey::new("order 4711").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of a text.
    ///
    /// # Errors
    /// The text is empty, too long, or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text));
        }
        Err(Invalid {
            field: "Idempotency-Key".to_owned(),
            message: "A key is 1 to 255 visible ASCII characters".to_owned(),
        })
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
