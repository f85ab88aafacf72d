//! `/tickets`: what teammates work on, beside conversations. A conversation that is converted gives
//! its ticket its id.

use super::answer::{Answer, Refusal};
use super::body::{self, flag, id, set, text, time};
use super::collection::{self, Collection};
use super::conversation::Assignee;
use super::dice::Dice;
use super::draft::Draft;
use super::html::paragraph;
use super::listing::Listing;
use super::operation::Call;
use super::people::{LAST_DAY, People};
use super::person::Person;
use super::search::Condition;
use super::store::Store;
use super::tags::{self, Tag};
use super::ticket_types::{self, TicketStates, TicketTypes};
use super::workspace::{ADMINS, APP_ID, Admin};
use super::{contacts, conversations};
use serde_json::{Map, Value, json};

/// The tickets. What is kept names the ticket type and the state by id, and has the ids of the tags,
/// which no answer shows.
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
            for name in
                ["ticket_type_id", "ticket_state_id", "tag_ids", "title", "description", "state"]
            {
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

/// What a new ticket is made of.
struct Beginning<'a> {
    id: &'a str,
    number: u64,
    of: &'a Value,
    contacts: Value,
    attributes: Map<String, Value>,
    /// Author and body of the message that became a ticket.
    opening: Option<[Value; 2]>,
    at: i64,
}

/// Returns a new ticket in the first state.
fn begin(beginning: Beginning) -> Value {
    let Beginning { id, number, of, contacts, attributes, opening, at } = beginning;
    let mut ticket = json!({
        "type": "ticket", "id": id, "ticket_id": number.to_string(), "contacts": contacts,
        "ticket_type_id": of.get("id"), "category": of.get("category"),
        "ticket_attributes": {}, "admin_assignee_id": "0", "team_assignee_id": "0",
        "created_at": at, "updated_at": at, "open": true, "snoozed_until": null, "tag_ids": [],
        "is_shared": text(of, "category") == Some("Customer"),
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": false},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": [], "total_count": 0},
    });
    set_attributes(&mut ticket, &attributes);
    if let Some([author, body]) = opening {
        add_part(&mut ticket, "comment", &author, at, json!({ "body": body }));
    }
    set_state(&mut ticket, "401", "submitted", &fin(), at);
    ticket
}

/// Returns the bot that does what no admin is named for.
fn fin() -> Value {
    json!({
        "type": "bot", "id": "1234572", "name": "Fin",
        "email": format!("operator+{APP_ID}@intercom.io"),
    })
}

fn author(admin: &Admin) -> Value {
    json!({"type": "admin", "id": admin.id, "name": admin.name, "email": admin.email})
}

/// Adds a part to a ticket and returns it. `more` has the fields of its kind.
fn add_part(ticket: &mut Value, part_type: &str, author: &Value, at: i64, more: Value) -> Value {
    let ticket_id = text(ticket, "id").unwrap_or_default().to_owned();
    let parts = ticket.pointer_mut("/ticket_parts/ticket_parts").and_then(Value::as_array_mut);
    let Some(parts) = parts else { return Value::Null };
    let count = parts.len() + 1;
    let mut part = json!({
        "type": "ticket_part", "id": format!("{ticket_id}{count:04}"), "part_type": part_type,
        "created_at": at, "updated_at": at, "author": author, "attachments": [], "redacted": false,
    });
    if let (Some(part), Value::Object(more)) = (part.as_object_mut(), more) {
        part.extend(more);
    }
    parts.push(part.clone());
    if let Some(total) = ticket.pointer_mut("/ticket_parts/total_count") {
        *total = count.into();
    }
    set(ticket, "updated_at", at);
    part
}

