//! The numbered pages of API 1.x: of lists that API 2.x numbers, and of lists that it gives by cursor. A page
//! of the latter is counted to from the nearest earlier page whose cursor is stored.

use crate::call::PageRequest;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::cursors::{self, Position};
use crate::edge::intercom::upstream::RESERVE;
use crate::edge::request::log;
use crate::edge::request::values::{cursor, last, whole_number};
use crate::edge::response::Rejection;
use crate::edge::sha256;
use crate::model::{Field, List, Pages};
use crate::v1;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The most items that API 2.x gives at once.
const MOST: i64 = 150;

/// The lifetime of the cursors of numbered pages, in seconds.
const CURSOR_LIFETIME: i64 = 600;

/// The parameters `page` and `per_page`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedPage {
    /// The page's number, from 1.
    pub number: u32,
    /// Items per page.
    pub per_page: u32,
}

impl NumberedPage {
    /// Reads the parameters. `usual` is the default of `per_page`.
    pub fn read(parameters: &[(String, String)], usual: u32) -> Result<Self, Rejection> {
        let number = |name, default: u32, most| {
            let value = last(parameters, name).map(|value| whole_number(name, value, 1, most));
            let value = value.transpose()?.and_then(|value| u32::try_from(value).ok());
            Ok::<_, Rejection>(value.unwrap_or(default))
        };
        Ok(Self { number: number("page", 1, 1_000_000)?, per_page: number("per_page", usual, 60)? })
    }

    /// Asks for the same page of API 2.x, of a list that API 2.x numbers.
    pub fn request(&self) -> PageRequest<'static> {
        PageRequest::number(self.number, Some(self.per_page))
    }

    /// Counts the items before the page.
    pub fn offset(&self) -> i64 {
        (i64::from(self.number) - 1) * i64::from(self.per_page)
    }

    /// Gives the next page's address at a path of this Worker. It repeats the parameters that chose the list,
    /// because clients add theirs to it.
    fn next_url<'a>(
        &self,
        origin: &str,
        path: &str,
        repeated: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let Self { number, per_page } = self;
        let mut url = format!("{origin}/{path}?per_page={per_page}&page={}", number + 1);
        for (name, value) in repeated {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            url.push_str(&format!("&{name}={value}"));
        }
        url
    }

    /// Makes the `pages` of API 1.x, of a list that API 2.x numbers. `path` and `repeated` make the next
    /// page's address.
    pub fn pages<T>(
        &self,
        origin: &str,
        path: &str,
        repeated: &[(&str, &str)],
        list: &List<T>,
    ) -> Pages {
        let (number, per_page) = (i64::from(self.number), i64::from(self.per_page));
        let by_pages =
            |pages: &Pages| pages.total_pages.get().map(|all| all.saturating_mul(per_page));
        let total = list.total_count.get().copied().or_else(|| list.pages.get().and_then(by_pages));
        let more = match (total, list.pages.get().map(|pages| &pages.next)) {
            (Some(total), _) => number.saturating_mul(per_page) < total,
            (None, Some(Field::Null)) => false,
            (None, Some(Field::Known(_))) => true,
            // The list's length is unknown: an empty page is better than a lost one.
            (None, _) => i64::try_from(list.items.len()).is_ok_and(|items| items >= per_page),
        };
        let next = more.then(|| self.next_url(origin, path, repeated.iter().copied()));
        v1::pages(number, per_page, total, next)
    }
}

/// A page of a list that API 2.x gives by cursor.
#[derive(Debug, PartialEq, Eq)]
pub struct CursorPage {
    /// The page's number and size.
    pub page: NumberedPage,
    /// The cursor that this Worker put into `pages.next`.
    pub starting_after: Option<String>,
}

