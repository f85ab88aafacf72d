//! The handlers of `/contacts`. Merge and block are in `operations/`.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::input::ContactInput;
use crate::contacts::table::{
    from_path, index_changes, insert, next_number, reject_duplicate, row, row_by_external_id, save,
    set_state, unmerged,
};
use crate::contacts::view::{ContactStatus, ContactView, respond};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::list::query::ListQuery;
use crate::search::condition::Condition;
use serde::Serialize;

/// Answers `GET /contacts`: all active contacts, newest first.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    page(call, ListQuery::from_query(call, Condition::active_contacts(), 10)?)
}

/// Answers `POST /contacts/search`.
pub(crate) fn search(call: &Call) -> Result<ApiResponse, ApiError> {
    index_changes(call)?;
    let condition =
        Condition::active_contacts().indexed(call).in_time_zone(call.utc_offset_minutes);
    page(call, ListQuery::from_search(call, condition, 50)?)
}

/// Responds with a page of contacts.
fn page(call: &Call, query: ListQuery) -> Result<ApiResponse, ApiError> {
    let page = query.page::<Contact>(call)?;
    let contacts = page.items.iter().map(|contact| ContactView { contact, version: &call.version });
    ApiResponse::ok(&List::page(contacts.collect(), page.total_count, page.pages))
}

/// Answers `GET /contacts/{id}`. An archived contact has `archived`, as in the response to
/// `archive`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    let row = row(call, &call.param)?;
    let is_archived = row.as_ref().is_some_and(|row| row.state == "archived");
    let contact = unmerged(row)?;
    let contact = ContactView { contact: &contact, version: &call.version };
    if !is_archived {
        return ApiResponse::ok(&contact);
    }
    #[derive(Serialize)]
    struct Archived<'a> {
        #[serde(flatten)]
        contact: ContactView<'a>,
        archived: bool,
    }
    ApiResponse::ok(&Archived { contact, archived: true })
}

/// Answers `GET /contacts/find_by_external_id/{external_id}`.
pub(crate) fn show_by_external_id(call: &Call) -> Result<ApiResponse, ApiError> {
    respond(call, &unmerged(row_by_external_id(call, &call.param)?)?)
}

/// Answers `POST /contacts`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let input = ContactInput::read(&call.request.object()?)?;
    let contact = input.create(call.now(), next_number(call)?)?;
    insert(call, &contact)?;
    respond(call, &contact)
}

/// Answers `PUT /contacts/{id}`.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let before = from_path(call)?;
    let input = ContactInput::read(&call.request.object()?)?;
    let mut after = input.update(before.clone(), call.now());
    if after.external_id != before.external_id
        || after.email != before.email
        || after.role != before.role
    {
        reject_duplicate(call, &after)?;
    }
    save(call, &mut after)?;
    respond(call, &after)
}

/// Answers `POST /contacts/{id}/archive`.
pub(crate) fn archive(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    set_state(call, "archived")?;
    ApiResponse::ok(&ContactStatus::archived(&contact, true))
}

/// Answers `POST /contacts/{id}/unarchive`.
pub(crate) fn unarchive(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    set_state(call, "active")?;
    ApiResponse::ok(&ContactStatus::archived(&contact, false))
}

/// Answers `DELETE /contacts/{id}`.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    call.store
        .run("DELETE FROM contact WHERE id = (?1 ->> '$[0]')", &[call.param.as_str().into()])?;
    ApiResponse::ok(&ContactStatus::deleted(&contact))
}
