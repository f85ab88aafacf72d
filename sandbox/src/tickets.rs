//! `/tickets`: what teammates work on, beside conversations. A conversation that is converted gives
//! its ticket its id.

use super::answer::{Answer, Refusal};
use super::body::{self, flag, id, set, text, time};
use super::collection::{self, Collection};
use super::draft::Draft;
use super::html::paragraph;
use super::listing::Listing;
use super::operation::Call;
use super::person::Person;
use super::search::Condition;
use super::store::Store;
use super::tags;
use super::ticket::{
    Beginning, add_part, assign, author, begin, contacts_of, fin, link, linked, set_attributes,
    set_state,
};
use super::ticket_types::{self, TicketStates, TicketTypes};
use super::workspace::Admin;
use super::{contacts, conversations};
use serde_json::{Map, Value, json};

/// The tickets.
pub(super) struct Tickets;

impl Collection for Tickets {
    const KIND: &'static str = "ticket";

    fn shown(call: &Call, mut ticket: Value) -> Result<Value, Refusal> {
        let id = |name: &str| text(&ticket, name).unwrap_or_default().to_owned();
        let of = collection::find::<TicketTypes>(call.store, &id("ticket_type_id"))?;
        let state = collection::find::<TicketStates>(call.store, &id("ticket_state_id"))?;
        set(&mut ticket, "category", of.get("category").cloned());
        set(&mut ticket, "ticket_type", of);
        set(&mut ticket, "ticket_state", state);
        if let Some(ticket) = ticket.as_object_mut() {
            for name in ["ticket_type_id", "ticket_state_id", "tag_ids", "state"] {
                ticket.remove(name);
            }
            if ticket.get("snoozed_until").is_some_and(Value::is_null) {
                ticket.remove("snoozed_until");
            }
        }
        Ok(ticket)
    }

    fn unknown() -> Refusal {
        Refusal::new(404, "ticket_not_found", "Ticket not found")
    }
}

/// Answers `POST /tickets`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let ticket = make(call)?;
    Answer::ok(&Tickets::shown(call, ticket)?)
}

/// Makes a ticket of the body and keeps it.
pub(super) fn make(call: &Call) -> Result<Value, Refusal> {
    let body = call.arrival.object()?;
    let of = ticket_types::of_body(call, &body)?;
    let attributes = attributes(&body, "ticket_attributes")?;
    ticket_types::check(&of, &attributes, true)?;
    let (contact, is_new) = contact(call, &body)?;
    let id = collection::next_id(call.store)?;
    let mut ticket = begin(Beginning {
        id: &id,
        number: number(call.store)?,
        of: &of,
        contacts: contacts_of(&contact),
        attributes,
        opening: None,
        at: time(&body, "created_at")?.unwrap_or_else(|| call.now()),
    });
    if let Some(assignment) = body.get("assignment") {
        for (name, kind) in [("admin_assignee_id", "admin"), ("team_assignee_id", "team")] {
            if let Some(id) = body::id(assignment, name) {
                assign(&mut ticket, kind, &id, &fin(), call.now())?;
            }
        }
    }
    set_company(call, &mut ticket, &body)?;
    if let Some(conversation) = body::id(&body, "conversation_to_link_id") {
        let conversation = conversations::of_id(call, &conversation)?;
        let mut conversation = conversation.ok_or_else(Refusal::not_found)?;
        link(&mut ticket, linked("conversation", &conversation.id, None));
        conversation.link(linked("ticket", &id, of.get("category")));
        conversations::keep(call, &conversation)?;
    }
    // Last of all: a ticket that is refused makes nobody.
    if is_new {
        contacts::settle(call, &contact)?;
    }
    collection::insert::<Tickets>(call.store, &ticket, call.now_ms)?;
    Ok(ticket)
}

/// Returns the number that teammates see of the next ticket.
fn number(store: &Store) -> Result<u64, Refusal> {
    let select = "SELECT count(*) + 1 AS n FROM object WHERE kind IN ('ticket', 'deleted')";
    store.count(select, &[])
}

fn attributes(body: &Value, name: &str) -> Result<Map<String, Value>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(attributes)) => Ok(attributes.clone()),
        Some(_) => Err(Refusal::invalid(name, format!("{name} must be an object"))),
    }
}

/// Finds the one contact of a new ticket, and whether they are new: an address that nobody has
/// becomes a lead's.
fn contact(call: &Call, body: &Value) -> Result<(Person, bool), Refusal> {
    let contacts = body.get("contacts").and_then(Value::as_array);
    let contact = match contacts.map(Vec::as_slice) {
        Some([contact]) => contact,
        Some([_, _, ..]) => {
            return Err(Refusal::invalid("contacts", "Only one contact is allowed"));
        }
        _ => return Err(body::missing("contacts")),
    };
    for (name, column) in [("id", "id"), ("external_id", "external_id"), ("email", "email")] {
        let Some(value) = text(contact, name) else { continue };
        if let Some(person) = contacts::named(call, column, value)?.into_iter().next() {
            return Ok((person, false));
        }
        if name != "email" {
            return Err(Refusal::new(404, "not_found", "User Not Found"));
        }
        let draft = Draft::read(&json!({"role": "lead", "email": value}))?;
        let number =
            call.store.count("SELECT coalesce(max(rowid), 0) + 1 AS n FROM contact", &[])?;
        return Ok((draft.create(call.now(), number)?, true));
    }
    Err(Refusal::invalid("contacts", "A contact needs an id, an external_id or an email"))
}

