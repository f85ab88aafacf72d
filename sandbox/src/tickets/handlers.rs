//! The handlers of `/tickets`: create, update, delete and search.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::companies::table::find_named;
use crate::contacts::contact::Contact;
use crate::contacts::input::ContactInput;
use crate::contacts::table::{
    find_by, insert as insert_contact, next_number as next_contact_number,
};
use crate::http::body::{flag, id, missing, object, set, text, time};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::query::ListQuery;
use crate::resource::{Resource, handlers, table};
use crate::search::condition::Condition;
use crate::tickets::links::{link_conversation, unlink_ticket};
use crate::tickets::table::{Tickets, from_path, next_number};
use crate::tickets::ticket::{
    NewTicket, add_part, admin_author, assign, bot_author, contacts_of, new_ticket, set_attributes,
    set_state,
};
use crate::tickets::types::{self, TicketStates, TicketTypes};
use serde_json::{Value, json};

/// Answers `POST /tickets`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let ticket = insert_ticket(call)?;
    ApiResponse::ok(&Tickets::to_json(call, ticket)?)
}

/// Creates a ticket from the body and inserts it.
pub(crate) fn insert_ticket(call: &Call) -> Result<Value, ApiError> {
    let body = call.request.object()?;
    let ticket_type = types::from_body(call, &body)?;
    let attributes = object(&body, "ticket_attributes")?;
    types::check(&ticket_type, &attributes, true)?;
    let (contact, is_new) = contact(call, &body)?;
    let ticket_id = table::next_id(call.store)?;
    let mut ticket = new_ticket(NewTicket {
        id: &ticket_id,
        number: next_number(call.store)?,
        ticket_type: &ticket_type,
        contacts: contacts_of(&contact),
        attributes,
        opening: None,
        at: time(&body, "created_at")?.unwrap_or_else(|| call.now()),
    });
    if let Some(assignment) = body.get("assignment") {
        for assignee_type in ["admin", "team"] {
            if let Some(id) = id(assignment, &format!("{assignee_type}_assignee_id")) {
                assign(&mut ticket, assignee_type, &id, &bot_author(), call.now())?;
            }
        }
    }
    set_company(call, &mut ticket, &body)?;
    if let Some(conversation) = id(&body, "conversation_to_link_id") {
        link_conversation(call, &mut ticket, &conversation)?;
    }
    // The contact is inserted last, so that an invalid ticket creates no contact.
    if is_new {
        insert_contact(call, &contact)?;
    }
    table::insert::<Tickets>(call.store, &ticket, call.now_ms)?;
    Ok(ticket)
}

/// Returns the contact of a new ticket, and true if the contact is new: an unknown e-mail address
/// becomes a lead.
fn contact(call: &Call, body: &Value) -> Result<(Contact, bool), ApiError> {
    let contacts = body.get("contacts").and_then(Value::as_array);
    let contact = match contacts.map(Vec::as_slice) {
        Some([contact]) => contact,
        Some([_, _, ..]) => {
            return Err(ApiError::invalid("contacts", "Only one contact is allowed"));
        }
        _ => return Err(missing("contacts")),
    };
    for (name, column) in [("id", "id"), ("external_id", "external_id"), ("email", "email")] {
        let Some(value) = text(contact, name) else { continue };
        if let Some(contact) = find_by(call, column, value)?.into_iter().next() {
            return Ok((contact, false));
        }
        if name != "email" {
            return Err(ApiError::new(404, "not_found", "User Not Found"));
        }
        let input = ContactInput::read(&json!({"role": "lead", "email": value}))?;
        return Ok((input.create(call.now(), next_contact_number(call)?)?, true));
    }
    Err(ApiError::invalid("contacts", "A contact needs an id, an external_id or an email"))
}

