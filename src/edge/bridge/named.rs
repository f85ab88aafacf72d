//! Whom a call means: API 1.x names people by `id`, `user_id` or `email`, API 2.x mostly by its own
//! id only.

use super::super::answer::Refusal;
use super::super::upstream::Intercom;
use super::body::{invalid, path, well_formed};
use super::people::nobody;
use super::query;
use crate::call::{PageRequest, contact};
use crate::model::{Contact, Field, Group, Id, List, Party, Search};
use crate::v1::Kind;

/// By what a person is named.
pub(super) enum By {
    /// Intercom's id.
    Id(String),
    /// The id of the caller's own product.
    UserId(String),
    /// An e-mail address, which several people may share.
    Email(String),
}

impl By {
    /// The name in a body's field, if it holds one. The first of `id`, `user_id` and `email` counts,
    /// and one that can't be read doesn't leave the choice to the next.
    pub(super) fn of(field: &str, party: &Party) -> Result<Option<Self>, Refusal> {
        well_formed(field, party.misshapen())?;
        Ok(if let Some(id) = party.id.get() {
            Some(Self::Id(query::id(&path(field, "id"), &id.to_string())?.to_owned()))
        } else if let Some(id) = party.user_id.get() {
            let name = path(field, "user_id");
            Some(Self::UserId(query::user_id(&name, &id.to_string())?.to_owned()))
        } else if let Some(email) = party.email.as_str() {
            Some(Self::Email(address(&path(field, "email"), email)?.to_owned()))
        } else {
            None
        })
    }

    /// The name in a query, if it holds one.
    pub(super) fn of_query(parameters: &[(String, String)]) -> Result<Option<Self>, Refusal> {
        let value = |name| query::last(parameters, name);
        Self::of(
            "",
            &Party {
                id: value("id").map(Id::from).map_or(Field::Absent, Into::into),
                user_id: value("user_id").map(Id::from).map_or(Field::Absent, Into::into),
                email: value("email").map_or(Field::Absent, Into::into),
                ..Party::default()
            },
        )
    }
}

impl Intercom<'_> {
    /// Intercom's id of a person; one named by it is taken at the caller's word. Without a kind it
    /// may be a user or a lead.
    pub(super) async fn id_of(
        &self,
        kind: Option<Kind>,
        field: &str,
        by: By,
    ) -> Result<String, Refusal> {
        if let By::Id(id) = by {
            return Ok(id);
        }
        let found = self.find(kind, field, &by).await?;
        id_in(&found.ok_or_else(|| nobody(kind.unwrap_or(Kind::User)).naming(field))?)
    }

    /// The person, or nobody. Without a kind it may be a user or a lead; an address without one is
    /// a user's.
    pub(super) async fn find(
        &self,
        kind: Option<Kind>,
        field: &str,
        by: &By,
    ) -> Result<Option<Contact>, Refusal> {
        let found = match by {
            By::Id(id) => self.ask(&contact::get(id)).await,
            By::UserId(user_id) => self.ask(&contact::find_by_external_id(user_id)).await,
            By::Email(email) => {
                let people = self.with_address(kind.unwrap_or(Kind::User), email).await?;
                return only_one(field, people);
            }
        };
        match found {
            Ok(contact) => Ok(Some(contact).filter(|it| kind.is_none_or(|kind| kind.holds(it)))),
            Err(refusal) if refusal.status() == 404 => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The people of a kind who have an address.
    pub(super) async fn with_address(
        &self,
        kind: Kind,
        email: &str,
    ) -> Result<Vec<Contact>, Refusal> {
        let query = Group::all(vec![
            Group::equals("role", kind.role().as_str()),
            Group::equals("email", email),
        ]);
        let search = Search { query: query.into(), ..Search::default() };
        Ok(self.search(&search.page(50, None)).await?.items)
    }

    /// A search, whose answer must be a list.
    pub(super) async fn search(&self, search: &Search) -> Result<List<Contact>, Refusal> {
        let list = self.ask(&contact::search(search, &PageRequest::default())).await?;
        if list.key.is_some() {
            Ok(list)
        } else {
            Err(Refusal::unreadable("it is not a list of contacts"))
        }
    }
}

/// The only one of these people, or nobody.
pub(super) fn only_one(field: &str, mut people: Vec<Contact>) -> Result<Option<Contact>, Refusal> {
    if people.len() <= 1 {
        return Ok(people.pop());
    }
    let ids: Vec<String> =
        people.iter().filter_map(|contact| contact.id.get()).map(Id::to_string).collect();
    let words = format!("Several people have this address; name one by id: {}", ids.join(", "));
    let refusal = Refusal::new(409, "conflict", words).naming(&path(field, "email"));
    Err(refusal.holding("ids", ids.into()))
}

/// Intercom's id of a contact that it gave.
pub(super) fn id_in(contact: &Contact) -> Result<String, Refusal> {
    contact.id.get().map(Id::to_string).ok_or_else(|| Refusal::unreadable("the contact has no id"))
}

fn address<'a>(field: &str, email: &'a str) -> Result<&'a str, Refusal> {
    let sound = (3..=255).contains(&email.len()) && email.contains('@');
    if sound && !email.chars().any(char::is_control) {
        Ok(email)
    } else {
        Err(invalid(field, "This is no e-mail address"))
    }
}
