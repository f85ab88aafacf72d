//! Exports of reports: `/export/reporting_data`, in the words of Intercom's examples.

use super::answer::{Answer, Refusal};
use super::body::{text, texts};
use super::collection::{self, Collection};
use super::exports::{ExportKind, complete, enqueue, shown, times};
use super::gzip::{csv, gzip};
use super::operation::Call;
use serde_json::{Value, json};

/// The exports of reports.
pub(super) struct ReportingExports;

impl Collection for ReportingExports {
    const KIND: &'static str = "reporting_export";
}

const REPORTING: ExportKind = ExportKind {
    name: "reporting dataset",
    max_pending: 5,
    complete: "complete",
    download: "download/reporting_data",
};

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
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let job = report(&body)?;
    enqueue::<ReportingExports>(call, job, &REPORTING)
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

fn named(call: &Call) -> Result<Value, Refusal> {
    collection::find::<ReportingExports>(call.store, &call.name).map_err(|_| {
        let message = format!("Export job not found for identifier: {}", call.name);
        Refusal::new(404, "not_found", message)
    })
}

/// Answers `GET /export/reporting_data/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    shown(call, &named(call)?, &REPORTING)
}

/// Answers `GET /download/reporting_data/{id}`.
pub(super) fn download(call: &Call) -> Result<Answer, Refusal> {
    let job = named(call)?;
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
}
