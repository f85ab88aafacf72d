//! `/conversations`: lists, search, and one conversation and what is done to it.

use super::answer::{Answer, Refusal};
use super::body::{self, text, time};
use super::conversation::{Act, Assignee, Conversation, Said};
use super::listing::Listing;
use super::messages;
use super::operation::Call;
use super::page::Pages;
use super::person::Person;
use super::search::Condition;
use super::store::Store;
use super::tags;
use super::workspace::{ADMINS, Admin};
use super::{contacts, tickets};
use serde::Serialize;
use serde_json::{Value, json};

/// How many files an answer may carry, by Intercom's reference.
const MAX_ATTACHMENTS: usize = 10;

/// Keeps a new one.
pub(super) fn insert(store: &Store, conversation: &Conversation) -> Result<(), Refusal> {
    store.run(
        "INSERT INTO conversation (words, body) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[conversation.words().into(), serde_json::to_string(conversation)?.into()],
    )
}

/// Keeps one that was changed.
pub(super) fn keep(call: &Call, conversation: &Conversation) -> Result<(), Refusal> {
    call.store.run(
        "UPDATE conversation SET words = ?1 ->> '$[1]', body = ?1 ->> '$[2]'
         WHERE id = (?1 ->> '$[0]')",
        &[
            conversation.id.as_str().into(),
            conversation.words().into(),
            serde_json::to_string(conversation)?.into(),
        ],
    )
}

/// Opens those whose time has come.
fn wake(call: &Call) -> Result<(), Refusal> {
    call.store.run(
        "UPDATE conversation SET body = json_set(body, '$.state', 'open', '$.snoozed_until', NULL)
         WHERE body ->> '$.snoozed_until' <= (?1 ->> '$[0]')",
        &[call.now().into()],
    )
}

/// The conversation of an id.
pub(super) fn of_id(call: &Call, id: &str) -> Result<Option<Conversation>, Refusal> {
    wake(call)?;
    let select = "SELECT body AS entry FROM conversation WHERE id = (?1 ->> '$[0]')";
    Ok(call.store.entries(select, &[id.into()])?.into_iter().next())
}

/// The conversation that a path names.
pub(super) fn named(call: &Call) -> Result<Conversation, Refusal> {
    of_id(call, &call.name)?.ok_or_else(Refusal::not_found)
}

/// All conversations with somebody, the one that was changed last first.
fn of_contact(call: &Call, contact: &str) -> Result<Vec<Conversation>, Refusal> {
    wake(call)?;
    call.store.entries(
        "SELECT body AS entry FROM conversation
         WHERE EXISTS (SELECT 1 FROM json_each(body, '$.contacts.contacts')
           WHERE value ->> '$.id' = (?1 ->> '$[0]'))
         ORDER BY body ->> '$.updated_at' DESC, id DESC",
        &[contact.into()],
    )
}

/// Gives what somebody wrote to the person whom they were merged into.
pub(super) fn hand_over(call: &Call, from: &str, into: &Person) -> Result<(), Refusal> {
    for mut conversation in of_contact(call, from)? {
        conversation.hand_over(from, into);
        keep(call, &conversation)?;
    }
    Ok(())
}

/// `GET /conversations`: all, the one that was changed last first.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    page(call, Listing::of_query(call, Condition::every_conversation(), 20)?)
}

/// `POST /conversations/search`.
pub(super) fn search(call: &Call) -> Result<Answer, Refusal> {
    page(call, Listing::of_search(call, Condition::every_conversation(), 20)?)
}

fn page(call: &Call, listing: Listing) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "conversation.list")]
    struct Conversations {
        pages: Pages,
        total_count: u64,
        conversations: Vec<Conversation>,
    }
    wake(call)?;
    let page = listing.page::<Conversation>(call)?;
    Answer::ok(&Conversations {
        pages: page.pages,
        total_count: page.total_count,
        conversations: page
            .items
            .into_iter()
            .map(|conversation| shown(call, conversation.in_list()))
            .collect::<Result<_, _>>()?,
    })
}

/// Fills in the ticket, and turns texts to plain text if the query asks for it.
fn shown(call: &Call, mut conversation: Conversation) -> Result<Conversation, Refusal> {
    conversation.ticket = tickets::of_conversation(call, &conversation.id)?;
    let plain = call.arrival.query("display_as").as_deref() == Some("plaintext");
    Ok(if plain { conversation.in_plain_text() } else { conversation })
}

