//! Messages of the Worker's outbox.

use super::json::{model, open_enum};
use super::template::TemplateVersion;
use super::{Id, Object, Timestamp};

open_enum! {
    /// The state of a message in the outbox. The outbox never sends an `unknown` message again by
    /// itself.
    pub enum MessageState {
        /// The message waits to be sent.
        Queued = "queued",
        /// The message is being sent.
        Sending = "sending",
        /// Intercom accepted the message.
        Sent = "sent",
        /// The message was not sent. A request with the same idempotency key sends it again, unless
        /// Intercom rejected it.
        Failed = "failed",
        /// The request was sent but no response arrived, so the message may or may not have been
        /// sent. It is sent again only when someone retries it.
        Unknown = "unknown",
    }
}

impl MessageState {
    /// Returns true if the message stays in this state until someone sends it again.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}

open_enum! {
    /// The kind of a message in the outbox.
    pub enum MessageKind {
        /// A message or a notification.
        Message = "message",
        /// A reply to a conversation, or the creation of one. Reading it needs `conversations:read`.
        Conversation = "conversation",
    }
}

model! {
    /// A message of the outbox, an `edge.message`.
    pub struct OutboxMessage = "edge.message" {
        /// Id in the outbox.
        #[ts(as = "String")]
        id: String,
        /// Kind: a message, or a reply or new conversation.
        #[ts(as = "MessageKind")]
        kind: MessageKind,
        /// Name of the caller who sent the message.
        #[ts(as = "String")]
        caller: String,
        /// State of the message.
        #[ts(as = "MessageState")]
        state: MessageState,
        /// Time at which the outbox accepted the message.
        #[ts(as = "i64")]
        created_at: Timestamp,
        /// All states of the message so far, oldest first.
        #[ts(as = "Vec<StateChange>")]
        history: Vec<StateChange>,
        /// Idempotency key of the request.
        idempotency_key: String,
        /// Intercom's id of the message, once it is sent.
        #[ts(as = "super::Field<String>")]
        message_id: Id,
        /// Intercom's id of the contact: the recipient, or the contact who started the conversation.
        #[ts(as = "super::Field<String>")]
        contact_id: Id,
        /// E-mail address of the recipient. Null if it is not known, and without `contacts:read`.
        recipient_email: String,
        /// Name of the recipient. Null if it is not known, and without `contacts:read`.
        recipient_name: String,
        /// Subject of an e-mail, at most 1,000 characters. Null for a message from a template without
        /// `contacts:read` and `admins:read`.
        subject: String,
        /// Id of the conversation that the message replies to.
        conversation_id: String,
        /// Id of the batch that created the message.
        batch_id: String,
        /// Id of the failed message that this message sends again.
        copy_of: String,
        /// Name of the caller who confirmed that the message arrived.
        confirmed_by: String,
        /// Template from which the message was rendered.
        template: TemplateVersion,
        /// Body that was sent to Intercom; lists leave it out.
        request: Object,
        /// Response of Intercom; lists leave it out.
        answer: StoredAnswer,
    }
}

model! {
    /// A change of a message's state.
    pub struct StateChange {
        /// New state.
        #[ts(as = "MessageState")]
        state: MessageState,
        /// Time of the change.
        #[ts(as = "i64")]
        at: Timestamp,
        /// Reason for the change.
        cause: String,
        /// Name of the caller who confirmed that the message arrived.
        confirmed_by: String,
    }
}

model! {
    /// The numbers of messages in each state, an `edge.message_counts`.
    pub struct MessageCounts = "edge.message_counts" {
        /// Messages that wait to be sent.
        #[ts(as = "i64")]
        queued: i64,
        /// Messages that are being sent.
        #[ts(as = "i64")]
        sending: i64,
        /// Messages that Intercom accepted.
        #[ts(as = "i64")]
        sent: i64,
        /// Messages that were not sent.
        #[ts(as = "i64")]
        failed: i64,
        /// Messages that were transmitted with an unknown result.
        #[ts(as = "i64")]
        unknown: i64,
        /// Messages in all states.
        #[ts(as = "i64")]
        total: i64,
    }
}

model! {
    /// A response of Intercom that the outbox stored.
    pub struct StoredAnswer {
        /// HTTP status.
        #[ts(as = "i64")]
        status: i64,
        /// Body of the response.
        body: Object,
    }
}
