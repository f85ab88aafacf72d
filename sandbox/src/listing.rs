//! Lists by cursor, and searches: what matches, in an order, behind the item where the last page
//! ended.

use super::answer::{Answer, Refusal};
use super::arrival::within;
use super::cursor::{Cursor, Scope};
use super::operation::Call;
use super::page::{List, Pages};
use super::search::{Condition, Order};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most items that a page has.
pub(super) const MAX_PER_PAGE: u64 = 150;

/// What a list or a search asks for.
pub(super) struct Listing {
    condition: Condition,
    order: Order,
    per_page: u64,
    cursor: Option<String>,
}

/// A page of it.
pub(super) struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// How many items all pages have.
    pub total_count: u64,
    /// Where the page stands.
    pub pages: Pages,
}

impl Listing {
    /// Reads the query of a `GET`.
    pub fn of_query(call: &Call, condition: Condition, per_page: u64) -> Result<Self, Refusal> {
        Ok(Self {
            order: Order::usual(condition.resource),
            condition,
            per_page: call.arrival.number("per_page", per_page, 1..=MAX_PER_PAGE)?,
            cursor: call.arrival.query("starting_after").map(|cursor| cursor.into_owned()),
        })
    }

    /// Reads the body of a search.
    pub fn of_search(
        call: &Call,
        mut condition: Condition,
        per_page: u64,
    ) -> Result<Self, Refusal> {
        let body = call.arrival.object()?;
        let query = body
            .get("query")
            .filter(|query| query.is_object())
            .ok_or_else(|| Refusal::invalid("query", "A search needs a query"))?;
        condition.and_query(query)?;
        let order = Order::read(condition.resource, body.get("sort"))?;
        let pagination = |name: &str| {
            body.pointer(&format!("/pagination/{name}")).filter(|value| !value.is_null())
        };
        let per_page = match pagination("per_page") {
            Some(per_page) => within("per_page", per_page.as_u64(), 1..=MAX_PER_PAGE)?,
            None => per_page,
        };
        // Whatever isn't a text is no cursor either.
        let cursor = pagination("starting_after")
            .map(|cursor| cursor.as_str().unwrap_or_default().to_owned());
        Ok(Self { condition, order, per_page, cursor })
    }

    /// Looks it up.
    pub fn page<T: DeserializeOwned>(self, call: &Call) -> Result<Page<T>, Refusal> {
        #[derive(Deserialize)]
        struct Found {
            key: Value,
            id: String,
            body: String,
        }
        let Self { mut condition, order, per_page, cursor } = self;
        let table = condition.resource.table();
        let scope = Scope {
            order: format!("{table} {}", order.name),
            generation: call.settings.generation,
        };
        let cursor = cursor.map(|cursor| Cursor::decode(&cursor, &scope)).transpose()?;
        let count = format!("SELECT count(*) AS n FROM {table} WHERE {}", condition.sql);
        let total_count = call.store.count(&count, &condition.values)?;

        let (key, behind, direction) =
            if order.descending { (&order.key, '<', "DESC") } else { (&order.key, '>', "ASC") };
        let mut number = 1;
        if let Some(Cursor { key: value, id, page, .. }) = cursor {
            let place =
                format!("({key}, id) {behind} ({}, {})", condition.bind(value), condition.bind(id));
            condition.and(&place);
            number = page;
        }
        // One more than asked for tells whether there is a next page.
        let select = format!(
            "SELECT {key} AS key, id, body FROM {table} WHERE {} \
             ORDER BY {key} {direction}, id {direction} LIMIT {}",
            condition.sql,
            per_page + 1
        );
        let mut found: Vec<Found> = call.store.rows(&select, &condition.values)?;
        let more = found.len() as u64 > per_page;
        found.truncate(per_page as usize);
        let items: Result<Vec<T>, _> =
            found.iter().map(|row| serde_json::from_str(&row.body)).collect();
        let last = found.into_iter().last().filter(|_| more).map(|row| (row.key, row.id));
        let pages = Pages::new(number, per_page, total_count).going_on(last, &scope)?;
        Ok(Page { items: items?, total_count, pages })
    }
}

/// Answers the page of a list that the query's `page` and `per_page` ask for.
pub(super) fn numbered<T: Serialize>(
    call: &Call,
    all: Vec<T>,
    per_page: u64,
) -> Result<Answer, Refusal> {
    let page = cut(call, all, per_page)?;
    Answer::ok(&List::page(page.items, page.total_count, page.pages))
}

/// Cuts the page that the query's `page` and `per_page` ask for out of a list.
pub(super) fn cut<T>(call: &Call, all: Vec<T>, per_page: u64) -> Result<Page<T>, Refusal> {
    let number = call.arrival.number("page", 1, 1..=u32::MAX.into())?;
    let per_page = call.arrival.number("per_page", per_page, 1..=MAX_PER_PAGE)?;
    let total_count = all.len() as u64;
    let skipped = usize::try_from((number - 1) * per_page).unwrap_or(usize::MAX);
    let items = all.into_iter().skip(skipped).take(per_page as usize).collect();
    Ok(Page { items, total_count, pages: Pages::new(number, per_page, total_count) })
}
