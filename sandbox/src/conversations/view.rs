//! The responses about conversations.

use crate::call::Call;
use crate::conversations::conversation::Conversation;
use crate::http::response::{ApiError, ApiResponse};
use crate::tickets::table::of_conversation;

/// Adds the ticket, and converts texts to plain text if the query has `display_as=plaintext`.
pub(crate) fn with_ticket(
    call: &Call,
    mut conversation: Conversation,
) -> Result<Conversation, ApiError> {
    conversation.ticket = of_conversation(call, &conversation.id)?;
    let is_plain = call.request.query("display_as").as_deref() == Some("plaintext");
    Ok(if is_plain { conversation.into_plain_text() } else { conversation })
}

/// Responds with one conversation with its parts.
pub(crate) fn respond(call: &Call, conversation: Conversation) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&with_ticket(call, conversation.with_latest_parts())?)
}

/// Returns the error for an unknown contact.
pub(crate) fn contact_not_found() -> ApiError {
    ApiError::new(404, "not_found", "User Not Found")
}
