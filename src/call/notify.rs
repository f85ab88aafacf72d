//! One e-mail to one person, in one call to the Worker.

use super::{Call, IdempotencyKey};
use crate::model::{Message, Notification};

/// Finds the person, fills the template and sends (`POST /edge/notify`). Without a key it is sent
/// once and never again by itself.
///
/// ```
/// use intercom_edge::call::{IdempotencyKey, notify};
/// use intercom_edge::model::{Notification, To};
///
/// let welcome = Notification::template(To::user_id("john_doe"), "welcome").check()?;
/// let call = notify::send(&welcome, Some(IdempotencyKey::new("welcome-john")?));
/// assert_eq!(call.body.as_deref(), Some(r#"{"to":{"user_id":"john_doe"},"template":"welcome"}"#));
/// # Ok::<(), intercom_edge::model::Invalid>(())
/// ```
pub fn send(notification: &Notification, key: Option<IdempotencyKey>) -> Call<Message> {
    Call::post(&["edge", "notify"], notification).with_key(key)
}
