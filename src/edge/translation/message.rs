//! Messages: the recipient of API 1.x, by `id`, `user_id` or `email`, becomes a contact of API 2.x.

use crate::edge::intercom::person::{PersonRef, id_of};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::request::values;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::translation::body::{self, invalid, missing, well_formed};
use crate::edge::translation::person::{find_contact, merged, reference};
use crate::edge::translation::response::in_v1;
use crate::model::{Contact, Field, Id, Message, MessageType, NewMessage, Party, Recipients};
use crate::v1::{AdminMessage, PersonKind};

/// The sender or the recipient of a message, checked as far as possible without Intercom.
#[derive(Debug)]
pub enum PartyRef {
    /// An admin, by Intercom's id.
    Admin(Party),
    /// A user or a lead, and the body's field that names the person.
    Contact { kind: PersonKind, field: &'static str, person: PersonRef },
}

/// Translates Intercom's response to a message to API 1.x. `sent` is the message in API 2.x.
pub fn response(response: StoredResponse, sent: &[u8]) -> StoredResponse {
    in_v1(response, |mut answer: Message| {
        // API 2.x doesn't repeat the template, API 1.x did.
        if answer.template.is_absent() {
            answer.template = body::read(sent).map_or(Field::Absent, |it: NewMessage| it.template);
        }
        AdminMessage::from(answer)
    })
}

/// Translates a message of API 1.x to API 2.x. Gives the contact (the recipient, or else the sender), as far as it was
/// looked up, and the body.
pub async fn translated(
    intercom: &Intercom<'_>,
    body: &[u8],
) -> Result<(Option<Contact>, Vec<u8>), Rejection> {
    by_ids(intercom, body).await.map_err(merged)
}

async fn by_ids(
    intercom: &Intercom<'_>,
    body: &[u8],
) -> Result<(Option<Contact>, Vec<u8>), Rejection> {
    let mut message: NewMessage = body::read(body)?;
    let (from, to) = parties(&message)?;
    let (from, mut contact) = by_id(intercom, from).await?;
    message.from = from.into();
    if let Some(to) = to {
        let (to, recipient) = by_id(intercom, to).await?;
        contact = recipient;
        message.to = Recipients::One(to).into();
    }
    let body = serde_json::to_vec(&message).unwrap_or_default();
    Ok((contact, body))
}

/// Reads the sender and the recipient of a message. A contact who starts a conversation has no recipient.
pub fn parties(message: &NewMessage) -> Result<(PartyRef, Option<PartyRef>), Rejection> {
    let to = match &message.to {
        Field::Known(Recipients::One(to)) => Some(contact_of("to", to)?),
        Field::Absent if starts_conversation(message) => None,
        Field::Known(Recipients::Many(_)) => {
            let words = "A list of recipients is API 2.x: send Intercom-Version: 2.14";
            return Err(Rejection::parameter("to", words));
        }
        _ => {
            let words = "to is an object: {\"type\":\"user\",\"user_id\":\"…\"}";
            return Err(missing("to", words));
        }
    };
    let Field::Known(from) = &message.from else {
        return Err(missing("from", "from is an object: {\"type\":\"admin\",\"id\":\"…\"}"));
    };
    let from = match from.r#type.as_str() {
        Some("admin") => admin_of(from)?,
        _ => contact_of("from", from)?,
    };
    Ok((from, to))
}

/// Names a party by Intercom's id, as API 2.x needs it. A contact is returned, too.
async fn by_id(
    intercom: &Intercom<'_>,
    party: PartyRef,
) -> Result<(Party, Option<Contact>), Rejection> {
    let (kind, field, person) = match party {
        PartyRef::Admin(party) => return Ok((party, None)),
        PartyRef::Contact { kind, field, person } => (kind, field, person),
    };
    let contact = find_contact(intercom, Some(kind), field, person).await?;
    let role = kind.role().as_str().into();
    let id = Id::from(id_of(&contact)?).into();
    Ok((Party { r#type: role, id, ..Party::default() }, Some(contact)))
}

fn admin_of(party: &Party) -> Result<PartyRef, Rejection> {
    well_formed("from", party.invalid_field())?;
    let Some(id) = party.id.get() else {
        return Err(missing("from.id", "The admin's id is missing"));
    };
    values::id("from.id", &id.to_string())?;
    Ok(PartyRef::Admin(party.clone()))
}

fn contact_of(field: &'static str, party: &Party) -> Result<PartyRef, Rejection> {
    let kind = match party.r#type.as_str() {
        Some("user") => PersonKind::User,
        Some("contact" | "lead") => PersonKind::Lead,
        _ => {
            let words = if field == "from" { "admin, user or contact" } else { "user or contact" };
            return Err(invalid(&format!("{field}.type"), &format!("type is {words}")));
        }
    };
    let person = reference(field, party)?.ok_or_else(|| {
        missing(field, &format!("{field} has no person: give id, user_id or email"))
    })?;
    Ok(PartyRef::Contact { kind, field, person })
}

/// Checks a message of API 1.x without Intercom.
pub fn checked(mut message: NewMessage) -> Result<NewMessage, Rejection> {
    let email = match &message.message_type {
        Field::Known(MessageType::Email) => true,
        Field::Known(MessageType::InApp) => false,
        Field::Known(MessageType::Other(word)) if word == "in_app" => {
            message.message_type = MessageType::InApp.into();
            false
        }
        Field::Absent | Field::Null if starts_conversation(&message) => false,
        _ => return Err(invalid("message_type", "message_type is email or inapp")),
    };
    if message.body.as_str().is_none_or(|text| text.trim().is_empty()) {
        return Err(missing("body", "Body is required"));
    }
    if email && message.subject.as_str().is_none_or(|text| text.trim().is_empty()) {
        return Err(missing("subject", "No subject supplied for email message"));
    }
    if !matches!(message.subject, Field::Absent | Field::Null | Field::Known(_)) {
        return Err(invalid("subject", "subject is a text"));
    }
    if !matches!(message.template, Field::Absent | Field::Null | Field::Known(_)) {
        return Err(invalid("template", "template is plain or personal"));
    }
    Ok(message)
}

/// Returns true if a contact writes the message. It has no type then: it starts a conversation.
pub fn starts_conversation(message: &NewMessage) -> bool {
    message.from.get().is_some_and(|from| from.r#type.as_str() != Some("admin"))
}
