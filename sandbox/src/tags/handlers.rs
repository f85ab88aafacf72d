//! The handlers of `/tags`. `POST /tags` also changes contacts and companies, so its handler is
//! [`crate::operations::save_tag`].

use crate::call::Call;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::tags::copies::change_copies;
use crate::tags::table::{all, find};
use crate::tags::tag::Tag;

/// Answers `GET /tags`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&List::whole(all(call.store)?))
}

/// Answers `GET /tags/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&find(call.store, &call.param)?)
}

/// Renames a tag; 409 if another tag has the name.
pub(crate) fn rename(call: &Call, id: &str, name: &str) -> Result<ApiResponse, ApiError> {
    let tag = find(call.store, id)?;
    let has_name =
        |other: &Tag| other.id != tag.id && other.name.to_lowercase() == name.to_lowercase();
    if all(call.store)?.iter().any(has_name) {
        return Err(ApiError::new(409, "conflict", "A tag with this name already exists"));
    }
    call.store.run(
        "UPDATE tag SET name = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[tag.id.as_str().into(), name.into()],
    )?;
    change_copies(call.store, &tag.id, Some(name))?;
    ApiResponse::ok(&find(call.store, &tag.id)?)
}

/// Answers `DELETE /tags/{id}`, and removes the tag from every object that has it.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    let tag = find(call.store, &call.param)?;
    call.store.run("DELETE FROM tag WHERE id = (?1 ->> '$[0]')", &[tag.id.as_str().into()])?;
    call.store.run(
        "UPDATE contact SET body = json_set(body, '$.tags', (
           SELECT json_group_array(value) FROM json_each(contact.tags) WHERE value <> (?1 ->> '$[0]')))
         WHERE EXISTS (SELECT 1 FROM json_each(contact.tags) WHERE value = (?1 ->> '$[0]'))",
        &[tag.id.as_str().into()],
    )?;
    change_copies(call.store, &tag.id, None)?;
    Ok(ApiResponse::empty(200))
}
