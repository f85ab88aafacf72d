//! Walks the pages of a list.

use super::{Client, Decode, Error, Timer, Transport};
use crate::call::Call;
use crate::model::List;
use futures_util::stream::{self, Stream, TryStreamExt};
use std::collections::HashSet;
use std::future::ready;

/// A page of a list, as far as walking needs to know it.
pub trait Page {
    /// The cursor of the next page; `None` on the last.
    fn next(&self) -> Option<String>;
}

impl<T> Page for List<T> {
    fn next(&self) -> Option<String> {
        self.starting_after().map(str::to_owned)
    }
}

/// The pages of a list, each asked for when the one before has been taken.
///
/// `call` gives the call for the page after a cursor. The stream ends with the page that has no
/// cursor, whether or not a page holds anything, and ends with [`Error::Repeats`] rather than follow
/// a cursor twice. After an error it ends: begin anew from the last cursor.
pub fn pages<T, C, P, F>(
    client: &Client<T, C>,
    call: F,
) -> impl Stream<Item = Result<P, Error<T::Body>>>
where
    T: Transport,
    C: Timer,
    T::Body: Decode<P>,
    P: Page,
    F: Fn(Option<&str>) -> Call<P>,
{
    let start = (Some(None::<String>), HashSet::new(), call);
    stream::try_unfold(start, move |(cursor, mut seen, call)| async move {
        let Some(cursor) = cursor else { return Ok(None) };
        let page = client.send(&call(cursor.as_deref())).await?;
        let next = page.next();
        if next.as_ref().is_some_and(|next| !seen.insert(next.clone())) {
            return Err(Error::Repeats);
        }
        Ok(Some((page, (next.map(Some), seen, call))))
    })
}

/// The items of a list, page after page.
pub fn items<T, C, I, F>(
    client: &Client<T, C>,
    call: F,
) -> impl Stream<Item = Result<I, Error<T::Body>>>
where
    T: Transport,
    C: Timer,
    T::Body: Decode<List<I>>,
    F: Fn(Option<&str>) -> Call<List<I>>,
{
    pages(client, call)
        .and_then(|page: List<I>| {
            // Items that can't be read must not look like a page without any.
            let reason = "it is not a list whose items can be read";
            ready(match page.key {
                Some(_) => Ok(stream::iter(page.items.into_iter().map(Ok))),
                None => Err(Error::Unreadable { reason: reason.to_owned() }),
            })
        })
        .try_flatten()
}
