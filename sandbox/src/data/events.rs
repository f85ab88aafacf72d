//! `/events`: the actions of contacts in the product.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::table::find_by;
use crate::http::body::{self, missing, text};
use crate::http::request::within;
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::{Resource, table};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Answers `POST /events` with 202 and no body.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let event = call.request.object()?;
    let name = text(&event, "event_name").ok_or_else(|| missing("event_name"))?;
    let created_at = event
        .get("created_at")
        .and_then(body::seconds)
        .ok_or_else(|| ApiError::invalid("created_at", "created_at must be a UNIX timestamp"))?;
    let metadata = body::object(&event, "metadata")?;
    let contact = find(call, |name| text(&event, name).map(Cow::from))?;
    let number = call.store.count("SELECT count(*) AS n FROM event", &[])?;
    let entry = json!({
        "type": "event", "event_name": name, "created_at": created_at,
        "user_id": contact.external_id, "id": format!("event-{number}"),
        "intercom_user_id": contact.id, "email": contact.email, "metadata": metadata,
    });
    call.store.run(
        "INSERT INTO event (contact, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[contact.id.into(), entry.to_string().into()],
    )?;
    Ok(ApiResponse::empty(202))
}

/// Answers `POST /events/summaries`: adds one or several summaries of earlier events. They count in
/// `GET /events?summary=true`, and are in no list of events.
pub(crate) fn summarize(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let summaries = match body.get("event_summaries") {
        Some(Value::Array(summaries)) => summaries.clone(),
        Some(summary @ Value::Object(_)) => vec![summary.clone()],
        _ => return Err(missing("event_summaries")),
    };
    let contact = find(call, |name| text(&body, name).map(Cow::from))?;
    let mut entries = Vec::new();
    for summary in summaries {
        let name = text(&summary, "event_name").ok_or_else(|| missing("event_name"))?;
        let time = |name: &str| body::time(&summary, name)?.ok_or_else(|| missing(name));
        let count = summary.get("count").and_then(Value::as_u64);
        entries.push(json!({
            "contact": contact.id, "event_name": name, "first": time("first")?,
            "last": time("last")?,
            "count": count.ok_or_else(|| ApiError::invalid("count", "count must be a number"))?,
        }));
    }
    for summary in &entries {
        table::insert::<EventSummaries>(call.store, summary, call.now_ms)?;
    }
    Ok(ApiResponse::empty(200))
}

/// The summaries that callers added.
struct EventSummaries;

impl Resource for EventSummaries {
    const NAME: &'static str = "event_summary";
}

/// Answers `GET /events`: the events of a contact, newest first, or with `summary=true` a count for
/// each name.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    if call.request.query("type").as_deref() != Some("user") {
        return Err(ApiError::invalid("type", "type must be user"));
    }
    let contact = find(call, |name| {
        call.request.query(if name == "id" { "intercom_user_id" } else { name })
    })?;
    let identity = json!({
        "email": contact.email, "intercom_user_id": contact.id, "user_id": contact.external_id,
    });
    if call.request.query("summary").as_deref() == Some("true") {
        return summary(call, &contact, identity);
    }
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        entry: String,
    }
    let per_page = call.request.number("per_page", 50, 1..=150)?;
    let before = match call.request.query("before") {
        Some(text) => within("before", text.parse().ok(), 0..=u32::MAX.into())?,
        None => u32::MAX.into(),
    };
    let mut rows: Vec<Row> = call.store.rows(
        &format!(
            "SELECT number, entry FROM event WHERE contact = (?1 ->> '$[0]') \
             AND number < (?1 ->> '$[1]') ORDER BY number DESC LIMIT {}",
            per_page + 1
        ),
        &[contact.id.as_str().into(), before.into()],
    )?;
    let has_more = rows.len() as u64 > per_page;
    rows.truncate(per_page as usize);
    let events = rows.iter().map(|row| serde_json::from_str(&row.entry));
    let events: Vec<Value> = events.collect::<Result<_, _>>()?;
    let next = rows.last().filter(|_| has_more).map(|row| {
        format!(
            "{}/events?type=user&intercom_user_id={}&per_page={per_page}&before={}",
            call.request.url.origin().ascii_serialization(),
            contact.id,
            row.number
        )
    });
    respond("event.list", events, next, identity)
}

/// Responds with a summary for each name of event.
fn summary(call: &Call, contact: &Contact, identity: Value) -> Result<ApiResponse, ApiError> {
    #[derive(Serialize, Deserialize)]
    struct Row {
        name: String,
        first: i64,
        last: i64,
        count: u64,
    }
    let rows: Vec<Row> = call.store.rows(
        "SELECT name, min(first) AS first, max(last) AS last, sum(count) AS count FROM (
           SELECT entry ->> '$.event_name' AS name, entry ->> '$.created_at' AS first,
             entry ->> '$.created_at' AS last, 1 AS count
           FROM event WHERE contact = (?1 ->> '$[0]')
           UNION ALL
           SELECT body ->> '$.event_name', body ->> '$.first', body ->> '$.last', body ->> '$.count'
           FROM object WHERE resource = 'event_summary' AND body ->> '$.contact' = (?1 ->> '$[0]'))
         GROUP BY 1 ORDER BY 1",
        &[contact.id.as_str().into()],
    )?;
    let events = rows.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    respond("event.summary", events, None, identity)
}

/// Responds with a list of events or of summaries.
fn respond(
    list_type: &str,
    events: Vec<Value>,
    next: Option<String>,
    identity: Value,
) -> Result<ApiResponse, ApiError> {
    let mut list = json!({ "type": list_type, "events": events, "pages": { "next": next } });
    if let (Some(list), Value::Object(identity)) = (list.as_object_mut(), identity) {
        list.extend(identity);
    }
    ApiResponse::ok(&list)
}

/// Returns the contact that `user_id`, `id` or `email` names, or 404.
fn find<'a>(
    call: &Call,
    value: impl Fn(&str) -> Option<Cow<'a, str>>,
) -> Result<Contact, ApiError> {
    for (name, column) in [("user_id", "external_id"), ("id", "id"), ("email", "email")] {
        if let Some(value) = value(name) {
            let contact = find_by(call, column, &value)?.into_iter().next();
            return contact.ok_or_else(|| ApiError::new(404, "not_found", "User Not Found"));
        }
    }
    Err(missing("user"))
}
