//! Contacts: users and leads.

use super::Call;
use crate::model::{Company, Contact, Cursor, List, Note, Object, Search, Segment, Tag};
use serde_json::json;

/// Lists people of both roles (`GET /contacts`). A page holds 10 unless asked, 150 at most.
///
/// ```
/// use intercom_edge::{call::contact, model::Cursor};
/// let page = Cursor { per_page: 150.into(), starting_after: "a+b=".into(), ..Cursor::default() };
/// assert_eq!(contact::list(&page).target, "/contacts?per_page=150&starting_after=a%2Bb%3D");
/// ```
pub fn list(page: &Cursor) -> Call<List<Contact>> {
    Call::get(&["contacts"])
        .with_query("per_page", page.per_page.get())
        .with_query("starting_after", page.starting_after.get())
}

/// Searches people (`POST /contacts/search`). A page holds 50 unless asked, 150 at most. People
/// made seconds ago appear late.
pub fn search(search: &Search) -> Call<List<Contact>> {
    Call::post(&["contacts", "search"], search)
}

/// Gets one person by Intercom's id (`GET /contacts/{id}`): 404 for nobody, 410 for one who was
/// merged into another.
pub fn get(id: &str) -> Call<Contact> {
    Call::get(&["contacts", id])
}

/// Gets one person by your own product's id (`GET /contacts/find_by_external_id/{external_id}`).
pub fn find_by_external_id(external_id: &str) -> Call<Contact> {
    Call::get(&["contacts", "find_by_external_id", external_id])
}

/// Creates a person (`POST /contacts`); 409 if there is one of the same external id.
pub fn create(contact: &Contact) -> Call<Contact> {
    Call::post(&["contacts"], contact)
}

/// Changes what the body names of a person (`PUT /contacts/{id}`).
pub fn update(id: &str, contact: &Contact) -> Call<Contact> {
    Call::put(&["contacts", id], contact)
}

/// Puts a person aside, from where [`unarchive`] brings them back (`POST /contacts/{id}/archive`).
pub fn archive(id: &str) -> Call<Object> {
    Call::post(&["contacts", id, "archive"], &Object::new())
}

/// Brings a person back from where [`archive`] put them (`POST /contacts/{id}/unarchive`).
pub fn unarchive(id: &str) -> Call<Object> {
    Call::post(&["contacts", id, "unarchive"], &Object::new())
}

/// Removes a person for good (`DELETE /contacts/{id}`).
pub fn delete(id: &str) -> Call<Object> {
    Call::delete(&["contacts", id])
}

/// Merges a lead into a user (`POST /contacts/merge`), which leaves only the user.
pub fn merge(from: &str, into: &str) -> Call<Contact> {
    Call::post(&["contacts", "merge"], &json!({ "from": from, "into": into }))
}

/// Lists a person's tags (`GET /contacts/{id}/tags`), all on one page.
pub fn tags(id: &str) -> Call<List<Tag>> {
    Call::get(&["contacts", id, "tags"])
}

/// Puts a tag on a person (`POST /contacts/{id}/tags`), each by Intercom's id.
///
/// ```
/// use intercom_edge::call::contact;
/// let call = contact::add_tag("63a07ddf05a32042dffac965", "7522907");
/// assert_eq!(call.target, "/contacts/63a07ddf05a32042dffac965/tags");
/// assert_eq!(call.body.as_deref(), Some(r#"{"id":"7522907"}"#));
/// ```
pub fn add_tag(id: &str, tag: &str) -> Call<Tag> {
    Call::post(&["contacts", id, "tags"], &json!({ "id": tag }))
}

/// Takes a tag off a person (`DELETE /contacts/{id}/tags/{tag_id}`).
pub fn remove_tag(id: &str, tag: &str) -> Call<Tag> {
    Call::delete(&["contacts", id, "tags", tag])
}

/// Lists a person's companies (`GET /contacts/{id}/companies`) by numbered pages, from 1.
pub fn companies(id: &str, page: u32, per_page: u32) -> Call<List<Company>> {
    numbered(Call::get(&["contacts", id, "companies"]), page, per_page)
}

/// Adds a person to a company (`POST /contacts/{id}/companies`), each by Intercom's id.
pub fn add_company(id: &str, company: &str) -> Call<Company> {
    Call::post(&["contacts", id, "companies"], &json!({ "id": company }))
}

/// Takes a person out of a company (`DELETE /contacts/{id}/companies/{company_id}`), each by
/// Intercom's id.
pub fn remove_company(id: &str, company: &str) -> Call<Company> {
    Call::delete(&["contacts", id, "companies", company])
}

/// Lists a person's notes (`GET /contacts/{id}/notes`) by numbered pages, from 1.
pub fn notes(id: &str, page: u32, per_page: u32) -> Call<List<Note>> {
    numbered(Call::get(&["contacts", id, "notes"]), page, per_page)
}

/// Writes a note on a person (`POST /contacts/{id}/notes`): `body`, and `admin_id` of its author.
pub fn add_note(id: &str, note: &Object) -> Call<Note> {
    Call::post(&["contacts", id, "notes"], note)
}

/// Lists the segments that a person is in (`GET /contacts/{id}/segments`), all on one page.
pub fn segments(id: &str) -> Call<List<Segment>> {
    Call::get(&["contacts", id, "segments"])
}

fn numbered<T>(call: Call<T>, page: u32, per_page: u32) -> Call<T> {
    call.with_query("page", Some(page)).with_query("per_page", Some(per_page))
}
