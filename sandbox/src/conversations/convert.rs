//! Converts a conversation to a ticket.

use crate::call::Call;
use crate::conversations::table::from_path;
use crate::http::body::{object, set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::{Resource, table};
use crate::tickets::table::{Tickets, next_number, of_conversation};
use crate::tickets::ticket::{NewTicket, new_ticket};
use crate::tickets::types;

/// Answers `POST /conversations/{id}/convert` with the ticket, which has the conversation's id.
pub(crate) fn convert(call: &Call) -> Result<ApiResponse, ApiError> {
    let conversation = from_path(call)?;
    let body = call.request.object()?;
    let ticket_type = types::from_body(call, &body)?;
    let invalid = |message| ApiError::new(400, "parameter_invalid", message);
    if text(&ticket_type, "category") != Some("Customer") {
        return Err(invalid("Ticket type is not a customer ticket type"));
    }
    if of_conversation(call, &conversation.id)?.is_some() {
        return Err(invalid("Conversation is already a ticket"));
    }
    let attributes = object(&body, "attributes")?;
    types::check(&ticket_type, &attributes, true)?;
    let [author, body, contacts] = conversation.opening();
    let mut ticket = new_ticket(NewTicket {
        id: &conversation.id,
        number: next_number(call.store)?,
        ticket_type: &ticket_type,
        contacts,
        attributes,
        opening: Some([author, body]),
        at: conversation.created_at,
    });
    set(&mut ticket, "updated_at", call.now());
    table::insert::<Tickets>(call.store, &ticket, call.now_ms)?;
    ApiResponse::ok(&Tickets::to_json(call, ticket)?)
}
