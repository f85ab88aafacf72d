//! Links between tickets and conversations. The conversation's side is written in its table:
//! conversations import tickets, and not the reverse.

use crate::call::Call;
use crate::http::response::ApiError;
use crate::tickets::ticket::link;
use serde_json::{Value, json};

/// Links a new ticket and a conversation to each other; 404 if there is no such conversation.
pub(crate) fn link_conversation(
    call: &Call,
    ticket: &mut Value,
    conversation: &str,
) -> Result<(), ApiError> {
    let select = "SELECT count(*) AS n FROM conversation WHERE id = (?1 ->> '$[0]')";
    if call.store.count(select, &[conversation.into()])? == 0 {
        return Err(ApiError::not_found());
    }
    let category = ticket.get("category").cloned();
    let linked_ticket = linked("ticket", ticket.get("id"), category);
    link(ticket, linked("conversation", Some(&conversation.into()), None));
    call.store.run(
        "UPDATE conversation SET body = json_set(
           json_insert(body, '$.linked_objects.data[#]', json(?1 ->> '$[1]')),
           '$.linked_objects.total_count', json_array_length(body, '$.linked_objects.data') + 1)
         WHERE id = (?1 ->> '$[0]')",
        &[conversation.into(), linked_ticket.to_string().into()],
    )
}

/// Removes a ticket from the linked objects of all conversations.
pub(crate) fn unlink_ticket(call: &Call, ticket: &str) -> Result<(), ApiError> {
    call.store.run(
        "UPDATE conversation SET body = json_set(body,
           '$.linked_objects.data', (
             SELECT json_group_array(json(value)) FROM json_each(body, '$.linked_objects.data')
             WHERE value ->> '$.id' <> (?1 ->> '$[0]')),
           '$.linked_objects.total_count', (
             SELECT count(*) FROM json_each(body, '$.linked_objects.data')
             WHERE value ->> '$.id' <> (?1 ->> '$[0]')))
         WHERE EXISTS (SELECT 1 FROM json_each(body, '$.linked_objects.data')
           WHERE value ->> '$.id' = (?1 ->> '$[0]'))",
        &[ticket.into()],
    )
}

/// Returns an entry of a list of linked objects.
fn linked(object_type: &str, id: Option<&Value>, category: Option<Value>) -> Value {
    json!({"type": object_type, "id": id, "category": category})
}
