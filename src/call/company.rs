//! Companies.

use super::Call;
use crate::model::{Company, Contact, List, Object};

/// Lists companies (`GET /companies`) by numbered pages, from 1. A page holds 15 unless asked, 60
/// at most, and pages end at 10,000 companies.
pub fn list(page: u32, per_page: Option<u32>) -> Call<List<Company>> {
    Call::get(&["companies"]).with_query("page", Some(page)).with_query("per_page", per_page)
}

/// Lists the companies that have a tag or are in a segment (`GET /companies?tag_id=`,
/// `?segment_id=`), by the same pages as [`list`].
pub fn list_by(filter: &str, value: &str, page: u32, per_page: Option<u32>) -> Call<List<Company>> {
    list(page, per_page).with_query(filter, Some(value))
}

/// Finds one company (`GET /companies?company_id=`, `?name=`).
pub fn find_by(filter: &str, value: &str) -> Call<Company> {
    Call::get(&["companies"]).with_query(filter, Some(value))
}

/// Gets one company by Intercom's id (`GET /companies/{id}`).
pub fn get(id: &str) -> Call<Company> {
    Call::get(&["companies", id])
}

/// The next hundred companies of the workspace's one scroll (`GET /companies/scroll`); the end is
/// an empty list.
pub fn scroll(scroll_param: Option<&str>) -> Call<List<Company>> {
    Call::get(&["companies", "scroll"]).with_query("scroll_param", scroll_param)
}

/// Lists a company's people of both roles (`GET /companies/{id}/contacts`) by numbered pages.
pub fn contacts(id: &str, page: u32, per_page: u32) -> Call<List<Contact>> {
    Call::get(&["companies", id, "contacts"])
        .with_query("page", Some(page))
        .with_query("per_page", Some(per_page))
}

/// Creates the company of a `company_id`, or changes it (`POST /companies`).
pub fn save(company: &Object) -> Call<Company> {
    Call::post(&["companies"], company)
}

/// Changes a company by Intercom's id (`PUT /companies/{id}`).
pub fn update(id: &str, company: &Object) -> Call<Company> {
    Call::put(&["companies", id], company)
}
