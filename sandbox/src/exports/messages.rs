//! Exports of messages: `/export/content/data`.

use crate::call::Call;
use crate::contacts::table::find_by;
use crate::exports::file::{csv, gzip};
use crate::exports::job::{ExportType, enqueue, is_complete, respond, status, times};
use crate::http::body::{set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::log::messages as message_log;
use crate::resource::{Resource, table};
use serde_json::{Value, json};

/// The exports of messages.
pub(crate) struct MessageExports;

impl Resource for MessageExports {
    const NAME: &'static str = "content_export";
}

const CONTENT: ExportType = ExportType {
    name: "message data",
    max_pending: 1,
    complete: "completed",
    download: "download/content/data",
};

/// Answers `POST /export/content/data`.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let [from, to] = times(&call.request.object()?, ["created_at_after", "created_at_before"])?;
    let job = json!({ "from": from, "to": to });
    enqueue::<MessageExports>(call, job, &CONTENT)
}

/// Answers `GET /export/content/data/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    respond(call, &table::find::<MessageExports>(call.store, &call.param)?, &CONTENT)
}

/// Answers `POST /export/cancel/{id}`. A complete job stays complete.
pub(crate) fn cancel(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut job = table::find::<MessageExports>(call.store, &call.param)?;
    if status(call, &job, &CONTENT) == "pending" {
        set(&mut job, "canceled", true);
        table::save::<MessageExports>(call.store, &job)?;
    }
    respond(call, &job, &CONTENT)
}

/// Answers `GET /download/content/data/{id}`: a row for each message that an admin sent in the time
/// of the export, and each recipient.
pub(crate) fn download(call: &Call) -> Result<ApiResponse, ApiError> {
    let job = table::find::<MessageExports>(call.store, &call.param)?;
    let time = |name: &str| job.get(name).and_then(Value::as_i64);
    let period = time("from").zip(time("to")).filter(|_| is_complete(call, &job, &CONTENT));
    let (from, to) = period.ok_or_else(ApiError::not_found)?;
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
    for (request, response) in message_log::sent_by_admins(call.store)? {
        let at = response.get("created_at").and_then(Value::as_i64).unwrap_or_default();
        if !(from..=to).contains(&at) {
            continue;
        }
        let field = |name: &str| text(&response, name).unwrap_or_default().to_owned();
        for recipient in recipients(&request) {
            let contact = find_by(call, "id", recipient)?.into_iter().next();
            let contact = contact.unwrap_or_default();
            rows.push(vec![
                recipient.to_owned(),
                contact.external_id.unwrap_or_default(),
                contact.email.unwrap_or_default(),
                contact.name.unwrap_or_default(),
                field("id"),
                field("message_type"),
                field("subject"),
                at.to_string(),
            ]);
        }
    }
    Ok(ApiResponse::file(gzip(csv(&rows).as_bytes())))
}

/// Returns the ids of the recipients of a message.
fn recipients(request: &Value) -> Vec<&str> {
    match request.get("to") {
        Some(Value::Array(recipients)) => {
            recipients.iter().filter_map(|to| text(to, "id")).collect()
        }
        Some(to) => text(to, "id").into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_one_or_several_recipients() {
        assert_eq!(recipients(&json!({"to": {"id": "a"}})), ["a"]);
        assert_eq!(recipients(&json!({"to": [{"id": "a"}, {"id": "b"}]})), ["a", "b"]);
        assert!(recipients(&json!({})).is_empty());
    }
}
