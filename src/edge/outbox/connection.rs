//! The Worker's connection to the outbox.

use crate::client::Timer;
use crate::edge::config::Config;
use crate::edge::outbox::protocol::{Command, CopyRequest, MessageSubmission, Reply};
use crate::edge::response::{NOTHING_DONE, Rejection, is_storage_full, kind};
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc;
use std::time::Duration;
use worker::{Env, Response};

/// The binding and the name of the one outbox that the Worker has.
const OUTBOX: (&str, &str) = ("OUTBOX", "outbox");

/// Sends a command to the outbox and returns its reply.
pub async fn ask(env: &Env, command: &Command, body: &[u8]) -> Result<Reply, Rejection> {
    Config::of(env).require(OUTBOX.0)?;
    match object_rpc::exchange::<Reply>(env, OUTBOX, command, body).await {
        Ok((mut reply, body)) => {
            reply.response.body = body;
            Ok(reply)
        }
        Err(error) if is_storage_full(&error) => Err(storage_full(env, command).await),
        Err(error) => Err(stopped(&error)),
    }
}

/// The number of attempts to ask a restarted outbox for a message.
const FINDS: usize = 5;

/// Explains a write that found no room. It stops the outbox, and with it messages that are being sent: the
/// outbox that starts next says if this message was one of them.
async fn storage_full(env: &Env, command: &Command) -> Rejection {
    let find = match command {
        Command::Send(MessageSubmission { caller, fingerprint, .. }) => {
            Command::Find { caller: caller.clone(), fingerprint: fingerprint.clone() }
        }
        Command::Resend { copy: CopyRequest { caller, fingerprint, .. }, .. } => {
            Command::Find { caller: caller.clone(), fingerprint: fingerprint.clone() }
        }
        Command::Retry { id, .. } => return Rejection::storage_full(&see_message(id)),
        _ => return Rejection::storage_full(NOTHING_DONE),
    };
    for _ in 0..FINDS {
        match object_rpc::exchange::<Reply>(env, OUTBOX, &find, &[]).await {
            Ok((Reply { message: None, .. }, _)) => return Rejection::storage_full(NOTHING_DONE),
            Ok((Reply { message: Some(id), .. }, _)) => {
                return Rejection::storage_full(&see_message(&id)).holding("id", id.into());
            }
            // An alarm went off that can't write either, and stopped the outbox once more.
            Err(_) => Clock.sleep(Duration::from_millis(100)).await,
        }
    }
    Rejection::storage_full("whether the message was sent is unknown")
}

fn see_message(id: &str) -> String {
    format!("GET /edge/messages/{id} says what becomes of the message")
}

/// Sends a command to the outbox that it answers with a stream. Another answer is a rejection.
pub async fn stream(env: &Env, command: &Command) -> Result<Response, Rejection> {
    Config::of(env).require(OUTBOX.0)?;
    let answer = object_rpc::stream::<Reply>(env, OUTBOX, command).await;
    match answer.map_err(|error| stopped(&error))? {
        Ok(stream) => Ok(stream),
        Err((mut reply, body)) => {
            reply.response.body = body;
            Err(Rejection::response(reply.response))
        }
    }
}

#[track_caller]
fn stopped(error: &worker::Error) -> Rejection {
    Rejection::uncertain(502, "The Worker's outbox was stopped before it could answer")
        .caused_by(&kind(error))
}
