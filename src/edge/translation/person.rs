//! Whom a call means: API 1.x names people by `id`, `user_id` or `email`, API 2.x mostly by its own
//! id only.

use crate::call::{Call, PageRequest, contact};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::request::values;
use crate::edge::response::Rejection;
use crate::edge::translation::body::{PARTY_OF_V2, invalid, of_v1, path, well_formed};
use crate::model::strict::is_id;
use crate::model::{Contact, Field, Group, Id, List, Party, Search, Shape};
use crate::v1::Kind;
use serde_json::Value;

/// How many people with one address are looked for, where it is to name one of them.
pub const SEVERAL: i64 = 50;

/// By what a person is named.
#[derive(Debug)]
pub enum By {
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
    pub fn of(field: &str, party: &Party) -> Result<Option<Self>, Rejection> {
        of_v1(field, &party.extra, PARTY_OF_V2)?;
        well_formed(field, party.misshapen())?;
        Ok(if let Some(id) = party.id.get() {
            Some(Self::Id(values::id(&path(field, "id"), &id.to_string())?.to_owned()))
        } else if let Some(id) = party.user_id.get() {
            let name = path(field, "user_id");
            Some(Self::UserId(values::user_id(&name, &id.to_string())?.to_owned()))
        } else if let Some(email) = party.email.as_str() {
            Some(Self::Email(address(&path(field, "email"), email)?.to_owned()))
        } else {
            None
        })
    }

    /// The name in a query, if it holds one.
    pub fn of_query(parameters: &[(String, String)]) -> Result<Option<Self>, Rejection> {
        for name in ["id", "user_id", "email"] {
            values::alone(parameters, name, &["id", "user_id", "email"])?;
        }
        let value = |name| values::last(parameters, name);
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
    pub async fn id_of(
        &self,
        kind: Option<Kind>,
        field: &str,
        by: By,
    ) -> Result<String, Rejection> {
        if let By::Id(id) = by {
            return Ok(id);
        }
        let found = self.find(kind, field, &by).await?;
        id_in(&found.ok_or_else(|| nobody(kind.unwrap_or(Kind::User)).naming(field))?)
    }

    /// The person, or nobody. Without a kind it may be a user or a lead; an address without one is
    /// a user's.
    pub async fn find(
        &self,
        kind: Option<Kind>,
        field: &str,
        by: &By,
    ) -> Result<Option<Contact>, Rejection> {
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
            Err(rejection) if rejection.status() == 404 => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }

    /// The people of a kind who have an address.
    pub async fn with_address(&self, kind: Kind, email: &str) -> Result<Vec<Contact>, Rejection> {
        let query = Group::all(vec![
            Group::equals("role", kind.role().as_str()),
            Group::equals("email", email),
        ]);
        let search = Search { query: query.into(), ..Search::default() };
        Ok(self.search(&search.page(SEVERAL, None)).await?.items)
    }

    /// Searches people.
    pub async fn search(&self, search: &Search) -> Result<List<Contact>, Rejection> {
        self.list(&contact::search(search, &PageRequest::default())).await
    }

    /// Asks for a list. What is no list is an error, because it must not look like an empty one.
    pub async fn list<T: Shape>(&self, call: &Call<List<T>>) -> Result<List<T>, Rejection> {
        let list = self.ask(call).await?;
        if list.key.is_some() { Ok(list) } else { Err(Rejection::unreadable("it is not a list")) }
    }
}

/// The only one of these people, or nobody.
pub fn only_one(field: &str, mut people: Vec<Contact>) -> Result<Option<Contact>, Rejection> {
    if people.len() <= 1 {
        return Ok(people.pop());
    }
    let ids: Vec<String> =
        people.iter().filter_map(|contact| contact.id.get()).map(Id::to_string).collect();
    let words = format!("Several people have this address; name one by id: {}", ids.join(", "));
    let rejection = Rejection::new(409, "conflict", words).naming(&path(field, "email"));
    Err(rejection.holding("ids", ids.into()))
}

/// Intercom's 410 for a person who was merged into another, with the way to that one in API 1.x. Only a
/// user remains of a merge. Intercom's own link would lead a caller key to Intercom.
pub fn merged(rejection: Rejection) -> Rejection {
    let Some(link) = rejection.header("link").filter(|_| rejection.status() == 410) else {
        return rejection;
    };
    let words = "This person was merged into another";
    let Some(id) = linked_id(link) else {
        return Rejection::new(410, "contact_merged", words);
    };
    Rejection::new(410, "contact_merged", format!("{words}: GET /users/{id}"))
        .holding("ids", vec![id].into())
        .with("link", format!("</users/{id}>; rel=\"canonical\""))
}

/// The id at the end of the address in a `Link`.
fn linked_id(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    let path = address.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|id| is_id(id))
}

/// Intercom's id of a contact that it gave.
pub fn id_in(contact: &Contact) -> Result<String, Rejection> {
    contact
        .id
        .get()
        .map(Id::to_string)
        .ok_or_else(|| Rejection::unreadable("the contact has no id"))
}

fn address<'a>(field: &str, email: &'a str) -> Result<&'a str, Rejection> {
    let sound = (3..=255).contains(&email.len()) && email.contains('@');
    if sound && !email.chars().any(char::is_control) {
        Ok(email)
    } else {
        Err(invalid(field, "This is no e-mail address"))
    }
}

/// Whether the person is archived, where Intercom says so.
pub fn is_archived(contact: &Contact) -> bool {
    contact.extra.get("archived") == Some(&Value::Bool(true))
}

/// 404 in the words of API 1.x.
pub fn nobody(kind: Kind) -> Rejection {
    Rejection::not_found(match kind {
        Kind::User => "User Not Found",
        Kind::Lead => "Contact Not Found",
    })
}

#[cfg(test)]
mod tests {
    use super::linked_id;

    #[test]
    fn the_id_of_a_link_is_the_last_segment_of_its_path() {
        for (link, id) in [
            ("<https://api.intercom.io/contacts/b2>; rel=\"canonical\"", Some("b2")),
            ("</contacts/b2?x=1>", Some("b2")),
            ("<b2>", Some("b2")),
            ("https://api.intercom.io/contacts/b2", None),
            ("<https://api.intercom.io/contacts/>", None),
            ("<https://api.intercom.io/contacts/a%2Fb>", None),
            ("", None),
        ] {
            assert_eq!(linked_id(link), id, "{link}");
        }
    }
}