/// Sets the company that a body names; 404 if it is unknown.
fn set_company(call: &Call, ticket: &mut Value, body: &Value) -> Result<(), ApiError> {
    if let Some(company_id) = id(body, "company_id") {
        let company = find_named(call.store, &json!({ "id": company_id }))?;
        set(ticket, "company_id", company.get("id").cloned());
    }
    Ok(())
}

/// Answers `PUT /tickets/{id}`.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket = from_path(call)?;
    let body = call.request.object()?;
    let at = call.now();
    let not_found = || ApiError::new(404, "assignee_not_found", "Assignee not found");
    let author = match id(&body, "admin_id") {
        Some(id) => admin_author(Admin::find(&id).ok_or_else(not_found)?),
        None => bot_author(),
    };
    update_attributes(call, &mut ticket, &body)?;
    if let Some(id) = id(&body, "ticket_state_id") {
        let state = table::find::<TicketStates>(call.store, &id).map_err(|_| {
            let message = "Ticket state id is not valid or is not associated with the ticket type";
            ApiError::new(400, "ticket_state_id_invalid", message)
        })?;
        let category = text(&state, "category").unwrap_or_default();
        set_state(&mut ticket, &id, category, &author, at);
        set(&mut ticket, "open", category != "resolved");
    }
    if let Some(id) = id(&body, "assignee_id") {
        let assignee_type = if Admin::find(&id).is_some() { "admin" } else { "team" };
        assign(&mut ticket, assignee_type, &id, &author, at)?;
    }
    set_company(call, &mut ticket, &body)?;
    if let Some(shared) = flag(&body, "is_shared")? {
        set(&mut ticket, "is_shared", shared);
    }
    if let Some(until) = time(&body, "snoozed_until")? {
        set(&mut ticket, "snoozed_until", until);
        add_part(&mut ticket, "snoozed", &author, at, json!({}));
    }
    if let Some(open) = flag(&body, "open")? {
        set(&mut ticket, "open", open);
        if !open {
            set(&mut ticket, "snoozed_until", Value::Null);
        }
        let part_type = if open { "open" } else { "close" };
        add_part(&mut ticket, part_type, &author, at, json!({}));
    }
    set(&mut ticket, "updated_at", at);
    table::save::<Tickets>(call.store, &ticket)?;
    ApiResponse::ok(&Tickets::to_json(call, ticket)?)
}

/// Writes the attributes of a body, and adds a part for each.
fn update_attributes(call: &Call, ticket: &mut Value, body: &Value) -> Result<(), ApiError> {
    let ticket_type = text(ticket, "ticket_type_id").unwrap_or_default();
    let ticket_type = table::find::<TicketTypes>(call.store, ticket_type)?;
    let attributes = object(body, "ticket_attributes")?;
    types::check(&ticket_type, &attributes, false)?;
    set_attributes(ticket, &attributes);
    for (name, value) in &attributes {
        let updated = json!({
            "attribute": {"type": "attribute", "id": name, "label": name},
            "value": {"type": "value", "id": value, "label": value},
        });
        let more = json!({ "updated_attribute_data": updated });
        add_part(ticket, "ticket_attribute_updated_by_admin", &bot_author(), call.now(), more);
    }
    Ok(())
}

/// Answers `DELETE /tickets/{id}`, and removes its links from conversations.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    from_path(call)?;
    unlink_ticket(call, &call.param)?;
    handlers::delete::<Tickets>(call)
}

/// Answers `POST /tickets/search`.
pub(crate) fn search(call: &Call) -> Result<ApiResponse, ApiError> {
    let condition = Condition::tickets().indexed(call);
    let page = ListQuery::from_search(call, condition, 20)?.page::<Value>(call)?;
    let tickets: Result<Vec<Value>, ApiError> =
        page.items.into_iter().map(|ticket| Tickets::to_json(call, ticket)).collect();
    ApiResponse::ok(&json!({
        "type": "ticket.list", "pages": page.pages, "total_count": page.total_count,
        "tickets": tickets?,
    }))
}
