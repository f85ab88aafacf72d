//! A ticket as it is kept, and what can happen to one. It names its ticket type and its state by id,
//! and has the ids of its tags; no answer shows those.

use super::answer::Refusal;
use super::body::{set, text};
use super::conversation::{Assignee, FIN};
use super::person::Person;
use super::workspace::Admin;
use serde_json::{Map, Value, json};

/// What a new ticket is made of.
pub(super) struct Beginning<'a> {
    /// Intercom's id.
    pub id: &'a str,
    /// The number that teammates see.
    pub number: u64,
    /// The ticket type.
    pub of: &'a Value,
    /// The list of contacts.
    pub contacts: Value,
    /// The attributes, by name.
    pub attributes: Map<String, Value>,
    /// Author and body of the message that became a ticket.
    pub opening: Option<[Value; 2]>,
    /// When it begins, in seconds since 1970.
    pub at: i64,
}

/// Returns a new ticket in the first state.
pub(super) fn begin(beginning: Beginning) -> Value {
    let Beginning { id, number, of, contacts, attributes, opening, at } = beginning;
    let mut ticket = json!({
        "type": "ticket", "id": id, "ticket_id": number.to_string(), "contacts": contacts,
        "ticket_type_id": of.get("id"), "category": of.get("category"),
        "ticket_attributes": {}, "admin_assignee_id": "0", "team_assignee_id": "0",
        "created_at": at, "updated_at": at, "open": true, "snoozed_until": null, "tag_ids": [],
        "is_shared": text(of, "category") == Some("Customer"),
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": false},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
    });
    set_attributes(&mut ticket, &attributes);
    if let Some([author, body]) = opening {
        add_part(&mut ticket, "comment", &author, at, json!({ "body": body }));
    }
    set_state(&mut ticket, "401", "submitted", &fin(), at);
    ticket
}

/// Returns the author of a part: the bot that acts where no admin is named.
pub(super) fn fin() -> Value {
    let (id, name, email) = FIN;
    json!({"type": "bot", "id": id, "name": name, "email": email})
}

/// Returns the author of a part: an admin.
pub(super) fn author(admin: &Admin) -> Value {
    json!({"type": "admin", "id": admin.id, "name": admin.name, "email": admin.email})
}

/// Adds a part to a ticket and returns it. `more` has the fields of its kind.
pub(super) fn add_part(
    ticket: &mut Value,
    part_type: &str,
    author: &Value,
    at: i64,
    more: Value,
) -> Value {
    let ticket_id = text(ticket, "id").unwrap_or_default().to_owned();
    let Some(list) = ticket.get_mut("ticket_parts") else { return Value::Null };
    let parts = list.get_mut("ticket_parts").and_then(Value::as_array_mut);
    let Some(parts) = parts else { return Value::Null };
    let count = parts.len() + 1;
    let mut part = json!({
        "type": "ticket_part", "id": format!("{ticket_id}{count:04}"), "part_type": part_type,
        "created_at": at, "updated_at": at, "author": author, "attachments": [], "redacted": false,
    });
    if let (Some(part), Value::Object(more)) = (part.as_object_mut(), more) {
        part.extend(more);
    }
    parts.push(part.clone());
    set(list, "total_count", count);
    set(ticket, "updated_at", at);
    part
}

/// Moves a ticket to a state.
pub(super) fn set_state(ticket: &mut Value, id: &str, category: &str, author: &Value, at: i64) {
    let before = text(ticket, "state").unwrap_or(category).to_owned();
    set(ticket, "ticket_state_id", id);
    set(ticket, "state", category);
    let states = json!({"ticket_state": category, "previous_ticket_state": before});
    add_part(ticket, "ticket_state_updated_by_admin", author, at, states);
}

/// Writes attributes of a ticket.
pub(super) fn set_attributes(ticket: &mut Value, attributes: &Map<String, Value>) {
    if let Some(kept) = ticket.get_mut("ticket_attributes").and_then(Value::as_object_mut) {
        kept.extend(attributes.clone());
    }
}

/// Returns the list of contacts of a ticket with one contact.
pub(super) fn contacts_of(person: &Person) -> Value {
    json!({
        "type": "contact.list",
        "contacts": [{"type": "contact", "id": person.id, "external_id": person.external_id}],
    })
}

