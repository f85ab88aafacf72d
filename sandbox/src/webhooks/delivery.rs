//! The table `delivery`: the notifications to send, and those that were sent.

use crate::http::response::ApiError;
use crate::store::Store;
use crate::webhooks::notification::Notification;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The number of finished deliveries that are kept.
pub(crate) const MAX_FINISHED: u64 = 10_000;

/// The signature of a notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signing {
    /// With the client secret.
    #[default]
    Right,
    /// With the hub secret of API 1.x.
    Hub,
    /// With another secret.
    Wrong,
    /// Not at all.
    Missing,
}

/// A notification to send.
#[derive(Debug, Serialize)]
pub(crate) struct NewDelivery {
    /// The notification.
    pub notification: Notification,
    /// The signature.
    pub signing: Signing,
    /// The time when it is due, in milliseconds since 1970.
    pub due_ms: u64,
    /// True if it is sent only when the delivery before it is finished.
    pub waits: bool,
}

/// A delivery that is due.
pub(crate) struct DueDelivery {
    number: u64,
    /// The notification.
    pub notification: Notification,
    /// The signature.
    pub signing: Signing,
    /// The number of this attempt, counted from 1.
    pub attempt: u64,
    /// The time of the first attempt, in seconds since 1970.
    pub first_sent_at: i64,
}

/// The result of an attempt.
#[derive(Debug, PartialEq)]
pub(crate) struct Attempt {
    /// The status of the response.
    pub status: Option<u16>,
    /// The reason why there is no response.
    pub error: Option<String>,
}

impl Attempt {
    /// Returns true if the receiver accepted the notification.
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Adds deliveries, and removes old ones that are finished.
pub(crate) fn insert(store: &Store, deliveries: &[NewDelivery]) -> Result<(), ApiError> {
    store.run_with(
        "INSERT INTO delivery (id, topic, state, attempts, due_ms, entry)
         SELECT value ->> '$.notification.id', value ->> '$.notification.topic',
           iif(value ->> '$.waits', 'waiting', 'pending'), 0, value ->> '$.due_ms', value
         FROM json_each(?1)",
        deliveries,
    )?;
    // With the `+`, SQLite reads the few oldest rows, instead of all that are finished.
    let remove_oldest = format!(
        "DELETE FROM delivery WHERE +state IN ('delivered', 'failed')
         AND number <= (SELECT max(number) - {MAX_FINISHED} FROM delivery)"
    );
    store.run(&remove_oldest, &[])
}

/// Returns the number of the newest delivery, from which ids are generated.
pub(crate) fn newest_number(store: &Store) -> Result<u64, ApiError> {
    store.count("SELECT coalesce(max(number), 0) AS n FROM delivery", &[])
}

/// Returns when the next delivery is due, in milliseconds since 1970.
pub(crate) fn next_due_ms(store: &Store) -> Result<Option<u64>, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        due_ms: Option<u64>,
    }
    // Without `INDEXED BY`, SQLite reads all pending deliveries through the index of `state`.
    let select = "SELECT min(due_ms) AS due_ms FROM delivery INDEXED BY delivery_due_ms
         WHERE state = 'pending'";
    Ok(store.row::<Row>(select, &[])?.and_then(|row| row.due_ms))
}

/// Takes the delivery that has been due for the longest. Until `retry_ms` no other call takes it: if
/// the sandbox is killed during the attempt, it is made again then.
pub(crate) fn take(
    store: &Store,
    now_ms: u64,
    retry_ms: u64,
) -> Result<Option<DueDelivery>, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        attempts: u64,
        first_sent_at: i64,
        entry: String,
    }
    #[derive(Deserialize)]
    struct Entry {
        notification: Notification,
        signing: Signing,
    }
    let row: Option<Row> = store.row(
        "UPDATE delivery SET attempts = attempts + 1, due_ms = ?1 ->> '$[1]',
           first_sent_at = coalesce(first_sent_at, (?1 ->> '$[0]') / 1000)
         WHERE number = (SELECT number FROM delivery INDEXED BY delivery_due_ms
           WHERE state = 'pending' AND due_ms <= (?1 ->> '$[0]') ORDER BY due_ms, number LIMIT 1)
         RETURNING number, attempts, first_sent_at, entry",
        &[now_ms.into(), retry_ms.into()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let Entry { notification, signing } = serde_json::from_str(&row.entry)?;
    Ok(Some(DueDelivery {
        number: row.number,
        notification,
        signing,
        attempt: row.attempts,
        first_sent_at: row.first_sent_at,
    }))
}

/// Stores the result of an attempt. `retry_ms` is when the next one is due; without it, a rejected
/// delivery is given up. A delivery that a reset has removed stays removed.
pub(crate) fn finish(
    store: &Store,
    delivery: &DueDelivery,
    attempt: &Attempt,
    retry_ms: Option<u64>,
) -> Result<(), ApiError> {
    let state = match (attempt.is_accepted(), retry_ms) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "failed",
    };
    store.run(
        "UPDATE delivery SET state = ?1 ->> '$[2]', status = ?1 ->> '$[3]', error = ?1 ->> '$[4]',
           due_ms = coalesce(?1 ->> '$[5]', due_ms),
           entry = iif((?1 ->> '$[2]') = 'pending', entry, '')
         WHERE number = (?1 ->> '$[0]') AND id IS (?1 ->> '$[1]') AND state = 'pending'",
        &[
            delivery.number.into(),
            delivery.notification.id.clone().into(),
            state.into(),
            attempt.status.into(),
            attempt.error.clone().into(),
            retry_ms.into(),
        ],
    )?;
    if state == "pending" {
        return Ok(());
    }
    store.run(
        "UPDATE delivery SET state = 'pending' WHERE number = (?1 ->> '$[0]') AND state = 'waiting'",
        &[(delivery.number + 1).into()],
    )
}

/// Removes all deliveries.
pub(crate) fn clear(store: &Store) -> Result<(), ApiError> {
    store.run("DELETE FROM delivery", &[])
}

/// Returns the number of deliveries by state, and the newest ones, oldest first.
pub(crate) fn list(store: &Store, limit: u64) -> Result<Value, ApiError> {
    #[derive(Deserialize)]
    struct State {
        state: String,
        n: u64,
    }
    #[derive(Serialize, Deserialize)]
    struct Shown {
        id: Option<String>,
        topic: String,
        state: String,
        attempts: u64,
        status: Option<u16>,
        error: Option<String>,
    }
    let states: Vec<State> =
        store.rows("SELECT state, count(*) AS n FROM delivery GROUP BY state", &[])?;
    let count = |names: &[&str]| -> u64 {
        let of_names = states.iter().filter(|row| names.contains(&row.state.as_str()));
        of_names.map(|row| row.n).sum()
    };
    let mut shown: Vec<Shown> = store.rows(
        "SELECT id, topic, iif(state = 'waiting', 'pending', state) AS state, attempts, status, error
         FROM delivery ORDER BY number DESC LIMIT (?1 ->> '$[0]')",
        &[limit.into()],
    )?;
    shown.reverse();
    Ok(json!({
        "type": "list", "total": states.iter().map(|row| row.n).sum::<u64>(),
        "pending": count(&["pending", "waiting"]), "delivered": count(&["delivered"]),
        "failed": count(&["failed"]), "data": shown,
    }))
}
