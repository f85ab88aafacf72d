//! The record of what arrived and of which messages were accepted.

use super::answer::{Answer, Refusal};
use super::arrival::{Arrival, Record};
use super::store::Store;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many arrivals are kept.
const ARRIVALS: u64 = 10_000;

/// A list of what the sandbox recorded.
#[derive(Serialize)]
pub(super) struct Recorded<T> {
    r#type: &'static str,
    total: usize,
    data: Vec<T>,
}

impl<T> Recorded<T> {
    /// A list of it.
    pub fn new(data: Vec<T>) -> Self {
        Self { r#type: "list", total: data.len(), data }
    }
}

/// A message that was accepted: what was asked, and what was (or would have been) answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Accepted {
    request: Value,
    answer: Value,
}

/// The number of the next message, from 0.
pub(super) fn next_message(store: &Store) -> Result<u64, Refusal> {
    store.count("SELECT count(*) AS n FROM message", &[])
}

/// Keeps a message that was accepted.
pub(super) fn keep_message(
    store: &Store,
    number: u64,
    request: &Value,
    answer: &Answer,
) -> Result<(), Refusal> {
    let answer = serde_json::from_slice(&answer.body)?;
    let entry = serde_json::to_string(&Accepted { request: request.clone(), answer })?;
    store.run(
        "INSERT INTO message (number, entry) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[number.into(), entry.into()],
    )
}

/// All messages that were accepted, in their order.
pub(super) fn messages(store: &Store) -> Result<Recorded<Accepted>, Refusal> {
    Ok(Recorded::new(store.entries("SELECT entry FROM message ORDER BY number", &[])?))
}

/// Returns request and answer of each message that an admin sent.
pub(super) fn sent_by_admins(store: &Store) -> Result<Vec<(Value, Value)>, Refusal> {
    let all: Vec<Accepted> = store.entries("SELECT entry FROM message ORDER BY number", &[])?;
    let by_admin = |message: &Accepted| message.answer.get("type") == Some(&"admin_message".into());
    Ok(all.into_iter().filter(by_admin).map(|one| (one.request, one.answer)).collect())
}

/// Keeps an arrival, in place of the oldest if there are too many.
pub(super) fn keep_arrival(store: &Store, arrival: &Arrival) -> Result<(), Refusal> {
    let entry = serde_json::to_string(&arrival.record())?;
    store.run("INSERT INTO arrival (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])?;
    let bound = format!(
        "DELETE FROM arrival WHERE number <= (SELECT max(number) - {ARRIVALS} FROM arrival)"
    );
    store.run(&bound, &[])
}

/// The last arrivals, in their order.
pub(super) fn arrivals(store: &Store) -> Result<Recorded<Record>, Refusal> {
    Ok(Recorded::new(store.entries("SELECT entry FROM arrival ORDER BY number", &[])?))
}