impl CursorPage {
    /// Reads the parameters. `usual` is the default of `per_page`.
    pub fn read(parameters: &[(String, String)], usual: u32) -> Result<Self, Rejection> {
        let starting_after = last(parameters, "starting_after");
        let starting_after = starting_after.map(|value| cursor("starting_after", value));
        let page = NumberedPage::read(parameters, usual)?;
        let starting_after = starting_after.transpose()?.map(str::to_owned);
        if starting_after.is_some() && last(parameters, "page").is_none() {
            return Err(Rejection::parameter(
                "starting_after",
                "Lists of API 1.x continue with page, or at the address in pages.next; for API 2.x send \
                 Intercom-Version: 2.14",
            ));
        }
        Ok(Self { page, starting_after })
    }

    /// Gives the name under which a list's cursors are stored. It is a hash, because the search in `list`
    /// may contain a person's e-mail address.
    fn list_name(&self, list: &str) -> String {
        sha256::hex(&[self.page.per_page.to_string().as_bytes(), b" ", list.as_bytes()])
    }

    /// Gives the next page's address. It has the cursor, so that the next page begins exactly where this one
    /// ends.
    pub fn next_url(
        &self,
        origin: &str,
        path: &str,
        repeated: &[(String, String)],
        cursor: &str,
    ) -> String {
        let repeated = repeated.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.page.next_url(origin, path, repeated.chain([("starting_after", cursor)]))
    }

    /// Makes the `pages` of API 1.x.
    pub fn pages<T>(
        &self,
        origin: &str,
        path: &str,
        repeated: &[(String, String)],
        list: &List<T>,
    ) -> Pages {
        let next = next_cursor(list).map(|cursor| self.next_url(origin, path, repeated, cursor));
        let (number, per_page) = (i64::from(self.page.number), i64::from(self.page.per_page));
        v1::pages(number, per_page, list.total_count.get().copied(), next)
    }
}

impl Bridge<'_> {
    /// Gets the items of a page. A cursor from the caller is followed. Without one the page is counted to
    /// from the start, with the cursors stored for earlier pages.
    ///
    /// `list` identifies the list. `ask` asks Intercom for a number of items after a cursor.
    pub(super) async fn page<T>(
        &self,
        page: &CursorPage,
        list: &str,
        ask: impl AsyncFn(i64, Option<&str>) -> Result<List<T>, Rejection>,
    ) -> Result<List<T>, Rejection> {
        if let Some(cursor) = &page.starting_after {
            // The cursor isn't stored: the caller may have combined it with any page number.
            return ask(page.page.per_page.into(), Some(cursor)).await;
        }
        let name = page.list_name(list);
        match self.counted(&page.page, &name, &ask).await {
            Err(rejection) if rejection.status() == 400 && page.page.number > 1 => {
                // Intercom rejected a stored cursor: count from the start.
                cursors::remove(self.env, &name).await?;
                self.counted(&page.page, &name, &ask).await
            }
            result => result,
        }
    }

    async fn counted<T>(
        &self,
        page: &NumberedPage,
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
        let items = ask(page.per_page.into(), cursor.as_deref()).await?;
        if let Some(cursor) = next_cursor(&items) {
            let offset = page.offset() + i64::from(page.per_page);
            self.store_positions(name, vec![Position { offset, cursor: cursor.to_owned() }]).await;
        }
        Ok(items)
    }

    /// Goes from the nearest stored position to the offset, 150 items per request. The positions on the way
    /// are stored even if time runs out, so that the same call, sent again, continues from there.
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
        let end = loop {
            if at == offset {
                break Ok(Walk::At(cursor));
            }
            if self.intercom.time_left() < RESERVE {
                break Err(Rejection::new(
                    504,
                    "gateway_timeout",
                    "The Worker counts to this page from the last page it knows, and time ran out: send the \
                     request again, and the count continues",
                ));
            }
            let step = MOST.min(offset - at);
            let page = match ask(step, cursor.as_deref()).await {
                Ok(page) => page,
                Err(rejection) => break Err(rejection),
            };
            // The first answer's total may already show that the list ends before the offset.
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
            self.store_positions(name, walked).await;
        }
        end
    }

    /// Stores positions. If that fails, the page in hand is answered all the same, and the log says why.
    async fn store_positions(&self, name: &str, positions: Vec<Position>) {
        if let Err(rejection) = cursors::store(self.env, name, positions, CURSOR_LIFETIME).await {
            log::rejection(&rejection);
        }
    }
}

