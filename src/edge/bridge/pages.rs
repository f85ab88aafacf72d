//! Numbered pages of lists that API 2.x gives by cursor. A page that is asked for by its number is
//! counted to from the nearest page before it whose cursor was kept.

use crate::edge::bridge::Bridge;
use crate::edge::bridge::cursors::{self, Position};
use crate::edge::intercom::upstream::RESERVE;
use crate::edge::request::values::{cursor, last, whole};
use crate::edge::response::Rejection;
use crate::edge::sha256;
use crate::model::{Field, List, Pages};
use crate::v1;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

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
    /// Reads the parameters; `usual` is how many items a page has where the caller does not say.
    pub fn read(parameters: &[(String, String)], usual: i64) -> Result<Self, Rejection> {
        let number = |name, usual, most| {
            let value = last(parameters, name).map(|value| whole(name, value, 1, most));
            Ok::<_, Rejection>(value.transpose()?.unwrap_or(usual))
        };
        let starting_after = last(parameters, "starting_after");
        let starting_after = starting_after.map(|value| cursor("starting_after", value));
        let page = Self {
            number: number("page", 1, 1_000_000)?,
            per_page: number("per_page", usual, 60)?,
            starting_after: starting_after.transpose()?.map(str::to_owned),
        };
        if page.starting_after.is_some() && last(parameters, "page").is_none() {
            return Err(Rejection::parameter(
                "starting_after",
                "Lists of API 1.x go on by page or by the address in pages.next; for API 2.x send \
                 Intercom-Version: 2.14",
            ));
        }
        Ok(page)
    }

    /// How many items come before the page.
    pub const fn offset(&self) -> i64 {
        (self.number - 1) * self.per_page
    }

    /// The name under which a list's cursors are kept. It is a hash, because the search that `list`
    /// tells may hold a person's e-mail address.
    fn list_name(&self, list: &str) -> String {
        sha256::hex(&[self.per_page.to_string().as_bytes(), b" ", list.as_bytes()])
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
        let next = next_cursor(list).map(|cursor| self.next_url(origin, path, parameters, cursor));
        v1::pages(self.number, self.per_page, list.total_count.get().copied(), next)
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
        ask: impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Rejection>,
    ) -> Result<List<T>, Rejection> {
        if let Some(cursor) = &page.starting_after {
            // Nothing is kept of it: which page it belongs to is the caller's word only.
            return ask(page.per_page, Some(cursor)).await;
        }
        let name = page.list_name(list);
        match self.counted(page, &name, &ask).await {
            Err(rejection) if rejection.status() == 400 && page.number > 1 => {
                // Intercom no longer takes a cursor that was kept: count from the start.
                cursors::remove(self.env, &name).await?;
                self.counted(page, &name, &ask).await
            }
            result => result,
        }
    }

    async fn counted<T>(
        &self,
        page: &CursorPage,
        name: &str,
        ask: &impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Rejection>,
    ) -> Result<List<T>, Rejection> {
        let cursor = match self.walk(name, page.offset(), ask).await? {
            Walk::At(cursor) => cursor,
            Walk::Past(mut last) => {
                last.items.clear();
                last.pages = Field::Null;
                return Ok(*last);
            }
        };
        let items = ask(page.per_page, cursor.as_deref()).await?;
        if let Some(cursor) = next_cursor(&items) {
            let offset = page.offset() + page.per_page;
            let position = Position { offset, cursor: cursor.to_owned() };
            cursors::store(self.env, name, vec![position], PAGES_KEPT).await?;
        }
        Ok(items)
    }

    /// Goes from the nearest known position to the offset, 150 items a request. What was walked
    /// is kept even where time runs out, so that the same call, made again, goes on from there.
    async fn walk<T>(
        &self,
        name: &str,
        offset: i64,
        ask: &impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Rejection>,
    ) -> Result<Walk<T>, Rejection> {
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
                break Err(Rejection::new(
                    504,
                    "gateway_timeout",
                    "The page is far from those asked for before, and counting to it took too \
                     long: ask again, and the count goes on from where it got",
                ));
            }
            let step = MOST.min(offset - at);
            let page = match ask(step, cursor.as_deref()).await {
                Ok(page) => page,
                Err(rejection) => break Err(rejection),
            };
            // The first answer's count tells already that nothing is that far on.
            let past = page.total_count.get().is_some_and(|total| *total <= offset);
            let Some(next) = next_cursor(&page).filter(|_| !past) else {
                break Ok(Walk::Past(Box::new(page)));
            };
            at += step;
            cursor = Some(next.to_owned());
            walked.push(Position { offset: at, cursor: next.to_owned() });
            self.intercom.leave_room().await;
        };
        if !walked.is_empty() {
            cursors::store(self.env, name, walked, PAGES_KEPT).await?;
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

/// Intercom's cursor of the next page. Where there is none it may give an empty one.
fn next_cursor<T>(list: &List<T>) -> Option<&str> {
    list.starting_after().filter(|cursor| !cursor.is_empty())
}