/// Answers one conversation with its parts.
fn answered(call: &Call, conversation: Conversation) -> Result<Answer, Refusal> {
    Answer::ok(&shown(call, conversation.alone())?)
}

/// `GET /conversations/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    answered(call, named(call)?)
}

/// `POST /conversations`: a contact starts one.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let message = call.arrival.object()?;
    let from = message.get("from").unwrap_or(&Value::Null);
    let role = text(from, "type").filter(|role| ["user", "lead", "contact"].contains(role));
    let role = role.ok_or_else(|| {
        Refusal::invalid("from.type", "from needs a type of user, lead or contact")
    })?;
    let id = text(from, "id").ok_or_else(|| Refusal::invalid("from.id", "from needs an id"))?;
    let body = body(&message)?;
    let at = time(&message, "created_at")?.unwrap_or_else(|| call.now());
    let author = match contacts::row(call, id)? {
        Some(row) => row.active()?.filter(|person| role == "contact" || person.role == role),
        None => None,
    };
    messages::receive(call, &author.ok_or_else(unknown_user)?, &message, body, at)
}

/// `PUT /conversations/{id}`: whether it was read, its title and its attributes.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let mut conversation = named(call)?;
    let body = call.arrival.object()?;
    match body.get("read") {
        None | Some(Value::Null) => {}
        Some(Value::Bool(read)) => conversation.read = *read,
        Some(_) => return Err(Refusal::invalid("read", "read must be true or false")),
    }
    match body.get("title") {
        None => {}
        Some(Value::Null) => conversation.title = None,
        Some(Value::String(title)) => conversation.title = Some(title.clone()),
        Some(_) => return Err(Refusal::invalid("title", "title must be a string")),
    }
    match body.get("custom_attributes") {
        None | Some(Value::Null) => {}
        Some(Value::Object(attributes)) => {
            for (name, value) in attributes {
                conversation.set_attribute(name, value, call.now());
            }
        }
        Some(_) => {
            let name = "custom_attributes";
            return Err(Refusal::invalid(name, format!("{name} must be an object")));
        }
    }
    conversation.updated_at = call.now();
    keep(call, &conversation)?;
    answered(call, conversation)
}

/// `DELETE /conversations/{id}`.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let Conversation { id, .. } = named(call)?;
    call.store.run("DELETE FROM conversation WHERE id = (?1 ->> '$[0]')", &[id.as_str().into()])?;
    Answer::ok(&json!({"id": id, "object": "conversation", "deleted": true}))
}

/// `POST /conversations/{id}/reply`: an admin or a contact answers.
pub(super) fn reply(call: &Call) -> Result<Answer, Refusal> {
    let message = call.arrival.object()?;
    // `last` is the conversation of the contact's that was changed last.
    let conversation = if call.name == "last" { None } else { Some(named(call)?) };
    // Intercom's Node client snoozes here, and clients of API 1.x close, open and assign here.
    if let Some("close" | "open" | "snoozed" | "assignment") = text(&message, "message_type") {
        return carry_out(call, conversation.ok_or_else(Refusal::not_found)?, &message);
    }
    let by_admin = match text(&message, "type") {
        Some("admin") => true,
        Some("user") => false,
        _ => return Err(Refusal::invalid("type", "Type is not an option")),
    };
    let act = match text(&message, "message_type") {
        Some("comment") => Act::Comment,
        Some("note") if by_admin => Act::Note,
        _ => return Err(Refusal::invalid("message_type", "Message type is not an option")),
    };
    let said = Said {
        body: Some(body(&message)?),
        attachments: attachments(&message)?,
        at: time(&message, "created_at")?.unwrap_or_else(|| call.now()),
    };
    let conversation = if by_admin {
        let mut conversation = conversation.ok_or_else(Refusal::not_found)?;
        conversation.manage(admin(&message)?, act, said);
        conversation
    } else {
        let (contact, mut conversation) = participant(call, &message, conversation)?;
        conversation.answer(&contact, said);
        conversation
    };
    keep(call, &conversation)?;
    answered(call, conversation)
}

