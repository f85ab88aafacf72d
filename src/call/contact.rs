//! Contacts: users and leads.

use super::{Body, Call, JsonText, PageRequest};
use crate::model::{Company, Contact, List, Note, Object, Segment, Tag};
use serde::Serialize;

/// Lists people of both roles, newest first. A page holds 50 items by default, and 150 at most.
///
/// ```
/// use intercom_edge::call::{PageRequest, contact};
/// let page = PageRequest { per_page: Some(150), after: Some("a+b=".into()) };
/// assert_eq!(contact::list(&page).target(), Ok("/contacts?per_page=150&starting_after=a%2Bb%3D"));
/// ```
pub fn list(page: &PageRequest<'_>) -> Call<List<Contact>> {
    Call::get("/contacts", &[]).with_page(page)
}

/// Searches people; the body is a [`Search`](crate::model::Search). A page holds 50 items by
/// default, and 150 at most. People who were created seconds ago are not found yet.
///
/// ```
/// use intercom_edge::call::{PageRequest, contact};
/// use intercom_edge::model::{Group, Search};
/// let users = Search { query: Group::equals("role", "user").into(), ..Search::default() };
/// let call = contact::search(&users, &PageRequest { per_page: Some(5), after: None });
/// assert_eq!(
///     call.body(),
///     Some(r#"{"query":{"field":"role","operator":"=","value":"user"},"pagination":{"per_page":5}}"#),
/// );
/// assert!(call.is_repeatable());
/// ```
pub fn search(search: &impl Body, page: &PageRequest<'_>) -> Call<List<Contact>> {
    Call::post("/contacts/search", &[]).with_body(search).with_page_in_body(page)
}

/// Gets one person by Intercom's id: 404 if there is none, 410 if the person was merged into
/// another.
pub fn get(id: &str) -> Call<Contact> {
    Call::get("/contacts/{contact_id}", &[id])
}

/// Gets one person by your own product's id.
pub fn find_by_external_id(external_id: &str) -> Call<Contact> {
    Call::get("/contacts/find_by_external_id/{external_id}", &[external_id])
}

/// Creates a person: 409 if there is one with the same external id.
pub fn create(contact: &impl Body) -> Call<Contact> {
    Call::post("/contacts", &[]).with_body(contact)
}

/// Updates the fields of a person that the body names.
pub fn update(id: &str, contact: &impl Body) -> Call<Contact> {
    Call::put("/contacts/{contact_id}", &[id]).with_body(contact)
}

/// Archives a person. [`unarchive`] undoes it.
pub fn archive(id: &str) -> Call<Object> {
    Call::post("/contacts/{contact_id}/archive", &[id]).with_body(&nothing())
}

/// Restores an archived person.
pub fn unarchive(id: &str) -> Call<Object> {
    Call::post("/contacts/{contact_id}/unarchive", &[id]).with_body(&nothing())
}

/// Deletes a person for good.
pub fn delete(id: &str) -> Call<Object> {
    Call::delete("/contacts/{contact_id}", &[id])
}

/// Merges a lead into a user; only the user remains.
pub fn merge(from: &str, into: &str) -> Call<Contact> {
    #[derive(Serialize)]
    struct Merge<'a> {
        from: &'a str,
        into: &'a str,
    }
    Call::post("/contacts/merge", &[])
        .with_body(&Merge { from, into })
        .requiring("from", from)
        .requiring("into", into)
}

/// Lists a person's tags, all on one page.
pub fn tags(id: &str) -> Call<List<Tag>> {
    Call::get("/contacts/{contact_id}/tags", &[id])
}

/// Tags a person; both are named by Intercom's id.
///
/// ```
/// use intercom_edge::call::contact;
/// let call = contact::add_tag("63a07ddf05a32042dffac965", "7522907");
/// assert_eq!(call.target(), Ok("/contacts/63a07ddf05a32042dffac965/tags"));
/// assert_eq!(call.body(), Some(r#"{"id":"7522907"}"#));
/// ```
pub fn add_tag(id: &str, tag: &str) -> Call<Tag> {
    Call::post("/contacts/{contact_id}/tags", &[id])
        .with_body(&Reference { id: tag })
        .requiring("tag_id", tag)
}

/// Removes a tag from a person.
pub fn remove_tag(id: &str, tag: &str) -> Call<Tag> {
    Call::delete("/contacts/{contact_id}/tags/{tag_id}", &[id, tag])
}

/// Lists a person's companies by numbered pages.
pub fn companies(id: &str, page: &PageRequest<'_>) -> Call<List<Company>> {
    Call::get("/contacts/{contact_id}/companies", &[id]).with_page(page)
}

/// Adds a person to a company; both are named by Intercom's id.
pub fn add_company(id: &str, company: &str) -> Call<Company> {
    Call::post("/contacts/{contact_id}/companies", &[id])
        .with_body(&Reference { id: company })
        .requiring("company_id", company)
}

/// Removes a person from a company; both are named by Intercom's id.
pub fn remove_company(id: &str, company: &str) -> Call<Company> {
    Call::delete("/contacts/{contact_id}/companies/{company_id}", &[id, company])
}

/// Lists a person's notes by numbered pages.
pub fn notes(id: &str, page: &PageRequest<'_>) -> Call<List<Note>> {
    Call::get("/contacts/{contact_id}/notes", &[id]).with_page(page)
}

/// Adds a note to a person: `body`, and `admin_id` of its author.
pub fn add_note(id: &str, note: &impl Body) -> Call<Note> {
    Call::post("/contacts/{contact_id}/notes", &[id]).with_body(note)
}

/// Lists the segments that a person is in, all on one page.
pub fn segments(id: &str) -> Call<List<Segment>> {
    Call::get("/contacts/{contact_id}/segments", &[id])
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
}

fn nothing() -> JsonText {
    JsonText("{}".to_owned())
}
