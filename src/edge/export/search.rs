//! The calls of an export: searches of ranges, and the scroll of companies.

use crate::call::export::Exported;
use crate::call::{Call, PageRequest, company, contact, conversation};
use crate::edge::export::protocol::PageQuery;
use crate::model::{FilterValue, Group, List, Object, Operator, Order, Search, Sort};
use std::borrow::Cow;

/// The most objects on a page of a search.
const PER_PAGE: u32 = 150;

/// The time by which a search for changes begins earlier, in seconds: a search compares by whole day, in the time zone
/// of the workspace, and a day may have 25 hours.
const DAY_BEFORE: i64 = 25 * 3600;

/// What all searches of an export have in common.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The objects.
    pub of: Exported,
    /// The role of the contacts.
    pub role: Option<&'a str>,
    /// Only objects that changed after this time, in seconds since 1970.
    pub since: Option<i64>,
}

impl Scope<'_> {
    /// Finds the object that was created first or last, and the number of all objects.
    pub fn end(&self, order: Order) -> Call<List<Object>> {
        let all = Group::filter("created_at", Operator::GreaterThan, number(0));
        self.search(vec![all], order, &PageRequest { per_page: Some(1), after: None })
    }

    fn search(
        &self,
        mut filters: Vec<Group>,
        order: Order,
        page: &PageRequest<'_>,
    ) -> Call<List<Object>> {
        filters.extend(self.role.map(|role| Group::equals("role", role)));
        filters.extend(self.since.map(|since| {
            let before = number(since.saturating_sub(DAY_BEFORE));
            Group::filter("updated_at", Operator::GreaterThan, before)
        }));
        // Changes during the export don't move what is sorted by the time of creation.
        let sort = Sort { field: "created_at".into(), order: order.into(), ..Sort::default() };
        let query = Group::all(filters).into();
        let search = Search { query, sort: sort.into(), ..Search::default() };
        match self.of {
            Exported::Conversations => conversation::search(&search, page).answering(),
            Exported::Contacts | Exported::Companies => contact::search(&search, page).answering(),
        }
    }
}

/// Returns the call that reads a page.
pub fn page(query: &PageQuery) -> Call<List<Object>> {
    let cursor = query.cursor.as_deref();
    match &query.range {
        None => company::scroll(cursor).answering(),
        Some(range) => {
            let page = PageRequest { per_page: Some(PER_PAGE), after: cursor.map(Cow::Borrowed) };
            let role = query.role.as_deref();
            let scope = Scope { of: query.of, role, since: query.selection.since };
            scope.search(range.filters(), Order::Ascending, &page)
        }
    }
}

fn number(number: i64) -> FilterValue {
    FilterValue::Number(number.into())
}