/// Finds the contact whom a body names, and the conversation that they answer in: the one of the path,
/// or their own that was changed last.
fn participant(
    call: &Call,
    message: &Value,
    conversation: Option<Conversation>,
) -> Result<(Person, Conversation), Refusal> {
    for person in contacts::of_customer(call, message)? {
        match &conversation {
            Some(conversation) if conversation.is_with(&person.id) => {
                return Ok((person, conversation.clone()));
            }
            Some(_) => {}
            None => {
                if let Some(last) = of_contact(call, &person.id)?.into_iter().next() {
                    return Ok((person, last));
                }
            }
        }
    }
    Err(unknown_user())
}

/// `POST /conversations/{id}/parts`: an admin closes, opens, snoozes or assigns it.
pub(super) fn manage(call: &Call) -> Result<Answer, Refusal> {
    carry_out(call, named(call)?, &call.arrival.object()?)
}

/// Closes, opens, snoozes or assigns a conversation as a body says.
fn carry_out(
    call: &Call,
    mut conversation: Conversation,
    message: &Value,
) -> Result<Answer, Refusal> {
    let kind = text(message, "type");
    let act = match text(message, "message_type") {
        Some("close") if kind == Some("admin") => Act::Close,
        Some("close") => return Err(Refusal::invalid("type", "Type is not an option")),
        Some("open") => Act::Open,
        Some("snoozed") => {
            let until = time(message, "snoozed_until")?.filter(|until| *until > call.now());
            Act::Snooze(until.ok_or_else(|| {
                let message = "snoozed_until must be a UNIX timestamp to come";
                Refusal::invalid("snoozed_until", message)
            })?)
        }
        Some("assignment") => {
            let kind = kind.filter(|kind| ["admin", "team"].contains(kind));
            let kind = kind.ok_or_else(|| Refusal::invalid("type", "Type is not an option"))?;
            let id = body::required_id(message, "assignee_id")?;
            Act::Assign(
                Assignee::find(kind, &id)
                    .ok_or_else(|| Refusal::new(404, "assignee_not_found", "Assignee not found"))?,
            )
        }
        _ => return Err(Refusal::invalid("message_type", "Message type is not an option")),
    };
    let body = match message.get("body") {
        None | Some(Value::Null) => None,
        Some(Value::String(body)) => Some(body.as_str()),
        Some(_) => return Err(Refusal::invalid("body", "body must be a string")),
    };
    let admin = admin(message)?;
    conversation.manage(admin, act, Said { body, at: call.now(), ..Said::default() });
    keep(call, &conversation)?;
    answered(call, conversation)
}

/// `POST /conversations/{id}/tags`.
pub(super) fn tag(call: &Call) -> Result<Answer, Refusal> {
    let mut conversation = tagged(call)?;
    let message = call.arrival.object()?;
    let tag = tags::of_body(call.store, &message)?;
    let tag = tag.applied_by(admin(&message)?.id, call.now());
    conversation.tags.tags.retain(|known| known.tag.id != tag.tag.id);
    conversation.tags.tags.push(tag.clone());
    keep(call, &conversation)?;
    Answer::ok(&tag)
}

/// `DELETE /conversations/{id}/tags/{tag_id}`; the admin's id is in the body.
pub(super) fn untag(call: &Call) -> Result<Answer, Refusal> {
    let mut conversation = tagged(call)?;
    admin(&call.arrival.object()?)?;
    let on = &mut conversation.tags.tags;
    let tag = on.iter().position(|known| known.tag.id == call.second).map(|place| on.remove(place));
    let tag = tag.ok_or_else(|| Refusal::new(404, "tag_not_found", "Tag not found"))?;
    keep(call, &conversation)?;
    Answer::ok(&tag)
}

/// Where tags are concerned, Intercom says otherwise that there is no such conversation.
fn tagged(call: &Call) -> Result<Conversation, Refusal> {
    of_id(call, &call.name)?.ok_or_else(|| Refusal::new(404, "not_found", "Conversation not found"))
}

