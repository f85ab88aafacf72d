//! The Durable Object that stores cursors of API 2.x for callers that count pages or scroll, across isolates
//! and restarts.
//!
//! It stores no person's data: a list's name is a hash, and a cursor is Intercom's opaque text.

use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::sql::{SchemaError, Store, now};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::time::Duration;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// A position in a list, and the cursor that asks for what comes after it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Position {
    /// How many people come before it.
    pub offset: i64,
    /// Intercom's cursor.
    pub cursor: String,
}

/// What the object does.
#[derive(Debug, Deserialize, Serialize)]
enum Command {
    /// Finds the stored position nearest to an offset, not after it.
    Nearest { list: String, offset: i64 },
    /// Stores positions for a number of seconds.
    Store { list: String, positions: Vec<Position>, seconds: i64 },
    /// Removes the positions of a list because Intercom rejected one of its cursors.
    Remove { list: String },
}

/// The object's response. The body of a rejection follows it.
#[derive(Debug, Deserialize, Serialize)]
enum Reply {
    /// The command was executed. [`Command::Nearest`] gives the position, if there is one.
    Done(Option<Position>),
    /// The command was not executed.
    Rejected(StoredResponse),
}

/// The steps of the schema: `STEPS[n - 1]` turns schema `n - 1` into schema `n`. Released steps never change.
///
/// The first releases made the same table without a schema number, so step 1 accepts a table that exists.
const STEPS: &[&[&str]] = &[&["CREATE TABLE IF NOT EXISTS position (
    list TEXT NOT NULL, \"offset\" INTEGER NOT NULL, cursor TEXT NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (list, \"offset\")
  ) WITHOUT ROWID"]];

/// How often expired positions are removed.
const CLEANING: Duration = Duration::from_secs(600);

/// The object, one for the whole Worker.
#[durable_object(alarm)]
pub struct Cursors {
    state: State,
    store: Store,
    migrated: Cell<bool>,
}

impl DurableObject for Cursors {
    fn new(state: State, _env: Env) -> Self {
        let store = Store::new(&state);
        Self { state, store, migrated: Cell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let bytes = request.bytes().await?;
        let (command, _) = object_rpc::split(&bytes)?;
        Response::from_bytes(match self.answer(command).await {
            Ok(found) => object_rpc::join(&Reply::Done(found), &[]),
            Err(rejection) => {
                let mut response = rejection.into_stored();
                let body = std::mem::take(&mut response.body);
                object_rpc::join(&Reply::Rejected(response), &body)
            }
        })
    }

    async fn alarm(&self) -> Result<Response> {
        // Tables of a newer schema are a newer Worker's to clean.
        if self.migrate().is_ok() {
            self.store.run("DELETE FROM position WHERE expires <= ?", vec![seconds().into()])?;
            let left = self.store.first::<i64>("SELECT 1 FROM position LIMIT 1", vec![])?;
            if left.is_some() {
                self.state.storage().set_alarm(CLEANING).await?;
            }
        }
        Response::empty()
    }
}

impl Cursors {
    /// Brings the tables to the newest schema. It runs without a pause, so no other request comes between.
    fn migrate(&self) -> std::result::Result<(), SchemaError> {
        if !self.migrated.get() {
            self.store.migrate(STEPS)?;
            self.migrated.set(true);
        }
        Ok(())
    }

    async fn answer(&self, command: Command) -> std::result::Result<Option<Position>, Rejection> {
        self.migrate()?;
        Ok(self.execute(command).await?)
    }

    async fn execute(&self, command: Command) -> Result<Option<Position>> {
        match command {
            Command::Nearest { list, offset } => self.store.first(
                "SELECT json_object('offset', \"offset\", 'cursor', cursor) FROM position
                 WHERE list = ? AND \"offset\" <= ? AND expires > ?
                 ORDER BY \"offset\" DESC LIMIT 1",
                vec![list.into(), offset.into(), seconds().into()],
            ),
            Command::Store { list, positions, seconds } => {
                self.store.transaction(|| self.insert(&list, positions, seconds))?;
                let storage = self.state.storage();
                if storage.get_alarm().await?.is_none() {
                    storage.set_alarm(CLEANING).await?;
                }
                Ok(None)
            }
            Command::Remove { list } => {
                self.store.run("DELETE FROM position WHERE list = ?", vec![list.into()])?;
                Ok(None)
            }
        }
    }

    fn insert(&self, list: &str, positions: Vec<Position>, lifetime: i64) -> Result<()> {
        for Position { offset, cursor } in positions {
            // A cursor that differs from the stored one means that the list has changed: the stored
            // positions behind it belong to the list as it was.
            self.store.run(
                "DELETE FROM position WHERE list = ?1 AND \"offset\" > ?2 AND EXISTS
                   (SELECT 1 FROM position WHERE list = ?1 AND \"offset\" = ?2 AND cursor IS NOT ?3)",
                vec![list.into(), offset.into(), cursor.as_str().into()],
            )?;
            self.store.run(
                "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?)",
                vec![list.into(), offset.into(), cursor.into(), (seconds() + lifetime).into()],
            )?;
        }
        Ok(())
    }
}

/// The time in seconds since 1970.
fn seconds() -> i64 {
    now() / 1000
}

/// Returns the stored position nearest to an offset, not after it.
pub async fn nearest(
    env: &Env,
    list: &str,
    offset: i64,
) -> std::result::Result<Option<Position>, Rejection> {
    ask(env, &Command::Nearest { list: list.to_owned(), offset }).await
}

/// Stores positions for a number of seconds.
pub async fn store(
    env: &Env,
    list: &str,
    positions: Vec<Position>,
    seconds: i64,
) -> std::result::Result<(), Rejection> {
    ask(env, &Command::Store { list: list.to_owned(), positions, seconds }).await.map(drop)
}

/// Removes the positions of a list.
pub async fn remove(env: &Env, list: &str) -> std::result::Result<(), Rejection> {
    ask(env, &Command::Remove { list: list.to_owned() }).await.map(drop)
}

async fn ask(env: &Env, command: &Command) -> std::result::Result<Option<Position>, Rejection> {
    let object = ("CURSORS", "cursors");
    match object_rpc::exchange(env, object, command, &[]).await? {
        (Reply::Done(found), _) => Ok(found),
        (Reply::Rejected(response), body) => {
            Err(Rejection::response(StoredResponse { body, ..response }))
        }
    }
}