/// The end of a walk.
enum Walk<T> {
    /// At the offset, with its cursor; no cursor is the start.
    At(Option<String>),
    /// After the list's end, with the last page, which has the counts.
    Past(Box<List<T>>),
}

/// Gives Intercom's cursor of the next page. An empty cursor means that there is none.
fn next_cursor<T>(list: &List<T>) -> Option<&str> {
    list.starting_after().filter(|cursor| !cursor.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{CursorPage, NumberedPage, last};
    use crate::edge::request::target::Target;
    use crate::model::{Field, List, Pages};

    fn page(parameters: &[(&str, &str)]) -> CursorPage {
        let owned: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        CursorPage::read(&owned, 50).unwrap()
    }

    #[test]
    fn the_next_page_repeats_the_question() {
        let repeated = [("email".to_owned(), "a+b@c.d".to_owned())];
        let page = page(&[("page", "3"), ("per_page", "20")]);
        assert_eq!(
            page.next_url("http://w", "users", &repeated, "a+/="),
            "http://w/users?per_page=20&page=4&email=a%2Bb%40c%2Ed&starting_after=a%2B%2F%3D"
        );
    }

    #[test]
    fn a_numbered_page_tells_the_next_and_keeps_the_filter() {
        let page = NumberedPage { number: 2, per_page: 50 };
        let list = |total: Option<i64>, pages: i64| List::<()> {
            total_count: total.map_or(Field::Absent, Field::from),
            pages: Pages { total_pages: pages.into(), ..Pages::default() }.into(),
            ..List::default()
        };
        let next = |total, pages| {
            let repeated = [("name", "a&b"), ("type", "user")];
            let pages = page.pages("http://w", "companies", &repeated, &list(total, pages));
            serde_json::to_value(pages).unwrap()["next"].clone()
        };
        let third = "http://w/companies?per_page=50&page=3&name=a%26b&type=user";
        assert_eq!(next(Some(101), 3), third);
        assert_eq!(next(None, 3), third, "counted by pages without a total");
        assert_eq!(next(Some(100), 2), serde_json::Value::Null);
    }

    #[test]
    fn a_list_of_unknown_length_goes_on_while_its_pages_are_full() {
        let page = NumberedPage { number: 1, per_page: 2 };
        let pages = |items: usize, pages: Field<Pages>| {
            let list = List { items: vec![(); items], pages, ..List::default() };
            let pages = serde_json::to_value(page.pages("http://w", "notes", &[], &list)).unwrap();
            assert_eq!(pages["total_pages"], serde_json::Value::Null);
            pages["next"].is_string()
        };
        let last = || Pages { next: Field::Null, ..Pages::default() }.into();
        assert!(pages(2, Field::Absent) && pages(2, Field::Null));
        assert!(!pages(1, Field::Absent) && !pages(2, last()));
    }

    #[test]
    fn a_cursor_is_any_text_and_comes_back_as_it_was() {
        for text in ["WzE,2", "a\nb==\n", "x.y:z", "a&b=c", "ü", "a b", "%00", &"x".repeat(9_000)]
        {
            let page = page(&[("page", "1"), ("starting_after", text)]);
            assert_eq!(page.starting_after.as_deref(), Some(text));
            let url = page.next_url("http://w", "users", &[], text);
            let parameters = Target::of(&url).parameters().unwrap();
            assert_eq!(last(&parameters, "starting_after"), Some(text));
        }
    }
}
