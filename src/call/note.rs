//! Notes on people; the calls for one person's notes are in [`contact`](super::contact).

use super::Call;
use crate::model::Note;

/// Gets one note.
pub fn get(id: &str) -> Call<Note> {
    Call::get("/notes/{note_id}", &[id])
}
