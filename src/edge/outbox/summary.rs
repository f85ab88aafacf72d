//! Reads the recipient and the subject of messages, which lists show without the text.

use crate::edge::outbox::protocol::MessageSummary;
use crate::model::strict::is_id;
use crate::model::{Contact, Id, lenient};
use serde_json::Value;

/// The longest subject, name or address in a list, in characters. Callers may send longer ones.
const MAX_CHARACTERS: usize = 1000;

impl MessageSummary {
    /// Reads the request for a message, in either version of the API: its recipient, or the contact who sends it.
    /// Several recipients are left out.
    pub fn of_request(body: &[u8]) -> Self {
        let Ok(request) = lenient::from_slice::<Value>(body) else { return Self::default() };
        let to = match request.get("to") {
            Some(Value::Array(several)) => several.first().filter(|_| several.len() == 1),
            None | Some(Value::Null) => request.get("from"),
            to => to,
        };
        let party = to.filter(|party| text(party, "type").as_deref() != Some("admin"));
        let id = party.and_then(|party| id(party.get("id")?));
        let email = party.and_then(|party| text(party, "email"));
        Self { contact: id, email, name: None, subject: text(&request, "subject") }
    }

    /// Reads the request for a reply or for a conversation: the contact who sends it.
    pub fn of_reply(body: &[u8]) -> Self {
        let Ok(request) = lenient::from_slice::<Value>(body) else { return Self::default() };
        let contact = request.get("intercom_user_id").or_else(|| request.get("from")?.get("id"));
        Self { contact: contact.and_then(id), email: text(&request, "email"), ..Self::default() }
    }

    /// Describes a message to a contact.
    pub fn of_contact(contact: &Contact, subject: Option<&str>) -> Self {
        Self {
            contact: contact.id.get().map(Id::to_string),
            email: contact.email.as_str().and_then(shortened),
            name: contact.name.as_str().and_then(shortened),
            subject: subject.and_then(shortened),
        }
    }
}

/// Finds the contact of a conversation in Intercom's response to a reply.
pub fn contact_of_conversation(response: &Value) -> Option<String> {
    id(response.pointer("/contacts/contacts/0/id")?)
}

fn id(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    is_id(&id).then_some(id)
}

fn text(object: &Value, name: &str) -> Option<String> {
    shortened(object.get(name)?.as_str()?)
}

fn shortened(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(MAX_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::{MessageSummary, contact_of_conversation};
    use serde_json::{Value, json};

    fn request(body: Value) -> [Option<String>; 3] {
        let MessageSummary { contact, email, subject, .. } =
            MessageSummary::of_request(body.to_string().as_bytes());
        [contact, email, subject]
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_request_has_its_only_recipient_or_the_contact_who_sends() {
        let admin = json!({"type": "admin", "id": "1"});
        let user = json!({"type": "user", "id": "5"});
        for (body, contact, email) in [
            (json!({"from": admin, "to": user}), some("5"), None),
            (json!({"from": admin, "to": {"type": "user", "id": 5}}), some("5"), None),
            (json!({"from": admin, "to": [user]}), some("5"), None),
            (json!({"from": admin, "to": [user, user]}), None, None),
            (json!({"from": admin, "to": {"email": "a@example.com"}}), None, some("a@example.com")),
            (json!({"from": user}), some("5"), None),
            (json!({"from": admin}), None, None),
            (json!({"from": admin, "to": {"id": {}}}), None, None),
            (json!({"from": admin, "to": {"id": "a/b"}}), None, None),
            (json!({"from": "5", "to": "5"}), None, None),
            (json!([]), None, None),
        ] {
            assert_eq!(request(body.clone()), [contact, email, None], "{body}");
        }
        assert_eq!(MessageSummary::of_request(b"<html>"), MessageSummary::default());
    }

    #[test]
    fn a_subject_is_shortened_between_characters() {
        let long = "ü".repeat(2000);
        assert_eq!(request(json!({"subject": long}))[2], Some("ü".repeat(1000)));
        assert_eq!(request(json!({"subject": ""}))[2], None);
    }

    #[test]
    fn a_reply_has_the_contact_who_sends_or_the_one_in_the_response() {
        let reply = |body: Value| MessageSummary::of_reply(body.to_string().as_bytes()).contact;
        assert_eq!(reply(json!({"type": "user", "intercom_user_id": "5"})), some("5"));
        assert_eq!(reply(json!({"from": {"type": "user", "id": "5"}})), some("5"));
        assert_eq!(reply(json!({"type": "admin", "admin_id": "5"})), None);
        let response = json!({"type": "conversation", "contacts": {"contacts": [{"id": "5"}]}});
        assert_eq!(contact_of_conversation(&response), some("5"));
        assert_eq!(contact_of_conversation(&json!({})), None);
    }
}
