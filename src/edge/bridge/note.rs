//! Notes on people, of API 1.x.

use crate::call::{contact, note};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::pages::NumberedPage;
use crate::edge::request::values;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, invalid, missing, well_formed};
use crate::edge::translation::person::{find_id, reference, reference_in_query};
use crate::model::json::model;
use crate::model::{Id, List, Object, Party};
use crate::v1::Note;

model! {
    /// The body of `POST /notes`.
    pub struct NewNote {
        /// The person that the note is about.
        user: Party,
        /// Intercom's id of that person, in place of `user`.
        id: Id,
        /// The person's id in your own product, in place of `user`.
        user_id: Id,
        /// The person's e-mail address, in place of `user`.
        email: String,
        /// Intercom's id of the admin who writes it.
        admin_id: Id,
        /// The text; HTML is allowed.
        body: String,
    }
}

impl NewNote {
    /// Gives the person that is named beside the text.
    fn party(&self) -> Party {
        Party {
            id: self.id.clone(),
            user_id: self.user_id.clone(),
            email: self.email.clone(),
            ..Party::default()
        }
    }
}

impl Bridge<'_> {
    /// Lists a page of the notes on the person that the query names.
    pub(super) async fn notes(&self, parameters: &[(String, String)]) -> Result<Answer, Rejection> {
        let page = NumberedPage::read(parameters, 50)?;
        let person = reference_in_query(parameters)?.ok_or_else(|| {
            missing("user_id", "Name the person: give id, user_id or email in the query")
        })?;
        let names = ["id", "user_id", "email"];
        let named: Vec<(&str, &str)> = names
            .iter()
            .filter_map(|name| Some((*name, values::last(parameters, name)?)))
            .collect();
        let id = find_id(&self.intercom, None, "", person).await?;
        let list = self.intercom.list(&contact::notes(&id, &page.request())).await?;
        let pages = page.pages(self.origin, "notes", &named, &list);
        let notes = list.items.into_iter().map(Note::from).collect();
        let mut answer = List::new("note.list", "notes", notes);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// Gets a note.
    pub(super) async fn note(&self, id: &str) -> Result<Answer, Rejection> {
        self.json(&Note::from(self.intercom.ask(&note::get(id)).await?))
    }

    /// Writes a note.
    pub(super) async fn create_note(&self) -> Result<Answer, Rejection> {
        let new: NewNote = body::object(self.context).await?;
        body::of_v1("", &new.extra, body::PARTY_OF_V2)?;
        well_formed("", new.invalid_field())?;
        let text = new.body.as_str().filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| missing("body", "Body is required"))?;
        let beside = reference("", &new.party())?;
        let within = new.user.get().map(|user| reference("user", user)).transpose()?.flatten();
        let (person, field) = match (within, beside) {
            (Some(_), Some(_)) => {
                return Err(invalid("user", "Name the person in user or beside body, not both"));
            }
            (Some(person), None) => (person, "user"),
            (None, Some(person)) => (person, ""),
            (None, None) => {
                return Err(missing("user", "Name the person: {\"user\":{\"user_id\":\"…\"}}"));
            }
        };
        let mut note = Object::new();
        note.insert("body".to_owned(), text.into());
        if let Some(admin) = new.admin_id.get() {
            let admin = values::id("admin_id", &admin.to_string())?.to_owned();
            note.insert("admin_id".to_owned(), admin.into());
        }
        let id = find_id(&self.intercom, None, field, person).await?;
        self.intercom.in_time("nothing was written")?;
        let note = self.intercom.write(&contact::add_note(&id, &note)).await?;
        self.json(&Note::from(note))
    }
}
