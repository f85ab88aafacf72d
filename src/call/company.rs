//! Companies.

use super::Call;
use crate::model::{Company, List};

/// Lists companies (`GET /companies`) by numbered pages, from 1. A page holds 15 unless asked, 60
/// at most, and pages end at 10,000 companies.
pub fn list(page: u32, per_page: Option<u32>) -> Call<List<Company>> {
    Call::get(&["companies"]).with_query("page", Some(page)).with_query("per_page", per_page)
}
