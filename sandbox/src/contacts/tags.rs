//! The handlers of `/contacts/{id}/tags`.

use crate::call::Call;
use crate::contacts::table::{from_path, save};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::tags::table::{all, find, from_body};

/// Answers `GET /contacts/{id}/tags`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    let tags = all(call.store)?.into_iter().filter(|tag| contact.tags.contains(&tag.id));
    ApiResponse::ok(&List::whole(tags.map(|tag| tag.applied(contact.created_at)).collect()))
}

/// Answers `POST /contacts/{id}/tags`.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let body = call.request.object()?;
    let tag = from_body(call.store, &body)?;
    if !contact.tags.contains(&tag.id) {
        contact.tags.push(tag.id.clone());
        save(call, &mut contact)?;
    }
    ApiResponse::ok(&tag.applied(call.now()))
}

/// Answers `DELETE /contacts/{id}/tags/{tag_id}`; 404 if the contact does not have the tag.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let tag = find(call.store, &call.second_param)?;
    let before = contact.tags.len();
    contact.tags.retain(|id| *id != tag.id);
    if contact.tags.len() == before {
        return Err(ApiError::not_found());
    }
    save(call, &mut contact)?;
    ApiResponse::ok(&tag.applied(call.now()))
}
