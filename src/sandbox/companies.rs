//! `/companies`: by offset, by scroll, and one.

use super::answer::{Answer, Refusal};
use super::arrival::within;
use super::operation::Call;
use super::page::{List, Pages};
use super::store::Store;
use super::workspace::{COMPANIES, Company};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// How many companies pages reach; the rest is for the scroll.
const REACH: u64 = 10_000;

/// How many companies a scroll gives at a time.
const SCROLL: u64 = 100;

/// How long a scroll waits for its next request, in milliseconds.
const SCROLL_IDLE_MS: u64 = 60_000;

/// `GET /companies`: a page, or the one company of a `company_id` or `name`.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let (id, name) = (call.arrival.query("company_id"), call.arrival.query("name"));
    if id.is_some() || name.is_some() {
        let wanted = |company: &Company| {
            id.as_deref().is_none_or(|id| company.company_id == id)
                && name.as_deref().is_none_or(|name| company.name == name)
        };
        let company = numbered(call.store, 0..COMPANIES)?.into_iter().find(wanted);
        return Answer::ok(&company.ok_or_else(unknown)?);
    }
    let page = call.arrival.number("page", 1, 1..=REACH)?;
    let per_page = call.arrival.number("per_page", 15, 1..=60)?;
    let newest_first = call.arrival.query("order").is_none_or(|order| order != "asc");
    paged(call.store, page, per_page, newest_first)
}

/// `POST /companies/list`: the same page, asked for in the body.
pub(super) fn list_all(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let number = |name: &str, otherwise: u64, most: u64| match body.get(name) {
        None | Some(Value::Null) => Ok(otherwise),
        Some(value) => within(name, value.as_u64(), 1..=most),
    };
    let newest_first = body.get("order").and_then(Value::as_str) != Some("asc");
    paged(call.store, number("page", 1, REACH)?, number("per_page", 15, 60)?, newest_first)
}

fn paged(store: &Store, page: u64, per_page: u64, newest_first: bool) -> Result<Answer, Refusal> {
    let skipped = (page - 1) * per_page;
    if skipped >= REACH {
        return Err(Refusal::invalid("page", "page limit reached, please use scroll API"));
    }
    let mut companies = numbered(store, 0..COMPANIES)?;
    if newest_first {
        companies.reverse();
    }
    let here = companies.into_iter().skip(skipped as usize).take(per_page as usize).collect();
    Answer::ok(&List::page(here, COMPANIES, Pages::new(page, per_page, COMPANIES)))
}

/// `GET /companies/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    let company = numbered(call.store, 0..COMPANIES)?.into_iter().find(|one| one.id == call.name);
    Answer::ok(&company.ok_or_else(unknown)?)
}

/// Companies of these ids, in their order.
pub(super) fn of_ids(store: &Store, ids: &[String]) -> Result<Vec<Company>, Refusal> {
    let mut companies = numbered(store, 0..COMPANIES)?;
    companies.retain(|company| ids.contains(&company.id));
    Ok(companies)
}

/// The scroll that runs: a workspace has one at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scroll {
    /// What its requests must name.
    param: String,
    /// The company that comes next.
    next: u64,
    /// When it was last asked, in milliseconds since 1970.
    asked_ms: u64,
}

impl Scroll {
    /// Begins a scroll, or goes on with the one that runs.
    fn step(running: Option<Self>, param: Option<&str>, now_ms: u64) -> Result<Self, Refusal> {
        let running = running.filter(|scroll| now_ms < scroll.asked_ms + SCROLL_IDLE_MS);
        match (running, param) {
            (None, None) => {
                Ok(Self { param: format!("scroll-{now_ms:x}"), next: 0, asked_ms: now_ms })
            }
            (Some(running), Some(param)) if running.param == param => {
                Ok(Self { next: running.next + SCROLL, asked_ms: now_ms, ..running })
            }
            (Some(_), None) => {
                Err(Refusal::new(400, "scroll_exists", "scroll already exists for this workspace"))
            }
            (_, Some(_)) => Err(Refusal::new(404, "not_found", "scroll parameter not found")),
        }
    }
}

/// `GET /companies/scroll`. The end is an empty page.
pub(super) fn scroll(call: &Call) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Scrolled {
        r#type: &'static str,
        data: Vec<Company>,
        pages: (),
        total_count: (),
        scroll_param: Option<String>,
    }
    let running = call.store.entries("SELECT entry FROM scroll", &[])?.into_iter().next();
    let param = call.arrival.query("scroll_param");
    let scroll = Scroll::step(running, param.as_deref(), call.now_ms)?;
    let here = scroll.next.min(COMPANIES)..(scroll.next + SCROLL).min(COMPANIES);
    let data = numbered(call.store, here)?;
    let over = data.is_empty();
    call.store.run("DELETE FROM scroll", &[])?;
    if !over {
        let entry = serde_json::to_string(&scroll)?;
        call.store.run("INSERT INTO scroll (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])?;
    }
    Answer::ok(&Scrolled {
        r#type: "list",
        data,
        pages: (),
        total_count: (),
        scroll_param: (!over).then_some(scroll.param),
    })
}

fn unknown() -> Refusal {
    Refusal::new(404, "company_not_found", "Company Not Found")
}

/// Companies by number, with how many people each has.
fn numbered(store: &Store, numbers: std::ops::Range<u64>) -> Result<Vec<Company>, Refusal> {
    #[derive(Deserialize)]
    struct Staff {
        id: String,
        n: u64,
    }
    let staff: Vec<Staff> = store.rows(
        "SELECT member.value AS id, count(*) AS n FROM contact, json_each(contact.companies) AS member
         WHERE contact.state = 'active' GROUP BY 1",
        &[],
    )?;
    let staff: HashMap<String, u64> = staff.into_iter().map(|row| (row.id, row.n)).collect();
    let people = |number: u64| staff.get(&Company::id_of(number)).copied().unwrap_or(0);
    Ok(numbers.filter_map(|number| Company::number(number, people(number))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scroll_goes_on_under_the_same_name() {
        let first = Scroll::step(None, None, 1_000).ok();
        let name = first.clone().map(|scroll| scroll.param).unwrap_or_default();
        let second = Scroll::step(first, Some(&name), 2_000).ok();
        assert_eq!(second.map(|scroll| (scroll.next, scroll.param)), Some((100, name)));
    }

    #[test]
    fn a_workspace_has_one_scroll_and_it_ends_after_an_idle_minute() {
        let first = || Scroll::step(None, None, 1_000).ok();
        let refused = |scroll: Result<Scroll, Refusal>| scroll.err().map(|refusal| refusal.code);
        assert_eq!(refused(Scroll::step(first(), None, 2_000)), Some("scroll_exists"));
        assert_eq!(refused(Scroll::step(first(), None, 61_000)), None);
        let name = first().map(|scroll| scroll.param).unwrap_or_default();
        assert_eq!(refused(Scroll::step(first(), Some(&name), 61_000)), Some("not_found"));
        assert_eq!(refused(Scroll::step(first(), Some("other"), 2_000)), Some("not_found"));
    }
}
