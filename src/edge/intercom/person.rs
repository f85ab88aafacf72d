//! Finds people: by Intercom's id, by the id of the caller's own product, or by e-mail address.

use crate::call::{Call, PageRequest, contact};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::response::Rejection;
use crate::model::{Contact, Group, Id, JsonType, List, Role, Search};

/// A reference to a person: by Intercom's id, by the id of the caller's own product, or by e-mail address.
pub use crate::model::To as PersonRef;

/// The most people with one address that are looked up, and listed in the error 409.
pub const MOST_NAMESAKES: i64 = 50;

impl Intercom<'_> {
    /// Finds a person, if there is one. With a `role`, people of the other role don't count. `field` is the
    /// caller's field or parameter, for the error 409 that several people have the address.
    pub async fn find_person(
        &self,
        person: &PersonRef,
        role: Option<&Role>,
        field: &str,
    ) -> Result<Option<Contact>, Rejection> {
        let found = match person {
            PersonRef::Id(id) => self.ask(&contact::get(id)).await,
            PersonRef::UserId(user_id) => self.ask(&contact::find_by_external_id(user_id)).await,
            PersonRef::Email(email) => {
                return only_one(self.people_with_email(email, role).await?, field);
            }
        };
        let has_role = |contact: &Contact| role.is_none_or(|role| contact.role.get() == Some(role));
        match found {
            Ok(contact) => Ok(Some(contact).filter(has_role)),
            Err(rejection) if rejection.status() == 404 => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }

    /// Lists the people with an e-mail address, at most [`MOST_NAMESAKES`].
    pub async fn people_with_email(
        &self,
        email: &str,
        role: Option<&Role>,
    ) -> Result<Vec<Contact>, Rejection> {
        let has_email = Group::equals("email", email);
        let query = match role {
            Some(role) => Group::all(vec![Group::equals("role", role.as_str()), has_email]),
            None => has_email,
        };
        let search = Search { query: query.into(), ..Search::default() };
        Ok(self.search_people(&search.page(MOST_NAMESAKES, None)).await?.items)
    }

    /// Searches people.
    pub async fn search_people(&self, search: &Search) -> Result<List<Contact>, Rejection> {
        self.list(&contact::search(search, &PageRequest::default())).await
    }

    /// Asks for a list. A response that isn't a list is an error, because it must not look like an empty one.
    pub async fn list<T: JsonType>(&self, call: &Call<List<T>>) -> Result<List<T>, Rejection> {
        let list = self.ask(call).await?;
        if list.key.is_some() { Ok(list) } else { Err(Rejection::unreadable("it isn't a list")) }
    }
}

/// Gives the only person of a list, if there is one. Several people are an error: 409 with their ids.
pub fn only_one(mut people: Vec<Contact>, field: &str) -> Result<Option<Contact>, Rejection> {
    if people.len() <= 1 {
        return Ok(people.pop());
    }
    let ids: Vec<String> =
        people.iter().filter_map(|contact| contact.id.get()).map(Id::to_string).collect();
    let ids_text = ids.join(", ");
    let message =
        format!("Several people have this e-mail address: name one by its id, {ids_text}");
    let rejection = Rejection::new(409, "conflict", message).naming(field);
    Err(rejection.holding("ids", ids.into()))
}

/// Gives Intercom's id of a contact that Intercom sent.
pub fn id_of(contact: &Contact) -> Result<String, Rejection> {
    let id = contact.id.get().map(Id::to_string);
    id.ok_or_else(|| Rejection::unreadable("the contact has no id"))
}
