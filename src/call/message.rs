//! Messages.

use super::Call;
use crate::model::{Message, NewMessage};

/// Sends a message (`POST /messages`). Intercom has no idempotency key: sent again, it is a second
/// message.
pub fn create(message: &NewMessage) -> Call<Message> {
    Call::post(&["messages"], message)
}
