//! Notes on people; a person's own are calls of [`contact`](super::contact).

use super::Call;
use crate::model::Note;

/// Gets one note (`GET /notes/{id}`).
pub fn get(id: &str) -> Call<Note> {
    Call::get(&["notes", id])
}
