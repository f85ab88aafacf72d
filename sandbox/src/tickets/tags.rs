//! The handlers of `/tickets/{id}/tags`.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::table;
use crate::tags::table::{find, from_body};
use crate::tickets::table::{Tickets, from_path};
use serde_json::Value;

/// Answers `POST /tickets/{id}/tags`.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket = from_path(call)?;
    let message = call.request.object()?;
    let tag = from_body(call.store, &message)?;
    let admin = Admin::from_body(&message)?;
    let ids = tag_ids(&mut ticket).ok_or_else(ApiError::not_found)?;
    if !ids.contains(&tag.id.as_str().into()) {
        ids.push(tag.id.as_str().into());
    }
    table::save::<Tickets>(call.store, &ticket)?;
    ApiResponse::ok(&tag.applied_by(admin, call.now()))
}

/// Answers `DELETE /tickets/{id}/tags/{tag_id}`. The body has the admin's id.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket = from_path(call)?;
    let admin = Admin::from_body(&call.request.object()?)?;
    let not_found = || ApiError::new(404, "tag_not_found", "Tag not found");
    let tag = find(call.store, &call.second_param).map_err(|_| not_found())?;
    let ids = tag_ids(&mut ticket).ok_or_else(not_found)?;
    let index = ids.iter().position(|id| id.as_str() == Some(&tag.id)).ok_or_else(not_found)?;
    ids.remove(index);
    table::save::<Tickets>(call.store, &ticket)?;
    ApiResponse::ok(&tag.applied_by(admin, call.now()))
}

fn tag_ids(ticket: &mut Value) -> Option<&mut Vec<Value>> {
    ticket.get_mut("tag_ids")?.as_array_mut()
}
