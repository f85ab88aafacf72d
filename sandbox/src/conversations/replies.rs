//! Replies to a conversation, and the actions of admins: `/conversations/{id}/reply` and
//! `/conversations/{id}/parts`.

use crate::admins::admin::Admin;
use crate::admins::assignee::Assignee;
use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::table::find_customer;
use crate::conversations::conversation::{AdminAction, Conversation, PartContent};
use crate::conversations::table::{from_path, save, with_contact};
use crate::conversations::view::{contact_not_found, respond};
use crate::http::body::{attachments, message_text, required_id, text, time};
use crate::http::response::{ApiError, ApiResponse};
use serde_json::Value;

/// Answers `POST /conversations/{id}/reply`: an admin or a contact replies.
pub(crate) fn reply(call: &Call) -> Result<ApiResponse, ApiError> {
    let message = call.request.object()?;
    // `last` is the last changed conversation of the contact.
    let conversation = if call.param == "last" { None } else { Some(from_path(call)?) };
    // Intercom's Node client snoozes here, and clients of API 1.x close, open and assign here.
    if let Some("close" | "open" | "snoozed" | "assignment") = text(&message, "message_type") {
        return apply_action(call, conversation.ok_or_else(ApiError::not_found)?, &message);
    }
    let is_admin = match text(&message, "type") {
        Some("admin") => true,
        Some("user") => false,
        _ => return Err(ApiError::invalid("type", "Type is not an option")),
    };
    let action = match text(&message, "message_type") {
        Some("comment") => AdminAction::Comment,
        Some("note") if is_admin => AdminAction::Note,
        _ => return Err(ApiError::invalid("message_type", "Message type is not an option")),
    };
    let content = PartContent {
        body: Some(message_text(&message)?),
        attachments: attachments(&message)?,
        at: time(&message, "created_at")?.unwrap_or_else(|| call.now()),
    };
    let conversation = if is_admin {
        let mut conversation = conversation.ok_or_else(ApiError::not_found)?;
        conversation.act(Admin::from_body(&message)?, action, content);
        conversation
    } else {
        let (contact, mut conversation) = participant(call, &message, conversation)?;
        conversation.reply(&contact, content);
        conversation
    };
    save(call, &conversation)?;
    respond(call, conversation)
}

/// Returns the contact that a body names, and the conversation that it replies to: the one of the
/// path, or the contact's last changed one.
fn participant(
    call: &Call,
    message: &Value,
    conversation: Option<Conversation>,
) -> Result<(Contact, Conversation), ApiError> {
    for contact in find_customer(call, message)? {
        match &conversation {
            Some(conversation) if conversation.is_with(&contact.id) => {
                return Ok((contact, conversation.clone()));
            }
            Some(_) => {}
            None => {
                if let Some(last) = with_contact(call, &contact.id)?.into_iter().next() {
                    return Ok((contact, last));
                }
            }
        }
    }
    Err(contact_not_found())
}

/// Answers `POST /conversations/{id}/parts`: an admin closes, opens, snoozes or assigns it.
pub(crate) fn manage(call: &Call) -> Result<ApiResponse, ApiError> {
    apply_action(call, from_path(call)?, &call.request.object()?)
}

/// Closes, opens, snoozes or assigns a conversation.
fn apply_action(
    call: &Call,
    mut conversation: Conversation,
    message: &Value,
) -> Result<ApiResponse, ApiError> {
    let author_type = text(message, "type");
    let action =
        match text(message, "message_type") {
            Some("close") if author_type == Some("admin") => AdminAction::Close,
            Some("close") => return Err(ApiError::invalid("type", "Type is not an option")),
            Some("open") => AdminAction::Open,
            Some("snoozed") => {
                let until = time(message, "snoozed_until")?.filter(|until| *until > call.now());
                AdminAction::Snooze(until.ok_or_else(|| {
                    let message = "snoozed_until must be a UNIX timestamp to come";
                    ApiError::invalid("snoozed_until", message)
                })?)
            }
            Some("assignment") => {
                let assignee_type = author_type.filter(|name| ["admin", "team"].contains(name));
                let assignee_type = assignee_type
                    .ok_or_else(|| ApiError::invalid("type", "Type is not an option"))?;
                let id = required_id(message, "assignee_id")?;
                AdminAction::Assign(Assignee::find(assignee_type, &id).ok_or_else(|| {
                    ApiError::new(404, "assignee_not_found", "Assignee not found")
                })?)
            }
            _ => return Err(ApiError::invalid("message_type", "Message type is not an option")),
        };
    let body = match message.get("body") {
        None | Some(Value::Null) => None,
        Some(Value::String(body)) => Some(body.as_str()),
        Some(_) => return Err(ApiError::invalid("body", "body must be a string")),
    };
    let admin = Admin::from_body(message)?;
    conversation.act(admin, action, PartContent { body, at: call.now(), ..PartContent::default() });
    save(call, &conversation)?;
    respond(call, conversation)
}
