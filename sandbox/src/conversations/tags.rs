//! The handlers of `/conversations/{id}/tags`.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::conversations::conversation::Conversation;
use crate::conversations::table::{find, save};
use crate::http::response::{ApiError, ApiResponse};
use crate::tags::table::from_body;

/// Answers `POST /conversations/{id}/tags`.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut conversation = tagged_conversation(call)?;
    let message = call.request.object()?;
    let tag = from_body(call.store, &message)?;
    let tag = tag.applied_by(Admin::from_body(&message)?, call.now());
    conversation.tags.tags.retain(|known| known.tag.id != tag.tag.id);
    conversation.tags.tags.push(tag.clone());
    save(call, &conversation)?;
    ApiResponse::ok(&tag)
}

/// Answers `DELETE /conversations/{id}/tags/{tag_id}`. The body has the admin's id.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut conversation = tagged_conversation(call)?;
    Admin::from_body(&call.request.object()?)?;
    let tags = &mut conversation.tags.tags;
    let index = tags.iter().position(|known| known.tag.id == call.second_param);
    let tag = index.map(|index| tags.remove(index));
    let tag = tag.ok_or_else(|| ApiError::new(404, "tag_not_found", "Tag not found"))?;
    save(call, &conversation)?;
    ApiResponse::ok(&tag)
}

/// Returns the conversation that the path names. For tags, Intercom's 404 has another message.
fn tagged_conversation(call: &Call) -> Result<Conversation, ApiError> {
    find(call, &call.param)?
        .ok_or_else(|| ApiError::new(404, "not_found", "Conversation not found"))
}
