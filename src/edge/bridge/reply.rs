//! Translates replies of API 1.x. In API 2.x texts go to `/reply`; closing, opening, snoozing and assigning go
//! to `/parts`. Nothing here asks Intercom.

use crate::edge::intercom::person::PersonRef;
use crate::edge::response::Rejection;
use crate::edge::translation::body;
use crate::edge::translation::person::reference_of;
use crate::model::Object;
use serde_json::Value;

/// A reply, translated to API 2.x.
pub(super) struct Reply {
    /// The kind of reply.
    pub action: Action,
    /// The conversation.
    pub conversation: ConversationRef,
    /// The body in API 2.x.
    pub body: Vec<u8>,
}

/// The kind of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A text (`comment`, `note` or `quick_reply`), which must be sent only once: `/reply`.
    Write,
    /// Closes, opens, snoozes or assigns the conversation: `/parts`.
    Manage,
}

/// A reference to the conversation of a reply.
pub(super) enum ConversationRef {
    /// Intercom's id, or for a text also `last`, which Intercom understands.
    Id(String),
    /// The last conversation of the person that the body's field names. Intercom has no `last` for `/parts`.
    LastOf(&'static str, PersonRef),
}

impl Reply {
    /// Translates the body of `POST /conversations/{id}/reply`.
    pub fn translate(id: &str, body: &[u8]) -> Result<Self, Rejection> {
        let mut reply: Object = body::read(body)?;
        let message_type = match reply.get("message_type") {
            Some(Value::String(word)) => word.clone(),
            _ => return Err(Rejection::parameter("message_type", MESSAGE_TYPES)),
        };
        match message_type.as_str() {
            "comment" | "note" | "quick_reply" => Ok(Self {
                action: Action::Write,
                conversation: ConversationRef::Id(id.to_owned()),
                body: text(reply, body),
            }),
            "close" | "open" | "snoozed" | "assignment" => {
                let conversation = match id {
                    LAST => last_of(&mut reply)?,
                    id => ConversationRef::Id(id.to_owned()),
                };
                let body = part(&message_type, reply);
                Ok(Self { action: Action::Manage, conversation, body })
            }
            _ => Err(Rejection::parameter("message_type", MESSAGE_TYPES)),
        }
    }
}

/// The path parameter in place of an id that means a person's last conversation.
const LAST: &str = "last";

const MESSAGE_TYPES: &str =
    "message_type is comment, note, quick_reply, close, open, snoozed or assignment";

/// The fields by which a reply of API 1.x names a person.
const NAMES: [&str; 3] = ["intercom_user_id", "user_id", "email"];

/// Translates a text. API 2.x names people as 1.x did, so the body stays byte for byte the same, except for a
/// lead's `type`, which API 2.x calls `user`.
fn text(mut reply: Object, body: &[u8]) -> Vec<u8> {
    match reply.get_mut("type") {
        Some(Value::String(kind)) if matches!(kind.as_str(), "contact" | "lead") => {
            "user".clone_into(kind);
            serde_json::to_vec(&reply).unwrap_or_default()
        }
        _ => body.to_vec(),
    }
}

/// Takes the person whose last conversation is meant out of the body.
fn last_of(reply: &mut Object) -> Result<ConversationRef, Rejection> {
    let mut named = None;
    for name in NAMES {
        let person = match reply.remove(name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => reference_of(name, &text)?,
            Some(Value::Number(number)) => reference_of(name, &number.to_string())?,
            Some(_) => return Err(Rejection::parameter(name, format!("{name} is a text"))),
        };
        named = named.or(Some(ConversationRef::LastOf(name, person)));
    }
    named.ok_or_else(|| {
        let words = "Name the person of the last conversation: give intercom_user_id, user_id or email, or put the \
                     conversation's id in the path";
        Rejection::new(400, "parameter_not_found", words).naming("intercom_user_id")
    })
}

/// Translates the body of `/parts`. The caller's other fields stay: Intercom checks them.
fn part(message_type: &str, mut part: Object) -> Vec<u8> {
    // Clients repeat the conversation's id here.
    for name in ["id", "conversation_id"] {
        part.remove(name);
    }
    // Snoozing and opening need no type.
    if matches!(message_type, "close" | "assignment") {
        part.entry("type").or_insert_with(|| "admin".into());
    }
    if let Some(time) = part.get_mut("snoozed_until")
        && let Some(seconds) = time.as_str().and_then(|digits| digits.parse::<i64>().ok())
    {
        *time = seconds.into();
    }
    serde_json::to_vec(&part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Action, ConversationRef, PersonRef, Reply};
    use serde_json::{Value, json};

    fn translate(id: &str, body: &Value) -> Option<(Action, String, String)> {
        let reply = Reply::translate(id, body.to_string().as_bytes()).ok()?;
        let Reply { action, conversation, body } = reply;
        let conversation = match conversation {
            ConversationRef::Id(id) => id,
            ConversationRef::LastOf(
                name,
                PersonRef::Id(id) | PersonRef::UserId(id) | PersonRef::Email(id),
            ) => format!("{name} {id}"),
        };
        Some((action, conversation, String::from_utf8(body).unwrap()))
    }

    #[test]
    fn what_changes_a_conversation_is_a_part() {
        for (asked, action, part) in [
            (
                json!({"type": "admin", "message_type": "close", "admin_id": "7"}),
                Action::Manage,
                r#"{"admin_id":"7","message_type":"close","type":"admin"}"#,
            ),
            (
                json!({"message_type": "close", "admin_id": 7, "body": "Bye", "id": "1"}),
                Action::Manage,
                r#"{"admin_id":7,"body":"Bye","message_type":"close","type":"admin"}"#,
            ),
            (
                json!({"type": "admin", "message_type": "open", "admin_id": "7", "conversation_id": "1"}),
                Action::Manage,
                r#"{"admin_id":"7","message_type":"open","type":"admin"}"#,
            ),
            (
                json!({"message_type": "snoozed", "admin_id": "7", "snoozed_until": "1501512795"}),
                Action::Manage,
                r#"{"admin_id":"7","message_type":"snoozed","snoozed_until":1501512795}"#,
            ),
            (
                json!({"message_type": "assignment", "admin_id": "7", "assignee_id": "0"}),
                Action::Manage,
                r#"{"admin_id":"7","assignee_id":"0","message_type":"assignment","type":"admin"}"#,
            ),
            (
                json!({"type": "team", "message_type": "assignment", "admin_id": "7", "assignee_id": 9, "x": [1]}),
                Action::Manage,
                r#"{"admin_id":"7","assignee_id":9,"message_type":"assignment","type":"team","x":[1]}"#,
            ),
        ] {
            let expected = (action, "1".to_owned(), part.to_owned());
            assert_eq!(translate("1", &asked), Some(expected), "{asked}");
        }
    }

    #[test]
    fn a_text_stays_as_it_came() {
        for id in ["1", "last"] {
            for body in [
                r#"{"type": "admin", "message_type":"comment", "body": "1e3", "n": 1e3}"#,
                r#"{"type":"user","message_type":"comment","email":"a@example.com","body":"x"}"#,
                r#"{"message_type":"note"}"#,
            ] {
                let reply = Reply::translate(id, body.as_bytes()).ok().unwrap();
                assert_eq!((reply.action, reply.body.as_slice()), (Action::Write, body.as_bytes()));
                assert!(matches!(reply.conversation, ConversationRef::Id(it) if it == id));
            }
        }
        let lead = json!({"type": "contact", "message_type": "comment", "intercom_user_id": "5"});
        let sent = r#"{"intercom_user_id":"5","message_type":"comment","type":"user"}"#;
        assert_eq!(translate("1", &lead), Some((Action::Write, "1".into(), sent.into())));
    }

    #[test]
    fn a_part_of_the_last_conversation_names_its_person() {
        for (name, value, to) in [
            ("intercom_user_id", json!("5f"), "intercom_user_id 5f"),
            ("user_id", json!(27), "user_id 27"),
            ("email", json!("a@example.com"), "email a@example.com"),
        ] {
            let asked =
                json!({"type": "admin", "message_type": "close", "admin_id": "7", name: value});
            let part = r#"{"admin_id":"7","message_type":"close","type":"admin"}"#;
            assert_eq!(translate("last", &asked), Some((Action::Manage, to.into(), part.into())));
        }
        let nobody = json!({"type": "admin", "message_type": "close", "admin_id": "7"});
        assert_eq!(translate("last", &nobody), None);
    }

    #[test]
    fn an_unknown_message_type_is_refused() {
        for message_type in [json!("delete"), json!("Close"), json!(""), json!(7), json!(null)] {
            let asked = json!({"type": "admin", "admin_id": "7", "message_type": message_type});
            let refused = Reply::translate("1", asked.to_string().as_bytes()).err();
            assert_eq!(refused.map(|it| it.status()), Some(400), "{asked}");
        }
        assert_eq!(translate("1", &json!({"body": "x"})), None);
        assert_eq!(translate("1", &json!([])), None);
    }
}
