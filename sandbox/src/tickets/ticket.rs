//! A ticket as it is stored, and the changes of one. It has the ids of its ticket type, its state
//! and its tags, which responses do not show.

use crate::admins::admin::{Admin, FIN};
use crate::admins::assignee::Assignee;
use crate::contacts::contact::Contact;
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use serde_json::{Map, Value, json};

/// The values of a new ticket.
pub(crate) struct NewTicket<'a> {
    /// Intercom's id.
    pub id: &'a str,
    /// The number that teammates see.
    pub number: u64,
    /// The ticket type.
    pub ticket_type: &'a Value,
    /// The list of contacts.
    pub contacts: Value,
    /// The attributes, by name.
    pub attributes: Map<String, Value>,
    /// The author and the body of the message that became a ticket.
    pub opening: Option<[Value; 2]>,
    /// When the ticket is created, in seconds since 1970.
    pub at: i64,
}

/// Returns a new ticket, in the state `submitted`.
pub(crate) fn new_ticket(new: NewTicket) -> Value {
    let NewTicket { id, number, ticket_type, contacts, attributes, opening, at } = new;
    let mut ticket = json!({
        "type": "ticket", "id": id, "ticket_id": number.to_string(), "contacts": contacts,
        "ticket_type_id": ticket_type.get("id"), "category": ticket_type.get("category"),
        "ticket_attributes": {}, "admin_assignee_id": "0", "team_assignee_id": "0",
        "created_at": at, "updated_at": at, "open": true, "snoozed_until": null, "tag_ids": [],
        "is_shared": text(ticket_type, "category") == Some("Customer"),
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": false},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
    });
    set_attributes(&mut ticket, &attributes);
    if let Some([author, body]) = opening {
        add_part(&mut ticket, "comment", &author, at, json!({ "body": body }));
    }
    set_state(&mut ticket, "401", "submitted", &bot_author(), at);
    ticket
}

/// Returns the bot as the author of a part. It acts where the request names no admin.
pub(crate) fn bot_author() -> Value {
    let (id, name, email) = FIN;
    json!({"type": "bot", "id": id, "name": name, "email": email})
}

/// Returns an admin as the author of a part.
pub(crate) fn admin_author(admin: &Admin) -> Value {
    json!({"type": "admin", "id": admin.id, "name": admin.name, "email": admin.email})
}

/// Adds a part to a ticket and returns it. `more` has the fields that only its type has.
pub(crate) fn add_part(
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

/// Sets the state of a ticket.
pub(crate) fn set_state(ticket: &mut Value, id: &str, category: &str, author: &Value, at: i64) {
    let before = text(ticket, "state").unwrap_or(category).to_owned();
    set(ticket, "ticket_state_id", id);
    set(ticket, "state", category);
    let states = json!({"ticket_state": category, "previous_ticket_state": before});
    add_part(ticket, "ticket_state_updated_by_admin", author, at, states);
}

/// Writes attributes of a ticket.
pub(crate) fn set_attributes(ticket: &mut Value, attributes: &Map<String, Value>) {
    if let Some(stored) = ticket.get_mut("ticket_attributes").and_then(Value::as_object_mut) {
        stored.extend(attributes.clone());
    }
}

/// Returns the list of contacts of a ticket with one contact.
pub(crate) fn contacts_of(contact: &Contact) -> Value {
    json!({
        "type": "contact.list",
        "contacts": [{"type": "contact", "id": contact.id, "external_id": contact.external_id}],
    })
}

/// Adds an object to the linked objects of a ticket.
pub(crate) fn link(ticket: &mut Value, object: Value) {
    let Some(linked) = ticket.get_mut("linked_objects") else { return };
    let Some(data) = linked.get_mut("data").and_then(Value::as_array_mut) else { return };
    data.push(object);
    let count = data.len();
    set(linked, "total_count", count);
}

/// Assigns a ticket to an admin or a team; the id 0 removes the assignment, an unknown id is 404.
pub(crate) fn assign(
    ticket: &mut Value,
    assignee_type: &str,
    id: &str,
    author: &Value,
    at: i64,
) -> Result<(), ApiError> {
    let assignee = Assignee::find(assignee_type, id)
        .ok_or_else(|| ApiError::new(404, "assignee_not_found", "Assignee not found"))?;
    let to = match assignee {
        Assignee::Nobody => {
            set(ticket, "admin_assignee_id", "0");
            set(ticket, "team_assignee_id", "0");
            Value::Null
        }
        Assignee::Admin(_) | Assignee::Team(_) => {
            set(ticket, &format!("{assignee_type}_assignee_id"), id);
            json!({"type": assignee_type, "id": id})
        }
    };
    add_part(ticket, "assignment", author, at, json!({ "assigned_to": to }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admins::admin::ADMINS;

    fn created(opening: Option<[Value; 2]>) -> Value {
        new_ticket(NewTicket {
            id: "7",
            number: 1,
            ticket_type: &json!({"id": "301", "category": "Customer"}),
            contacts: contacts_of(&Contact::default()),
            attributes: Map::new(),
            opening,
            at: 100,
        })
    }

    fn last_part(ticket: &Value) -> Option<&Value> {
        ticket.pointer("/ticket_parts/ticket_parts")?.as_array()?.last()
    }

    #[test]
    fn the_message_comes_before_the_first_state() {
        let ticket = created(Some([bot_author(), "<p>Hi</p>".into()]));
        assert_eq!(ticket.pointer("/ticket_parts/total_count"), Some(&2.into()));
        assert_eq!(ticket.pointer("/ticket_parts/ticket_parts/0/body"), Some(&"<p>Hi</p>".into()));
        assert_eq!(last_part(&ticket).unwrap()["ticket_state"], "submitted");
        assert_eq!(created(None).pointer("/ticket_parts/total_count"), Some(&1.into()));
    }

    #[test]
    fn a_state_change_has_the_previous_state() {
        let mut ticket = created(None);
        set_state(&mut ticket, "404", "resolved", &admin_author(&ADMINS[0]), 200);
        let part = last_part(&ticket).unwrap();
        assert_eq!(part["ticket_state"], "resolved");
        assert_eq!(part["previous_ticket_state"], "submitted");
        assert_eq!(part["author"]["id"], "1234567");
        assert_eq!(ticket["updated_at"], 200);
    }

    #[test]
    fn the_id_0_removes_admin_and_team() {
        let mut ticket = created(None);
        let mut to = |assignee_type, id| {
            assign(&mut ticket, assignee_type, id, &bot_author(), 200).map_err(|error| error.code)
        };
        assert_eq!(to("admin", "1234568"), Ok(()));
        assert_eq!(to("team", "9999999"), Ok(()));
        assert_eq!(to("team", "1234568"), Err("assignee_not_found"));
        assert_eq!(ticket["admin_assignee_id"], "1234568");
        assert_eq!(ticket["team_assignee_id"], "9999999");
        assert_eq!(assign(&mut ticket, "team", "0", &bot_author(), 300), Ok(()));
        assert_eq!(ticket["admin_assignee_id"], "0");
        assert_eq!(ticket["team_assignee_id"], "0");
    }

    #[test]
    fn linked_objects_are_counted() {
        let mut ticket = created(None);
        link(&mut ticket, json!({"type": "conversation", "id": "1001", "category": null}));
        assert_eq!(ticket["linked_objects"]["total_count"], 1);
        assert_eq!(
            ticket["linked_objects"]["data"],
            json!([{"type": "conversation", "id": "1001", "category": null}])
        );
    }
}
