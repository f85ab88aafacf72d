//! Messages that Intercom sends (Intercom's reference, "Messages").

use super::json::{model, open_enum};
use super::{Admin, Id, JsonRef, JsonType, Timestamp};
#[cfg(feature = "types")]
use super::{notification::Style, strict::Sender};
use serde_json::Value;

open_enum! {
    /// The channel of a message.
    pub enum MessageType {
        /// An e-mail, which needs a subject and a style (`template`).
        Email = "email",
        /// A message in the product's messenger.
        InApp = "inapp",
    }
}

model! {
    /// The body of `POST /messages` (Intercom's reference, "Create a message").
    #[ts(rename = "MessageFields")]
    pub struct NewMessage {
        /// Channel: e-mail or in-app.
        #[ts(as = "MessageType")]
        message_type: MessageType,
        /// Subject of an e-mail.
        #[ts(as = "String")]
        subject: String,
        /// Text; HTML is allowed.
        #[ts(as = "String")]
        body: String,
        /// Style of an e-mail: `plain` or `personal`.
        #[ts(as = "Style")]
        template: String,
        /// Sender: an admin, or a contact who starts a conversation.
        #[ts(as = "Sender<'static>")]
        from: Party,
        /// Recipient, or from API 2.11 on several.
        #[ts(type = "{ type: Word<Role>; id: string }")]
        to: Recipients,
    }
}

model! {
    /// The sender or a recipient of a message. API 2.x needs an `id`; API 1.x also accepts
    /// `user_id` or `email`.
    pub struct Party {
        /// Intercom's id.
        id: Id,
        /// Id that your own product assigned.
        user_id: Id,
        /// E-mail address.
        email: String,
    }
}

/// The recipients of a message: one, or from API 2.11 on several.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Recipients {
    /// One recipient.
    One(Party),
    /// Several recipients.
    Many(Vec<Party>),
}

impl JsonType for Recipients {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Array(_) => Vec::from_value(value).map(Self::Many),
            other => Party::from_value(other).map(Self::One),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::One(party) => party.json(),
            Self::Many(parties) => parties.json(),
        }
    }
}

model! {
    /// The response of `POST /messages`: an `admin_message`, or a `user_message` with the
    /// conversation that it started.
    pub struct Message = "admin_message" | "user_message" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Time at which Intercom accepted the message.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Subject of an e-mail.
        subject: String,
        /// Text as HTML.
        #[ts(as = "String")]
        body: String,
        /// Style of an e-mail.
        template: String,
        /// Channel: e-mail or in-app.
        #[ts(as = "MessageType")]
        message_type: MessageType,
        /// Id of the conversation that a contact's message started.
        conversation_id: Id,
        /// Admin who sent the message.
        owner: Admin,
    }
}
