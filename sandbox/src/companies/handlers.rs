//! The handlers of `/companies`. The contacts of a company are in `contacts/companies.rs`.

use crate::call::Call;
use crate::companies::table::{all, find, not_found, save};
use crate::http::body::text;
use crate::http::request::within;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::{List, Pages};
use crate::random::Random;
use crate::workspace::APP_ID;
use serde_json::{Value, json};

/// The number of companies that pages reach; a scroll returns all of them.
const MAX_REACHABLE: u64 = 10_000;

/// Answers `GET /companies`: a page, or the company with a `company_id` or `name`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let query = |name: &str| call.request.query(name);
    let (company_id, name) = (query("company_id"), query("name"));
    let mut companies = all(call.store)?;
    if company_id.is_some() || name.is_some() {
        let has = |company: &Value, field: &str, value: Option<&str>| {
            value.is_none_or(|value| text(company, field) == Some(value))
        };
        let matches = |company: &Value| {
            has(company, "company_id", company_id.as_deref())
                && has(company, "name", name.as_deref())
        };
        return ApiResponse::ok(&companies.into_iter().find(matches).ok_or_else(not_found)?);
    }
    for (parameter, path) in [("tag_id", "/tags/tags"), ("segment_id", "/segments/segments")] {
        if let Some(id) = query(parameter) {
            companies.retain(|company| {
                let entries = company.pointer(path).and_then(Value::as_array);
                entries.into_iter().flatten().any(|entry| text(entry, "id") == Some(&id))
            });
        }
    }
    let page = call.request.number("page", 1, 1..=MAX_REACHABLE)?;
    let per_page = call.request.number("per_page", 15, 1..=60)?;
    let newest_first = query("order").is_none_or(|order| order != "asc");
    paged(companies, page, per_page, newest_first)
}

/// Answers `POST /companies/list` with the same page. Its parameters are in the query, according to
/// Intercom's description; those that are missing there are read from the body.
pub(crate) fn list_all(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let number = |name: &str, default: u64, max: u64| match body.get(name) {
        None | Some(Value::Null) => call.request.number(name, default, 1..=max),
        Some(_) if call.request.query(name).is_some() => {
            call.request.number(name, default, 1..=max)
        }
        Some(value) => within(name, value.as_u64(), 1..=max),
    };
    let order = call.request.query("order");
    let newest_first = order.as_deref().or_else(|| text(&body, "order")) != Some("asc");
    let (page, per_page) = (number("page", 1, MAX_REACHABLE)?, number("per_page", 15, 60)?);
    paged(all(call.store)?, page, per_page, newest_first)
}

/// Responds with a page of companies; 400 beyond [`MAX_REACHABLE`].
fn paged(
    mut companies: Vec<Value>,
    page: u64,
    per_page: u64,
    newest_first: bool,
) -> Result<ApiResponse, ApiError> {
    let skipped = (page - 1) * per_page;
    if skipped >= MAX_REACHABLE {
        return Err(ApiError::invalid("page", "page limit reached, please use scroll API"));
    }
    let total = companies.len() as u64;
    if newest_first {
        companies.reverse();
    }
    let items = companies.into_iter().skip(skipped as usize).take(per_page as usize).collect();
    ApiResponse::ok(&List::page(items, total, Pages::new(page, per_page, total)))
}

/// Answers `GET /companies/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&find(call.store, &call.param)?)
}

/// The fields that a caller may write; any other field is 400.
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

/// Answers `POST /companies`: changes the company with the body's `company_id`, or creates it.
pub(crate) fn create_or_update(call: &Call) -> Result<ApiResponse, ApiError> {
    let input = read_input(call)?;
    let company_id = text(&input, "company_id");
    let company_id = company_id
        .ok_or_else(|| ApiError::new(400, "parameter_not_found", "company_id not specified"))?;
    let existing = all(call.store)?
        .into_iter()
        .find(|company| text(company, "company_id") == Some(company_id));
    if let Some(company) = existing {
        return change(call, company, &input);
    }
    let count = call.store.count("SELECT count(*) AS n FROM company", &[])?;
    let id = format!("{:08x}{:016x}", call.now(), Random::new(call.now_ms, count).next());
    let company = json!({
        "type": "company", "company_id": company_id, "id": id,
        "app_id": APP_ID, "name": null, "remote_created_at": call.now(), "created_at": call.now(),
        "updated_at": call.now(), "monthly_spend": 0, "session_count": 0, "user_count": 0,
        "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []}, "plan": {}, "custom_attributes": {},
    });
    call.store
        .run("INSERT INTO company (entry) VALUES (?1 ->> '$[0]')", &[company.to_string().into()])?;
    change(call, company, &input)
}

/// Answers `PUT /companies/{id}`. The `company_id` does not change.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let company = find(call.store, &call.param)?;
    change(call, company, &read_input(call)?)
}

/// Answers `DELETE /companies/{id}`, and removes the company from its contacts.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    let company = find(call.store, &call.param)?;
    let id = text(&company, "id");
    call.store.run("DELETE FROM company WHERE id = (?1 ->> '$[0]')", &[id.into()])?;
    call.store.run(
        "UPDATE contact SET body = json_set(body, '$.companies', (
           SELECT json_group_array(value) FROM json_each(contact.companies) WHERE value <> (?1 ->> '$[0]')))
         WHERE EXISTS (SELECT 1 FROM json_each(contact.companies) WHERE value = (?1 ->> '$[0]'))",
        &[id.into()],
    )?;
    ApiResponse::ok(&json!({"id": id, "object": "company", "deleted": true}))
}

/// Returns the body; 400 if it has an unknown field or a value of the wrong type.
fn read_input(call: &Call) -> Result<Value, ApiError> {
    let body = call.request.object()?;
    let entries = body.as_object().into_iter().flatten();
    for (name, value) in entries {
        let is_valid = match name.as_str() {
            "custom_attributes" => value.is_object(),
            "size" | "remote_created_at" | "monthly_spend" => value.is_number(),
            name if WRITABLE.contains(&name) => value.is_string(),
            _ => false,
        };
        if !is_valid && !value.is_null() {
            let message = format!("bad '{name}' parameter");
            return Err(ApiError::new(400, "bad_request", message));
        }
    }
    Ok(body)
}

/// Writes the fields of a body into a company, and responds with it. `null` changes no field.
fn change(call: &Call, mut company: Value, input: &Value) -> Result<ApiResponse, ApiError> {
    let fields = input.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| *name != "company_id" && !value.is_null());
    if let Some(company) = company.as_object_mut() {
        for (name, value) in fields {
            match (name.as_str(), company.get_mut(name), value) {
                ("custom_attributes", Some(Value::Object(attributes)), Value::Object(added)) => {
                    attributes.extend(added.clone());
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
    save(call.store, &company)?;
    ApiResponse::ok(&company)
}

/// Answers `GET /companies/{id}/segments`.
pub(crate) fn segments(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut company = find(call.store, &call.param)?;
    let segments = company.pointer_mut("/segments/segments").map(Value::take);
    ApiResponse::ok(&json!({"type": "list", "data": segments}))
}
