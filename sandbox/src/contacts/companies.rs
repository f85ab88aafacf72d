//! The contacts of a company, and the companies of a contact: `/contacts/{id}/companies` and
//! `/companies/{id}/contacts`.

use crate::call::Call;
use crate::companies::table::{find, find_all};
use crate::contacts::contact::Contact;
use crate::contacts::table::{from_path, save};
use crate::contacts::view::ContactView;
use crate::http::body::text;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::numbered;

/// Answers `GET /contacts/{id}/companies`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    numbered::respond(call, find_all(call.store, &contact.companies)?, 50)
}

/// Answers `POST /contacts/{id}/companies`.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let body = call.request.object()?;
    let id = text(&body, "id");
    let id =
        id.ok_or_else(|| ApiError::new(400, "parameter_not_found", "company not specified"))?;
    find(call.store, id)?;
    if !contact.companies.iter().any(|company| company == id) {
        contact.companies.push(id.to_owned());
        save(call, &mut contact)?;
    }
    ApiResponse::ok(&find(call.store, id)?)
}

/// Answers `DELETE /contacts/{id}/companies/{company_id}`.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    find(call.store, &call.second_param)?;
    contact.companies.retain(|company| *company != call.second_param);
    save(call, &mut contact)?;
    ApiResponse::ok(&find(call.store, &call.second_param)?)
}

/// Answers `GET /companies/{id}/contacts`: users and leads, newest first.
pub(crate) fn members(call: &Call) -> Result<ApiResponse, ApiError> {
    let company = find(call.store, &call.param)?;
    let members: Vec<Contact> = call.store.entries(
        "SELECT body AS entry FROM contact WHERE state = 'active'
         AND EXISTS (SELECT 1 FROM json_each(contact.companies) WHERE value = (?1 ->> '$[0]'))
         ORDER BY created_at DESC, id DESC",
        &[text(&company, "id").into()],
    )?;
    let members = members.iter().map(|contact| ContactView { contact, version: &call.version });
    numbered::respond(call, members.collect(), 50)
}
