//! Contacts: users and leads.

use super::Call;
use crate::model::{Contact, Cursor, List, Search};

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
    Call::post(&["contacts", "search"], search).reading()
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
