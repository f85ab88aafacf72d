//! The faults that wait for their requests.

use super::answer::Refusal;
use super::fault::{Fault, Kind};
use super::store::Store;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    number: u64,
    entry: String,
}

/// All that wait, the oldest first.
pub(super) fn all(store: &Store) -> Result<Vec<Fault>, Refusal> {
    store.entries("SELECT entry FROM fault ORDER BY number", &[])
}

/// Adds one.
pub(super) fn add(store: &Store, fault: &Fault) -> Result<(), Refusal> {
    let entry = serde_json::to_string(fault)?;
    store.run("INSERT INTO fault (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])
}

/// Forgets all.
pub(super) fn clear(store: &Store) -> Result<(), Refusal> {
    store.run("DELETE FROM fault", &[])
}

/// What goes wrong with a request, if anything: the oldest fault that meets it is used once.
pub(super) fn strike(store: &Store, method: &str, path: &str) -> Result<Option<Kind>, Refusal> {
    let rows: Vec<Row> = store.rows("SELECT number, entry FROM fault ORDER BY number", &[])?;
    for row in rows {
        let fault: Fault = serde_json::from_str(&row.entry)?;
        if fault.meets(method, path) {
            let number = row.number.into();
            if fault.times > 1 {
                let left = Fault { times: fault.times - 1, ..fault.clone() };
                store.run(
                    "UPDATE fault SET entry = ?1 ->> '$[1]' WHERE number = (?1 ->> '$[0]')",
                    &[number, serde_json::to_string(&left)?.into()],
                )?;
            } else {
                store.run("DELETE FROM fault WHERE number = (?1 ->> '$[0]')", &[number])?;
            }
            return Ok(Some(fault.kind));
        }
    }
    Ok(None)
}
