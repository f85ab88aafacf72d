//! Notes on contacts: `/contacts/{id}/notes` and `/notes`.

use crate::admins::admin::{Admin, Admins};
use crate::call::Call;
use crate::contacts::contact::{Contact, Note};
use crate::contacts::table::{from_path, save};
use crate::html::paragraph;
use crate::http::body::message_text;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::numbered;
use crate::resource::table;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The id of the first note that is created; those of the seed data are lower.
const FIRST_ID: u64 = 17_495_962;

#[derive(Serialize)]
struct NoteView<'a> {
    r#type: &'static str,
    id: &'a str,
    created_at: i64,
    contact: ContactReference<'a>,
    author: Value,
    body: &'a str,
}

#[derive(Serialize)]
struct ContactReference<'a> {
    r#type: &'static str,
    id: &'a str,
}

fn view<'a>(call: &Call, contact: &'a Contact, note: &'a Note) -> Result<NoteView<'a>, ApiError> {
    Ok(NoteView {
        r#type: "note",
        id: &note.id,
        created_at: note.created_at,
        contact: ContactReference { r#type: "contact", id: &contact.id },
        author: table::find::<Admins>(call.store, &note.author)?,
        body: &note.body,
    })
}

/// Answers `GET /contacts/{id}/notes`: newest first.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    let notes: Result<Vec<_>, _> =
        contact.notes.iter().map(|note| view(call, &contact, note)).collect();
    numbered::respond(call, notes?, 50)
}

/// Answers `POST /contacts/{id}/notes`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let body = call.request.object()?;
    let text = message_text(&body)?;
    let author = match body.get("admin_id") {
        None | Some(Value::Null) => Some(Admin::first()),
        Some(id) => Admin::of_value(id),
    };
    let author = author.ok_or_else(ApiError::not_found)?;
    let count = call
        .store
        .count("SELECT count(*) AS n FROM contact, json_each(contact.body, '$.notes')", &[])?;
    let note = Note {
        id: (FIRST_ID + count).to_string(),
        created_at: call.now(),
        author: author.id.to_owned(),
        body: paragraph(text),
    };
    contact.notes.insert(0, note.clone());
    save(call, &mut contact)?;
    ApiResponse::ok(&view(call, &contact, &note)?)
}

/// Answers `GET /notes/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        body: String,
    }
    let row: Option<Row> = call.store.row(
        "SELECT contact.body FROM contact, json_each(contact.body, '$.notes') AS note
         WHERE note.value ->> '$.id' = (?1 ->> '$[0]')",
        &[call.param.as_str().into()],
    )?;
    let row = row.ok_or_else(ApiError::not_found)?;
    let contact: Contact = serde_json::from_str(&row.body)?;
    let note = contact.notes.iter().find(|note| note.id == call.param);
    ApiResponse::ok(&view(call, &contact, note.ok_or_else(ApiError::not_found)?)?)
}
