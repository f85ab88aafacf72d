//! `POST /messages`.

use super::admins::Admins;
use super::answer::{Answer, Refusal};
use super::body::text;
use super::conversation::{Beginning, Conversation};
use super::operation::Call;
use super::person::Person;
use super::workspace::{Admin, PICTURE};
use super::{collection, contacts, conversations, inbox, ledger};
use serde::Serialize;
use serde_json::{Value, json};

/// How long somebody new can't be written to, in milliseconds.
const DELAY_MS: u64 = 1_000;

/// The number of the first message's id.
const FIRST_ID: u64 = 403_918_396;

/// A message that was checked as far as that goes without looking anybody up.
#[derive(Debug, PartialEq)]
struct Letter<'a> {
    kind: Kind<'a>,
    body: &'a str,
    from: String,
}

#[derive(Debug, PartialEq)]
enum Kind<'a> {
    /// An admin writes.
    ByAdmin {
        /// An e-mail's subject and template.
        email: Option<(&'a str, &'a str)>,
        /// An in-app message may have a subject, too.
        subject: Option<&'a str>,
        /// Role and id of each reader.
        to: Vec<(&'a str, &'a str)>,
    },
    /// A contact of this role writes.
    ByContact(&'a str),
}

impl<'a> Letter<'a> {
    /// Checks a body. Like Intercom, it looks at the body first and at the readers last.
    fn read(message: &'a Value) -> Result<Self, Refusal> {
        let body = text(message, "body")
            .ok_or_else(|| Refusal::new(400, "parameter_invalid", "Body is required"))?;
        let from = message.get("from").unwrap_or(&Value::Null);
        let kind = match text(from, "type") {
            Some("admin") => Self::by_admin(message)?,
            Some(role @ ("user" | "lead" | "contact")) => Kind::ByContact(role),
            _ => {
                let message = "from needs a type of admin, user, lead or contact";
                return Err(Refusal::invalid("from.type", message));
            }
        };
        let from = match from.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(Refusal::invalid("from.id", "from needs an id")),
        };
        Ok(Self { kind, body, from })
    }

    fn by_admin(message: &'a Value) -> Result<Kind<'a>, Refusal> {
        let subject = text(message, "subject");
        let email = match text(message, "message_type") {
            Some("email") => {
                let subject = subject.ok_or_else(|| {
                    let message = "No subject supplied for email message";
                    Refusal::new(422, "parameter_not_found", message)
                })?;
                let template = text(message, "template")
                    .filter(|template| ["plain", "personal"].contains(template))
                    .ok_or_else(|| {
                        Refusal::invalid("template", "template must be plain or personal")
                    })?;
                Some((subject, template))
            }
            Some("inapp" | "in_app" | "conversation") => None,
            _ => {
                let message = "message_type must be email or inapp";
                return Err(Refusal::invalid("message_type", message));
            }
        };
        let to = match message.get("to") {
            Some(Value::Array(readers)) => readers.iter().map(reader).collect::<Result<_, _>>()?,
            Some(one) => vec![reader(one)?],
            None => Vec::new(),
        };
        if to.is_empty() {
            return Err(Refusal::invalid("to", "to is required"));
        }
        Ok(Kind::ByAdmin { email, subject, to })
    }
}

/// API 2.x takes contacts by Intercom's id only, not by `user_id` or `email`.
fn reader(to: &Value) -> Result<(&str, &str), Refusal> {
    let role = text(to, "type")
        .filter(|role| ["user", "lead", "contact"].contains(role))
        .ok_or_else(|| Refusal::invalid("to.type", "to needs a type of user or lead"))?;
    let id =
        text(to, "id").ok_or_else(|| Refusal::invalid("to.id", "to needs the contact's id"))?;
    Ok((role, id))
}

/// Sends a message.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let message = call.arrival.object()?;
    let letter = Letter::read(&message)?;
    let number = ledger::next_message(call.store)?;
    let id = (FIRST_ID + number).to_string();
    let created_at = call.now();
    let answer = match &letter.kind {
        Kind::ByAdmin { email, subject, to } => {
            let admin = Admin::find(&letter.from).ok_or_else(Refusal::not_found)?;
            for (role, id) in to {
                let reader = contact(call, role, id)?;
                if reader.unsubscribed_from_emails {
                    let message = "The contact has unsubscribed from emails";
                    return Err(Refusal::new(403, "forbidden", message));
                }
            }
            Answer::ok(&AdminMessage {
                r#type: "admin_message",
                id: &id,
                created_at,
                subject: email.map(|(subject, _)| subject).or(*subject),
                body: letter.body,
                template: email.map(|(_, template)| template),
                message_type: if email.is_some() { "email" } else { "inapp" },
                owner: owner(call, admin)?,
            })?
        }
        Kind::ByContact(role) => {
            let author = contact(call, role, &letter.from)?;
            return receive(call, &author, &message, letter.body, created_at);
        }
    };
    ledger::keep_message(call.store, number, &message, &answer)?;
    Ok(answer)
}

