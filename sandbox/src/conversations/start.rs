//! Starts a conversation with a message from a contact.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::conversations::conversation::{Conversation, NewConversation};
use crate::conversations::seed;
use crate::conversations::table::insert;
use crate::http::response::{ApiError, ApiResponse};
use crate::log::messages as message_log;
use serde::Serialize;
use serde_json::Value;

/// Starts a conversation with a message from a contact, and responds with the message.
pub(crate) fn start(
    call: &Call,
    author: &Contact,
    message: &Value,
    body: &str,
    at: i64,
) -> Result<ApiResponse, ApiError> {
    let number = message_log::next_number(call.store)?;
    let id = message_log::id(number);
    let conversation_id = seed::FIRST_ID + seed::CONVERSATIONS + number;
    insert(
        call.store,
        &Conversation::new(NewConversation {
            id: conversation_id,
            message: id.clone(),
            author: author.into(),
            contact: author,
            body,
            at,
        }),
    )?;
    let response = ApiResponse::ok(&UserMessage {
        r#type: "user_message",
        id: &id,
        created_at: at,
        body,
        message_type: "inapp",
        conversation_id: conversation_id.to_string(),
    })?;
    message_log::record(call.store, number, message, &response)?;
    Ok(response)
}

#[derive(Serialize)]
struct UserMessage<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    body: &'a str,
    message_type: &'static str,
    conversation_id: String,
}
