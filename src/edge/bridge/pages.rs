//! Numbered pages of lists that API 2.x gives by cursor. A page that is asked for by its number is
//! counted to from the nearest page before it whose cursor was kept.

use super::super::answer::Refusal;
use super::super::cursors::{self, Position};
use super::super::upstream::RESERVE;
use super::Bridge;
use super::query::{cursor, whole};
use crate::model::{Field, List, Pages};
use crate::v1;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The most items that API 2.x gives at once.
const MOST: i64 = 150;

/// How long the cursors of numbered pages are kept, in seconds.
const PAGES_KEPT: i64 = 600;

/// Which page a query asks for.
#[derive(Debug, PartialEq)]
pub struct CursorPage {
    /// Its number, from 1.
    pub number: i64,
    /// Items a page.
    pub per_page: i64,
    /// The cursor that this Worker puts into `pages.next`.
    pub starting_after: Option<String>,
}

impl CursorPage {
    /// The first page.
    pub const fn first(per_page: i64) -> Self {
        Self { number: 1, per_page, starting_after: None }
    }

    /// Reads a parameter. Returns false if it does not say which page.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "page" => self.number = whole(name, value, 1, 1_000_000)?,
            "per_page" => self.per_page = whole(name, value, 1, 60)?,
            "starting_after" => self.starting_after = Some(cursor(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How many items come before the page.
    pub const fn offset(&self) -> i64 {
        (self.number - 1) * self.per_page
    }

    /// The name under which a list's cursors are kept. It is a hash, because the search that `list`
    /// tells may hold a person's e-mail address.
    fn list_name(&self, list: &str) -> String {
        let hash = Sha256::digest(format!("{} {list}", self.per_page));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The next page's address on this Worker. It carries the cursor, so that whoever follows it
    /// goes on exactly where this page ends, and repeats the parameters that chose the list.
    pub fn next_url(
        &self,
        origin: &str,
        path: &str,
        parameters: &[(String, String)],
        starting_after: &str,
    ) -> String {
        let mut url =
            format!("{origin}/{path}?per_page={}&page={}", self.per_page, self.number + 1);
        let cursor = ("starting_after".to_owned(), starting_after.to_owned());
        for (name, value) in parameters.iter().chain([&cursor]) {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            url.push_str(&format!("&{name}={value}"));
        }
        url
    }

    /// Where the page stands, in the envelope of API 1.x.
    pub fn pages<T>(
        &self,
        origin: &str,
        path: &str,
        parameters: &[(String, String)],
        list: &List<T>,
    ) -> Pages {
        let next =
            list.starting_after().map(|cursor| self.next_url(origin, path, parameters, cursor));
        let total = list.total_count.get().copied().unwrap_or_default();
        v1::pages(self.number, self.per_page, total, next)
    }
}

impl Bridge<'_> {
    /// The items of a page. A cursor that the caller brings is followed; without one the page is
    /// counted from the start, by the cursors kept from earlier pages.
    ///
    /// `list` says which list it is, and `ask` asks Intercom for so many items after a cursor.
    pub(super) async fn page<T>(
        &self,
        page: &CursorPage,
        list: &str,
        ask: impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Refusal>,
    ) -> Result<List<T>, Refusal> {
        if let Some(cursor) = &page.starting_after {
            // Nothing is kept of it: which page it belongs to is the caller's word only.
            return ask(page.per_page, Some(cursor)).await;
        }
        let name = page.list_name(list);
        match self.counted(page, &name, &ask).await {
            Err(refusal) if refusal.status() == 400 && page.number > 1 => {
                // Intercom no longer takes a cursor that was kept: count from the start.
                cursors::forget(self.env, &name).await?;
                self.counted(page, &name, &ask).await
            }
            result => result,
        }
    }

    async fn counted<T>(
        &self,
        page: &CursorPage,
        name: &str,
        ask: &impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Refusal>,
    ) -> Result<List<T>, Refusal> {
        let cursor = match self.walk(name, page.offset(), ask).await? {
            Walk::At(cursor) => cursor,
            Walk::Past(mut last) => {
                last.items.clear();
                last.pages = Field::Null;
                return Ok(*last);
            }
        };
        let items = ask(page.per_page, cursor.as_deref()).await?;
        if let Some(cursor) = items.starting_after() {
            let offset = page.offset() + page.per_page;
            let position = Position { offset, cursor: cursor.to_owned() };
            cursors::keep(self.env, name, vec![position], PAGES_KEPT).await?;
        }
        Ok(items)
    }

    /// Goes from the nearest known position to the offset, 150 items a request. What was walked
    /// is kept even where time runs out, so that the same call, made again, goes on from there.
    async fn walk<T>(
        &self,
        name: &str,
        offset: i64,
        ask: &impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Refusal>,
    ) -> Result<Walk<T>, Refusal> {
        if offset == 0 {
            return Ok(Walk::At(None));
        }
        let known = cursors::nearest(self.env, name, offset).await?;
        let (mut at, mut cursor) =
            known.map_or((0, None), |known| (known.offset, Some(known.cursor)));
        let mut walked = Vec::new();
        let arrived = loop {
            if at == offset {
                break Ok(Walk::At(cursor));
            }
            if self.intercom.time_left() < RESERVE {
                break Err(Refusal::new(
                    504,
                    "gateway_timeout",
                    "The page is far from those asked for before, and counting to it took too \
                     long: ask again, and the count goes on from where it got",
                ));
            }
            let step = MOST.min(offset - at);
            let page = match ask(step, cursor.as_deref()).await {
                Ok(page) => page,
                Err(refusal) => break Err(refusal),
            };
            // The first answer's count tells already that nothing is that far on.
            let past = page.total_count.get().is_some_and(|total| *total <= offset);
            let Some(next) = page.starting_after().filter(|_| !past) else {
                break Ok(Walk::Past(Box::new(page)));
            };
            at += step;
            cursor = Some(next.to_owned());
            walked.push(Position { offset: at, cursor: next.to_owned() });
            self.intercom.leave_room().await;
        };
        if !walked.is_empty() {
            cursors::keep(self.env, name, walked, PAGES_KEPT).await?;
        }
        arrived
    }
}

/// Where a walk ended.
enum Walk<T> {
    /// At the offset; without a cursor that is the start.
    At(Option<String>),
    /// Past the list's end, with the last page, which has the counts.
    Past(Box<List<T>>),
}
