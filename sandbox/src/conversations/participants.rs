//! The contacts who take part in a conversation: `/conversations/{id}/customers`.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::contacts::table::{find_customer, row};
use crate::conversations::conversation::Conversation;
use crate::conversations::table::{from_path, save};
use crate::conversations::view::contact_not_found;
use crate::http::body::missing;
use crate::http::response::{ApiError, ApiResponse};
use serde_json::json;

/// Answers `POST /conversations/{id}/customers`: an admin adds a contact.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut conversation = from_path(call)?;
    let message = call.request.object()?;
    let customer = message.get("customer").ok_or_else(|| missing("customer"))?;
    let contact = find_customer(call, customer)?.into_iter().next();
    let contact = contact.ok_or_else(contact_not_found)?;
    let admin = Admin::from_body(&message)?;
    if !conversation.is_with(&contact.id) {
        conversation.add_contact(&contact, admin, call.now());
        save(call, &conversation)?;
    }
    customers(call, &conversation)
}

/// Answers `DELETE /conversations/{id}/customers/{contact_id}`; 422 for the last contact.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut conversation = from_path(call)?;
    let admin = Admin::from_body(&call.request.object()?)?;
    if !conversation.is_with(&call.second_param) {
        return Err(contact_not_found());
    }
    if conversation.contact_ids().count() < 2 {
        let message = "Removing the last customer is not allowed";
        return Err(ApiError::new(422, "parameter_invalid", message));
    }
    conversation.remove_contact(&call.second_param, admin, call.now());
    save(call, &conversation)?;
    customers(call, &conversation)
}

/// Responds with the contacts of a conversation, with their roles.
fn customers(call: &Call, conversation: &Conversation) -> Result<ApiResponse, ApiError> {
    let mut customers = Vec::new();
    for id in conversation.contact_ids() {
        let role = row(call, id)?.map(|row| row.role()).transpose()?;
        customers.push(json!({"type": role.as_deref().unwrap_or("user"), "id": id}));
    }
    ApiResponse::ok(&json!({ "customers": customers }))
}
