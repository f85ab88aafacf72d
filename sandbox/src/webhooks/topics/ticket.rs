//! The topics of tickets. Intercom has none for a ticket that was deleted or tagged.

use crate::call::Call;
use crate::http::body::text;
use crate::http::response::ApiError;
use crate::resource::Resource;
use crate::tickets::table::Tickets;
use crate::webhooks::topics::event::Event;
use serde_json::{Value, json};

/// Returns the events of a ticket that is new or was changed.
pub(crate) fn events(
    call: &Call,
    before: Option<Value>,
    after: Value,
) -> Result<Vec<Event>, ApiError> {
    let old_parts = before.as_ref().map(|before| parts(before).len());
    let new_parts: Vec<Value> =
        parts(&after).iter().skip(old_parts.unwrap_or_default()).cloned().collect();
    let ticket = Tickets::to_json(call, after)?;
    if before.is_none() {
        return Ok(vec![Event::new("ticket.created", ticket)]);
    }
    let events = new_parts.into_iter().filter_map(|part| {
        let topic = topic_of_part(&part)?;
        let item = match topic {
            "ticket.state.updated" | "ticket.closed" => ticket.clone(),
            _ => json!({"type": "ticket_ticket_part", "ticket": ticket, "ticket_part": part}),
        };
        Some(Event::new(topic, item))
    });
    Ok(events.collect())
}

/// Returns the topic of a new part.
fn topic_of_part(part: &Value) -> Option<&'static str> {
    let by_contact = ["user", "lead"].map(Some).contains(&author_type(part));
    Some(match text(part, "part_type")? {
        "comment" if by_contact => "ticket.contact.replied",
        "comment" | "quick_reply" => "ticket.admin.replied",
        "note" => "ticket.note.created",
        "close" => "ticket.closed",
        "ticket_state_updated_by_admin" => "ticket.state.updated",
        "ticket_attribute_updated_by_admin" => "ticket.attribute.updated",
        "assignment" if part.pointer("/assigned_to/type") == Some(&"team".into()) => {
            "ticket.team.assigned"
        }
        "assignment" => "ticket.admin.assigned",
        _ => return None,
    })
}

fn author_type(part: &Value) -> Option<&str> {
    part.pointer("/author/type").and_then(Value::as_str)
}

fn parts(ticket: &Value) -> &[Value] {
    let parts = ticket.pointer("/ticket_parts/ticket_parts").and_then(Value::as_array);
    parts.map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_topic_of_its_type_and_its_author() {
        let topic = |part_type: &str, author: &str, more: Value| {
            let mut part = json!({"part_type": part_type, "author": {"type": author}});
            part.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            topic_of_part(&part)
        };
        let none = || json!({});
        assert_eq!(topic("comment", "lead", none()), Some("ticket.contact.replied"));
        assert_eq!(topic("comment", "admin", none()), Some("ticket.admin.replied"));
        assert_eq!(topic("snoozed", "admin", none()), None);
        let to = |assignee_type: &str| json!({"assigned_to": {"type": assignee_type}});
        assert_eq!(topic("assignment", "bot", to("team")), Some("ticket.team.assigned"));
        assert_eq!(topic("assignment", "bot", to("admin")), Some("ticket.admin.assigned"));
        let nobody = json!({ "assigned_to": null });
        assert_eq!(topic("assignment", "bot", nobody), Some("ticket.admin.assigned"));
    }
}
