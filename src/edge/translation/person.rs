//! How API 1.x names people: by `id`, `user_id` or `email`. API 2.x mostly takes its own ids only.

use crate::edge::intercom::person::{PersonRef, id_of};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::request::values;
use crate::edge::response::Rejection;
use crate::edge::translation::body::{PARTY_OF_V2, invalid, of_v1, path, well_formed};
use crate::model::strict::{EMAIL, is_id};
use crate::model::{Contact, Field, Id, Party};
use crate::v1::PersonKind;
use serde_json::Value;

/// Reads the reference to a person in a body's field, if it has one. The first of `id`, `user_id` and
/// `email` counts. An error in it is an error: the next one isn't tried.
pub fn reference(field: &str, party: &Party) -> Result<Option<PersonRef>, Rejection> {
    of_v1(field, &party.extra, PARTY_OF_V2)?;
    well_formed(field, party.invalid_field())?;
    let id = party.id.get().map(|id| ("id", id.to_string()));
    let user_id = || party.user_id.get().map(|id| ("user_id", id.to_string()));
    let email = || party.email.as_str().map(|email| ("email", email.to_owned()));
    let given = id.or_else(user_id).or_else(email);
    given.map(|(key, value)| reference_by(key, &path(field, key), &value)).transpose()
}

/// Reads the reference to a person in a query, if it has one.
pub fn reference_in_query(parameters: &[(String, String)]) -> Result<Option<PersonRef>, Rejection> {
    for name in ["id", "user_id", "email"] {
        values::alone(parameters, name, &["id", "user_id", "email"])?;
    }
    let value = |name| values::last(parameters, name);
    reference(
        "",
        &Party {
            id: value("id").map(Id::from).map_or(Field::Absent, Into::into),
            user_id: value("user_id").map(Id::from).map_or(Field::Absent, Into::into),
            email: value("email").map_or(Field::Absent, Into::into),
            ..Party::default()
        },
    )
}

/// Reads a reference: `name` is the field or parameter, `user_id`, `email`, or any other for Intercom's id.
pub fn reference_of(name: &str, value: &str) -> Result<PersonRef, Rejection> {
    reference_by(name, name, value)
}

fn reference_by(key: &str, field: &str, value: &str) -> Result<PersonRef, Rejection> {
    Ok(match key {
        "user_id" => PersonRef::UserId(values::user_id(field, value)?.to_owned()),
        "email" if (EMAIL.accepts)(value) => PersonRef::Email(value.to_owned()),
        "email" => return Err(invalid(field, EMAIL.expected)),
        _ => PersonRef::Id(values::id(field, value)?.to_owned()),
    })
}

/// Finds a person of API 1.x, if there is one. Without a kind, an id may be a user's or a lead's, and an
/// e-mail address is a user's. `field` holds the reference.
pub async fn find(
    intercom: &Intercom<'_>,
    kind: Option<PersonKind>,
    field: &str,
    person: &PersonRef,
) -> Result<Option<Contact>, Rejection> {
    let (kind, field) = match person {
        PersonRef::Email(_) => (kind.or(Some(PersonKind::User)), path(field, "email")),
        _ => (kind, field.to_owned()),
    };
    intercom.find_person(person, kind.map(PersonKind::role).as_ref(), &field).await
}

/// Gives Intercom's id of a person of API 1.x, as [`find`] does. Intercom's id itself isn't looked up.
pub async fn find_id(
    intercom: &Intercom<'_>,
    kind: Option<PersonKind>,
    field: &str,
    person: PersonRef,
) -> Result<String, Rejection> {
    id_of(&find_contact(intercom, kind, field, person).await?)
}

/// Gives a person of API 1.x, as [`find`] does. A person with Intercom's id isn't looked up: the contact has only this
/// id.
pub async fn find_contact(
    intercom: &Intercom<'_>,
    kind: Option<PersonKind>,
    field: &str,
    person: PersonRef,
) -> Result<Contact, Rejection> {
    if let PersonRef::Id(id) = person {
        return Ok(Contact { id: Id::from(id).into(), ..Contact::default() });
    }
    let found = find(intercom, kind, field, &person).await?;
    found.ok_or_else(|| not_found(kind.unwrap_or(PersonKind::User)).naming(field))
}

/// Translates Intercom's 410 for a person who was merged into another: its link leads to the other person
/// in API 1.x, who is a user after every merge. Intercom's own link would send a caller key to Intercom.
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

/// Gives the id at the end of the address in a header `Link`.
fn linked_id(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    let path = address.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|id| is_id(id))
}

/// Returns true if Intercom says that a person is archived.
pub fn is_archived(contact: &Contact) -> bool {
    contact.extra.get("archived") == Some(&Value::Bool(true))
}

/// 404 in the words of API 1.x.
pub fn not_found(kind: PersonKind) -> Rejection {
    Rejection::not_found(match kind {
        PersonKind::User => "User Not Found",
        PersonKind::Lead => "Contact Not Found",
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
