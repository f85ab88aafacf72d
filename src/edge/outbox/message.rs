//! A message in the outbox, as its row has it and as callers see it.

use crate::edge::outbox::protocol::{Job, TemplateKey, Viewer};
use crate::edge::outbox::transition::{self, Event, Step};
use crate::edge::response::StoredResponse;
use crate::model::{
    Field, Id, MessageKind, MessageState, OutboxMessage, StateChange, StoredAnswer, Timestamp,
    lenient,
};
use serde::Deserialize;
use serde_json::Value;

/// A row of the table of messages, without its bytes.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// The row's number, in order of arrival.
    pub number: i64,
    /// The id that callers use.
    pub id: String,
    /// The caller who owns the message.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// A hash of the request; the same request has the same one.
    pub fingerprint: Option<String>,
    /// The kind of message.
    pub kind: MessageKind,
    /// The id of the conversation that it replies to.
    pub conversation: Option<String>,
    /// The current state.
    pub state: MessageState,
    /// The time of arrival, in milliseconds since 1970.
    pub created: i64,
    /// All states that it has had, the current one last.
    pub history: Vec<Step>,
    /// The way in which its body is prepared.
    pub job: Job,
    /// Set once the stored body is ready to send; before, it is the request.
    pub made: bool,
    /// Intercom's id of the contact, if it is known.
    pub contact: Option<String>,
    /// The recipient's e-mail address, if it is known.
    pub email: Option<String>,
    /// The recipient's name, if it is known.
    pub name: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The id of the failed message that this one sends again: the first one, if that is a copy itself.
    pub copy_of: Option<String>,
    /// Intercom's id of the message.
    pub message: Option<String>,
    /// The id of its batch.
    pub batch: Option<String>,
    /// The template that it is rendered from.
    pub template: Option<TemplateKey>,
    /// The response to its caller, without the body.
    pub answer: Option<StoredResponse>,
}

impl Message {
    /// Returns the state that follows an event; `None` if it can't happen to this message.
    pub fn after(&self, event: Event) -> Option<MessageState> {
        transition::next(&self.history, event)
    }

    /// Returns the id of the first message with this text: its own, unless it is a copy.
    pub fn original(&self) -> &str {
        self.copy_of.as_deref().unwrap_or(&self.id)
    }

    /// Checks if a request with the same idempotency key sends it again.
    pub fn is_renewable(&self) -> bool {
        self.after(Event::Renew).is_some()
    }

    /// Makes the model as a list shows it to a caller.
    pub fn listed(&self, viewer: &Viewer) -> OutboxMessage {
        let mut message = OutboxMessage::from(self);
        if !viewer.contacts {
            message.recipient_email = Field::Null;
            message.recipient_name = Field::Null;
        }
        if !viewer.rendered && self.template.is_some() {
            message.subject = Field::Null;
        }
        message
    }

    /// Makes the model of a single message: with the stored bytes of the request and of the response, if the caller
    /// may see them.
    pub fn with_bodies(
        &self,
        viewer: &Viewer,
        request: Option<&[u8]>,
        response_body: &[u8],
    ) -> OutboxMessage {
        if !viewer.rendered && self.template.is_some() {
            let (request, answer) = (Field::Null, Field::Null);
            return OutboxMessage { request, answer, ..self.listed(viewer) };
        }
        let answer = self.answer.as_ref().map(|response| StoredAnswer {
            status: i64::from(response.status).into(),
            body: Field::read(json_or_text(response_body)),
            ..StoredAnswer::default()
        });
        OutboxMessage {
            request: request.map_or(Field::Null, |bytes| Field::read(json_or_text(bytes))),
            answer: Field::nullable(answer),
            ..self.listed(viewer)
        }
    }
}

impl From<&Message> for OutboxMessage {
    fn from(message: &Message) -> Self {
        let id = |id: &Option<String>| Field::nullable(id.clone().map(Id::from));
        let confirmed_by = message.history.iter().rev().find_map(|step| step.confirmed_by.clone());
        Self {
            r#type: "edge.message".into(),
            id: message.id.as_str().into(),
            kind: message.kind.clone().into(),
            caller: message.caller.as_str().into(),
            state: message.state.clone().into(),
            created_at: Timestamp::of_milliseconds(message.created).into(),
            history: message.history.iter().map(StateChange::from).collect::<Vec<_>>().into(),
            idempotency_key: Field::nullable(message.key.clone()),
            message_id: id(&message.message),
            contact_id: id(&message.contact),
            recipient_email: Field::nullable(message.email.clone()),
            recipient_name: Field::nullable(message.name.clone()),
            subject: Field::nullable(message.subject.clone()),
            copy_of: Field::nullable(message.copy_of.clone()),
            confirmed_by: Field::nullable(confirmed_by),
            conversation_id: Field::nullable(message.conversation.clone()),
            batch_id: Field::nullable(message.batch.clone()),
            template: Field::nullable(message.template.as_ref().map(Into::into)),
            ..Self::default()
        }
    }
}

impl From<&Step> for StateChange {
    fn from(step: &Step) -> Self {
        Self {
            state: step.state.clone().into(),
            at: Timestamp::of_milliseconds(step.at).into(),
            cause: step.cause.clone().map_or(Field::Absent, Field::Known),
            confirmed_by: step.confirmed_by.clone().map_or(Field::Absent, Field::Known),
            ..Self::default()
        }
    }
}

/// Turns bytes into a JSON value: parsed if they are JSON, or else as a text.
fn json_or_text(bytes: &[u8]) -> Value {
    lenient::from_slice(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}
