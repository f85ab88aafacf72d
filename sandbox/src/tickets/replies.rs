//! The handler of `POST /tickets/{id}/reply`.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::contacts::table::find_customer;
use crate::html::paragraph;
use crate::http::body::{attachments, message_text, missing, set, text, time};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::table;
use crate::tickets::table::{Tickets, from_path};
use crate::tickets::ticket::{add_part, admin_author};
use serde_json::{Value, json};

/// Answers `POST /tickets/{id}/reply` with the part that it adds.
pub(crate) fn reply(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket = from_path(call).map_err(|_| ApiError::not_found())?;
    let message = call.request.object()?;
    let is_admin = match text(&message, "type") {
        Some("admin") => true,
        Some("user") => false,
        _ => return Err(ApiError::invalid("type", "Type is not an option")),
    };
    let part_type = match text(&message, "message_type") {
        Some("comment") => "comment",
        Some("note") if is_admin => "note",
        Some("quick_reply") if is_admin => "quick_reply",
        _ => return Err(ApiError::invalid("message_type", "Message type is not an option")),
    };
    let mut more = json!({ "attachments": attachments(&message)? });
    if part_type == "quick_reply" {
        let options = message.get("reply_options").and_then(Value::as_array);
        if options.is_none_or(Vec::is_empty) {
            return Err(missing("reply_options"));
        }
    } else {
        set(&mut more, "body", paragraph(message_text(&message)?));
    }
    let author = if is_admin {
        admin_author(Admin::from_body(&message)?)
    } else {
        contact_author(call, &ticket, &message)?
    };
    let at = time(&message, "created_at")?.unwrap_or_else(|| call.now());
    let part = add_part(&mut ticket, part_type, &author, at, more);
    table::save::<Tickets>(call.store, &ticket)?;
    ApiResponse::ok(&part)
}

/// Returns a contact of the ticket as the author of a part: 400 if the ticket type is not for
/// contacts, 404 if the body names no contact of the ticket.
fn contact_author(call: &Call, ticket: &Value, message: &Value) -> Result<Value, ApiError> {
    if text(ticket, "category") != Some("Customer") {
        let message = "User replies are not allowed on Backoffice tickets";
        return Err(ApiError::new(400, "parameter_mismatch", message));
    }
    let contacts = ticket.pointer("/contacts/contacts").and_then(Value::as_array);
    let contact = find_customer(call, message)?.into_iter().find(|contact| {
        let mut contacts = contacts.into_iter().flatten();
        contacts.any(|participant| text(participant, "id") == Some(&contact.id))
    });
    let contact = contact.ok_or_else(|| ApiError::new(404, "not_found", "User Not Found"))?;
    Ok(json!({
        "type": contact.role, "id": contact.id, "name": contact.name, "email": contact.email,
    }))
}