/// Returns a linked object as the other one shows it.
pub(super) fn linked(kind: &str, id: &str, category: Option<&Value>) -> Value {
    json!({"type": kind, "id": id, "category": category})
}

/// Links an object to a ticket.
pub(super) fn link(ticket: &mut Value, object: Value) {
    let Some(linked) = ticket.get_mut("linked_objects") else { return };
    let Some(data) = linked.get_mut("data").and_then(Value::as_array_mut) else { return };
    data.push(object);
    let count = data.len();
    set(linked, "total_count", count);
}

/// Assigns a ticket to an admin or a team; the id 0 is nobody, and an unknown id is 404.
pub(super) fn assign(
    ticket: &mut Value,
    kind: &str,
    id: &str,
    author: &Value,
    at: i64,
) -> Result<(), Refusal> {
    let assignee = Assignee::find(kind, id)
        .ok_or_else(|| Refusal::new(404, "assignee_not_found", "Assignee not found"))?;
    let to = match assignee {
        Assignee::Nobody => {
            set(ticket, "admin_assignee_id", "0");
            set(ticket, "team_assignee_id", "0");
            Value::Null
        }
        Assignee::Admin(_) | Assignee::Team(_) => {
            set(ticket, &format!("{kind}_assignee_id"), id);
            json!({"type": kind, "id": id})
        }
    };
    add_part(ticket, "assignment", author, at, json!({ "assigned_to": to }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::ADMINS;

    fn begun(opening: Option<[Value; 2]>) -> Value {
        begin(Beginning {
            id: "7",
            number: 1,
            of: &json!({"id": "301", "category": "Customer"}),
            contacts: contacts_of(&Person::default()),
            attributes: Map::new(),
            opening,
            at: 100,
        })
    }

    fn last_part(ticket: &Value) -> Option<&Value> {
        ticket.pointer("/ticket_parts/ticket_parts")?.as_array()?.last()
    }

    #[test]
    fn what_was_said_comes_before_the_first_state() {
        let ticket = begun(Some([fin(), "<p>Hi</p>".into()]));
        assert_eq!(ticket.pointer("/ticket_parts/total_count"), Some(&2.into()));
        assert_eq!(ticket.pointer("/ticket_parts/ticket_parts/0/body"), Some(&"<p>Hi</p>".into()));
        assert_eq!(last_part(&ticket).unwrap()["ticket_state"], "submitted");
        assert_eq!(begun(None).pointer("/ticket_parts/total_count"), Some(&1.into()));
    }

    #[test]
    fn a_state_names_the_one_before() {
        let mut ticket = begun(None);
        set_state(&mut ticket, "404", "resolved", &author(&ADMINS[0]), 200);
        let part = last_part(&ticket).unwrap();
        assert_eq!(part["ticket_state"], "resolved");
        assert_eq!(part["previous_ticket_state"], "submitted");
        assert_eq!(part["author"]["id"], "1234567");
        assert_eq!(ticket["updated_at"], 200);
    }

    #[test]
    fn assigning_to_nobody_takes_admin_and_team() {
        let mut ticket = begun(None);
        let mut to = |kind, id| assign(&mut ticket, kind, id, &fin(), 200).map_err(|it| it.code);
        assert_eq!(to("admin", "1234568"), Ok(()));
        assert_eq!(to("team", "9999999"), Ok(()));
        assert_eq!(to("team", "1234568"), Err("assignee_not_found"));
        assert_eq!(ticket["admin_assignee_id"], "1234568");
        assert_eq!(ticket["team_assignee_id"], "9999999");
        assert_eq!(assign(&mut ticket, "team", "0", &fin(), 300), Ok(()));
        assert_eq!(ticket["admin_assignee_id"], "0");
        assert_eq!(ticket["team_assignee_id"], "0");
    }

    #[test]
    fn linked_objects_are_counted() {
        let mut ticket = begun(None);
        link(&mut ticket, linked("conversation", "1001", None));
        assert_eq!(ticket["linked_objects"]["total_count"], 1);
        assert_eq!(
            ticket["linked_objects"]["data"],
            json!([{"type": "conversation", "id": "1001", "category": null}])
        );
    }
}
