//! The changes that are still to be published as live events. Triggers insert them in the transaction of each change
//! (schema.rs).

use crate::edge::runtime::sql::Store;
use serde::Deserialize;
use std::rc::Rc;
use worker::Result;

/// A change to publish.
#[derive(Debug, Deserialize)]
pub struct PendingEvent {
    /// The row's number, in the order of the changes.
    pub number: i64,
    /// The number of the message that reached a final state.
    pub message: Option<i64>,
    /// The number of the message's states up to the change.
    pub change: Option<usize>,
    /// The id of the batch whose state changed.
    pub batch: Option<String>,
}

/// Reads and deletes pending events.
#[derive(Clone, Debug)]
pub struct PendingEventStore {
    sql: Rc<Store>,
}

impl PendingEventStore {
    /// Reads the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Checks for pending events.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.sql.first::<i64>("SELECT 1 FROM event LIMIT 1", vec![])?.is_none())
    }

    /// Reads the oldest events, at most `limit`.
    pub fn next(&self, limit: i64) -> Result<Vec<PendingEvent>> {
        self.sql.all(
            "SELECT json_object('number', number, 'message', message, 'change', change, 'batch', batch)
             FROM event ORDER BY number LIMIT ?",
            vec![limit.into()],
        )
    }

    /// Deletes the events up to a number.
    pub fn delete(&self, last: i64) -> Result<()> {
        self.sql.run("DELETE FROM event WHERE number <= ?", vec![last.into()])
    }

    /// Deletes the oldest events if there are more than `most`. Returns `false` if there are no more.
    pub fn trim(&self, most: i64) -> Result<bool> {
        let query = "SELECT number FROM event ORDER BY number DESC LIMIT 1 OFFSET ?";
        let last: Option<i64> = self.sql.first(query, vec![most.into()])?;
        last.map(|last| self.delete(last)).transpose()?;
        Ok(last.is_some())
    }
}
