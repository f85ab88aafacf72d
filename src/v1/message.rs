//! The answer to a message, in the dialect of API 1.x.

use crate::model::shape::model;
use crate::model::{Admin, Id, Message, MessageType, Timestamp};

model! {
    /// What `POST /messages` of API 1.x answers for an admin's message.
    pub struct AdminMessage {
        /// Intercom's id.
        id: Id,
        /// When it was accepted.
        created_at: Timestamp,
        /// An e-mail's subject.
        subject: String,
        /// The text, as HTML.
        body: String,
        /// An e-mail's look.
        template: String,
        /// E-mail or in-app.
        message_type: MessageType,
        /// The admin who sent it.
        owner: Admin,
    }
}

impl From<Message> for AdminMessage {
    /// The same fields; those that API 2.x left out are null, and what only 2.x has (the
    /// conversation that a contact's message began) stays.
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
