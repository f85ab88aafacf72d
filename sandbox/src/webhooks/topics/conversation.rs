//! The topics of conversations. As in Intercom's notifications, the item has only the parts that
//! the change added.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::view::ContactView;
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::tickets::table::of_conversation;
use crate::webhooks::topics::event::Event;
use serde_json::{Value, json};

/// Returns the events of a conversation that changed.
pub(crate) fn events(
    call: &Call,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<Vec<Event>, ApiError> {
    let (before, after) = match (before, after) {
        (None, None) => return Ok(Vec::new()),
        (None, Some(after)) => {
            let author = after.pointer("/source/author/type").and_then(Value::as_str);
            let topic = match author {
                Some("admin") => "conversation.admin.single.created",
                _ => "conversation.user.created",
            };
            return Ok(vec![Event::new(topic, item(call, &after, Vec::new())?)]);
        }
        (Some(before), None) => {
            // Only the identifier, and under this name.
            let item = json!({"type": "conversation", "conversation_id": before.get("id")});
            return Ok(vec![Event::new("conversation.deleted", item)]);
        }
        (Some(before), Some(after)) => (before, after),
    };
    let mut events = Vec::new();
    for part in parts(&after).iter().skip(parts(&before).len()) {
        if let Some(topic) = topic_of_part(part, text(&before, "state")) {
            let conversation = item(call, &after, vec![part.clone()])?;
            events.push(match topic {
                "conversation.contact.attached" | "conversation.contact.detached" => {
                    let contact = participant(call, &before, &after)?;
                    Event::new(topic, json!({"conversation": conversation, "contact": contact}))
                }
                _ => Event::new(topic, conversation),
            });
        }
    }
    for (topic, part) in changes_without_part(&before, &after) {
        events.push(Event::new(topic, item(call, &after, part.into_iter().collect())?));
    }
    Ok(events)
}

/// Returns the topic of a new part. `state` is the state of the conversation before it.
fn topic_of_part(part: &Value, state: Option<&str>) -> Option<&'static str> {
    let author = part.pointer("/author/type").and_then(Value::as_str)?;
    Some(match (text(part, "part_type")?, author) {
        ("comment" | "open", "user" | "lead") => "conversation.user.replied",
        ("comment", "bot") => "conversation.operator.replied",
        ("comment", _) => "conversation.admin.replied",
        ("note", _) => "conversation.admin.noted",
        ("close", _) => "conversation.admin.closed",
        ("open", _) if state == Some("snoozed") => "conversation.admin.unsnoozed",
        ("open", _) => "conversation.admin.opened",
        ("snoozed", _) => "conversation.admin.snoozed",
        ("assignment", _) => "conversation.admin.assigned",
        ("assign_and_reopen", _) => "conversation.admin.open.assigned",
        ("participant_added", _) => "conversation.contact.attached",
        ("participant_removed", _) => "conversation.contact.detached",
        _ => return None,
    })
}

/// Returns the topics of changes that add no part, each with the part that changed.
fn changes_without_part(before: &Value, after: &Value) -> Vec<(&'static str, Option<Value>)> {
    let mut changes = Vec::new();
    let (before_parts, after_parts) = (parts(before), parts(after));
    for (old, new) in before_parts.iter().zip(after_parts) {
        if old.get("redacted") != new.get("redacted") {
            changes.push(("conversation_part.redacted", Some(new.clone())));
        }
    }
    if before.pointer("/source/redacted") != after.pointer("/source/redacted") {
        changes.push(("conversation_part.redacted", None));
    }
    let has_tag = |conversation: &Value, tag: &Value| {
        let tags = conversation.pointer("/tags/tags").and_then(Value::as_array);
        tags.into_iter().flatten().any(|known| known.get("id") == tag.get("id"))
    };
    let tags = after.pointer("/tags/tags").and_then(Value::as_array);
    for _ in tags.into_iter().flatten().filter(|tag| !has_tag(before, tag)) {
        changes.push(("conversation_part.tag.created", None));
    }
    if before.get("priority") != after.get("priority") {
        changes.push(("conversation.priority.updated", None));
    }
    if before_parts.len() == after_parts.len() {
        if text(before, "state") == Some("snoozed") && text(after, "state") == Some("open") {
            changes.push(("conversation.admin.unsnoozed", None));
        }
        let is_read = |conversation: &Value| conversation.get("read") == Some(&true.into());
        if !is_read(before) && is_read(after) {
            changes.push(("conversation.read", None));
        }
    }
    changes
}

fn parts(conversation: &Value) -> &[Value] {
    let parts = conversation.pointer("/conversation_parts/conversation_parts");
    parts.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns a conversation as API 2.x shows it, with these parts only.
fn item(call: &Call, conversation: &Value, parts: Vec<Value>) -> Result<Value, ApiError> {
    let mut item = conversation.clone();
    let id = text(conversation, "id").unwrap_or_default();
    set(&mut item, "ticket", of_conversation(call, id)?);
    let list = json!({
        "type": "conversation_part.list", "total_count": parts.len(), "conversation_parts": parts,
    });
    set(&mut item, "conversation_parts", list);
    Ok(item)
}

/// Returns the contact that was added to a conversation or removed from it.
fn participant(call: &Call, before: &Value, after: &Value) -> Result<Option<Value>, ApiError> {
    let contacts = |conversation: &Value| {
        let contacts = conversation.pointer("/contacts/contacts").and_then(Value::as_array);
        contacts.cloned().unwrap_or_default()
    };
    let (before, after) = (contacts(before), contacts(after));
    let added = after.iter().find(|contact| !before.contains(contact));
    let contact = added.or_else(|| before.iter().find(|contact| !after.contains(contact)));
    let id = contact.and_then(|contact| text(contact, "id")).unwrap_or_default();
    let stored: Vec<Contact> = call
        .store
        .entries("SELECT body AS entry FROM contact WHERE id = (?1 ->> '$[0]')", &[id.into()])?;
    let view = stored
        .first()
        .map(|contact| serde_json::to_value(ContactView { contact, version: &call.version }));
    Ok(view.transpose()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(part_type: &str, author: &str, state: &str) -> Option<&'static str> {
        topic_of_part(&json!({"part_type": part_type, "author": {"type": author}}), Some(state))
    }

    #[test]
    fn the_author_of_a_comment_decides_its_topic() {
        assert_eq!(topic("comment", "user", "open"), Some("conversation.user.replied"));
        assert_eq!(topic("open", "lead", "closed"), Some("conversation.user.replied"));
        assert_eq!(topic("comment", "admin", "open"), Some("conversation.admin.replied"));
        assert_eq!(topic("comment", "bot", "open"), Some("conversation.operator.replied"));
    }

    #[test]
    fn opening_a_snoozed_conversation_has_a_topic_of_its_own() {
        assert_eq!(topic("open", "admin", "closed"), Some("conversation.admin.opened"));
        assert_eq!(topic("open", "admin", "snoozed"), Some("conversation.admin.unsnoozed"));
        let conversation = |state: &str| json!({ "state": state });
        let changes = changes_without_part(&conversation("snoozed"), &conversation("open"));
        assert_eq!(changes, [("conversation.admin.unsnoozed", None)]);
        assert!(changes_without_part(&conversation("closed"), &conversation("open")).is_empty());
    }

    #[test]
    fn an_attribute_has_no_topic() {
        assert_eq!(topic("conversation_attribute_updated_by_admin", "bot", "open"), None);
    }
}
