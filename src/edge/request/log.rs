//! One line a request: names, numbers and times. No query, no body, no credential, no person's data.

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
    /// What went wrong in the Worker or its settings: a kind and a place, never a text of anybody's.
    cause: Option<&'a str>,
}

/// How long the Worker took, Intercom's time not counted.
pub fn own_time(context: &RequestContext<'_>, now: Duration) -> Duration {
    now.saturating_sub(context.arrived).saturating_sub(context.trace.upstream.get())
}

/// Writes the line.
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

/// Writes a line about a fault of the Worker's own that no request's line tells of, even where requests
/// aren't logged: its kind and its place.
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
