//! The JSON of lists and of their pages.

use crate::http::response::ApiError;
use crate::list::cursor::{Cursor, CursorScope};
use serde::Serialize;

/// A list of API 2.x.
#[derive(Serialize)]
pub(crate) struct List<T> {
    r#type: &'static str,
    /// The items of this page.
    pub data: Vec<T>,
    /// The number of items on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
    /// The `pages` object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
}

impl<T> List<T> {
    /// Returns a list without pages.
    pub fn whole(data: Vec<T>) -> Self {
        Self { r#type: "list", data, total_count: None, pages: None }
    }

    /// Returns a page of a list.
    pub fn page(data: Vec<T>, total_count: u64, pages: Pages) -> Self {
        Self { r#type: "list", data, total_count: Some(total_count), pages: Some(pages) }
    }
}

/// A page of items.
pub(crate) struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total_count: u64,
    /// The `pages` object.
    pub pages: Pages,
}

/// The `pages` object of a list.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Pages {
    r#type: &'static str,
    /// The next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextPage>,
    /// The number of the page, counted from 1.
    pub page: u64,
    /// The maximum number of items on a page.
    pub per_page: u64,
    /// The number of pages.
    pub total_pages: u64,
}

/// The `next` object of a list.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct NextPage {
    /// The number of the next page.
    pub page: u64,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_after: Option<String>,
}

impl Pages {
    /// Returns the object without `next`.
    pub fn new(page: u64, per_page: u64, total_count: u64) -> Self {
        Self {
            r#type: "pages",
            next: None,
            page,
            per_page,
            total_pages: total_count.div_ceil(per_page.max(1)),
        }
    }

    /// Adds `next`, which starts after the last item: its sort key and its id. `None` adds nothing.
    pub fn with_next(
        self,
        last: Option<(serde_json::Value, String)>,
        scope: &CursorScope,
    ) -> Result<Self, ApiError> {
        let page = self.page + 1;
        let next = match last {
            Some((key, id)) => {
                let cursor = Cursor::after(key, id, page, scope).encode()?;
                Some(NextPage { page, starting_after: Some(cursor) })
            }
            None => None,
        };
        Ok(Self { next, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        let text = serde_json::to_string(&Pages::new(1, 10, 0)).unwrap_or_default();
        assert_eq!(text, r#"{"type":"pages","page":1,"per_page":10,"total_pages":0}"#);
    }

    #[test]
    fn a_page_that_is_not_full_counts() {
        assert_eq!(Pages::new(1, 10, 10).total_pages, 1);
        assert_eq!(Pages::new(1, 10, 11).total_pages, 2);
    }
}
