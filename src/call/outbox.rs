//! Messages through the Worker's outbox, and what became of them.

use super::{Call, IdempotencyKey};
use crate::model::{Cursor, List, Message, MessageState, NewMessage, OutboxMessage};

/// Sends a message through the Worker (`POST /messages`): as [`message::create`], and with a key
/// once, however often the call is sent.
///
/// [`message::create`]: super::message::create
pub fn send(message: &NewMessage, key: Option<IdempotencyKey>) -> Call<Message> {
    super::message::create(message).with_key(key)
}

/// Which messages to list; all of them by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// In this state.
    pub state: Option<MessageState>,
    /// That came after this time, in seconds since 1970.
    pub created_after: Option<i64>,
    /// That came before this time, in seconds since 1970.
    pub created_before: Option<i64>,
    /// Of this batch.
    pub batch_id: Option<String>,
    /// Of this caller, for who may see everybody's.
    pub caller: Option<String>,
}

/// Lists messages (`GET /edge/messages`), the newest first and without their text. A page holds 50
/// unless asked, 150 at most.
///
/// ```
/// use intercom_edge::call::outbox::{self, Filter};
/// use intercom_edge::model::{Cursor, MessageState};
/// let unknown = Filter { state: Some(MessageState::Unknown), ..Filter::default() };
/// assert_eq!(outbox::list(&unknown, &Cursor::default()).target, "/edge/messages?state=unknown");
/// ```
pub fn list(filter: &Filter, page: &Cursor) -> Call<List<OutboxMessage>> {
    Call::get(&["edge", "messages"])
        .with_query("state", filter.state.as_ref().map(MessageState::as_str))
        .with_query("created_after", filter.created_after)
        .with_query("created_before", filter.created_before)
        .with_query("batch_id", filter.batch_id.as_ref())
        .with_query("caller", filter.caller.as_ref())
        .with_query("per_page", page.per_page.get())
        .with_query("starting_after", page.starting_after.get())
}

/// Gets a message with what was sent and what was answered (`GET /edge/messages/{id}`).
pub fn get(id: &str) -> Call<OutboxMessage> {
    Call::get(&["edge", "messages", id])
}

/// Sends a message again of which nobody knows whether it arrived
/// (`POST /edge/messages/{id}/retry`).
pub fn retry(id: &str) -> Call<Message> {
    Call::new(super::Method::Post, &["edge", "messages", id, "retry"])
}
