//! Which page of a list to ask for.

use crate::model::list::numbered_page;
use std::borrow::Cow;

/// A page of a list: how many items, and where it begins. The default is the first page, as long as
/// Intercom makes it.
///
/// ```
/// use intercom_edge::call::{PageRequest, contact};
/// let page = PageRequest { per_page: Some(150), after: Some("a+b=".into()) };
/// assert_eq!(contact::list(&page).target(), Ok("/contacts?per_page=150&starting_after=a%2Bb%3D"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// How many items the page holds at most.
    pub per_page: Option<u32>,
    /// The cursor that the page before gave; the first page has none. It is Intercom's own cursor,
    /// or, where a list is numbered or goes on by time, the page's query with its question mark.
    pub after: Option<Cow<'a, str>>,
}

impl PageRequest<'_> {
    /// A page by its number, from 1, of a list that is numbered.
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
