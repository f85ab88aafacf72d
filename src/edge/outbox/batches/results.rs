//! The results of a batch as a file, one line for each recipient in the order in which they were listed.

use crate::call::Format;
use crate::edge::csv;
use crate::edge::outbox::batches::store::RecipientStore;
use crate::model::Object;
use futures_util::stream;
use serde_json::Value;
use worker::{Response, Result};

const COLUMNS: [&str; 7] =
    ["recipient", "contact_id", "state", "id", "message_id", "cause", "finished_at"];

/// Streams the results of a batch.
pub fn stream_results(recipients: &RecipientStore, id: &str, format: Format) -> Result<Response> {
    let (recipients, id) = (recipients.clone(), id.to_owned());
    let chunks = stream::unfold(Some(0), move |after| {
        let chunk = after.and_then(|after| chunk(&recipients, &id, format, after));
        async move { chunk.map(|(text, next)| (Ok::<_, worker::Error>(text.into_bytes()), next)) }
    });
    Response::from_stream(Box::pin(chunks))
}

/// Writes the next lines after the row with a number, and the number of the last row. `None` at the end.
fn chunk(
    recipients: &RecipientStore,
    id: &str,
    format: Format,
    after: i64,
) -> Option<(String, Option<i64>)> {
    let rows = recipients.results(id, after).ok()?;
    let mut text = match (format, after) {
        (Format::Csv, 0) => format!("{}\r\n", COLUMNS.join(",")),
        _ => String::new(),
    };
    for (_, row) in &rows {
        match format {
            Format::Csv => text.extend([&*csv_row(row), "\r\n"]),
            Format::Ndjson => text.extend([&*Value::from(row.clone()).to_string(), "\n"]),
        }
    }
    let next = rows.last().map(|(number, _)| *number);
    (!text.is_empty()).then_some((text, next))
}

/// Writes a row as a line of CSV (RFC 4180), without its end.
fn csv_row(row: &Object) -> String {
    let cell = |name: &&str| match row.get(*name) {
        Some(Value::String(text)) => csv::cell(text),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",")
}
