//! The handler of `POST /messages`.

use crate::admins::admin::{AVATAR, Admin, Admins};
use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::table::row;
use crate::conversations::start::start;
use crate::http::response::{ApiError, ApiResponse};
use crate::log::messages as message_log;
use crate::messages::input::{MessageFrom, MessageInput};
use crate::resource::table;
use serde::Serialize;
use serde_json::{Value, json};

/// How long after its creation a contact cannot receive messages, in milliseconds.
const DELAY_MS: u64 = 1_000;

/// Answers `POST /messages`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let message = call.request.object()?;
    let input = MessageInput::read(&message)?;
    let number = message_log::next_number(call.store)?;
    let id = message_log::id(number);
    let created_at = call.now();
    let response = match &input.from {
        MessageFrom::Admin { email, subject, to } => {
            let admin = Admin::find(&input.from_id).ok_or_else(ApiError::not_found)?;
            for (role, id) in to {
                let recipient = contact(call, role, id)?;
                if recipient.unsubscribed_from_emails {
                    let message = "The contact has unsubscribed from emails";
                    return Err(ApiError::new(403, "forbidden", message));
                }
            }
            ApiResponse::ok(&AdminMessage {
                r#type: "admin_message",
                id: &id,
                created_at,
                subject: email.map(|(subject, _)| subject).or(*subject),
                body: input.body,
                template: email.map(|(_, template)| template),
                message_type: if email.is_some() { "email" } else { "inapp" },
                owner: owner(call, admin)?,
            })?
        }
        MessageFrom::Contact(role) => {
            let author = contact(call, role, &input.from_id)?;
            return start(call, &author, &message, input.body, created_at);
        }
    };
    message_log::record(call.store, number, &message, &response)?;
    Ok(response)
}

/// Returns the contact that a message names; 404 if it is too new or has another role.
fn contact(call: &Call, role: &str, id: &str) -> Result<Contact, ApiError> {
    let Some(row) = row(call, id)? else { return Err(ApiError::not_found()) };
    let contact = row.active()?.ok_or_else(ApiError::not_found)?;
    let is_too_new = row.inserted_at_ms > call.now_ms.saturating_sub(DELAY_MS);
    if is_too_new || (role != "contact" && contact.role != role) {
        return Err(ApiError::not_found());
    }
    Ok(contact)
}

#[derive(Serialize)]
struct AdminMessage<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    subject: Option<&'a str>,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    message_type: &'static str,
    owner: Value,
}

/// Returns the admin who sends a message, as the response shows them.
fn owner(call: &Call, admin: &Admin) -> Result<Value, ApiError> {
    let stored = table::find::<Admins>(call.store, admin.id)?;
    Ok(json!({
        "type": "admin", "id": admin.id, "name": admin.name, "email": admin.email,
        "away_mode_enabled": stored.get("away_mode_enabled"),
        "away_mode_reassign": stored.get("away_mode_reassign"), "avatar": AVATAR,
    }))
}