/// Answers `POST /conversations/{id}/customers`: an admin lets a contact take part.
pub(super) fn attach(call: &Call) -> Result<Answer, Refusal> {
    let mut conversation = named(call)?;
    let message = call.arrival.object()?;
    let customer = message.get("customer").ok_or_else(|| body::missing("customer"))?;
    let contact = contacts::of_customer(call, customer)?.into_iter().next();
    let contact = contact.ok_or_else(unknown_user)?;
    let admin = admin(&message)?;
    if !conversation.is_with(&contact.id) {
        conversation.add_contact(&contact, admin, call.now());
        keep(call, &conversation)?;
    }
    customers(call, &conversation)
}

/// Answers `DELETE /conversations/{id}/customers/{contact_id}`; the last contact stays.
pub(super) fn detach(call: &Call) -> Result<Answer, Refusal> {
    let mut conversation = named(call)?;
    let admin = admin(&call.arrival.object()?)?;
    if !conversation.is_with(&call.second) {
        return Err(unknown_user());
    }
    if conversation.contact_ids().count() < 2 {
        let message = "Removing the last customer is not allowed";
        return Err(Refusal::new(422, "parameter_invalid", message));
    }
    conversation.remove_contact(&call.second, admin, call.now());
    keep(call, &conversation)?;
    customers(call, &conversation)
}

/// Answers the contacts of a conversation, with their roles.
fn customers(call: &Call, conversation: &Conversation) -> Result<Answer, Refusal> {
    let mut customers = Vec::new();
    for id in conversation.contact_ids() {
        let role = contacts::row(call, id)?.map(|row| row.role()).transpose()?;
        customers.push(json!({"type": role.as_deref().unwrap_or("user"), "id": id}));
    }
    Answer::ok(&json!({ "customers": customers }))
}

/// Answers `POST /conversations/redact`: deletes the text of a part or of the first message.
pub(super) fn redact(call: &Call) -> Result<Answer, Refusal> {
    let message = call.arrival.object()?;
    let (field, of_part) = match text(&message, "type") {
        Some("conversation_part") => ("conversation_part_id", true),
        Some("source") => ("source_id", false),
        _ => return Err(Refusal::invalid("type", "type must be conversation_part or source")),
    };
    let conversation = body::required_id(&message, "conversation_id")?;
    let id = body::required_id(&message, field)?;
    let unknown = || {
        let message = "Conversation part or message not found";
        Refusal::new(404, "conversation_part_or_message_not_found", message)
    };
    let mut conversation = of_id(call, &conversation)?.ok_or_else(unknown)?;
    let redacted = if of_part {
        conversation.redact_part(&id, call.now())
    } else {
        conversation.redact_source(&id, call.now())
    };
    if !redacted {
        return Err(unknown());
    }
    keep(call, &conversation)?;
    answered(call, conversation)
}

/// Closes every conversation that somebody takes part in.
pub(super) fn close_all(call: &Call, contact: &str) -> Result<(), Refusal> {
    for mut conversation in of_contact(call, contact)? {
        if let Some(admin) = ADMINS.first() {
            conversation.manage(admin, Act::Close, Said { at: call.now(), ..Said::default() });
        }
        keep(call, &conversation)?;
    }
    Ok(())
}

fn unknown_user() -> Refusal {
    Refusal::new(404, "not_found", "User Not Found")
}

/// The admin who does it.
pub(super) fn admin(message: &Value) -> Result<&'static Admin, Refusal> {
    match message.get("admin_id") {
        None | Some(Value::Null) => Err(body::missing("admin_id")),
        Some(id) => Admin::of_value(id).ok_or_else(Refusal::not_found),
    }
}

pub(super) fn body(message: &Value) -> Result<&str, Refusal> {
    let body = text(message, "body").filter(|body| !body.trim().is_empty());
    body.ok_or_else(|| body::missing("body"))
}

/// The files of `attachment_urls`; the sandbox doesn't fetch them.
pub(super) fn attachments(message: &Value) -> Result<Vec<Value>, Refusal> {
    let name = "attachment_urls";
    let invalid = || {
        let message = format!("{name} must be an array of at most {MAX_ATTACHMENTS} addresses");
        Refusal::invalid(name, message)
    };
    match message.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(urls)) if urls.len() <= MAX_ATTACHMENTS => urls
            .iter()
            .map(|url| {
                let url = url.as_str().ok_or_else(invalid)?;
                let name = url.rsplit('/').next();
                Ok(json!({"type": "upload", "name": name, "url": url}))
            })
            .collect(),
        Some(_) => Err(invalid()),
    }
}
