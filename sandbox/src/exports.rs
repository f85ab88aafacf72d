//! Exports as jobs: `/export/content/data` and `/export/reporting_data`. A job is pending for a
//! moment and complete after it; its file is made when it is downloaded.

use super::answer::{Answer, Refusal};
use super::body::{self, missing, set, text, texts};
use super::collection::{self, Collection};
use super::dice::Dice;
use super::gzip::{csv, gzip};
use super::operation::Call;
use super::{contacts, ledger};
use serde_json::{Value, json};

/// How long a job is pending, in milliseconds.
const PENDING_MS: u64 = 1_000;

/// How long a file can be downloaded after it was asked for, in seconds.
const EXPIRES: u64 = 2 * 86_400;

/// The exports of messages.
pub(super) struct ContentExports;

impl Collection for ContentExports {
    const KIND: &'static str = "content_export";
}

/// The exports of reports.
pub(super) struct ReportingExports;

impl Collection for ReportingExports {
    const KIND: &'static str = "reporting_export";
}

/// The states of a job, in the words of its kind of export.
struct Words {
    complete: &'static str,
    download: &'static str,
}

const CONTENT: Words = Words { complete: "completed", download: "download/content/data" };
const REPORTING: Words = Words { complete: "complete", download: "download/reporting_data" };

/// Returns the state of a job by now.
fn status(call: &Call, job: &Value, words: &Words) -> &'static str {
    let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default();
    if job.get("canceled") == Some(&true.into()) {
        "canceled"
    } else if call.now_ms < made_at + PENDING_MS {
        "pending"
    } else {
        words.complete
    }
}

/// Answers a job; only a complete one has an address to download it from.
fn shown(call: &Call, job: &Value, words: &Words) -> Result<Answer, Refusal> {
    let status = status(call, job, words);
    let id = text(job, "id").unwrap_or_default();
    let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default() / 1_000;
    let (url, expires) = if status == words.complete {
        let origin = call.arrival.url.origin().ascii_serialization();
        (format!("{origin}/{}/{id}", words.download), (made_at + EXPIRES).to_string())
    } else {
        (String::new(), String::new())
    };
    Answer::ok(&json!({
        "job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires,
    }))
}

/// Keeps a new job and answers it; too many pending ones are 429.
fn enqueue<T: Collection>(
    call: &Call,
    mut job: Value,
    words: &Words,
    (most, kind): (usize, &str),
) -> Result<Answer, Refusal> {
    let jobs = collection::all::<T>(call.store)?;
    let pending = jobs.iter().filter(|job| status(call, job, words) == "pending").count();
    if pending >= most {
        let message = format!("Exceeded rate limit of {most} pending {kind} export jobs");
        return Err(Refusal::new(429, "rate_limit_exceeded", message));
    }
    set(&mut job, "id", format!("{:016x}", Dice::new(call.now_ms, jobs.len() as u64).next()));
    set(&mut job, "made_at_ms", call.now_ms);
    collection::insert::<T>(call.store, &job, call.now_ms)?;
    shown(call, &job, words)
}

/// Reads the two times of a job; the second is not before the first.
fn times(body: &Value, [from, to]: [&str; 2]) -> Result<[i64; 2], Refusal> {
    let time = |name: &str| body::time(body, name)?.ok_or_else(|| missing(name));
    let (begins, ends) = (time(from)?, time(to)?);
    if begins > ends {
        return Err(Refusal::invalid(to, format!("{to} must not be before {from}")));
    }
    Ok([begins, ends])
}

/// Answers `POST /export/content/data`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let [from, to] = times(&call.arrival.object()?, ["created_at_after", "created_at_before"])?;
    let job = json!({ "from": from, "to": to });
    enqueue::<ContentExports>(call, job, &CONTENT, (1, "message data"))
}

/// Answers `GET /export/content/data/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    shown(call, &collection::find::<ContentExports>(call.store, &call.name)?, &CONTENT)
}

/// Answers `POST /export/cancel/{id}`; a job that is complete stays so.
pub(super) fn cancel(call: &Call) -> Result<Answer, Refusal> {
    let mut job = collection::find::<ContentExports>(call.store, &call.name)?;
    if status(call, &job, &CONTENT) == "pending" {
        set(&mut job, "canceled", true);
        collection::keep::<ContentExports>(call.store, &job)?;
    }
    shown(call, &job, &CONTENT)
}

