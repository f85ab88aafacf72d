//! The tickets as a resource: how responses show them, and where they are stored.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::resource::{Resource, table};
use crate::store::Store;
use crate::tickets::types::{TicketStates, TicketTypes};
use serde_json::{Value, json};

/// The tickets.
pub(crate) struct Tickets;

impl Resource for Tickets {
    const NAME: &'static str = "ticket";

    fn to_json(call: &Call, mut ticket: Value) -> Result<Value, ApiError> {
        let id = |name: &str| text(&ticket, name).unwrap_or_default().to_owned();
        let ticket_type = table::find::<TicketTypes>(call.store, &id("ticket_type_id"))?;
        let state = table::find::<TicketStates>(call.store, &id("ticket_state_id"))?;
        set(&mut ticket, "category", ticket_type.get("category").cloned());
        set(&mut ticket, "ticket_type", ticket_type);
        set(&mut ticket, "ticket_state", state);
        if let Some(ticket) = ticket.as_object_mut() {
            for name in ["ticket_type_id", "ticket_state_id", "tag_ids", "state"] {
                ticket.remove(name);
            }
            if ticket.get("snoozed_until").is_some_and(Value::is_null) {
                ticket.remove("snoozed_until");
            }
        }
        Ok(ticket)
    }

    fn not_found() -> ApiError {
        ApiError::new(404, "ticket_not_found", "Ticket not found")
    }
}

/// Returns the number that teammates see of the next ticket.
pub(crate) fn next_number(store: &Store) -> Result<u64, ApiError> {
    let select = "SELECT count(*) + 1 AS n FROM object WHERE resource IN ('ticket', 'deleted')";
    store.count(select, &[])
}

/// Returns the ticket that the path names, or 404.
pub(crate) fn from_path(call: &Call) -> Result<Value, ApiError> {
    table::find::<Tickets>(call.store, &call.param)
}

/// Returns the ticket that a conversation was converted to, as responses show it.
pub(crate) fn of_conversation(call: &Call, id: &str) -> Result<Option<Value>, ApiError> {
    let ticket = table::find::<Tickets>(call.store, id).ok();
    ticket.map(|ticket| Tickets::to_json(call, ticket)).transpose()
}

/// Replaces a merged contact by the contact that it was merged into.
pub(crate) fn replace_contact(call: &Call, from: &str, into: &Contact) -> Result<(), ApiError> {
    let contact = json!({"type": "contact", "id": into.id, "external_id": into.external_id});
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.contacts.contacts[0]', json(?1 ->> '$[1]'))
         WHERE resource = 'ticket' AND body ->> '$.contacts.contacts[0].id' = (?1 ->> '$[0]')",
        &[from.into(), contact.to_string().into()],
    )
}
