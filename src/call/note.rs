//! Notes on people.

use super::Call;
use crate::model::{List, Note, Object};

/// Lists a person's notes (`GET /contacts/{id}/notes`) by numbered pages.
pub fn list(contact: &str, page: u32, per_page: u32) -> Call<List<Note>> {
    Call::get(&["contacts", contact, "notes"])
        .with_query("page", Some(page))
        .with_query("per_page", Some(per_page))
}

/// Gets one note (`GET /notes/{id}`).
pub fn get(id: &str) -> Call<Note> {
    Call::get(&["notes", id])
}

/// Writes a note on a person (`POST /contacts/{id}/notes`): `body`, and `admin_id` of its author.
pub fn create(contact: &str, note: &Object) -> Call<Note> {
    Call::post(&["contacts", contact, "notes"], note)
}
