//! Users and leads: one by id, numbered pages, and scrolling.

use crate::call::contact;
use crate::client::Timer;
use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::bridge::cursors::{self, Position};
use crate::edge::bridge::query::ListQuery;
use crate::edge::config::version::V1Version;
use crate::edge::intercom::person::{MOST_NAMESAKES, only_one};
use crate::edge::request::values;
use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime;
use crate::edge::runtime::clock::Clock;
use crate::edge::translation::person::{is_archived, not_found};
use crate::model::{Contact, Field, List};
use crate::v1::{PersonKind, User};

/// The lifetime of a scroll after its last call, in seconds: the same as Intercom's.
const SCROLL_KEPT: i64 = 60;

/// People per page of a scroll.
const SCROLL_PAGE: i64 = 100;

impl Bridge<'_> {
    /// Gets a person by Intercom's id.
    pub(super) async fn get(&self, kind: PersonKind, id: &str) -> Result<Answer, Rejection> {
        self.person(kind, self.intercom.ask(&contact::get(id)).await?)
    }

    /// Answers a person. An archived one is not found, because API 1.x had no archived people.
    fn person(&self, kind: PersonKind, contact: Contact) -> Result<Answer, Rejection> {
        if kind.matches(&contact) && !is_archived(&contact) {
            self.json(&User::from(contact))
        } else {
            Err(not_found(kind))
        }
    }

    /// Gets a numbered page, or the one person that the query names.
    pub(super) async fn list(
        &self,
        kind: PersonKind,
        version: V1Version,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let query = ListQuery::read(kind, parameters)?;
        if let Some((name, value)) = &query.company {
            self.caller.allow(Scope::CompaniesRead)?;
            let company = self.find_company(name, value).await?;
            return self
                .company_people(kind, &company, &query.page.page, kind.plural(), &[(name, value)])
                .await;
        }
        if let Some(user_id) = &query.user_id {
            return self
                .person(kind, self.intercom.ask(&contact::find_by_external_id(user_id)).await?);
        }
        let search = query.search(kind, Clock.now());
        if query.by_email && !version.lists_by_email() {
            let found = self.intercom.search_people(&search.page(MOST_NAMESAKES, None)).await?;
            let contact = only_one(found.items, "email")?.ok_or_else(|| not_found(kind))?;
            return self.person(kind, contact);
        }
        let name = serde_json::to_string(&search).unwrap_or_default();
        let ask = async |per_page, after: Option<&str>| {
            self.intercom.search_people(&search.page(per_page, after)).await
        };
        let page = self.page(&query.page, &name, ask).await?;
        let pages = query.page.pages(self.origin, kind.plural(), &query.repeated, &page);
        let total = page.total_count.get().copied();
        let mut list = kind.list(page.items);
        list.pages = pages.into();
        list.total_count = total.map_or(Field::Null, Field::from);
        list.extra.insert("limited".to_owned(), false.into());
        self.json(&list)
    }

    /// Gets the next people of a scroll, or the first of a new one. Every call sends the same `scroll_param`,
    /// so the Worker stores the position.
    pub(super) async fn scroll(
        &self,
        kind: PersonKind,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let given = values::last(parameters, "scroll_param");
        let (scroll, cursor) = match given {
            None => (runtime::random_uuid(), None),
            Some(value) => {
                let scroll = values::id("scroll_param", value)?.to_owned();
                let known = cursors::nearest(self.env, &scroll_name(kind, &scroll), 0).await?;
                let known = known.ok_or_else(|| {
                    Rejection::not_found(
                        "scroll parameter not found: it expires after a minute without a call",
                    )
                    .naming("scroll_param")
                })?;
                (scroll, Some(known.cursor))
            }
        };
        let people = match cursor.as_deref() {
            Some(ENDED) => List::default(),
            cursor => {
                let search = ListQuery::read(kind, &[])?.search(kind, Clock.now());
                self.intercom.search_people(&search.page(SCROLL_PAGE, cursor)).await?
            }
        };
        let cursor = people.starting_after().unwrap_or(ENDED).to_owned();
        let position = Position { offset: 0, cursor };
        cursors::store(self.env, &scroll_name(kind, &scroll), vec![position], SCROLL_KEPT).await?;
        let mut list = kind.list(people.items);
        list.extra.insert("scroll_param".to_owned(), scroll.into());
        self.json(&list)
    }
}

/// The stored cursor of a scroll that has ended. Intercom's cursors are never empty.
const ENDED: &str = "";

fn scroll_name(kind: PersonKind, scroll: &str) -> String {
    format!("scroll {} {scroll}", kind.plural())
}