/// Moves a ticket to a state.
fn set_state(ticket: &mut Value, id: &str, category: &str, author: &Value, at: i64) {
    let before = text(ticket, "state").unwrap_or(category).to_owned();
    set(ticket, "ticket_state_id", id);
    set(ticket, "state", category);
    let states = json!({"ticket_state": category, "previous_ticket_state": before});
    add_part(ticket, "ticket_state_updated_by_admin", author, at, states);
}

/// Writes attributes of a ticket; the title and the description are fields of a search besides.
fn set_attributes(ticket: &mut Value, attributes: &Map<String, Value>) {
    for (name, value) in attributes {
        match name.as_str() {
            "_default_title_" => set(ticket, "title", value.clone()),
            "_default_description_" => set(ticket, "description", value.clone()),
            _ => {}
        }
        if let Some(kept) = ticket.get_mut("ticket_attributes") {
            set(kept, name, value.clone());
        }
    }
}

/// Links two objects; each is named as the other shows it.
fn linked(kind: &str, id: &str, category: Option<&Value>) -> Value {
    json!({"type": kind, "id": id, "category": category})
}

fn link(ticket: &mut Value, object: Value) {
    let data = ticket.pointer_mut("/linked_objects/data").and_then(Value::as_array_mut);
    let count = data.map(|data| {
        data.push(object);
        data.len()
    });
    if let (Some(total), Some(count)) = (ticket.pointer_mut("/linked_objects/total_count"), count) {
        *total = count.into();
    }
}

/// Answers `POST /tickets`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let ticket = make(call)?;
    Answer::ok(&Tickets::shown(call, ticket)?)
}

