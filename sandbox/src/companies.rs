//! `/companies`: by offset, by scroll, and one; changes, and who belongs to one.

use super::answer::{Answer, Refusal};
use super::arrival::within;
use super::operation::Call;
use super::page::{List, Pages};
use super::person::{Contact, Person};
use super::store::Store;
use super::workspace::{APP_ID, Company};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// How many companies pages reach; the rest is for the scroll.
const REACH: u64 = 10_000;

/// How many companies a scroll gives at a time.
const SCROLL: u64 = 100;

/// How long a scroll waits for its next request, in milliseconds.
const SCROLL_IDLE_MS: u64 = 60_000;

/// `GET /companies`: a page, or the one company of a `company_id` or `name`.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let query = |name: &str| call.arrival.query(name);
    let (company_id, name) = (query("company_id"), query("name"));
    let mut companies = all(call.store)?;
    if company_id.is_some() || name.is_some() {
        let is = |company: &Value, field: &str, wanted: &Option<std::borrow::Cow<'_, str>>| {
            wanted.as_deref().is_none_or(|wanted| text(company, field) == Some(wanted))
        };
        let wanted =
            |company: &Value| is(company, "company_id", &company_id) && is(company, "name", &name);
        return Answer::ok(&companies.into_iter().find(wanted).ok_or_else(unknown)?);
    }
    for (parameter, path) in [("tag_id", "/tags/tags"), ("segment_id", "/segments/segments")] {
        if let Some(id) = query(parameter) {
            companies.retain(|company| {
                let held = company.pointer(path).and_then(Value::as_array);
                held.is_some_and(|held| held.iter().any(|one| text(one, "id") == Some(&id)))
            });
        }
    }
    let page = call.arrival.number("page", 1, 1..=REACH)?;
    let per_page = call.arrival.number("per_page", 15, 1..=60)?;
    let newest_first = query("order").is_none_or(|order| order != "asc");
    paged(companies, page, per_page, newest_first)
}

/// Answers `POST /companies/list`: the same page. Its parameters are in the query, by Intercom's
/// description; a body counts for what the query leaves out.
pub(super) fn list_all(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let number = |name: &str, otherwise: u64, most: u64| match body.get(name) {
        None | Some(Value::Null) => call.arrival.number(name, otherwise, 1..=most),
        Some(_) if call.arrival.query(name).is_some() => {
            call.arrival.number(name, otherwise, 1..=most)
        }
        Some(value) => within(name, value.as_u64(), 1..=most),
    };
    let order = call.arrival.query("order");
    let newest_first = order.as_deref().or_else(|| text(&body, "order")) != Some("asc");
    let (page, per_page) = (number("page", 1, REACH)?, number("per_page", 15, 60)?);
    paged(all(call.store)?, page, per_page, newest_first)
}

fn paged(
    mut companies: Vec<Value>,
    page: u64,
    per_page: u64,
    newest_first: bool,
) -> Result<Answer, Refusal> {
    let skipped = (page - 1) * per_page;
    if skipped >= REACH {
        return Err(Refusal::invalid("page", "page limit reached, please use scroll API"));
    }
    let total = companies.len() as u64;
    if newest_first {
        companies.reverse();
    }
    let here = companies.into_iter().skip(skipped as usize).take(per_page as usize).collect();
    Answer::ok(&List::page(here, total, Pages::new(page, per_page, total)))
}

/// `GET /companies/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(&of_id(call.store, &call.name)?)
}

/// What one may write of a company; anything else is refused.
const WRITABLE: [&str; 9] = [
    "company_id",
    "name",
    "plan",
    "size",
    "website",
    "industry",
    "custom_attributes",
    "remote_created_at",
    "monthly_spend",
];

/// `POST /companies`: changes the company of a `company_id`, or makes it.
pub(super) fn save(call: &Call) -> Result<Answer, Refusal> {
    let written = written(call)?;
    let company_id = text(&written, "company_id").filter(|id| !id.is_empty());
    let company_id = company_id
        .ok_or_else(|| Refusal::new(400, "parameter_not_found", "company_id not specified"))?;
    let known =
        all(call.store)?.into_iter().find(|one| text(one, "company_id") == Some(company_id));
    if let Some(company) = known {
        return change(call, company, &written);
    }
    let number = call.store.count("SELECT coalesce(max(number), 0) + 1 AS n FROM company", &[])?;
    let company = json!({
        "type": "company", "company_id": company_id, "id": Company::id_of(number),
        "app_id": APP_ID, "name": null, "remote_created_at": call.now(), "created_at": call.now(),
        "updated_at": call.now(), "monthly_spend": 0, "session_count": 0, "user_count": 0,
        "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []}, "plan": {}, "custom_attributes": {},
    });
    call.store
        .run("INSERT INTO company (entry) VALUES (?1 ->> '$[0]')", &[company.to_string().into()])?;
    change(call, company, &written)
}

/// `PUT /companies/{id}`; a `company_id` can't be changed.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let company = of_id(call.store, &call.name)?;
    change(call, company, &written(call)?)
}

/// `DELETE /companies/{id}`; who belonged to it does no more.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let company = of_id(call.store, &call.name)?;
    let id = text(&company, "id");
    call.store.run("DELETE FROM company WHERE id = (?1 ->> '$[0]')", &[id.into()])?;
    call.store.run(
        "UPDATE contact SET body = json_set(body, '$.companies', (
           SELECT json_group_array(value) FROM json_each(contact.companies) WHERE value <> (?1 ->> '$[0]')))
         WHERE EXISTS (SELECT 1 FROM json_each(contact.companies) WHERE value = (?1 ->> '$[0]'))",
        &[id.into()],
    )?;
    Answer::ok(&json!({"id": id, "object": "company", "deleted": true}))
}

