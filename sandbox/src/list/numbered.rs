//! Lists by page number: the query's `page` and `per_page`.

use crate::call::Call;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::{List, Page, Pages};
use serde::Serialize;

/// The maximum number of items on a page.
pub(crate) const MAX_PER_PAGE: u64 = 150;

/// Responds with the page of a list that the query names.
pub(crate) fn respond<T: Serialize>(
    call: &Call,
    all: Vec<T>,
    per_page: u64,
) -> Result<ApiResponse, ApiError> {
    let page = page(call, all, per_page)?;
    ApiResponse::ok(&List::page(page.items, page.total_count, page.pages))
}

/// Returns the page of a list that the query names. `per_page` is the default page size.
pub(crate) fn page<T>(call: &Call, all: Vec<T>, per_page: u64) -> Result<Page<T>, ApiError> {
    let number = call.request.number("page", 1, 1..=u32::MAX.into())?;
    let per_page = call.request.number("per_page", per_page, 1..=MAX_PER_PAGE)?;
    let total_count = all.len() as u64;
    let skipped = usize::try_from((number - 1) * per_page).unwrap_or(usize::MAX);
    let items = all.into_iter().skip(skipped).take(per_page as usize).collect();
    Ok(Page { items, total_count, pages: Pages::new(number, per_page, total_count) })
}
