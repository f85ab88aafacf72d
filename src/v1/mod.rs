//! API 1.x: the same people and conversations in the dialect of 2018, where `/users` are users and
//! `/contacts` are leads, and the translation from and to API 2.x. This layer knows neither HTTP nor
//! JavaScript.
//!
//! Which field comes from where, and which can't be carried, stands in `docs/api-1.x.md`.

mod conversation;
mod draft;
mod message;
mod note;
mod translate;
mod user;

pub use conversation::{Conversation, Rating};
pub use draft::Draft;
pub use message::AdminMessage;
pub use note::Note;
pub use user::{Lead, LocationData, SocialProfile, User};

use crate::model::{Contact, Field, List, Next, Pages, Role};

/// A page of users, `{"type":"user.list","users":[…]}`, or of leads,
/// `{"type":"contact.list","contacts":[…]}`.
pub type UserList = List<User>;

/// The two kinds of people, which API 1.x keeps apart by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/users`.
    User,
    /// `/contacts`.
    Lead,
}

impl Kind {
    /// The role that API 2.x calls it.
    pub const fn role(self) -> Role {
        match self {
            Self::User => Role::User,
            Self::Lead => Role::Lead,
        }
    }

    /// The `type` that API 1.x gives such a person, and that `to` of a message names.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Lead => "contact",
        }
    }

    /// The path of the list, and the key of its items.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Lead => "contacts",
        }
    }

    /// Whether the contact is of this kind.
    pub fn holds(self, contact: &Contact) -> bool {
        contact.role.get() == Some(&self.role())
    }

    /// Puts people into the envelope of API 1.x.
    pub fn list(self, people: Vec<Contact>) -> UserList {
        let items = people.into_iter().map(User::from).collect();
        UserList::new(&format!("{}.list", self.word()), self.plural(), items)
    }
}

/// Returns where a numbered page stands, in the envelope of API 1.x: every field is named, the next
/// page is an absolute address or null, and `total_pages` is null if the total is not known.
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
