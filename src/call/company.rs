//! Companies.

use super::{Body, Call, PageRequest};
use crate::model::{Company, Contact, List};

/// Conditions for companies to list; the default is all companies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompanyFilter<'a> {
    /// Only companies with this tag.
    pub tag_id: Option<&'a str>,
    /// Only companies in this segment.
    pub segment_id: Option<&'a str>,
}

/// Lists companies by numbered pages. A page holds 15 items by default, and 60 at most; Intercom's
/// pages end after 10,000 companies.
pub fn list(filter: CompanyFilter<'_>, page: &PageRequest<'_>) -> Call<List<Company>> {
    Call::get("/companies", &[])
        .with_query("tag_id", filter.tag_id)
        .with_query("segment_id", filter.segment_id)
        .with_page(page)
}

/// Finds one company by the id that your own product gave it.
pub fn find_by_company_id(company_id: &str) -> Call<Company> {
    Call::get("/companies", &[]).with_required("company_id", company_id)
}

/// Finds one company by its name.
pub fn find_by_name(name: &str) -> Call<Company> {
    Call::get("/companies", &[]).with_required("name", name)
}

/// Gets one company by Intercom's id.
pub fn get(id: &str) -> Call<Company> {
    Call::get("/companies/{company_id}", &[id])
}

/// Gets the next hundred companies of the workspace's one scroll; the end is an empty list. A
/// repeated request skips a page, so this call is never repeated automatically.
pub fn scroll(scroll_param: Option<&str>) -> Call<List<Company>> {
    Call::get("/companies/scroll", &[]).with_query("scroll_param", scroll_param)
}

/// Lists a company's people of both roles, by numbered pages.
pub fn contacts(id: &str, page: &PageRequest<'_>) -> Call<List<Contact>> {
    Call::get("/companies/{company_id}/contacts", &[id]).with_page(page)
}

/// Creates the company of a `company_id`, or updates it.
pub fn save(company: &impl Body) -> Call<Company> {
    Call::post("/companies", &[]).with_body(company)
}

/// Updates a company by Intercom's id.
pub fn update(id: &str, company: &impl Body) -> Call<Company> {
    Call::put("/companies/{company_id}", &[id]).with_body(company)
}
