//! One request on its way through the Worker, and what is noted of it for the log.

use crate::edge::config::Config;
use crate::edge::request::target::Target;
use crate::edge::runtime::RequestHead;
use std::cell::{Cell, OnceCell, RefCell};
use std::time::Duration;
use worker::Env;

/// What every step may use.
#[derive(Debug)]
pub struct RequestContext<'a> {
    /// The request itself, for its body.
    pub request: &'a web_sys::Request,
    /// The bindings.
    pub env: &'a Env,
    /// The settings.
    pub config: &'a Config,
    /// What the Worker decides by.
    pub head: &'a RequestHead<'a>,
    /// Where the request goes.
    pub target: Target<'a>,
    /// When it came in, since 1970.
    pub arrived: Duration,
    /// What is noted on the way.
    pub trace: Trace,
}

impl RequestContext<'_> {
    /// Names the operation for the log, by the pattern of its path.
    pub fn name_operation(&self, pattern: &str) {
        if !pattern.is_empty() {
            self.trace.operation.replace([self.method(), " ", pattern].concat());
        }
    }

    /// The method, for the log: one that nobody knows could be anything that a caller wrote.
    pub fn method(&self) -> &'static str {
        METHODS.iter().find(|known| **known == self.head.method).unwrap_or(&"?")
    }
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What is noted on the way: names and numbers, never a person's data.
#[derive(Debug, Default)]
pub struct Trace {
    /// Intercom's id of the request, where its answer passes and has one.
    pub id: OnceCell<String>,
    /// The caller's name.
    pub caller: OnceCell<String>,
    /// The operation's name, such as `GET /contacts/{contact_id}`; empty for one that isn't known.
    pub operation: RefCell<String>,
    /// How long Intercom took, over all requests to it.
    pub upstream: Cell<Duration>,
    /// How many requests went to Intercom.
    pub requests: Cell<u32>,
    /// How many of them were sent again.
    pub retries: Cell<u32>,
    /// Whether the cache had the answer, where it could have.
    pub cache: Cell<Option<&'static str>>,
    /// The message in the outbox that the answer is about.
    pub message: OnceCell<String>,
    /// Whether the outbox had the answer.
    pub replayed: Cell<bool>,
    /// Bytes of Intercom's body, where it said.
    pub length: Cell<Option<u64>>,
}

impl Trace {
    /// Trace a request to Intercom.
    pub fn count(&self, took: Duration) {
        self.upstream.set(self.upstream.get() + took);
        self.requests.set(self.requests.get() + 1);
    }
}