/// Takes a contact's message, which starts a conversation.
pub(super) fn receive(
    call: &Call,
    author: &Person,
    message: &Value,
    body: &str,
    at: i64,
) -> Result<Answer, Refusal> {
    let number = ledger::next_message(call.store)?;
    let id = (FIRST_ID + number).to_string();
    let conversation_id = inbox::FIRST_ID + inbox::CONVERSATIONS + number;
    conversations::insert(
        call.store,
        &Conversation::begin(Beginning {
            id: conversation_id,
            message: id.clone(),
            author: author.into(),
            contact: author,
            body,
            at,
        }),
    )?;
    let answer = Answer::ok(&UserMessage {
        r#type: "user_message",
        id: &id,
        created_at: at,
        body,
        message_type: "inapp",
        conversation_id: conversation_id.to_string(),
    })?;
    ledger::keep_message(call.store, number, message, &answer)?;
    Ok(answer)
}

/// The contact that a message names, if they can be written to by now.
fn contact(call: &Call, role: &str, id: &str) -> Result<Person, Refusal> {
    let Some(row) = contacts::row(call, id)? else { return Err(Refusal::not_found()) };
    let person = row.active()?.ok_or_else(Refusal::not_found)?;
    let too_new = row.made_at_ms > call.now_ms.saturating_sub(DELAY_MS);
    if too_new || (role != "contact" && person.role != role) {
        return Err(Refusal::not_found());
    }
    Ok(person)
}

#[derive(Serialize)]
struct AdminMessage<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    subject: Option<&'a str>,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    message_type: &'static str,
    owner: Value,
}

/// Returns the admin who writes, as a message names them.
fn owner(call: &Call, admin: &Admin) -> Result<Value, Refusal> {
    let kept = collection::find::<Admins>(call.store, admin.id)?;
    Ok(json!({
        "type": "admin", "id": admin.id, "name": admin.name, "email": admin.email,
        "away_mode_enabled": kept.get("away_mode_enabled"),
        "away_mode_reassign": kept.get("away_mode_reassign"), "avatar": PICTURE,
    }))
}

#[derive(Serialize)]
struct UserMessage<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    body: &'a str,
    message_type: &'static str,
    conversation_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> Value {
        json!({
            "message_type": "email", "subject": "Hey", "body": "How are you ?", "template": "plain",
            "from": {"type": "admin", "id": "1234567"}, "to": {"type": "user", "id": "5bb2"},
        })
    }

    fn refused(change: Value) -> Option<(u16, &'static str, Option<String>)> {
        let mut message = email();
        if let (Value::Object(message), Value::Object(change)) = (&mut message, change) {
            message.extend(change);
        }
        let refusal = Letter::read(&message).err();
        refusal.map(|refusal| (refusal.status, refusal.code, refusal.field))
    }

    fn invalid(field: &str) -> Option<(u16, &'static str, Option<String>)> {
        Some((400, "parameter_invalid", Some(field.into())))
    }

    #[test]
    fn the_articles_message_is_fine() {
        assert_eq!(refused(json!({})), None);
        assert_eq!(refused(json!({"from": {"type": "admin", "id": 1234567}})), None);
        assert_eq!(
            refused(json!({"message_type": "inapp", "subject": null, "template": null})),
            None
        );
        assert_eq!(refused(json!({"from": {"type": "user", "id": "5bb2"}, "to": null})), None);
        assert_eq!(
            refused(json!({"to": [{"type": "user", "id": "1"}, {"type": "lead", "id": "2"}]})),
            None
        );
    }

    #[test]
    fn what_is_missing_is_named_as_intercom_names_it() {
        assert_eq!(refused(json!({"body": null})), Some((400, "parameter_invalid", None)));
        assert_eq!(refused(json!({"subject": null})), Some((422, "parameter_not_found", None)));
        assert_eq!(refused(json!({"template": "fancy"})), invalid("template"));
        assert_eq!(refused(json!({"message_type": "fax"})), invalid("message_type"));
        assert_eq!(refused(json!({"from": null})), invalid("from.type"));
        assert_eq!(refused(json!({"from": {"type": "admin"}})), invalid("from.id"));
        assert_eq!(refused(json!({"to": null})), invalid("to.type"));
        assert_eq!(refused(json!({"to": []})), invalid("to"));
        assert_eq!(
            refused(json!({"to": {"type": "user", "user_id": "john_doe"}})),
            invalid("to.id")
        );
        assert_eq!(refused(json!({"to": {"type": "user", "email": "a@b.c"}})), invalid("to.id"));
    }

    #[test]
    fn the_subject_is_looked_at_before_the_readers() {
        let change = json!({"subject": null, "to": {"type": "user", "user_id": "70"}});
        assert_eq!(refused(change), Some((422, "parameter_not_found", None)));
    }
}
