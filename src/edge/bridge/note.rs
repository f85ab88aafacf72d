//! Notes on people.

use super::super::answer::{Answer, Refusal};
use super::Bridge;
use super::body::{self, missing, well_formed};
use super::named::By;
use super::query::{self, Numbered};
use crate::call::{contact, note};
use crate::model::shape::model;
use crate::model::{Field, Id, List, Object, Party};
use crate::v1::Note;

model! {
    /// The body of `POST /notes`.
    pub struct NewNote {
        /// Whom it is about.
        user: Party,
        /// Who writes it.
        admin_id: Id,
        /// The text; HTML is allowed.
        body: String,
    }
}

impl Bridge<'_> {
    /// A page of the notes on whom the query names.
    pub(super) async fn notes(&self, parameters: &[(String, String)]) -> Result<Answer, Refusal> {
        let page = Numbered::read(parameters)?;
        let by = By::of_query(parameters)?.ok_or_else(|| {
            missing("user_id", "Say whose notes: give id, user_id or email in the query")
        })?;
        let id = self.intercom.id_of(None, "", by).await?;
        let list = self.intercom.ask(&contact::notes(&id, &page.request())).await?;
        let pages = page.pages(self.origin, "notes", Some(("id", &id)), &list);
        let notes = list.items.into_iter().map(Note::from).collect();
        let mut answer = List::new("note.list", "notes", notes);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// One note.
    pub(super) async fn note(&self, id: &str) -> Result<Answer, Refusal> {
        self.json(&Note::from(self.intercom.ask(&note::get(id)).await?))
    }

    /// Writes a note.
    pub(super) async fn create_note(&self) -> Result<Answer, Refusal> {
        let new: NewNote = body::object(self.visit).await?;
        well_formed("", new.misshapen())?;
        let text = new.body.as_str().filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| missing("body", "Body is required"))?;
        let Field::Known(user) = &new.user else {
            return Err(missing("user", "user is an object: {\"user_id\":\"…\"}"));
        };
        let by = By::of("user", user)?;
        let by =
            by.ok_or_else(|| missing("user", "user names nobody: give id, user_id or email"))?;
        let mut note = Object::new();
        note.insert("body".to_owned(), text.into());
        if let Some(admin) = new.admin_id.get() {
            let admin = query::id("admin_id", &admin.to_string())?.to_owned();
            note.insert("admin_id".to_owned(), admin.into());
        }
        let id = self.intercom.id_of(None, "user", by).await?;
        self.intercom.in_time("nothing was written")?;
        let note = self.intercom.write(&contact::add_note(&id, &note)).await?;
        self.json(&Note::from(note))
    }
}
