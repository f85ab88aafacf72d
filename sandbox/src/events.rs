//! `/events`: what people did in the product.

use super::answer::{Answer, Refusal};
use super::arrival::within;
use super::body::{self, missing, text};
use super::collection::{self, Collection};
use super::contacts;
use super::operation::Call;
use super::person::Person;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// `POST /events`: 202 without a body.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let event = call.arrival.object()?;
    let name = event.get("event_name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| Refusal::new(400, "parameter_not_found", "event_name not specified"))?;
    let created_at = event
        .get("created_at")
        .and_then(body::seconds)
        .ok_or_else(|| Refusal::invalid("created_at", "created_at must be a UNIX timestamp"))?;
    let metadata = match event.get("metadata") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(metadata)) => metadata.clone(),
        Some(_) => return Err(Refusal::invalid("metadata", "metadata must be an object")),
    };
    let person = named(call, |name| {
        event.get(name).and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned)
    })?;
    let number = call.store.count("SELECT count(*) AS n FROM event", &[])?;
    let entry = json!({
        "type": "event", "event_name": name, "created_at": created_at,
        "user_id": person.external_id, "id": format!("event-{number}"),
        "intercom_user_id": person.id, "email": person.email, "metadata": metadata,
    });
    call.store.run(
        "INSERT INTO event (contact, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[person.id.into(), entry.to_string().into()],
    )?;
    Ok(Answer::empty(202))
}

/// Answers `POST /events/summaries`: a summary, or several, of what a person did earlier. Summaries
/// count in `GET /events?summary=true`, and are in no list of events.
pub(super) fn summarize(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let summaries = match body.get("event_summaries") {
        Some(Value::Array(summaries)) => summaries.clone(),
        Some(summary @ Value::Object(_)) => vec![summary.clone()],
        _ => return Err(missing("event_summaries")),
    };
    let person = named(call, |name| text(&body, name).map(str::to_owned))?;
    let mut kept = Vec::new();
    for summary in summaries {
        let name = text(&summary, "event_name").ok_or_else(|| missing("event_name"))?;
        let time = |name: &str| body::time(&summary, name)?.ok_or_else(|| missing(name));
        let count = summary.get("count").and_then(Value::as_u64);
        kept.push(json!({
            "contact": person.id, "event_name": name, "first": time("first")?,
            "last": time("last")?,
            "count": count.ok_or_else(|| Refusal::invalid("count", "count must be a number"))?,
        }));
    }
    for summary in &kept {
        collection::insert::<EventSummaries>(call.store, summary, call.now_ms)?;
    }
    Ok(Answer::empty(200))
}

/// The summaries that were sent, beside the events.
struct EventSummaries;

impl Collection for EventSummaries {
    const KIND: &'static str = "event_summary";
}

/// `GET /events`: a person's, newest first, or with `summary=true` how often which.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    if call.arrival.query("type").as_deref() != Some("user") {
        return Err(Refusal::invalid("type", "type must be user"));
    }
    let person = named(call, |name| {
        let name = if name == "id" { "intercom_user_id" } else { name };
        call.arrival.query(name).map(|value| value.into_owned())
    })?;
    let about = json!({
        "email": person.email, "intercom_user_id": person.id, "user_id": person.external_id,
    });
    if call.arrival.query("summary").as_deref() == Some("true") {
        return summary(call, &person, about);
    }
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        entry: String,
    }
    let per_page = call.arrival.number("per_page", 50, 1..=150)?;
    let before = match call.arrival.query("before") {
        Some(text) => within("before", text.parse().ok(), 0..=u32::MAX.into())?,
        None => u32::MAX.into(),
    };
    let mut rows: Vec<Row> = call.store.rows(
        &format!(
            "SELECT number, entry FROM event WHERE contact = (?1 ->> '$[0]') \
             AND number < (?1 ->> '$[1]') ORDER BY number DESC LIMIT {}",
            per_page + 1
        ),
        &[person.id.as_str().into(), before.into()],
    )?;
    let more = rows.len() as u64 > per_page;
    rows.truncate(per_page as usize);
    let events = rows.iter().map(|row| serde_json::from_str(&row.entry));
    let events: Vec<Value> = events.collect::<Result<_, _>>()?;
    let next = rows.last().filter(|_| more).map(|row| {
        format!(
            "{}/events?type=user&intercom_user_id={}&per_page={per_page}&before={}",
            call.arrival.url.origin().ascii_serialization(),
            person.id,
            row.number
        )
    });
    answered("event.list", events, next, about)
}

fn summary(call: &Call, person: &Person, about: Value) -> Result<Answer, Refusal> {
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
           FROM object WHERE kind = 'event_summary' AND body ->> '$.contact' = (?1 ->> '$[0]'))
         GROUP BY 1 ORDER BY 1",
        &[person.id.as_str().into()],
    )?;
    let events = rows.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    answered("event.summary", events, None, about)
}

fn answered(
    kind: &str,
    events: Vec<Value>,
    next: Option<String>,
    about: Value,
) -> Result<Answer, Refusal> {
    let mut list = json!({ "type": kind, "events": events, "pages": { "next": next } });
    if let (Some(list), Value::Object(about)) = (list.as_object_mut(), about) {
        list.extend(about);
    }
    Answer::ok(&list)
}

/// Whom `user_id`, `id` or `email` names.
fn named(call: &Call, value: impl Fn(&str) -> Option<String>) -> Result<Person, Refusal> {
    for (name, column) in [("user_id", "external_id"), ("id", "id"), ("email", "email")] {
        if let Some(value) = value(name) {
            let person = contacts::named(call, column, &value)?.into_iter().next();
            return person.ok_or_else(|| Refusal::new(404, "not_found", "User Not Found"));
        }
    }
    Err(Refusal::new(400, "parameter_not_found", "user not specified"))
}
