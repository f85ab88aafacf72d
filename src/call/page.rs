//! The page of a list to request.

use crate::model::list::numbered_page;
use std::borrow::Cow;

/// A page of a list to request: its size and its start. The default is the first page, of
/// Intercom's default size.
///
/// ```
/// use intercom_edge::call::{PageRequest, contact};
/// let page = PageRequest { per_page: Some(150), after: Some("a+b=".into()) };
/// assert_eq!(contact::list(&page).target(), Ok("/contacts?per_page=150&starting_after=a%2Bb%3D"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// Maximum number of items on the page.
    pub per_page: Option<u32>,
    /// Cursor from the previous page; `None` for the first page. It is Intercom's own cursor, or,
    /// if pages are numbered or ordered by time, the page's query with its question mark.
    pub after: Option<Cow<'a, str>>,
}

impl PageRequest<'_> {
    /// Makes a request for a numbered page, from 1.
    ///
    /// ```
    /// use intercom_edge::call::{PageRequest, contact};
    /// let call = contact::notes("5f", &PageRequest::number(2, Some(50)));
    /// assert_eq!(call.target(), Ok("/contacts/5f/notes?page=2&per_page=50"));
    /// ```
    pub fn number(page: u32, per_page: Option<u32>) -> Self {
        let query = numbered_page(page.into(), per_page.map(i64::from));
        Self { per_page: None, after: Some(Cow::Owned(query)) }
    }
}
