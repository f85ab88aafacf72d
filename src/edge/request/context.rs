//! A request, and its trace for the log.

use crate::edge::config::Config;
use crate::edge::request::target::Target;
use crate::edge::runtime::RequestHead;
use std::cell::{Cell, OnceCell, RefCell};
use std::time::Duration;
use worker::Env;

/// A request, with the settings and bindings that every step may use.
#[derive(Debug)]
pub struct RequestContext<'a> {
    /// The request itself, for its body.
    pub request: &'a web_sys::Request,
    /// The bindings.
    pub env: &'a Env,
    /// The settings.
    pub config: &'a Config,
    /// The parts of the request that decisions need.
    pub head: &'a RequestHead<'a>,
    /// The request's path and query.
    pub target: Target<'a>,
    /// The time when the request came in, since 1970.
    pub arrived: Duration,
    /// The trace for the log.
    pub trace: Trace,
}

impl RequestContext<'_> {
    /// Sets the operation's name for the log, by the pattern of its path.
    pub fn name_operation(&self, pattern: &str) {
        if !pattern.is_empty() {
            self.trace.operation.replace([self.method(), " ", pattern].concat());
        }
    }

    /// Gives the method for the log; `?` for an unknown one, which could be any text.
    pub fn method(&self) -> &'static str {
        METHODS.iter().find(|known| **known == self.head.method).unwrap_or(&"?")
    }
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The trace of a request: names and numbers, never personal data.
#[derive(Debug, Default)]
pub struct Trace {
    /// Intercom's id of the request, if its response passes and has one.
    pub id: OnceCell<String>,
    /// The caller's name.
    pub caller: OnceCell<String>,
    /// The operation's name, such as `GET /contacts/{contact_id}`; empty for an unknown one.
    pub operation: RefCell<String>,
    /// The time that Intercom took for all requests.
    pub upstream: Cell<Duration>,
    /// The number of requests to Intercom.
    pub requests: Cell<u32>,
    /// The number of repeated requests to Intercom.
    pub retries: Cell<u32>,
    /// `hit` or `miss`, for a call whose response may be cached.
    pub cache: Cell<Option<&'static str>>,
    /// The id of the message in the outbox that the answer is about.
    pub message: OnceCell<String>,
    /// The answer was stored in the outbox before.
    pub replayed: Cell<bool>,
    /// The declared length of Intercom's body, in bytes.
    pub length: Cell<Option<u64>>,
}

impl Trace {
    /// Counts a request to Intercom.
    pub fn count(&self, took: Duration) {
        self.upstream.set(self.upstream.get() + took);
        self.requests.set(self.requests.get() + 1);
    }
}
