//! Contacts: users and leads.

use super::Call;
use crate::model::{Contact, Cursor, List, Object, Search};
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

/// Puts a person aside, from where `unarchive` brings them back (`POST /contacts/{id}/archive`).
pub fn archive(id: &str) -> Call<Object> {
    Call::post(&["contacts", id, "archive"], &Object::new())
}

/// Removes a person for good (`DELETE /contacts/{id}`).
pub fn delete(id: &str) -> Call<Object> {
    Call::delete(&["contacts", id])
}

/// Merges a lead into a user (`POST /contacts/merge`), which leaves only the user.
pub fn merge(from: &str, into: &str) -> Call<Contact> {
    Call::post(&["contacts", "merge"], &json!({ "from": from, "into": into }))
}
