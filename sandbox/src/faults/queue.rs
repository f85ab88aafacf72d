//! The faults that wait for matching requests.

use crate::faults::fault::{Fault, FaultKind};
use crate::http::response::ApiError;
use crate::store::Store;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    number: u64,
    entry: String,
}

/// Returns all waiting faults, oldest first.
pub(crate) fn all(store: &Store) -> Result<Vec<Fault>, ApiError> {
    store.entries("SELECT entry FROM fault ORDER BY number", &[])
}

/// Adds a fault.
pub(crate) fn add(store: &Store, fault: &Fault) -> Result<(), ApiError> {
    let entry = serde_json::to_string(fault)?;
    store.run("INSERT INTO fault (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])
}

/// Removes all faults.
pub(crate) fn clear(store: &Store) -> Result<(), ApiError> {
    store.run("DELETE FROM fault", &[])
}

/// Takes the oldest fault that matches a request; it counts as used once.
pub(crate) fn take(store: &Store, method: &str, path: &str) -> Result<Option<FaultKind>, ApiError> {
    let rows: Vec<Row> = store.rows("SELECT number, entry FROM fault ORDER BY number", &[])?;
    for row in rows {
        let fault: Fault = serde_json::from_str(&row.entry)?;
        if fault.matches(method, path) {
            let number = row.number.into();
            if fault.times > 1 {
                let remaining = Fault { times: fault.times - 1, ..fault.clone() };
                store.run(
                    "UPDATE fault SET entry = ?1 ->> '$[1]' WHERE number = (?1 ->> '$[0]')",
                    &[number, serde_json::to_string(&remaining)?.into()],
                )?;
            } else {
                store.run("DELETE FROM fault WHERE number = (?1 ->> '$[0]')", &[number])?;
            }
            return Ok(Some(fault.kind));
        }
    }
    Ok(None)
}
