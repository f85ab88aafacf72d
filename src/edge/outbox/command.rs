//! What the outbox is asked, and what it answers.

use crate::client::Timer;
use crate::edge::config::Config;
use crate::edge::outbox::batch::Format;
use crate::edge::outbox::message::{Job, MessageKind, State};
use crate::edge::response::{NOTHING_DONE, Rejection, StoredResponse, is_storage_full, kind};
use crate::edge::runtime;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc;
use crate::model::Object;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use worker::{Env, Response};

/// What the outbox is asked; bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub enum Command {
    /// Send a message, or tell what became of it.
    Send(New),
    /// Show a message; with a caller, only one of theirs. `conversations`: whether replies may be seen.
    Show { id: String, caller: Option<String>, conversations: bool },
    /// List messages.
    List(Filter),
    /// Send a message once more whose end is unknown. `deadline`: as [`New::deadline`]. `conversations`:
    /// whether replies may be sent.
    Retry { id: String, deadline: Option<u64>, conversations: bool },
    /// Remove a message. `conversations`: whether replies may be seen.
    Remove { id: String, conversations: bool },
    /// Remove messages.
    Purge(Filter),
    /// Find the message of a request that may still be on its way, or that was sent lately.
    Find { caller: String, fingerprint: String },
    /// Show a template, or one of its older versions.
    ShowTemplate { name: String, version: Option<i64> },
    /// Give a template as the Worker itself reads it.
    FetchTemplate { name: String, version: Option<i64> },
    /// List templates.
    ListTemplates,
    /// Store a template; its JSON comes beside it.
    PutTemplate { name: String },
    /// Remove a template.
    DeleteTemplate { name: String },
    /// Make a batch; its recipients, a JSON array, come beside it.
    NewBatch(NewBatch),
    /// Show a batch.
    ShowBatch { id: String },
    /// List batches.
    ListBatches { per_page: i64, starting_after: Option<String> },
    /// Pause, resume or cancel a batch.
    ChangeBatch { id: String, change: String },
    /// Tell how a batch stands whenever that changes: an answer to [`stream`].
    WatchBatch { id: String },
    /// Tell what became of a batch's recipients: an answer to [`stream`].
    Result { id: String, format: Format },
    /// Tell whether the tables can be read, and how full the outbox is.
    Health,
}

/// A message to send; its bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub struct New {
    /// Whose it is.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// What tells requests apart.
    pub fingerprint: String,
    /// What it is.
    pub kind: MessageKind,
    /// The id of the conversation that it replies to.
    pub conversation: Option<String>,
    /// How the message is made.
    pub job: Job,
    /// The template that it is rendered from, in its newest version.
    pub template: Option<String>,
    /// Until when the caller waits, in milliseconds since 1970; `None`: they don't.
    pub deadline: Option<u64>,
}

/// A batch to make.
#[derive(Debug, Deserialize, Serialize)]
pub struct NewBatch {
    /// Whose it is.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// What tells requests apart.
    pub fingerprint: String,
    /// The template's name.
    pub template: String,
    /// The template's version; the newest without one.
    pub version: Option<i64>,
    /// The admin who sends.
    pub sender: String,
    /// What every recipient's template is filled with.
    pub variables: Object,
    /// The search that finds the recipients.
    pub search: Option<Object>,
    /// How many people it finds.
    pub found: usize,
}

/// Which messages to list.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Filter {
    /// Of this caller.
    pub caller: Option<String>,
    /// In this state.
    pub state: Option<State>,
    /// Of this kind.
    pub kind: Option<MessageKind>,
    /// Of this batch.
    pub batch: Option<String>,
    /// That came after this time, in seconds since 1970.
    pub created_after: Option<i64>,
    /// That came before this time.
    pub created_before: Option<i64>,
    /// So many.
    pub per_page: i64,
    /// Those after this one.
    pub starting_after: Option<String>,
}

/// What the outbox answers; the body of `response` comes beside it.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Reply {
    /// What the caller is answered.
    pub response: StoredResponse,
    /// The message that was sent.
    pub message: Option<String>,
    /// Whether the answer is one that was kept.
    pub replayed: bool,
    /// How long Intercom took, in milliseconds.
    pub took: u64,
    /// How many requests went to Intercom.
    pub requests: u32,
}

impl Reply {
    /// An answer of the Worker's own.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self { response: StoredResponse::json(status, body), ..Self::default() }
    }

    /// 204.
    pub fn no_content() -> Self {
        let response = StoredResponse { status: 204, ..StoredResponse::default() };
        Self { response: response.with("x-request-id", runtime::random_uuid()), ..Self::default() }
    }
}

impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self { response: rejection.into_stored(), ..Self::default() }
    }
}

/// Asks the outbox: there is one for the whole Worker.
pub async fn ask(env: &Env, command: &Command, body: &[u8]) -> Result<Reply, Rejection> {
    Config::of(env).require("OUTBOX")?;
    match object_rpc::exchange::<Reply>(env, ("OUTBOX", "outbox"), command, body).await {
        Ok((mut reply, body)) => {
            reply.response.body = body;
            Ok(reply)
        }
        Err(error) if is_storage_full(&error) => Err(storage_full(env, command).await),
        Err(error) => Err(stopped(&error)),
    }
}

/// How often the outbox is asked what it knows of a message, where it was stopped.
const FINDS: usize = 5;

/// A write that didn't reach the disk stops the outbox, and with it messages that are on their way. Whether
/// one was among them is asked of the outbox that starts then.
async fn storage_full(env: &Env, command: &Command) -> Rejection {
    let find = match command {
        Command::Send(New { caller, fingerprint, .. }) => {
            Command::Find { caller: caller.clone(), fingerprint: fingerprint.clone() }
        }
        Command::Retry { id, .. } => return Rejection::storage_full(&look_at(id)),
        _ => return Rejection::storage_full(NOTHING_DONE),
    };
    for _ in 0..FINDS {
        match object_rpc::exchange::<Reply>(env, ("OUTBOX", "outbox"), &find, &[]).await {
            Ok((Reply { message: None, .. }, _)) => return Rejection::storage_full(NOTHING_DONE),
            Ok((Reply { message: Some(id), .. }, _)) => {
                return Rejection::storage_full(&look_at(&id)).holding("id", id.into());
            }
            // An alarm went off that can't write either, and stopped the outbox once more.
            Err(_) => Clock.sleep(Duration::from_millis(100)).await,
        }
    }
    Rejection::storage_full("whether the message was sent is unknown")
}

fn look_at(id: &str) -> String {
    format!("GET /edge/messages/{id} says what becomes of the message")
}

/// Asks the outbox for what it streams. An answer that isn't 200 is a refusal.
pub async fn stream(env: &Env, command: &Command) -> Result<Response, Rejection> {
    Config::of(env).require("OUTBOX")?;
    let answer = object_rpc::send(env, ("OUTBOX", "outbox"), command, &[]).await;
    let mut answer = answer.map_err(|error| stopped(&error))?;
    if answer.headers().get("content-type")?.is_none() {
        return Ok(answer);
    }
    let bytes = answer.bytes().await?;
    let (mut reply, body) = object_rpc::split::<Reply>(&bytes)?;
    reply.response.body = body.to_vec();
    Err(Rejection::response(reply.response))
}

#[track_caller]
fn stopped(error: &worker::Error) -> Rejection {
    Rejection::uncertain(502, "The Worker's outbox was stopped before it could answer")
        .caused_by(&kind(error))
}
