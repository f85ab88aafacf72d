//! Writes one line per request: names, numbers and times. No query, body, credential or personal data.

use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection, kind};
use crate::edge::runtime;
use serde::Serialize;
use serde_json::json;
use std::panic::Location;
use std::time::Duration;

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    caller: Option<&'a str>,
    method: &'a str,
    operation: &'a str,
    status: u16,
    by: &'a str,
    upstream_ms: u128,
    edge_ms: u128,
    bytes: Option<u64>,
    cache: Option<&'a str>,
    requests: u32,
    retries: u32,
    /// The fault of the Worker, its settings or a credential: a kind and a place, or a failed check. Never a
    /// text that may name people.
    cause: Option<&'a str>,
}

/// Gives the time that the Worker took, without Intercom's time.
pub fn own_time(context: &RequestContext<'_>, now: Duration) -> Duration {
    now.saturating_sub(context.arrived).saturating_sub(context.trace.upstream.get())
}

/// Writes the line of a request.
pub fn write(context: &RequestContext<'_>, answer: &Answer, id: &str, now: Duration) {
    let trace = &context.trace;
    let line = Line {
        id,
        caller: trace.caller.get().map(String::as_str),
        method: context.method(),
        operation: &trace.operation.borrow(),
        status: answer.status,
        by: answer.speaker,
        upstream_ms: trace.upstream.get().as_millis(),
        edge_ms: own_time(context, now).as_millis(),
        bytes: trace.length.get().or_else(|| answer.length().map(|length| length as u64)),
        cache: trace.cache.get(),
        requests: trace.requests.get(),
        retries: trace.retries.get(),
        cause: answer.cause.as_deref(),
    };
    runtime::log(&serde_json::to_string(&line).unwrap_or_default());
}

/// Writes a line with the kind and the place of a fault that no request's line has. It is written even if
/// requests aren't logged.
#[track_caller]
pub fn fault(error: &worker::Error) {
    let cause = format!("{} at {}", kind(error), Location::caller());
    runtime::log(&json!({ "cause": cause }).to_string());
}

/// Writes a line about a rejection that does not become the response.
pub fn rejection(rejection: &Rejection) {
    if let Some(cause) = rejection.cause() {
        runtime::log(&json!({ "cause": cause }).to_string());
    }
}
