//! Notes, in API 1.x.

use crate::model::json::model;
use crate::model::{self, Admin, Field, Id, Party, Timestamp};

model! {
    /// A note of an admin about a person, the response of `GET /notes/{id}` in API 1.x.
    pub struct Note {
        /// Intercom's id.
        id: Id,
        /// Time of creation.
        created_at: Timestamp,
        /// Text as HTML.
        body: String,
        /// Admin who wrote the note.
        author: Admin,
        /// Person whom the note is about.
        user: Party,
    }
}

impl From<model::Note> for Note {
    /// Converts the note. API 2.x does not say if its person is a user or a lead, so the type is
    /// `user`, as API 1.x called both.
    fn from(note: model::Note) -> Self {
        Self {
            r#type: "note".into(),
            id: note.id.or_null(),
            created_at: note.created_at.or_null(),
            body: note.body.or_null(),
            author: note.author.or_null(),
            user: match note.contact {
                Field::Known(contact) => {
                    Party { r#type: "user".into(), id: contact.id, ..Party::default() }.into()
                }
                contact => contact.or_null(),
            },
            ..Self::default()
        }
    }
}
