//! Live events: stores the events of Intercom and of the outbox in one [log], and sends them to [readers].
//!
//! The log is the only buffer. Each reader is a position in it, so that a reader can resume, and a slow one costs no
//! memory.

mod answer;
pub mod event;
mod log;
pub mod protocol;
mod readers;
pub mod topic;

use crate::edge::response::{Rejection, kind};
use crate::edge::runtime::object_rpc;
pub use answer::{answer, connect};
use event::NewEvent;
pub use protocol::Removals;
use protocol::{LOG, LogCommand};
use serde::de::DeserializeOwned;
use worker::Env;

/// Stores events. Returns once they are durable. Drops repeats of stored events.
pub async fn store(env: &Env, events: Vec<NewEvent>) -> Result<(), Rejection> {
    let _added: usize = ask_log(env, &LogCommand::Store(events)).await?;
    Ok(())
}

/// Reads the removed contacts whose removal was stored since a time in milliseconds since 1970, in the order in which
/// they came. `after`: `next` of the page before.
pub async fn removals(
    env: &Env,
    since: i64,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Removals, Rejection> {
    ask_log(env, &LogCommand::Removals { since, after, limit }).await
}

/// Returns a number that grows with each event after which cached responses of Intercom may be out of date.
pub async fn invalidated(env: &Env) -> Result<i64, Rejection> {
    ask_log(env, &LogCommand::Invalidated).await
}

/// Returns the workspace of an access token, if [`set_workspace`] stored it. `token`: the token's hash.
pub async fn workspace(env: &Env, token: &str) -> Result<Option<String>, Rejection> {
    ask_log(env, &LogCommand::Workspace { token: token.to_owned() }).await
}

/// Stores the workspace of an access token, instead of that of the token before.
pub async fn set_workspace(env: &Env, token: &str, id: &str) -> Result<(), Rejection> {
    let (token, id) = (token.to_owned(), id.to_owned());
    ask_log(env, &LogCommand::SetWorkspace { token, id }).await
}

/// Sends a command to the log. 503 if the log does not answer: nothing was stored then.
async fn ask_log<T: DeserializeOwned>(env: &Env, command: &LogCommand) -> Result<T, Rejection> {
    match object_rpc::exchange(env, LOG, command, &[]).await {
        Ok((answer, _)) => Ok(answer),
        Err(error) => {
            let words = "The event log did not answer: try again";
            Err(Rejection::new(503, "service_unavailable", words).caused_by(&kind(&error)))
        }
    }
}
