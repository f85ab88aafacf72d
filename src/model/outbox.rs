//! The outbox's messages, as the Worker tells of them.

use super::shape::{model, words};
use super::template::TemplateVersion;
use super::{Id, Object, Timestamp};

words! {
    /// What became of a message.
    pub enum MessageState {
        /// Nothing has gone out.
        Queued = "queued",
        /// Its bytes may be on their way.
        Sending = "sending",
        /// Intercom accepted it.
        Sent = "sent",
        /// It was not sent.
        Failed = "failed",
        /// Bytes went out and no answer tells.
        Unknown = "unknown",
    }
}

model! {
    /// A message of the outbox, an `edge.message`.
    pub struct OutboxMessage {
        /// The outbox's id.
        id: String,
        /// The caller who sent it.
        caller: String,
        /// What became of it.
        state: MessageState,
        /// When it came.
        created_at: Timestamp,
        /// Every state that it has had.
        history: Vec<StateChange>,
        /// The key that it came with.
        idempotency_key: String,
        /// Intercom's id, once it is sent.
        message_id: Id,
        /// The person, by Intercom's id.
        contact_id: Id,
        /// The batch that it is of.
        batch_id: String,
        /// The template that it was rendered from.
        template: TemplateVersion,
        /// What was sent; a list leaves it out.
        request: Object,
        /// What was answered; a list leaves it out.
        answer: StoredAnswer,
    }
}

model! {
    /// A state that a message came to.
    pub struct StateChange {
        /// The state.
        state: MessageState,
        /// When.
        at: Timestamp,
        /// Why.
        cause: String,
    }
}

model! {
    /// An answer of Intercom's as the outbox keeps it.
    pub struct StoredAnswer {
        /// The HTTP status.
        status: i64,
        /// The body.
        body: Object,
    }
}
