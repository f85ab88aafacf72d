//! A note, in the dialect of API 1.x.

use crate::model::shape::model;
use crate::model::{self, Admin, Field, Id, Party, Timestamp};

model! {
    /// What an admin wrote about a person, as `GET /notes/{id}` of API 1.x gives it.
    pub struct Note {
        /// Intercom's id.
        id: Id,
        /// When it was written.
        created_at: Timestamp,
        /// HTML.
        body: String,
        /// Who wrote it.
        author: Admin,
        /// Whom it is about.
        user: Party,
    }
}

impl From<model::Note> for Note {
    /// The same note. API 2.x doesn't say whether its person is a user or a lead: it is `user`, as
    /// API 1.x called both.
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
