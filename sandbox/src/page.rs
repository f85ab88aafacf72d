//! Lists, and where a page of one stands.

use super::answer::Refusal;
use super::cursor::{Cursor, Scope};
use serde::Serialize;

/// A list of API 2.x.
#[derive(Serialize)]
pub(super) struct List<T> {
    r#type: &'static str,
    /// The items of this page.
    pub data: Vec<T>,
    /// How many items all pages have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
    /// Where the page stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
}

impl<T> List<T> {
    /// A list without pages.
    pub fn whole(data: Vec<T>) -> Self {
        Self { r#type: "list", data, total_count: None, pages: None }
    }

    /// A page of a list.
    pub fn page(data: Vec<T>, total_count: u64, pages: Pages) -> Self {
        Self { r#type: "list", data, total_count: Some(total_count), pages: Some(pages) }
    }
}

/// Where a page stands.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Pages {
    r#type: &'static str,
    /// The way to the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// Number of the page, from 1.
    pub page: u64,
    /// How many items a page has.
    pub per_page: u64,
    /// How many pages there are.
    pub total_pages: u64,
}

/// The way to the next page.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Next {
    /// Its number.
    pub page: u64,
    /// Where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_after: Option<String>,
}

impl Pages {
    /// Where a page stands, without a way to the next.
    pub fn new(page: u64, per_page: u64, total_count: u64) -> Self {
        Self {
            r#type: "pages",
            next: None,
            page,
            per_page,
            total_pages: total_count.div_ceil(per_page.max(1)),
        }
    }

    /// The same, going on behind an item.
    pub fn going_on(
        self,
        behind: Option<(serde_json::Value, String)>,
        scope: &Scope,
    ) -> Result<Self, Refusal> {
        let page = self.page + 1;
        let next = match behind {
            Some((key, id)) => {
                let cursor = Cursor::behind(key, id, page, scope).encode()?;
                Some(Next { page, starting_after: Some(cursor) })
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
    fn the_last_page_names_no_next() {
        let text = serde_json::to_string(&Pages::new(1, 10, 0)).unwrap_or_default();
        assert_eq!(text, r#"{"type":"pages","page":1,"per_page":10,"total_pages":0}"#);
    }

    #[test]
    fn a_page_begun_counts_as_a_page() {
        assert_eq!(Pages::new(1, 10, 10).total_pages, 1);
        assert_eq!(Pages::new(1, 10, 11).total_pages, 2);
    }
}
