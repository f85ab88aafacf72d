//! The log of the messages that the sandbox accepted.

use crate::http::response::{ApiError, ApiResponse};
use crate::log::LogList;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message that was accepted: the bodies of the request and of the response. The response is the
/// one before a fault changed it.
#[derive(Serialize, Deserialize)]
pub(crate) struct MessageRecord {
    request: Value,
    answer: Value,
}

/// Returns the number of the next message, counted from 0.
pub(crate) fn next_number(store: &Store) -> Result<u64, ApiError> {
    store.count("SELECT count(*) AS n FROM message", &[])
}

/// Returns Intercom's id of a message, from its number.
pub(crate) fn id(number: u64) -> String {
    const FIRST: u64 = 403_918_396;
    (FIRST + number).to_string()
}

/// Adds a message that was accepted.
pub(crate) fn record(
    store: &Store,
    number: u64,
    request: &Value,
    response: &ApiResponse,
) -> Result<(), ApiError> {
    let answer = serde_json::from_slice(&response.body)?;
    let entry = serde_json::to_string(&MessageRecord { request: request.clone(), answer })?;
    store.run(
        "INSERT INTO message (number, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[number.into(), entry.into()],
    )
}

/// Returns all messages that were accepted, oldest first.
pub(crate) fn all(store: &Store) -> Result<LogList<MessageRecord>, ApiError> {
    Ok(LogList::new(store.entries("SELECT entry FROM message ORDER BY number", &[])?))
}

/// Returns the request and the response of each message that an admin sent.
pub(crate) fn sent_by_admins(store: &Store) -> Result<Vec<(Value, Value)>, ApiError> {
    let all: Vec<MessageRecord> =
        store.entries("SELECT entry FROM message ORDER BY number", &[])?;
    let by_admin =
        |message: &MessageRecord| message.answer.get("type") == Some(&"admin_message".into());
    Ok(all.into_iter().filter(by_admin).map(|message| (message.request, message.answer)).collect())
}
