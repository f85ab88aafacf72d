//! Exports of reports: `/export/reporting_data`. The error messages are those of Intercom's
//! examples.

use crate::call::Call;
use crate::exports::file::{csv, gzip};
use crate::exports::job::{ExportType, enqueue, is_complete, respond, times};
use crate::http::body::{text, texts};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::{Resource, table};
use serde_json::{Value, json};

/// The exports of reports.
pub(crate) struct ReportingExports;

impl Resource for ReportingExports {
    const NAME: &'static str = "reporting_export";
}

const REPORTING: ExportType = ExportType {
    name: "reporting dataset",
    max_pending: 5,
    complete: "complete",
    download: "download/reporting_data",
};

/// A dataset of reports.
struct Dataset {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    table: &'static str,
    /// The id, the name, and the JSON pointer to the value.
    attributes: &'static [(&'static str, &'static str, &'static str)],
}

/// The datasets. A report compares its start and end with the first attribute.
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
        table: "object WHERE resource = 'ticket'",
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

    fn pointer(&self, attribute: &str) -> Option<&'static str> {
        let known = self.attributes.iter().find(|(id, ..)| *id == attribute);
        known.map(|(.., pointer)| *pointer)
    }
}

/// Answers `GET /export/reporting_data/get_datasets`.
pub(crate) fn datasets(_: &Call) -> Result<ApiResponse, ApiError> {
    let datasets = DATASETS.iter().map(|dataset| {
        let attributes =
            dataset.attributes.iter().map(|(id, name, _)| json!({"id": id, "name": name}));
        json!({
            "id": dataset.id, "name": dataset.name, "description": dataset.description,
            "default_time_attribute_id": dataset.attributes.first().map(|(id, ..)| id),
            "attributes": attributes.collect::<Vec<_>>(),
        })
    });
    ApiResponse::ok(&json!({"type": "list", "data": datasets.collect::<Vec<_>>()}))
}

/// Answers `POST /export/reporting_data/enqueue`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let job = report(&body)?;
    enqueue::<ReportingExports>(call, job, &REPORTING)
}

/// Checks the body of a report, and returns its job.
fn report(body: &Value) -> Result<Value, ApiError> {
    let bad_request = |message: String| ApiError::new(400, "bad_request", message);
    let required = |name: &str| {
        body.get(name)
            .filter(|value| !value.is_null())
            .ok_or_else(|| bad_request(format!("'{name}' is a required parameter")))
    };
    let id = required("dataset_id")?.as_str().unwrap_or_default();
    let dataset =
        Dataset::find(id).ok_or_else(|| bad_request(format!("{id} is not a valid dataset_id")))?;
    if !required("attribute_ids")?.is_array() {
        return Err(bad_request("'attribute_ids' not an array must be of type Array".to_owned()));
    }
    let attributes = texts(body, "attribute_ids").unwrap_or_default();
    if attributes.is_empty() {
        return Err(bad_request("attribute_ids must contain at least one attribute_id".to_owned()));
    }
    let unknown: Vec<&str> =
        attributes.iter().filter(|id| dataset.pointer(id).is_none()).copied().collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        return Err(bad_request(format!("attribute_ids invalid for {id} dataset: {unknown}")));
    }
    let (_, _) = (required("start_time")?, required("end_time")?);
    let [from, to] = times(body, ["start_time", "end_time"])?;
    Ok(json!({"dataset": id, "attributes": attributes, "from": from, "to": to}))
}

/// Returns the job that the path names, or 404.
fn from_path(call: &Call) -> Result<Value, ApiError> {
    table::find::<ReportingExports>(call.store, &call.param).map_err(|_| {
        let message = format!("Export job not found for identifier: {}", call.param);
        ApiError::new(404, "not_found", message)
    })
}

/// Answers `GET /export/reporting_data/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    respond(call, &from_path(call)?, &REPORTING)
}

/// Answers `GET /download/reporting_data/{id}`.
pub(crate) fn download(call: &Call) -> Result<ApiResponse, ApiError> {
    let job = from_path(call)?;
    let dataset = text(&job, "dataset").and_then(Dataset::find);
    let dataset = dataset.filter(|_| is_complete(call, &job, &REPORTING));
    let dataset = dataset.ok_or_else(ApiError::not_found)?;
    let attributes = texts(&job, "attributes").unwrap_or_default();
    let select = format!(
        "SELECT body AS entry FROM {} AND body ->> '$.created_at'
         BETWEEN (?1 ->> '$[0]') AND (?1 ->> '$[1]') ORDER BY body ->> '$.created_at', id",
        dataset.table
    );
    let time = |name: &str| job.get(name).cloned().unwrap_or_default();
    let entries: Vec<Value> = call.store.entries(&select, &[time("from"), time("to")])?;
    let mut rows = vec![attributes.iter().map(|id| (*id).to_owned()).collect()];
    rows.extend(entries.iter().map(|entry| {
        let cell = |id: &&str| match dataset.pointer(id).and_then(|pointer| entry.pointer(pointer))
        {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        attributes.iter().map(cell).collect()
    }));
    Ok(ApiResponse::file(gzip(csv(&rows).as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_report_has_the_error_of_intercom() {
        let message = |body: &Value| report(body).map_err(|error| error.message).err();
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
