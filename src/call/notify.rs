//! One e-mail to one person, in one call to the Worker.

use super::{Body, Call};
use crate::model::Message;

/// Finds the person, renders the template and sends the e-mail. The body is a
/// [`Notification`](crate::model::Notification). Without an idempotency key it is sent once and
/// never repeated automatically.
///
/// ```
/// use intercom_edge::call::{IdempotencyKey, notify};
/// use intercom_edge::model::{Notification, To};
///
/// let welcome = Notification::template(To::user_id("john_doe"), "welcome").build()?;
/// let call = notify::send(&welcome).with_key(IdempotencyKey::new("welcome-john")?);
/// assert_eq!(call.body(), Some(r#"{"to":{"user_id":"john_doe"},"template":"welcome"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn send(notification: &impl Body) -> Call<Message> {
    Call::post("/edge/notify", &[]).with_body(notification)
}
