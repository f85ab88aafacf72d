//! Messages: what is sent, and what comes back.

use super::shape::{model, words};
use super::{Admin, Id, Json, Shape, Timestamp};
#[cfg(feature = "types")]
use super::{notification::Style, strict::Sender};
use serde_json::Value;

words! {
    /// How a message reaches its reader.
    pub enum MessageType {
        /// By e-mail: needs a subject and a template.
        Email = "email",
        /// In the product's messenger.
        InApp = "inapp",
    }
}

model! {
    /// What `POST /messages` sends (Intercom's reference, "Create a message").
    #[ts(rename = "MessageFields")]
    pub struct NewMessage {
        /// E-mail or in-app.
        #[ts(as = "MessageType")]
        message_type: MessageType,
        /// An e-mail's subject.
        #[ts(as = "String")]
        subject: String,
        /// The text; HTML is allowed.
        #[ts(as = "String")]
        body: String,
        /// An e-mail's look: `plain` or `personal`.
        #[ts(as = "Style")]
        template: String,
        /// Who writes: an admin, or a contact who starts a conversation.
        #[ts(as = "Sender<'static>")]
        from: Party,
        /// Who reads.
        #[ts(type = "{ type: Word<Role>; id: string }")]
        to: Recipients,
    }
}

model! {
    /// One end of a message. API 2.x wants an `id`; 1.x also takes `user_id` or `email`.
    pub struct Party {
        /// Intercom's id.
        id: Id,
        /// The id that your own product gave.
        user_id: Id,
        /// E-mail address.
        email: String,
    }
}

/// One recipient, or from API 2.11 on a list of them.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Recipients {
    /// One.
    One(Party),
    /// Several.
    Many(Vec<Party>),
}

impl Shape for Recipients {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Array(_) => Vec::from_value(value).map(Self::Many),
            other => Party::from_value(other).map(Self::One),
        }
    }

    fn json(&self) -> Json<'_> {
        match self {
            Self::One(party) => party.json(),
            Self::Many(parties) => parties.json(),
        }
    }
}

model! {
    /// What `POST /messages` answers: an `admin_message`, or a `user_message` with the
    /// conversation that it began.
    pub struct Message = "admin_message" | "user_message" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// When it was accepted.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// An e-mail's subject.
        subject: String,
        /// The text, as HTML.
        #[ts(as = "String")]
        body: String,
        /// An e-mail's look.
        template: String,
        /// E-mail or in-app.
        #[ts(as = "MessageType")]
        message_type: MessageType,
        /// The conversation that a contact's message began.
        conversation_id: Id,
        /// The admin who sent it.
        owner: Admin,
    }
}
