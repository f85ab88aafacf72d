//! Messages that the Worker's outbox sends, and their states.

use super::{Accept, Body, Call, PageRequest, Parts, Stream};
use crate::model::{List, Message, MessageCounts, MessageKind, MessageState, OutboxMessage};
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
    /// Selects messages to this contact, by Intercom's id.
    pub contact_id: Option<String>,
    /// Selects messages that were rendered from the template with this name.
    pub template: Option<String>,
}

impl MessageFilter {
    fn of<T>(&self, mut call: Call<T>) -> Call<T> {
        self.add_to(&mut call.parts);
        call
    }

    /// Adds the filter to a query. It is compiled once instead of once for each type of response.
    #[inline(never)]
    fn add_to(&self, parts: &mut Parts) {
        parts.add_parameter("state", self.state.as_ref().map(MessageState::as_str));
        parts.add_parameter("kind", self.kind.as_ref().map(MessageKind::as_str));
        parts.add_number("created_after", self.created_after);
        parts.add_number("created_before", self.created_before);
        for (name, value) in [
            ("batch_id", &self.batch_id),
            ("caller", &self.caller),
            ("contact_id", &self.contact_id),
            ("template", &self.template),
        ] {
            parts.add_parameter(name, value.as_deref());
        }
    }
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
    filter.of(Call::get("/edge/messages", &[])).with_page(page)
}

/// Counts the messages in each state.
pub fn counts(filter: &MessageFilter) -> Call<MessageCounts> {
    filter.of(Call::get("/edge/messages/counts", &[]))
}

/// Exports messages as NDJSON, newest first and without their text: one [`OutboxMessage`] per line.
pub fn export(filter: &MessageFilter) -> Call<Stream> {
    filter.of(Call::get("/edge/messages/export", &[])).accepting(Accept::File)
}

/// Gets a message with what was sent and what was answered.
pub fn get(id: &str) -> Call<OutboxMessage> {
    Call::get("/edge/messages/{id}", &[id])
}

/// Sends a message again whose state is `unknown`: it may arrive twice.
pub fn retry(id: &str) -> Call<Message> {
    Call::post("/edge/messages/{id}/retry", &[id])
}

/// Confirms that an `unknown` message arrived. Its state becomes `sent`.
pub fn confirm(id: &str) -> Call<OutboxMessage> {
    Call::post("/edge/messages/{id}/confirm", &[id])
}

/// Sends a copy of a `failed` message. With an idempotency key one copy is sent, however often the
/// call is made.
pub fn resend(id: &str) -> Call<Message> {
    Call::post("/edge/messages/{id}/resend", &[id])
}
