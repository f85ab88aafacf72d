//! Lists by cursor, and searches: the items that match, in one order, after the cursor.

use crate::call::Call;
use crate::http::request::within;
use crate::http::response::ApiError;
use crate::list::cursor::{Cursor, CursorScope};
use crate::list::numbered::MAX_PER_PAGE;
use crate::list::pages::{Page, Pages};
use crate::search::condition::Condition;
use crate::search::sort::Sort;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A list or a search that a caller requests.
pub(crate) struct ListQuery {
    condition: Condition,
    sort: Sort,
    per_page: u64,
    cursor: Option<String>,
}

impl ListQuery {
    /// Reads the query parameters of a `GET`. `per_page` is the default page size.
    pub fn from_query(call: &Call, condition: Condition, per_page: u64) -> Result<Self, ApiError> {
        Ok(Self {
            sort: Sort::default_for(condition.resource),
            condition,
            per_page: call.request.number("per_page", per_page, 1..=MAX_PER_PAGE)?,
            cursor: call.request.query("starting_after").map(|cursor| cursor.into_owned()),
        })
    }

    /// Reads the body of a search. `per_page` is the default page size.
    pub fn from_search(
        call: &Call,
        mut condition: Condition,
        per_page: u64,
    ) -> Result<Self, ApiError> {
        let body = call.request.object()?;
        let query = body
            .get("query")
            .filter(|query| query.is_object())
            .ok_or_else(|| ApiError::invalid("query", "A search needs a query"))?;
        condition.and_query(query)?;
        let sort = Sort::read(condition.resource, body.get("sort"))?;
        let pagination = |name: &str| {
            body.pointer(&format!("/pagination/{name}")).filter(|value| !value.is_null())
        };
        let per_page = match pagination("per_page") {
            Some(per_page) => within("per_page", per_page.as_u64(), 1..=MAX_PER_PAGE)?,
            None => per_page,
        };
        // A value that is not a string becomes an invalid cursor.
        let cursor = pagination("starting_after")
            .map(|cursor| cursor.as_str().unwrap_or_default().to_owned());
        Ok(Self { condition, sort, per_page, cursor })
    }

    /// Returns the page that was requested.
    pub fn page<T: DeserializeOwned>(self, call: &Call) -> Result<Page<T>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            key: Value,
            id: String,
            body: String,
        }
        let Self { mut condition, sort, per_page, cursor } = self;
        let table = condition.resource.table();
        let scope =
            CursorScope { order: format!("{table} {}", sort.name), generation: call.generation };
        let cursor = cursor.map(|cursor| Cursor::decode(&cursor, &scope)).transpose()?;
        let count = format!("SELECT count(*) AS n FROM {table} WHERE {}", condition.sql);
        let total_count = call.store.count(&count, &condition.values)?;

        let (key, after, direction) =
            if sort.descending { (&sort.key, '<', "DESC") } else { (&sort.key, '>', "ASC") };
        let mut number = 1;
        if let Some(Cursor { key: value, id, page, .. }) = cursor {
            let position =
                format!("({key}, id) {after} ({}, {})", condition.bind(value), condition.bind(id));
            condition.and(&position);
            number = page;
        }
        // One more row than requested shows that there is a next page.
        let select = format!(
            "SELECT {key} AS key, id, body FROM {table} WHERE {} \
             ORDER BY {key} {direction}, id {direction} LIMIT {}",
            condition.sql,
            per_page + 1
        );
        let mut rows: Vec<Row> = call.store.rows(&select, &condition.values)?;
        let has_more = rows.len() as u64 > per_page;
        rows.truncate(per_page as usize);
        let items: Result<Vec<T>, _> =
            rows.iter().map(|row| serde_json::from_str(&row.body)).collect();
        let last = rows.into_iter().last().filter(|_| has_more).map(|row| (row.key, row.id));
        let pages = Pages::new(number, per_page, total_count).with_next(last, &scope)?;
        Ok(Page { items: items?, total_count, pages })
    }
}