/// Answers `GET /download/content/data/{id}`: each message of the time that an admin sent, and to
/// whom.
pub(super) fn download(call: &Call) -> Result<Answer, Refusal> {
    let job = collection::find::<ContentExports>(call.store, &call.name)?;
    let time = |name: &str| job.get(name).and_then(Value::as_i64);
    let (from, to) = complete(call, &job, &CONTENT)
        .and_then(|()| time("from").zip(time("to")))
        .ok_or_else(Refusal::not_found)?;
    let header = [
        "user_id",
        "user_external_id",
        "email",
        "name",
        "content_id",
        "content_type",
        "content_title",
        "received_at",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (request, answer) in ledger::sent_by_admins(call.store)? {
        let at = answer.get("created_at").and_then(Value::as_i64).unwrap_or_default();
        if !(from..=to).contains(&at) {
            continue;
        }
        let field = |name: &str| text(&answer, name).unwrap_or_default().to_owned();
        for reader in readers(&request) {
            let person = contacts::named(call, "id", reader)?.into_iter().next();
            let person = person.unwrap_or_default();
            rows.push(vec![
                reader.to_owned(),
                person.external_id.unwrap_or_default(),
                person.email.unwrap_or_default(),
                person.name.unwrap_or_default(),
                field("id"),
                field("message_type"),
                field("subject"),
                at.to_string(),
            ]);
        }
    }
    Ok(Answer::file(gzip(csv(&rows).as_bytes())))
}

/// Returns the ids of those to whom a message goes.
fn readers(request: &Value) -> Vec<&str> {
    match request.get("to") {
        Some(Value::Array(readers)) => readers.iter().filter_map(|to| text(to, "id")).collect(),
        Some(to) => text(to, "id").into_iter().collect(),
        None => Vec::new(),
    }
}

fn complete(call: &Call, job: &Value, words: &Words) -> Option<()> {
    (status(call, job, words) == words.complete).then_some(())
}

/// A dataset: what a report can be made of.
struct Dataset {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    table: &'static str,
    /// Id, name, and place in the body.
    attributes: &'static [(&'static str, &'static str, &'static str)],
}

/// The datasets. The first time of each is what start and end of a report are compared with.
const DATASETS: [Dataset; 2] = [
    Dataset {
        id: "conversation",
        name: "Conversation",
        description: "Conversation-level details: status, channel, assignee.",
        table: "conversation WHERE TRUE",
        attributes: &[
            ("conversation_started_at", "Conversation started at", "/created_at"),
            ("conversation_id", "Conversation ID", "/id"),
            ("state", "State", "/state"),
            ("channel", "Channel", "/source/type"),
            ("teammate_id", "Teammate assigned ID", "/admin_assignee_id"),
            ("team_id", "Team assigned ID", "/team_assignee_id"),
            ("user_id", "User ID", "/contacts/contacts/0/id"),
        ],
    },
    Dataset {
        id: "ticket",
        name: "Ticket",
        description: "Ticket-level details: type, state, assignee.",
        table: "object WHERE kind = 'ticket'",
        attributes: &[
            ("ticket_created_at", "Ticket created at", "/created_at"),
            ("ticket_id", "Ticket ID", "/id"),
            ("category", "Ticket category", "/category"),
            ("teammate_id", "Teammate assigned ID", "/admin_assignee_id"),
        ],
    },
];

impl Dataset {
    fn find(id: &str) -> Option<&'static Self> {
        DATASETS.iter().find(|dataset| dataset.id == id)
    }

    fn place(&self, attribute: &str) -> Option<&'static str> {
        let known = self.attributes.iter().find(|(id, ..)| *id == attribute);
        known.map(|(.., place)| *place)
    }
}

/// Answers `GET /export/reporting_data/get_datasets`.
pub(super) fn datasets(_: &Call) -> Result<Answer, Refusal> {
    let datasets = DATASETS.iter().map(|dataset| {
        let attributes =
            dataset.attributes.iter().map(|(id, name, _)| json!({"id": id, "name": name}));
        json!({
            "id": dataset.id, "name": dataset.name, "description": dataset.description,
            "default_time_attribute_id": dataset.attributes.first().map(|(id, ..)| id),
            "attributes": attributes.collect::<Vec<_>>(),
        })
    });
    Answer::ok(&json!({"type": "list", "data": datasets.collect::<Vec<_>>()}))
}

/// Answers `POST /export/reporting_data/enqueue`.
pub(super) fn enqueue_report(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let job = report(&body)?;
    enqueue::<ReportingExports>(call, job, &REPORTING, (5, "reporting dataset"))
}