/// Makes a ticket of the body and keeps it.
fn make(call: &Call) -> Result<Value, Refusal> {
    let body = call.arrival.object()?;
    let of = ticket_types::of_body(call, &body)?;
    let attributes = attributes(&body, "ticket_attributes")?;
    ticket_types::check(&of, &attributes, true)?;
    let contact = contact(call, &body)?;
    let id = collection::next_id(call.store)?;
    let mut ticket = begin(Beginning {
        id: &id,
        number: number(call.store)?,
        of: &of,
        contacts: json!({
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": contact.id, "external_id": contact.external_id}],
        }),
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

/// Finds the one contact of a new ticket; an address that nobody has becomes a lead's.
fn contact(call: &Call, body: &Value) -> Result<Person, Refusal> {
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
            return Ok(person);
        }
        if name != "email" {
            return Err(Refusal::new(404, "not_found", "User Not Found"));
        }
        let draft = Draft::read(&json!({"role": "lead", "email": value}))?;
        let number =
            call.store.count("SELECT coalesce(max(rowid), 0) + 1 AS n FROM contact", &[])?;
        let person = draft.create(call.now(), number)?;
        contacts::settle(call, &person)?;
        return Ok(person);
    }
    Err(Refusal::invalid("contacts", "A contact needs an id, an external_id or an email"))
}

/// Assigns a ticket; 0 is nobody.
fn assign(
    ticket: &mut Value,
    kind: &str,
    id: &str,
    author: &Value,
    at: i64,
) -> Result<(), Refusal> {
    let assignee = Assignee::find(kind, id)
        .ok_or_else(|| Refusal::new(404, "assignee_not_found", "Assignee not found"))?;
    let to = match assignee {
        Assignee::Nobody => {
            set(ticket, "admin_assignee_id", "0");
            set(ticket, "team_assignee_id", "0");
            Value::Null
        }
        Assignee::Admin(_) | Assignee::Team(_) => {
            set(ticket, &format!("{kind}_assignee_id"), id);
            json!({"type": kind, "id": id})
        }
    };
    add_part(ticket, "assignment", author, at, json!({ "assigned_to": to }));
    Ok(())
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
    let tag: Tag = tags::of_id(call.store, &call.second).map_err(|_| unknown())?;
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

/// The jobs that make tickets.
pub(super) struct Jobs;

impl Collection for Jobs {
    const KIND: &'static str = "job";

    fn shown(call: &Call, job: Value) -> Result<Value, Refusal> {
        /// How long a job is pending, in milliseconds.
        const PENDING_MS: u64 = 1_000;
        let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default();
        let done = call.now_ms >= made_at + PENDING_MS;
        let id = text(&job, "id").unwrap_or_default();
        let ticket = text(&job, "ticket").filter(|_| done);
        let origin = call.arrival.url.origin().ascii_serialization();
        Ok(json!({
            "type": "job", "id": id, "status": if done { "success" } else { "pending" },
            "url": format!("{origin}/jobs/status/{id}"), "resource_type": "ticket",
            "resource_id": ticket,
            "resource_url": ticket.map(|ticket| format!("{origin}/tickets/{ticket}")),
        }))
    }

    fn unknown() -> Refusal {
        Refusal::new(404, "job_not_found", "Job Not Found")
    }
}

/// Answers `POST /tickets/enqueue` with the job that makes the ticket. The ticket is there at once;
/// the job says so a second later.
pub(super) fn enqueue(call: &Call) -> Result<Answer, Refusal> {
    let ticket = make(call)?;
    let job = json!({
        "id": collection::next_id(call.store)?, "ticket": text(&ticket, "id"),
        "made_at_ms": call.now_ms,
    });
    collection::insert::<Jobs>(call.store, &job, call.now_ms)?;
    Answer::ok(&Jobs::shown(call, job)?)
}

/// Keeps the tickets of a fresh sandbox with this many contacts:
///
/// | id | with whom | type, and how it stands |
/// |---|---|---|
/// | `2001` | `john_doe` | `301`, submitted, nobody's |
/// | `2002` | `twin_one` | `302`, in progress, the second admin's |
/// | `2003` | `collector` | `303`, resolved |
/// | `2004` … `2012` | others | any |
pub(super) fn settle(store: &Store, seed: u64, contacts: u64) -> Result<(), Refusal> {
    if contacts == 0 {
        return Ok(());
    }
    let people = People::of(seed);
    let (types, states) = (TicketTypes::seed(), TicketStates::seed());
    for number in 0..12_u64 {
        // Dice of their own, apart from those of people and conversations.
        let mut dice = Dice::new(seed, u64::MAX / 2 - number);
        let (whom, of, state) = match number {
            0 => (0, 0, 0),
            1 => (1, 1, 1),
            2 => (5, 2, 3),
            _ => (dice.next(), dice.under(3), dice.under(4)),
        };
        let contact = people.person(whom % contacts);
        let at = contact.created_at.max(LAST_DAY - 86_400 * (20 - number.cast_signed()));
        let get = |all: &[Value], place: u64| all.get(place as usize).cloned();
        let (Some(of), Some(state)) = (get(&types, of), get(&states, state)) else { continue };
        let title = dice.one_of(&["The export stops", "No e-mail arrives", "請求書がない"]);
        let attributes = [("_default_title_", title), ("_default_description_", "Please help.")];
        let mut ticket = begin(Beginning {
            id: &(2_001 + number).to_string(),
            number: number + 1,
            of: &of,
            contacts: json!({
                "type": "contact.list",
                "contacts": [
                    {"type": "contact", "id": contact.id, "external_id": contact.external_id},
                ],
            }),
            attributes: attributes
                .map(|(name, text)| (name.to_owned(), text.into()))
                .into_iter()
                .collect(),
            opening: None,
            at,
        });
        if let (1, Some(admin)) = (number, ADMINS.get(1)) {
            assign(&mut ticket, "admin", admin.id, &author(admin), at)?;
        }
        let category = text(&state, "category").unwrap_or_default();
        if category != "submitted" {
            let id = text(&state, "id").unwrap_or_default();
            set_state(&mut ticket, id, category, &fin(), at);
            set(&mut ticket, "open", category != "resolved");
        }
        collection::insert::<Tickets>(store, &ticket, 0)?;
    }
    Ok(())
}
