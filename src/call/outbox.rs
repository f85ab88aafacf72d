//! Messages that the Worker's outbox sends, and their states.

use super::{Body, Call, PageRequest};
use crate::model::{List, Message, MessageKind, MessageState, OutboxMessage};
use serde::{Deserialize, Serialize};

/// Sends a message; the body is a [`NewMessage`](crate::model::NewMessage). With an idempotency key
/// it is sent once, however often the call is made. Intercom itself knows no keys.
pub fn send(message: &impl Body) -> Call<Message> {
    Call::post("/messages", &[]).with_body(message)
}

/// Selects messages; the default selects all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct MessageFilter {
    /// Selects messages in this state.
    pub state: Option<MessageState>,
    /// Selects messages of this kind.
    pub kind: Option<MessageKind>,
    /// Selects messages created after this time, in seconds since 1970.
    pub created_after: Option<i64>,
    /// Selects messages created before this time, in seconds since 1970.
    pub created_before: Option<i64>,
    /// Selects messages of this batch.
    pub batch_id: Option<String>,
    /// Selects messages of this caller; needs the scope to see the messages of other callers.
    pub caller: Option<String>,
}

/// Lists messages, newest first and without their text. A page holds 50 items by default, and 150
/// at most.
///
/// ```
/// use intercom_edge::call::{PageRequest, outbox};
/// use intercom_edge::model::MessageState;
/// let unknown = outbox::MessageFilter { state: Some(MessageState::Unknown), ..Default::default() };
/// let call = outbox::list(&unknown, &PageRequest::default());
/// assert_eq!(call.target(), Ok("/edge/messages?state=unknown"));
/// ```
pub fn list(filter: &MessageFilter, page: &PageRequest<'_>) -> Call<List<OutboxMessage>> {
    Call::get("/edge/messages", &[])
        .with_query("state", filter.state.as_ref().map(MessageState::as_str))
        .with_query("kind", filter.kind.as_ref().map(MessageKind::as_str))
        .with_number("created_after", filter.created_after)
        .with_number("created_before", filter.created_before)
        .with_query("batch_id", filter.batch_id.as_deref())
        .with_query("caller", filter.caller.as_deref())
        .with_page(page)
}

/// Gets a message with what was sent and what was answered.
pub fn get(id: &str) -> Call<OutboxMessage> {
    Call::get("/edge/messages/{id}", &[id])
}

/// Sends a message again whose state is `unknown`: it may arrive twice.
pub fn retry(id: &str) -> Call<Message> {
    Call::post("/edge/messages/{id}/retry", &[id])
}
