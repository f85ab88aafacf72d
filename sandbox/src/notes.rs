//! Notes on contacts.

use super::admins::Admins;
use super::answer::{Answer, Refusal};
use super::html::paragraph;
use super::operation::Call;
use super::person::{Note, Person};
use super::workspace::{ADMINS, Admin};
use super::{collection, contacts, listing};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of the first note that somebody writes; those of the seed are lower.
const FIRST_ID: u64 = 17_495_962;

#[derive(Serialize)]
struct Shown<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    contact: Of<'a>,
    author: Value,
    body: &'a str,
}

#[derive(Serialize)]
struct Of<'a> {
    r#type: &'static str,
    id: &'a str,
}

fn shown<'a>(call: &Call, person: &'a Person, note: &'a Note) -> Result<Shown<'a>, Refusal> {
    Ok(Shown {
        r#type: "note",
        id: &note.id,
        created_at: note.created_at,
        contact: Of { r#type: "contact", id: &person.id },
        author: collection::find::<Admins>(call.store, &note.author)?,
        body: &note.body,
    })
}

/// `GET /contacts/{id}/notes`, newest first.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let person = contacts::person(call)?;
    let notes: Result<Vec<_>, _> =
        person.notes.iter().map(|note| shown(call, &person, note)).collect();
    listing::numbered(call, notes?, 50)
}

/// `POST /contacts/{id}/notes`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let mut person = contacts::person(call)?;
    let body = call.arrival.object()?;
    let text = body.get("body").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let text =
        text.ok_or_else(|| Refusal::new(400, "parameter_not_found", "body not specified"))?;
    let author = match body.get("admin_id") {
        None | Some(Value::Null) => ADMINS.first(),
        Some(id) => Admin::of_value(id),
    };
    let author = author.ok_or_else(Refusal::not_found)?;
    let written = call
        .store
        .count("SELECT count(*) AS n FROM contact, json_each(contact.body, '$.notes')", &[])?;
    let note = Note {
        id: (FIRST_ID + written).to_string(),
        created_at: call.now(),
        author: author.id.to_owned(),
        body: paragraph(text),
    };
    person.notes.insert(0, note);
    contacts::keep(call, &person)?;
    match person.notes.first() {
        Some(note) => Answer::ok(&shown(call, &person, note)?),
        None => Err(Refusal::not_found()),
    }
}

/// `GET /notes/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    #[derive(Deserialize)]
    struct Row {
        body: String,
    }
    let row: Option<Row> = call.store.row(
        "SELECT contact.body FROM contact, json_each(contact.body, '$.notes') AS note
         WHERE note.value ->> '$.id' = (?1 ->> '$[0]')",
        &[call.name.as_str().into()],
    )?;
    let row = row.ok_or_else(Refusal::not_found)?;
    let person: Person = serde_json::from_str(&row.body)?;
    let note = person.notes.iter().find(|note| note.id == call.name);
    Answer::ok(&shown(call, &person, note.ok_or_else(Refusal::not_found)?)?)
}