fn set_company(call: &Call, ticket: &mut Value, body: &Value) -> Result<(), Refusal> {
    if let Some(company_id) = id(body, "company_id") {
        let company = super::companies::named(call.store, &json!({ "id": company_id }))?;
        set(ticket, "company_id", company.get("id").cloned());
    }
    Ok(())
}

/// Answers `PUT /tickets/{id}`.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let mut ticket = named(call)?;
    let body = call.arrival.object()?;
    let at = call.now();
    let unknown = || Refusal::new(404, "assignee_not_found", "Assignee not found");
    let author = match id(&body, "admin_id") {
        Some(id) => author(Admin::find(&id).ok_or_else(unknown)?),
        None => fin(),
    };
    let of = text(&ticket, "ticket_type_id").unwrap_or_default();
    let of = collection::find::<TicketTypes>(call.store, of)?;
    let attributes = attributes(&body, "ticket_attributes")?;
    ticket_types::check(&of, &attributes, false)?;
    set_attributes(&mut ticket, &attributes);
    for (name, value) in &attributes {
        let updated = json!({
            "attribute": {"type": "attribute", "id": name, "label": name},
            "value": {"type": "value", "id": value, "label": value},
        });
        let more = json!({ "updated_attribute_data": updated });
        add_part(&mut ticket, "ticket_attribute_updated_by_admin", &fin(), at, more);
    }
    if let Some(id) = id(&body, "ticket_state_id") {
        let state = collection::find::<TicketStates>(call.store, &id).map_err(|_| {
            let message = "Ticket state id is not valid or is not associated with the ticket type";
            Refusal::new(400, "ticket_state_id_invalid", message)
        })?;
        let category = text(&state, "category").unwrap_or_default();
        set_state(&mut ticket, &id, category, &author, at);
        set(&mut ticket, "open", category != "resolved");
    }
    if let Some(id) = id(&body, "assignee_id") {
        let kind = if Admin::find(&id).is_some() { "admin" } else { "team" };
        assign(&mut ticket, kind, &id, &author, at)?;
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
    collection::keep::<Tickets>(call.store, &ticket)?;
    Answer::ok(&Tickets::shown(call, ticket)?)
}

fn named(call: &Call) -> Result<Value, Refusal> {
    collection::find::<Tickets>(call.store, &call.name)
}

/// Gives the tickets of a contact to the contact whom they were merged into.
pub(super) fn hand_over(call: &Call, from: &str, into: &Person) -> Result<(), Refusal> {
    let contact = json!({"type": "contact", "id": into.id, "external_id": into.external_id});
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.contacts.contacts[0]', json(?1 ->> '$[1]'))
         WHERE kind = 'ticket' AND body ->> '$.contacts.contacts[0].id' = (?1 ->> '$[0]')",
        &[from.into(), contact.to_string().into()],
    )
}

/// Answers `DELETE /tickets/{id}`, and unlinks it from conversations.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let ticket = named(call)?;
    let linked = ticket.pointer("/linked_objects/data").and_then(Value::as_array);
    for object in linked.into_iter().flatten() {
        let id = text(object, "id").unwrap_or_default();
        if let Some(mut conversation) = conversations::of_id(call, id)? {
            conversation.unlink(&call.name);
            conversations::keep(call, &conversation)?;
        }
    }
    collection::delete::<Tickets>(call)
}

/// Answers `POST /tickets/search`.
pub(super) fn search(call: &Call) -> Result<Answer, Refusal> {
    let condition = Condition::every_ticket().indexed(call.now_ms);
    let page = Listing::of_search(call, condition, 20)?.page::<Value>(call)?;
    let tickets: Result<Vec<Value>, Refusal> =
        page.items.into_iter().map(|ticket| Tickets::shown(call, ticket)).collect();
    Answer::ok(&json!({
        "type": "ticket.list", "pages": page.pages, "total_count": page.total_count,
        "tickets": tickets?,
    }))
}