/// Checks a report, in the words of Intercom's examples.
fn report(body: &Value) -> Result<Value, Refusal> {
    let bad = |message: String| Refusal::new(400, "bad_request", message);
    let required = |name: &str| {
        body.get(name)
            .filter(|value| !value.is_null())
            .ok_or_else(|| bad(format!("'{name}' is a required parameter")))
    };
    let id = required("dataset_id")?.as_str().unwrap_or_default();
    let dataset =
        Dataset::find(id).ok_or_else(|| bad(format!("{id} is not a valid dataset_id")))?;
    if !required("attribute_ids")?.is_array() {
        return Err(bad("'attribute_ids' not an array must be of type Array".to_owned()));
    }
    let attributes = texts(body, "attribute_ids").unwrap_or_default();
    if attributes.is_empty() {
        return Err(bad("attribute_ids must contain at least one attribute_id".to_owned()));
    }
    let unknown: Vec<&str> =
        attributes.iter().filter(|id| dataset.place(id).is_none()).copied().collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        return Err(bad(format!("attribute_ids invalid for {id} dataset: {unknown}")));
    }
    let (_, _) = (required("start_time")?, required("end_time")?);
    let [from, to] = times(body, ["start_time", "end_time"])?;
    Ok(json!({"dataset": id, "attributes": attributes, "from": from, "to": to}))
}

fn report_of(call: &Call) -> Result<Value, Refusal> {
    collection::find::<ReportingExports>(call.store, &call.name).map_err(|_| {
        let message = format!("Export job not found for identifier: {}", call.name);
        Refusal::new(404, "not_found", message)
    })
}

/// Answers `GET /export/reporting_data/{id}`.
pub(super) fn show_report(call: &Call) -> Result<Answer, Refusal> {
    shown(call, &report_of(call)?, &REPORTING)
}

/// Answers `GET /download/reporting_data/{id}`.
pub(super) fn download_report(call: &Call) -> Result<Answer, Refusal> {
    let job = report_of(call)?;
    let dataset = complete(call, &job, &REPORTING)
        .and_then(|()| Dataset::find(text(&job, "dataset")?))
        .ok_or_else(Refusal::not_found)?;
    let attributes = texts(&job, "attributes").unwrap_or_default();
    let select = format!(
        "SELECT body AS entry FROM {} AND body ->> '$.created_at'
         BETWEEN (?1 ->> '$[0]') AND (?1 ->> '$[1]') ORDER BY body ->> '$.created_at', id",
        dataset.table
    );
    let time = |name: &str| job.get(name).cloned().unwrap_or_default();
    let found: Vec<Value> = call.store.entries(&select, &[time("from"), time("to")])?;
    let mut rows = vec![attributes.iter().map(|id| (*id).to_owned()).collect()];
    rows.extend(found.iter().map(|entry| {
        let cell = |id: &&str| match dataset.place(id).and_then(|place| entry.pointer(place)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        attributes.iter().map(cell).collect()
    }));
    Ok(Answer::file(gzip(csv(&rows).as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_refused_in_intercoms_words() {
        let message = |body: &Value| report(body).map_err(|refusal| refusal.message).err();
        let complete = json!({
            "dataset_id": "conversation", "attribute_ids": ["conversation_id"], "start_time": 1,
            "end_time": "2",
        });
        assert_eq!(message(&complete), None);
        for (name, value, words) in [
            ("dataset_id", json!(null), "'dataset_id' is a required parameter"),
            ("dataset_id", json!("imaginary"), "imaginary is not a valid dataset_id"),
            ("attribute_ids", json!(null), "'attribute_ids' is a required parameter"),
            ("attribute_ids", json!([]), "attribute_ids must contain at least one attribute_id"),
            ("attribute_ids", json!("x"), "'attribute_ids' not an array must be of type Array"),
            (
                "attribute_ids",
                json!(["non_existent"]),
                "attribute_ids invalid for conversation dataset: non_existent",
            ),
            ("end_time", json!(null), "'end_time' is a required parameter"),
            ("end_time", json!(0), "end_time must not be before start_time"),
        ] {
            let mut body = complete.clone();
            body[name] = value;
            assert_eq!(message(&body).as_deref(), Some(words));
        }
    }

    #[test]
    fn a_message_goes_to_one_or_to_several() {
        assert_eq!(readers(&json!({"to": {"id": "a"}})), ["a"]);
        assert_eq!(readers(&json!({"to": [{"id": "a"}, {"id": "b"}]})), ["a", "b"]);
        assert!(readers(&json!({})).is_empty());
    }
}
