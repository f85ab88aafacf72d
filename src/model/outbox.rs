//! The outbox's messages, as the Worker tells of them.

use super::shape::{model, words};
use super::template::TemplateVersion;
use super::{Id, Object, Timestamp};

words! {
    /// What became of a message. An `unknown` one is never sent again by itself.
    pub enum MessageState {
        /// Nothing has gone out.
        Queued = "queued",
        /// Its bytes may be on their way.
        Sending = "sending",
        /// Intercom accepted it.
        Sent = "sent",
        /// It was not sent. The same idempotency key sends it, unless Intercom rejected it.
        Failed = "failed",
        /// Bytes went out and no answer tells whether it was sent. Only someone's retry sends it again.
        Unknown = "unknown",
    }
}

model! {
    /// A message of the outbox, an `edge.message`.
    pub struct OutboxMessage = "edge.message" {
        /// The outbox's id.
        #[ts(as = "String")]
        id: String,
        /// What it is: `message`, or `conversation` for a reply or a new conversation.
        kind: String,
        /// The caller who sent it.
        #[ts(as = "String")]
        caller: String,
        /// What became of it.
        #[ts(as = "MessageState")]
        state: MessageState,
        /// When it came.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Every state that it has had.
        #[ts(as = "Vec<StateChange>")]
        history: Vec<StateChange>,
        /// The key that it came with.
        idempotency_key: String,
        /// Intercom's id, once it is sent.
        #[ts(as = "super::Field<String>")]
        message_id: Id,
        /// The person, by Intercom's id.
        #[ts(as = "super::Field<String>")]
        contact_id: Id,
        /// The conversation that it replies to.
        conversation_id: String,
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
        #[ts(as = "MessageState")]
        state: MessageState,
        /// When.
        #[ts(as = "Timestamp")]
        at: Timestamp,
        /// Why.
        cause: String,
    }
}

model! {
    /// An answer of Intercom's as the outbox keeps it.
    pub struct StoredAnswer {
        /// The HTTP status.
        #[ts(as = "i64")]
        status: i64,
        /// The body.
        body: Object,
    }
}
