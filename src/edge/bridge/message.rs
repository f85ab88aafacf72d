//! Messages: the recipient of API 1.x, by `id`, `user_id` or `email`, becomes a contact of API 2.x.

use super::super::answer::{Answer, Refusal};
use super::super::body;
use super::people::nobody;
use super::query;
use super::{Bridge, RESERVE};
use crate::call::{contact, message};
use crate::client::Error;
use crate::model::{Contact, Field, Group, Id, MessageType, NewMessage, Party, Recipients, Search};
use crate::v1::{AdminMessage, Kind};

/// Whom a party names, checked as far as it can be without Intercom.
enum Named {
    Admin(Party),
    Contact { kind: Kind, field: &'static str, by: By },
}

/// By what a contact is named.
enum By {
    Id(String),
    UserId(String),
    Email(String),
}

impl Bridge<'_> {
    /// Sends a message. What is wrong with it is said before anything goes to Intercom.
    pub(super) async fn send(&self) -> Result<Answer, Refusal> {
        let mut message = read(&body::json(self.visit).await?)?;
        let Field::Known(Recipients::One(to)) = &message.to else {
            return Err(missing("to", "to is an object: {\"type\":\"user\",\"user_id\":\"…\"}"));
        };
        let to = contact_named("to", to)?;
        let Field::Known(from) = &message.from else {
            return Err(missing("from", "from is an object: {\"type\":\"admin\",\"id\":\"…\"}"));
        };
        let from = match from.r#type.as_str() {
            Some("admin") => admin_named(from)?,
            _ => contact_named("from", from)?,
        };
        message.from = self.found(from).await?.into();
        message.to = Recipients::One(self.found(to).await?).into();
        if self.time_left() < RESERVE {
            return Err(Refusal::new(
                504,
                "gateway_timeout",
                "Finding the recipient took too long: nothing was sent",
            ));
        }
        let template = message.template.clone();
        let sent = self.ask(&message::create(&message)).await;
        let mut sent = sent.map_err(|refusal| {
            refusal.of_write("the message may have been sent: look before you send it again")
        })?;
        // API 2.x doesn't repeat it, API 1.x did.
        if sent.template.is_absent() {
            sent.template = template;
        }
        self.json(&AdminMessage::from(sent))
    }

    /// The party as API 2.x wants it: by Intercom's id.
    async fn found(&self, named: Named) -> Result<Party, Refusal> {
        let (kind, field, by) = match named {
            Named::Admin(party) => return Ok(party),
            Named::Contact { kind, field, by } => (kind, field, by),
        };
        let id = match by {
            By::Id(id) => id.into(),
            By::UserId(user_id) => {
                id_of(kind, self.ask(&contact::find_by_external_id(&user_id)).await?)?
            }
            By::Email(email) => self.only_one(kind, field, &email).await?,
        };
        let role = kind.role().as_str().into();
        Ok(Party { r#type: role, id: id.into(), ..Party::default() })
    }

    /// The one person who has the address.
    async fn only_one(&self, kind: Kind, field: &str, email: &str) -> Result<Id, Refusal> {
        let query = Group::all(vec![
            Group::equals("role", kind.role().as_str()),
            Group::equals("email", email),
        ]);
        let search = Search { query: query.into(), ..Search::default() };
        let mut people = self.search(&search.page(50, None)).await?.items;
        match (people.pop(), people.is_empty()) {
            (None, _) => Err(nobody(kind)),
            (Some(contact), true) => id_of(kind, contact),
            (Some(contact), false) => {
                people.push(contact);
                let ids = people.iter().filter_map(|contact| contact.id.get()).map(Id::to_string);
                let ids: Vec<String> = ids.collect();
                let ids_in_words = ids.join(", ");
                Err(Refusal::new(
                    409,
                    "conflict",
                    format!("Several people have this address; send to one by id: {ids_in_words}"),
                )
                .naming(&format!("{field}.email"))
                .holding("ids", ids.into()))
            }
        }
    }
}

fn admin_named(party: &Party) -> Result<Named, Refusal> {
    let Some(id) = party.id.get() else {
        return Err(missing("from.id", "The admin's id is missing"));
    };
    query::id("from.id", &id.to_string())?;
    Ok(Named::Admin(party.clone()))
}

fn contact_named(field: &'static str, party: &Party) -> Result<Named, Refusal> {
    let kind = match party.r#type.as_str() {
        Some("user") => Kind::User,
        Some("contact" | "lead") => Kind::Lead,
        _ => {
            let words = if field == "from" { "admin, user or contact" } else { "user or contact" };
            return Err(invalid(&format!("{field}.type"), &format!("type is {words}")));
        }
    };
    // A name that can't be read must not leave the choice to another.
    for (name, odd) in [
        ("id", matches!(party.id, Field::Other(_))),
        ("user_id", matches!(party.user_id, Field::Other(_))),
        ("email", matches!(party.email, Field::Other(_))),
    ] {
        if odd {
            return Err(invalid(&format!("{field}.{name}"), &format!("{name} is a text")));
        }
    }
    let by = if let Some(id) = party.id.get() {
        By::Id(query::id(&format!("{field}.id"), &id.to_string())?.to_owned())
    } else if let Some(user_id) = party.user_id.get() {
        By::UserId(query::user_id(&format!("{field}.user_id"), &user_id.to_string())?.to_owned())
    } else if let Some(email) = party.email.as_str() {
        By::Email(address(&format!("{field}.email"), email)?.to_owned())
    } else {
        return Err(missing(field, &format!("{field} names nobody: give id, user_id or email")));
    };
    Ok(Named::Contact { kind, field, by })
}

fn address<'a>(field: &str, email: &'a str) -> Result<&'a str, Refusal> {
    let sound = (3..=255).contains(&email.len()) && email.contains('@');
    if sound && !email.chars().any(char::is_control) {
        Ok(email)
    } else {
        Err(invalid(field, "This is no e-mail address"))
    }
}

fn id_of(kind: Kind, contact: Contact) -> Result<Id, Refusal> {
    if !kind.holds(&contact) {
        return Err(nobody(kind));
    }
    contact
        .id
        .into_known()
        .ok_or_else(|| Error::Unreadable { reason: "the contact has no id".to_owned() }.into())
}

/// Reads a message and checks what can be checked without Intercom.
fn read(body: &[u8]) -> Result<NewMessage, Refusal> {
    let mut message: NewMessage = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let reason = if error.is_data() {
            "The body is not a JSON object".to_owned()
        } else {
            format!("The body is not JSON: line {line}, column {column}")
        };
        Refusal::new(400, "bad_request", reason).naming("body")
    })?;
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

/// Whether a contact writes, which is no message of a type but the start of a conversation.
fn starts_conversation(message: &NewMessage) -> bool {
    message.from.get().is_some_and(|from| from.r#type.as_str() != Some("admin"))
}

fn invalid(field: &str, message: &str) -> Refusal {
    Refusal::new(422, "parameter_invalid", message).naming(field)
}

fn missing(field: &str, message: &str) -> Refusal {
    Refusal::new(422, "parameter_not_found", message).naming(field)
}
