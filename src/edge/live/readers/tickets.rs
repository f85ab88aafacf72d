//! The readers of WebSockets, and the tickets, each of which opens one WebSocket. A page can't send its key with a
//! WebSocket, so it requests a ticket with the key. Both are stored, because the object may hibernate.

use crate::edge::live::protocol::Reader;
use crate::edge::runtime;
use crate::edge::runtime::sql::{SchemaError, Store};
use crate::edge::sha256;
use worker::{Result, State};

/// The schema's steps: see `outbox/schema.rs`. `ticket` is the hash of the ticket, and NULL
/// after its use.
const STEPS: &[&[&str]] = &[&["CREATE TABLE reader (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       ticket TEXT UNIQUE,
       expires INTEGER NOT NULL,
       reader TEXT NOT NULL
     )"]];

/// The time that a ticket is valid, in milliseconds.
pub const TICKET_VALID_MS: i64 = 30_000;

/// The readers of WebSockets.
#[derive(Debug)]
pub struct Tickets {
    sql: Store,
}

impl Tickets {
    /// Uses the tables of an object. [`open`](Self::open) creates them.
    pub fn new(state: &State) -> Self {
        Self { sql: Store::new(state) }
    }

    /// Brings the tables to the newest schema.
    pub fn open(&self) -> std::result::Result<(), SchemaError> {
        self.sql.migrate(STEPS)
    }

    /// Creates a ticket for a reader. `now`: milliseconds since 1970.
    pub fn create(&self, reader: &Reader, now: i64) -> Result<String> {
        let expired = "DELETE FROM reader WHERE ticket IS NOT NULL AND expires <= ?";
        self.sql.run(expired, vec![now.into()])?;
        let ticket = runtime::random_uuid().replace('-', "");
        self.sql.run(
            "INSERT INTO reader (ticket, expires, reader) VALUES (?, ?, ?)",
            vec![
                sha256::hex(&[ticket.as_bytes()]).into(),
                (now + TICKET_VALID_MS).into(),
                serde_json::to_string(reader)?.into(),
            ],
        )?;
        Ok(ticket)
    }

    /// Uses a ticket. Returns the reader and its number; `None` if the ticket is unknown, was used or has expired.
    pub fn take(&self, ticket: &str, now: i64) -> Result<Option<(i64, Reader)>> {
        self.sql.first(
            "UPDATE reader SET ticket = NULL WHERE ticket = ? AND expires > ?
             RETURNING json_array(number, json(reader))",
            vec![sha256::hex(&[ticket.as_bytes()]).into(), now.into()],
        )
    }

    /// Finds the reader of a number.
    pub fn reader(&self, number: i64) -> Result<Option<Reader>> {
        let query = "SELECT reader FROM reader WHERE number = ?";
        self.sql.first(query, vec![number.into()])
    }

    /// Removes the reader of a number.
    pub fn remove(&self, number: i64) -> Result<()> {
        self.sql.run("DELETE FROM reader WHERE number = ?", vec![number.into()])
    }

    /// Removes the readers whose ticket was used, except those of some numbers.
    pub fn keep_only(&self, numbers: &[i64]) -> Result<()> {
        self.sql.run(
            "DELETE FROM reader WHERE ticket IS NULL
               AND number NOT IN (SELECT value FROM json_each(?))",
            vec![serde_json::to_string(numbers)?.into()],
        )
    }
}
