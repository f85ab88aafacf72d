//! The response to a message, in API 1.x.

use crate::model::json::model;
use crate::model::{Admin, Id, Message, MessageType, Timestamp};

model! {
    /// The response of `POST /messages` in API 1.x to an admin's message.
    pub struct AdminMessage {
        /// Intercom's id.
        id: Id,
        /// Time at which Intercom accepted the message.
        created_at: Timestamp,
        /// Subject of an e-mail.
        subject: String,
        /// Text as HTML.
        body: String,
        /// Style of an e-mail.
        template: String,
        /// Channel: e-mail or in-app.
        message_type: MessageType,
        /// Admin who sent the message.
        owner: Admin,
    }
}

impl From<Message> for AdminMessage {
    /// Converts the response. Fields that API 2.x left out become null. A field that only API 2.x
    /// has stays: the conversation that a contact's message started.
    fn from(message: Message) -> Self {
        let mut extra = message.extra;
        if let Some(conversation) = message.conversation_id.get() {
            extra.insert("conversation_id".into(), conversation.to_string().into());
        }
        Self {
            r#type: message.r#type,
            id: message.id.or_null(),
            created_at: message.created_at.or_null(),
            subject: message.subject.or_null(),
            body: message.body.or_null(),
            template: message.template.or_null(),
            message_type: message.message_type.or_null(),
            owner: message.owner.or_null(),
            extra,
        }
    }
}