/// Answers `POST /tickets/{id}/reply` with the part that it adds.
pub(super) fn reply(call: &Call) -> Result<Answer, Refusal> {
    let mut ticket = named(call).map_err(|_| Refusal::not_found())?;
    let message = call.arrival.object()?;
    let by_admin = match text(&message, "type") {
        Some("admin") => true,
        Some("user") => false,
        _ => return Err(Refusal::invalid("type", "Type is not an option")),
    };
    let part_type = match text(&message, "message_type") {
        Some("comment") => "comment",
        Some("note") if by_admin => "note",
        Some("quick_reply") if by_admin => "quick_reply",
        _ => return Err(Refusal::invalid("message_type", "Message type is not an option")),
    };
    let mut more = json!({ "attachments": conversations::attachments(&message)? });
    if part_type == "quick_reply" {
        let options = message.get("reply_options").and_then(Value::as_array);
        if options.is_none_or(Vec::is_empty) {
            return Err(body::missing("reply_options"));
        }
    } else {
        set(&mut more, "body", paragraph(conversations::body(&message)?));
    }
    let author = if by_admin {
        author(conversations::admin(&message)?)
    } else {
        if text(&ticket, "category") != Some("Customer") {
            let message = "User replies are not allowed on Backoffice tickets";
            return Err(Refusal::new(400, "parameter_mismatch", message));
        }
        let contact = contacts::of_customer(call, &message)?.into_iter().find(|person| {
            let contacts = ticket.pointer("/contacts/contacts").and_then(Value::as_array);
            contacts.into_iter().flatten().any(|with| text(with, "id") == Some(&person.id))
        });
        let contact = contact.ok_or_else(|| Refusal::new(404, "not_found", "User Not Found"))?;
        json!({
            "type": contact.role, "id": contact.id, "name": contact.name, "email": contact.email,
        })
    };
    let at = time(&message, "created_at")?.unwrap_or_else(|| call.now());
    let part = add_part(&mut ticket, part_type, &author, at, more);
    collection::keep::<Tickets>(call.store, &ticket)?;
    Answer::ok(&part)
}

/// Answers `POST /tickets/{id}/tags`.
pub(super) fn tag(call: &Call) -> Result<Answer, Refusal> {
    let mut ticket = named(call)?;
    let message = call.arrival.object()?;
    let tag = tags::of_body(call.store, &message)?;
    let admin = conversations::admin(&message)?;
    let ids = tag_ids(&mut ticket).ok_or_else(Refusal::not_found)?;
    if !ids.contains(&tag.id.as_str().into()) {
        ids.push(tag.id.as_str().into());
    }
    collection::keep::<Tickets>(call.store, &ticket)?;
    Answer::ok(&tag.applied_by(admin.id, call.now()))
}

/// Answers `DELETE /tickets/{id}/tags/{tag_id}`; the admin's id is in the body.
pub(super) fn untag(call: &Call) -> Result<Answer, Refusal> {
    let mut ticket = named(call)?;
    let admin = conversations::admin(&call.arrival.object()?)?;
    let unknown = || Refusal::new(404, "tag_not_found", "Tag not found");
    let tag = tags::of_id(call.store, &call.second).map_err(|_| unknown())?;
    let ids = tag_ids(&mut ticket).ok_or_else(unknown)?;
    let place = ids.iter().position(|id| id.as_str() == Some(&tag.id)).ok_or_else(unknown)?;
    ids.remove(place);
    collection::keep::<Tickets>(call.store, &ticket)?;
    Answer::ok(&tag.applied_by(admin.id, call.now()))
}

fn tag_ids(ticket: &mut Value) -> Option<&mut Vec<Value>> {
    ticket.get_mut("tag_ids")?.as_array_mut()
}

/// Answers `POST /conversations/{id}/convert` with the ticket, which has the conversation's id.
pub(super) fn convert(call: &Call) -> Result<Answer, Refusal> {
    let conversation = conversations::named(call)?;
    let body = call.arrival.object()?;
    let of = ticket_types::of_body(call, &body)?;
    let invalid = |message| Refusal::new(400, "parameter_invalid", message);
    if text(&of, "category") != Some("Customer") {
        return Err(invalid("Ticket type is not a customer ticket type"));
    }
    if of_conversation(call, &conversation.id)?.is_some() {
        return Err(invalid("Conversation is already a ticket"));
    }
    let attributes = attributes(&body, "attributes")?;
    ticket_types::check(&of, &attributes, true)?;
    let [author, body, contacts] = conversation.opening();
    let mut ticket = begin(Beginning {
        id: &conversation.id,
        number: number(call.store)?,
        of: &of,
        contacts,
        attributes,
        opening: Some([author, body]),
        at: conversation.created_at,
    });
    set(&mut ticket, "updated_at", call.now());
    collection::insert::<Tickets>(call.store, &ticket, call.now_ms)?;
    Answer::ok(&Tickets::shown(call, ticket)?)
}

/// Returns the ticket that a conversation was converted to.
pub(super) fn of_conversation(call: &Call, id: &str) -> Result<Option<Value>, Refusal> {
    let ticket = collection::find::<Tickets>(call.store, id).ok();
    ticket.map(|ticket| Tickets::shown(call, ticket)).transpose()
}
