//! The models of API 1.x, where `/users` are users and `/contacts` are leads, and the conversion
//! from and to API 2.x. This layer knows neither HTTP nor JavaScript.
//!
//! `docs/api-1.x.md` lists which field becomes which, and which fields are lost.

mod conversation;
mod message;
mod note;
mod person_fields;
mod translate;
mod user;

pub use conversation::{Conversation, Rating};
pub use message::AdminMessage;
pub use note::Note;
pub use person_fields::PersonFields;
pub use user::{Lead, LocationData, SocialProfile, User};

use crate::model::{Contact, Field, List, Next, Pages, Role};

/// A page of users, `{"type":"user.list","users":[…]}`, or of leads,
/// `{"type":"contact.list","contacts":[…]}`.
pub type UserList = List<User>;

/// The kind of a person. API 1.x has a path for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// A user, at `/users`.
    User,
    /// A lead, at `/contacts`.
    Lead,
}

impl PersonKind {
    /// Returns the role in API 2.x.
    pub const fn role(self) -> Role {
        match self {
            Self::User => Role::User,
            Self::Lead => Role::Lead,
        }
    }

    /// Returns the `type` in API 1.x, in a person and in the `to` of a message.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Lead => "contact",
        }
    }

    /// Returns the path of the list, which is also the key of its items.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Lead => "contacts",
        }
    }

    /// Returns true if the contact is of this kind.
    pub fn matches(self, contact: &Contact) -> bool {
        contact.role.get() == Some(&self.role())
    }

    /// Makes a list of people in the envelope of API 1.x.
    pub fn list(self, people: Vec<Contact>) -> UserList {
        let items = people.into_iter().map(User::from).collect();
        UserList::new(&format!("{}.list", self.type_name()), self.plural(), items)
    }
}

/// Makes the `pages` of a numbered page in API 1.x. All fields are present, the next page is an
/// absolute address or null, and `total_pages` is null if the total is unknown.
pub fn pages(
    page: i64,
    per_page: i64,
    total_count: impl Into<Option<i64>>,
    next: Option<String>,
) -> Pages {
    let per_page = per_page.max(1);
    let total_pages = total_count.into().map(|total| {
        let total = total.max(0);
        total / per_page + i64::from(total % per_page > 0)
    });
    Pages {
        r#type: "pages".into(),
        next: next.map_or(Field::Null, |url| Next::Url(url).into()),
        page: page.into(),
        per_page: per_page.into(),
        total_pages: total_pages.map_or(Field::Null, Field::from),
        ..Pages::default()
    }
}
