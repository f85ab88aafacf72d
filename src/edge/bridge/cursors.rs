//! Where lists stand: a Durable Object that keeps cursors of API 2.x for callers who count pages or
//! scroll, across isolates and restarts.
//!
//! It holds positions only: a list's name is a hash, a cursor is Intercom's opaque text.

use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, SqlStorageValue, State,
    durable_object,
};

/// A position in a list, and the cursor that asks for what comes after it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Position {
    /// How many people come before it.
    pub offset: i64,
    /// Intercom's cursor.
    pub cursor: String,
}

/// What the object is asked.
#[derive(Debug, Deserialize, Serialize)]
enum Command {
    /// The known position nearest to an offset, not after it.
    Nearest { list: String, offset: i64 },
    /// Positions to keep for so many seconds.
    Keep { list: String, positions: Vec<Position>, seconds: i64 },
    /// Intercom didn't take a cursor of this list: none of them is worth keeping.
    Forget { list: String },
}

/// The object, one for the whole Worker.
#[durable_object(alarm)]
pub struct Cursors {
    state: State,
}

impl DurableObject for Cursors {
    fn new(state: State, _env: Env) -> Self {
        // A table that can't be made shows at its first use.
        let _ = state.storage().sql().exec(
            "CREATE TABLE IF NOT EXISTS position (
               list TEXT NOT NULL, \"offset\" INTEGER NOT NULL, cursor TEXT NOT NULL, expires INTEGER NOT NULL,
               PRIMARY KEY (list, \"offset\")
             ) WITHOUT ROWID",
            None,
        );
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let sql = self.state.storage().sql();
        let now = now();
        match request.json().await? {
            Command::Nearest { list, offset } => {
                let rows: Vec<Position> = sql
                    .exec(
                        "SELECT \"offset\", cursor FROM position
                         WHERE list = ? AND \"offset\" <= ? AND expires > ?
                         ORDER BY \"offset\" DESC LIMIT 1",
                        vec![list.into(), integer(offset), integer(now)],
                    )?
                    .to_array()?;
                Response::from_json(&rows.first())
            }
            Command::Keep { list, positions, seconds } => {
                for Position { offset, cursor } in positions {
                    let cursor = SqlStorageValue::from(cursor);
                    // Another cursor than before means that the list has moved: what was known
                    // further on belongs to the list of then.
                    sql.exec(
                        "DELETE FROM position WHERE list = ?1 AND \"offset\" > ?2 AND EXISTS
                           (SELECT 1 FROM position WHERE list = ?1 AND \"offset\" = ?2 AND cursor IS NOT ?3)",
                        vec![list.clone().into(), integer(offset), cursor.clone()],
                    )?;
                    sql.exec(
                        "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?)",
                        vec![list.clone().into(), integer(offset), cursor, integer(now + seconds)],
                    )?;
                }
                let storage = self.state.storage();
                if storage.get_alarm().await?.is_none() {
                    storage.set_alarm(std::time::Duration::from_secs(CLEANING)).await?;
                }
                Response::empty()
            }
            Command::Forget { list } => {
                sql.exec("DELETE FROM position WHERE list = ?", vec![list.into()])?;
                Response::empty()
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let sql = self.state.storage().sql();
        sql.exec("DELETE FROM position WHERE expires <= ?", vec![integer(now())])?;
        let left: Vec<serde_json::Value> =
            sql.exec("SELECT 1 FROM position LIMIT 1", None)?.to_array()?;
        if !left.is_empty() {
            self.state.storage().set_alarm(std::time::Duration::from_secs(CLEANING)).await?;
        }
        Response::empty()
    }
}

/// How often expired positions are removed, in seconds.
const CLEANING: u64 = 600;

fn now() -> i64 {
    (worker::Date::now().as_millis() / 1000).try_into().unwrap_or(i64::MAX)
}

/// SQLite's integers travel as JavaScript's numbers, which offsets and seconds never outgrow.
fn integer(value: i64) -> SqlStorageValue {
    SqlStorageValue::Integer(value)
}

/// The known position nearest to an offset, not after it.
pub async fn nearest(env: &Env, list: &str, offset: i64) -> Result<Option<Position>> {
    ask(env, &Command::Nearest { list: list.to_owned(), offset }).await?.json().await
}

/// Keeps positions for so many seconds.
pub async fn keep(env: &Env, list: &str, positions: Vec<Position>, seconds: i64) -> Result<()> {
    ask(env, &Command::Keep { list: list.to_owned(), positions, seconds }).await.map(drop)
}

/// Forgets a list.
pub async fn forget(env: &Env, list: &str) -> Result<()> {
    ask(env, &Command::Forget { list: list.to_owned() }).await.map(drop)
}

async fn ask(env: &Env, command: &Command) -> Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(serde_json::to_string(command)?.into()));
    let request = Request::new_with_init("https://cursors/", &init)?;
    let object = env.durable_object("CURSORS")?.get_by_name("cursors")?;
    let answer = object.fetch_with_request(request).await?;
    if answer.status_code() == 200 { Ok(answer) } else { Err("the cursors' object failed".into()) }
}
