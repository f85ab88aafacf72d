//! Messages that the Worker's outbox sends, and their states.

use super::{Body, Call, PageRequest};
use crate::model::{List, Message, OutboxMessage};

/// Sends a message; the body is a [`NewMessage`](crate::model::NewMessage). With an idempotency key
/// it is sent once, however often the call is made. Intercom itself knows no keys.
pub fn send(message: &impl Body) -> Call<Message> {
    Call::post("/messages", &[]).with_body(message)
}

/// Conditions for messages to list; the default is all messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter<'a> {
    /// Only messages in this state, a value of
    /// [`MessageState::as_str`](crate::model::MessageState::as_str).
    pub state: Option<&'a str>,
    /// Only messages created after this time, in seconds since 1970.
    pub created_after: Option<i64>,
    /// Only messages created before this time, in seconds since 1970.
    pub created_before: Option<i64>,
    /// Only messages of this batch.
    pub batch_id: Option<&'a str>,
    /// Only messages of this caller; needs the scope to see the messages of other callers.
    pub caller: Option<&'a str>,
}

/// Lists messages, newest first and without their text. A page holds 50 items by default, and 150
/// at most.
///
/// ```
/// use intercom_edge::call::{PageRequest, outbox};
/// use intercom_edge::model::MessageState;
/// let unknown = outbox::MessageFilter { state: Some(MessageState::Unknown.as_str()), ..Default::default() };
/// let call = outbox::list(unknown, &PageRequest::default());
/// assert_eq!(call.target(), Ok("/edge/messages?state=unknown"));
/// ```
pub fn list(filter: MessageFilter<'_>, page: &PageRequest<'_>) -> Call<List<OutboxMessage>> {
    Call::get("/edge/messages", &[])
        .with_query("state", filter.state)
        .with_number("created_after", filter.created_after)
        .with_number("created_before", filter.created_before)
        .with_query("batch_id", filter.batch_id)
        .with_query("caller", filter.caller)
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