/// The body, checked.
fn written(call: &Call) -> Result<Value, Refusal> {
    let body = call.arrival.object()?;
    let entries = body.as_object().into_iter().flatten();
    for (name, value) in entries {
        let fits = match name.as_str() {
            "custom_attributes" => value.is_object(),
            "size" | "remote_created_at" | "monthly_spend" => value.is_number(),
            name if WRITABLE.contains(&name) => value.is_string(),
            _ => false,
        };
        if !fits && !value.is_null() {
            let message = format!("bad '{name}' parameter");
            return Err(Refusal::new(400, "bad_request", message));
        }
    }
    Ok(body)
}

fn change(call: &Call, mut company: Value, written: &Value) -> Result<Answer, Refusal> {
    let fields = written.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| *name != "company_id" && !value.is_null());
    if let Some(company) = company.as_object_mut() {
        for (name, value) in fields {
            match (name.as_str(), company.get_mut(name), value) {
                ("custom_attributes", Some(Value::Object(mine)), Value::Object(written)) => {
                    mine.extend(written.clone());
                }
                ("plan", ..) => {
                    let plan = json!({"type": "plan", "id": "269315", "name": value});
                    company.insert(name.clone(), plan);
                }
                _ => drop(company.insert(name.clone(), value.clone())),
            }
        }
        company.insert("updated_at".to_owned(), call.now().into());
    }
    keep(call.store, &company)?;
    Answer::ok(&company)
}

/// Keeps a company that was changed.
pub(super) fn keep(store: &Store, company: &Value) -> Result<(), Refusal> {
    store.run(
        "UPDATE company SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[text(company, "id").into(), company.to_string().into()],
    )
}

/// The company that an object names by `id` or `company_id`.
pub(super) fn named(store: &Store, entry: &Value) -> Result<Value, Refusal> {
    let is = |company: &Value| {
        ["id", "company_id"]
            .iter()
            .any(|name| text(entry, name).is_some() && text(entry, name) == text(company, name))
    };
    all(store)?.into_iter().find(is).ok_or_else(unknown)
}

fn of_id(store: &Store, id: &str) -> Result<Value, Refusal> {
    all(store)?.into_iter().find(|one| text(one, "id") == Some(id)).ok_or_else(unknown)
}

/// `GET /companies/{id}/contacts`, of both roles.
pub(super) fn contacts(call: &Call) -> Result<Answer, Refusal> {
    let company = of_id(call.store, &call.name)?;
    let people: Vec<Person> = call.store.entries(
        "SELECT body AS entry FROM contact WHERE state = 'active'
         AND EXISTS (SELECT 1 FROM json_each(contact.companies) WHERE value = (?1 ->> '$[0]'))
         ORDER BY created_at DESC, id DESC",
        &[text(&company, "id").into()],
    )?;
    let people = people.iter().map(|person| Contact { person, version: &call.version });
    super::listing::numbered(call, people.collect(), 50)
}

/// Answers `GET /companies/{id}/segments`.
pub(super) fn segments(call: &Call) -> Result<Answer, Refusal> {
    let mut company = of_id(call.store, &call.name)?;
    let segments = company.pointer_mut("/segments/segments").map(Value::take);
    Answer::ok(&json!({"type": "list", "data": segments}))
}

/// `POST /contacts/{id}/companies`.
pub(super) fn attach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = super::contacts::person(call)?;
    let body = call.arrival.object()?;
    let id = text(&body, "id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::new(400, "parameter_not_found", "company not specified"))?;
    of_id(call.store, id)?;
    if !person.companies.iter().any(|known| known == id) {
        person.companies.push(id.to_owned());
        super::contacts::keep(call, &person)?;
    }
    Answer::ok(&of_id(call.store, id)?)
}

/// `DELETE /contacts/{id}/companies/{company_id}`.
pub(super) fn detach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = super::contacts::person(call)?;
    of_id(call.store, &call.second)?;
    person.companies.retain(|known| *known != call.second);
    super::contacts::keep(call, &person)?;
    Answer::ok(&of_id(call.store, &call.second)?)
}

/// Companies of these ids, the oldest first.
pub(super) fn of_ids(store: &Store, ids: &[String]) -> Result<Vec<Value>, Refusal> {
    let mut companies = all(store)?;
    companies.retain(|company| ids.iter().any(|id| text(company, "id") == Some(id)));
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
        data: Vec<Value>,
        pages: (),
        total_count: (),
        scroll_param: Option<String>,
    }
    let running = call.store.entries("SELECT entry FROM scroll", &[])?.into_iter().next();
    let param = call.arrival.query("scroll_param");
    let scroll = Scroll::step(running, param.as_deref(), call.now_ms)?;
    let all = all(call.store)?.into_iter();
    let data: Vec<Value> = all.skip(scroll.next as usize).take(SCROLL as usize).collect();
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

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// All companies, the oldest first, with how many people each has.
fn all(store: &Store) -> Result<Vec<Value>, Refusal> {
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
    let mut companies: Vec<Value> =
        store.entries("SELECT entry FROM company ORDER BY number", &[])?;
    for company in &mut companies {
        let count = text(company, "id").and_then(|id| staff.get(id)).copied().unwrap_or(0);
        if let Some(company) = company.as_object_mut() {
            company.insert("user_count".to_owned(), count.into());
        }
    }
    Ok(companies)
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
