//! Follows the pages of a list.

use super::{Client, Decode, Error, Request, Timer, Transport};
use crate::call::{Call, PageRequest};
use crate::model::List;
use futures_util::stream::{self, Stream};
use std::borrow::Cow;

/// A page of a list.
pub trait Page {
    /// Returns the cursor of the next page; `None` on the last page.
    fn next(&self) -> Option<String>;

    /// Returns true if the page has no items.
    fn is_empty(&self) -> bool;

    /// Returns true if the body is a list. Another body must not look like an empty list.
    fn is_list(&self) -> bool {
        true
    }
}

impl<T> Page for List<T> {
    fn next(&self) -> Option<String> {
        self.next_page()
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn is_list(&self) -> bool {
        self.key.is_some()
    }
}

/// The maximum number of empty pages in a row.
const EMPTY_PAGES: u32 = 20;

/// Returns the pages of a list, from `start` on. Each page is requested when the stream is polled
/// for it.
///
/// `call` makes the call for a page. The stream ends after the first page without a cursor. It ends
/// with [`Error::Endless`] if a cursor repeats, or after 20 empty pages in a row. It also ends
/// after any error; the caller can start again from the last cursor.
pub fn pages<T, C, P, F>(
    client: Client<T, C>,
    start: PageRequest<'static>,
    call: F,
) -> impl Stream<Item = Result<P, Error<T::Response>>>
where
    T: Transport,
    C: Timer,
    T::Response: Decode<P>,
    P: Page,
    F: Fn(&PageRequest<'_>) -> Call<P>,
{
    let seen: Vec<String> = start.after.iter().map(|cursor| cursor.clone().into_owned()).collect();
    let walk = Walk { client, call, next: Some(start), seen, empty: 0 };
    stream::try_unfold(walk, async move |mut walk| {
        let Some(request) = walk.next.take() else { return Ok(None) };
        let response = walk.client.exchange(Request::of(&(walk.call)(&request))?).await?;
        let page = match response.decode() {
            Ok(page) if P::is_list(&page) => page,
            Ok(_) => {
                let reason = "not a list whose items can be read".to_owned();
                return Err(Error::Unreadable { reason, response });
            }
            Err(reason) => return Err(Error::Unreadable { reason, response }),
        };
        walk.advance(&page, request.per_page)?;
        Ok(Some((page, walk)))
    })
}

/// The state of the stream.
struct Walk<T, C, F> {
    client: Client<T, C>,
    call: F,
    /// Next page; `None` after the last.
    next: Option<PageRequest<'static>>,
    /// Cursors seen so far, sorted.
    seen: Vec<String>,
    /// Number of empty pages in a row.
    empty: u32,
}

impl<T, C, F> Walk<T, C, F> {
    fn advance<R>(&mut self, page: &impl Page, per_page: Option<u32>) -> Result<(), Error<R>> {
        let Some(cursor) = page.next() else { return Ok(()) };
        self.empty = if page.is_empty() { self.empty + 1 } else { 0 };
        match self.seen.binary_search(&cursor) {
            Err(place) if self.empty <= EMPTY_PAGES => self.seen.insert(place, cursor.clone()),
            _ => return Err(Error::Endless),
        }
        self.next = Some(PageRequest { per_page, after: Some(Cow::Owned(cursor)) });
        Ok(())
    }
}
