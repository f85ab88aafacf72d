//! Users and leads: one by id, numbered pages, and scrolling.

use super::super::answer::{Answer, Refusal};
use super::super::clock::Clock;
use super::super::cursors::{self, Position};
use super::super::dialect::Version;
use super::super::runtime;
use super::super::upstream::RESERVE;
use super::Bridge;
use super::query::{self, ListQuery};
use crate::call::contact;
use crate::client::Timer;
use crate::model::{Contact, Field, List, Search};
use crate::v1::{self, Kind, User};

/// The most people that API 2.x gives at once.
const MOST: i64 = 150;

/// How long the cursors of numbered pages are kept, in seconds.
const PAGES_KEPT: i64 = 600;

/// How long a scroll waits for its next call, in seconds, as Intercom's own did.
const SCROLL_KEPT: i64 = 60;

/// People a page of a scroll.
const SCROLL_PAGE: i64 = 100;

impl Bridge<'_> {
    /// One person by Intercom's id.
    pub(super) async fn get(&self, kind: Kind, id: &str) -> Result<Answer, Refusal> {
        self.person(kind, self.intercom.ask(&contact::get(id)).await?)
    }

    fn person(&self, kind: Kind, contact: Contact) -> Result<Answer, Refusal> {
        if kind.holds(&contact) { self.json(&User::from(contact)) } else { Err(nobody(kind)) }
    }

    /// A numbered page, or the one person whom the query names.
    pub(super) async fn list(
        &self,
        kind: Kind,
        version: Version,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let query = ListQuery::read(parameters)?;
        if let Some(user_id) = &query.user_id {
            return self
                .person(kind, self.intercom.ask(&contact::find_by_external_id(user_id)).await?);
        }
        let search = query.search(kind, Clock.now());
        if query.by_email && !version.lists_by_email() {
            let found = self.intercom.search(&search.page(1, None)).await?;
            return match found.items.into_iter().next() {
                Some(contact) => self.person(kind, contact),
                None => Err(nobody(kind)),
            };
        }
        let page = self.page(&query, &search).await?;
        let next = page.starting_after().map(|cursor| query.next_url(self.origin, kind, cursor));
        let total = page.total_count.get().copied().unwrap_or_default();
        let mut list = kind.list(page.items);
        list.pages = v1::pages(query.page, query.per_page, total, next).into();
        list.total_count = total.into();
        list.extra.insert("limited".to_owned(), false.into());
        self.json(&list)
    }

    /// The page's people. A cursor that the caller brings is followed; without one the page is
    /// counted from the start, by the cursors kept from earlier pages.
    async fn page(&self, query: &ListQuery, search: &Search) -> Result<List<Contact>, Refusal> {
        if let Some(cursor) = &query.starting_after {
            // Nothing is kept of it: which page it belongs to is the caller's word only.
            return self.intercom.search(&search.page(query.per_page, Some(cursor))).await;
        }
        let name = query.list_name(search);
        match self.counted(query, search, &name).await {
            Err(refusal) if refusal.status() == 400 && query.page > 1 => {
                // Intercom no longer takes a cursor that was kept: count from the start.
                cursors::forget(self.env, &name).await?;
                self.counted(query, search, &name).await
            }
            result => result,
        }
    }

    async fn counted(
        &self,
        query: &ListQuery,
        search: &Search,
        name: &str,
    ) -> Result<List<Contact>, Refusal> {
        let cursor = match self.walk(search, name, query.offset()).await? {
            Walk::At(cursor) => cursor,
            Walk::Past(mut last) => {
                last.items.clear();
                last.pages = Field::Null;
                return Ok(*last);
            }
        };
        let page = self.intercom.search(&search.page(query.per_page, cursor.as_deref())).await?;
        if let Some(cursor) = page.starting_after() {
            let offset = query.offset() + query.per_page;
            let position = Position { offset, cursor: cursor.to_owned() };
            cursors::keep(self.env, name, vec![position], PAGES_KEPT).await?;
        }
        Ok(page)
    }

    /// Goes from the nearest known position to the offset, 150 people a request. What was walked
    /// is kept even where time runs out, so that the same call, made again, goes on from there.
    async fn walk(&self, search: &Search, name: &str, offset: i64) -> Result<Walk, Refusal> {
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
            let page = match self.intercom.search(&search.page(step, cursor.as_deref())).await {
                Ok(page) => page,
                Err(refusal) => break Err(refusal),
            };
            // The first answer's count tells already that nobody is that far on.
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

    /// The next people of a scroll, or the first of a new one. The same `scroll_param` goes on
    /// with every call, so where it stands is kept here.
    pub(super) async fn scroll(
        &self,
        kind: Kind,
        parameters: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let given = parameters.iter().rev().find(|(name, _)| name == "scroll_param");
        let (scroll, cursor) = match given {
            None => (runtime::random_uuid(), None),
            Some((name, value)) => {
                let scroll = query::id(name, value)?.to_owned();
                let known = cursors::nearest(self.env, &scroll_name(kind, &scroll), 0).await?;
                let known = known.ok_or_else(|| {
                    Refusal::not_found(
                        "scroll parameter not found: it expires after a minute without a call",
                    )
                    .naming(name)
                })?;
                (scroll, Some(known.cursor))
            }
        };
        let people = match cursor.as_deref() {
            Some(ENDED) => List::default(),
            cursor => {
                let search = ListQuery::read(&[])?.search(kind, Clock.now());
                self.intercom.search(&search.page(SCROLL_PAGE, cursor)).await?
            }
        };
        let cursor = people.starting_after().unwrap_or(ENDED).to_owned();
        let position = Position { offset: 0, cursor };
        cursors::keep(self.env, &scroll_name(kind, &scroll), vec![position], SCROLL_KEPT).await?;
        let mut list = kind.list(people.items);
        list.extra.insert("scroll_param".to_owned(), scroll.into());
        self.json(&list)
    }
}

/// Where a walk ended.
enum Walk {
    /// At the offset; without a cursor that is the start.
    At(Option<String>),
    /// Past the list's end, with the last page, which has the counts.
    Past(Box<List<Contact>>),
}

/// What is kept for a scroll that has given everybody; no cursor of Intercom's is empty.
const ENDED: &str = "";

fn scroll_name(kind: Kind, scroll: &str) -> String {
    format!("scroll {} {scroll}", kind.plural())
}

pub(super) fn nobody(kind: Kind) -> Refusal {
    Refusal::not_found(match kind {
        Kind::User => "User Not Found",
        Kind::Lead => "Contact Not Found",
    })
}
