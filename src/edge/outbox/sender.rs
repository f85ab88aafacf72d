//! What speaks with Intercom for the outbox: makes messages and sends them, each when it is told to.
//!
//! It is an object of its own, with as many instances as are needed, because the runtime gives each
//! six connections at a time. It keeps nothing: the outbox decides, and writes down what came of it.

use crate::client::{Failure, RateLimit};
use crate::edge::config::Config;
use crate::edge::intercom::upstream::{Intercom, whole};
use crate::edge::outbox::compose;
use crate::edge::outbox::{Job, Template, Verbatim};
use crate::edge::request::context::Trace;
use crate::edge::response::{Rejection, StoredResponse, rate_limit};
use crate::edge::runtime;
use crate::edge::runtime::clock::milliseconds;
use crate::edge::runtime::object_rpc;
use crate::edge::translation::message;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// How many connections one instance has.
pub const CONNECTIONS: usize = 6;

/// What a sender is told to do; bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub enum Order {
    /// Make the body that goes out of what was asked for. `waits`: somebody waits for it.
    Make { job: Job, template: Option<Template>, milliseconds: u64, waits: bool },
    /// Send a body. Without [`Verbatim`] it is the Worker's own.
    Post { verbatim: Option<Verbatim>, milliseconds: u64 },
    /// Find a page of people.
    Page { milliseconds: u64 },
}

/// What came of it; bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Report {
    /// What came of it.
    pub outcome: Outcome,
    /// Where the workspace's limit stands: the limit, what remains, and when the window turns.
    limit: Option<(u32, u32, u64)>,
    /// How long Intercom took, in milliseconds.
    pub took: u64,
    /// How many requests went to Intercom.
    pub requests: u32,
}

/// What came of an order.
#[derive(Debug, Deserialize, Serialize)]
pub enum Outcome {
    /// The body that goes out, Intercom's id of its reader, and when Intercom says that the reader was
    /// created, in seconds since 1970.
    Made { contact: Option<String>, created_at: Option<i64> },
    /// Intercom's ids of a page of people, and the cursor of the next.
    Page { people: Vec<String>, next: Option<String> },
    /// Intercom's answer to the message.
    Answered(StoredResponse),
    /// Why there is no body to send. Nothing went out.
    Refused(StoredResponse),
    /// Bytes went out, and no answer came, or not in time.
    Lost { in_time: bool },
}

impl Report {
    /// Where the workspace's limit stands.
    pub fn limit(&self) -> Option<RateLimit> {
        let (limit, remaining, reset) = self.limit?;
        Some(RateLimit { limit, remaining, reset: Duration::from_secs(reset) })
    }
}

/// A sender.
#[durable_object(fetch)]
pub struct Sender {
    env: Env,
}

impl DurableObject for Sender {
    fn new(_state: State, env: Env) -> Self {
        Self { env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let bytes = request.bytes().await?;
        let (order, body) = object_rpc::split(&bytes)?;
        let config = Config::of(&self.env);
        let trace = Trace::default();
        let (outcome, limit, body) = match order {
            Order::Make { job, template, milliseconds, waits } => {
                let deadline = runtime::now() + Duration::from_millis(milliseconds);
                let intercom = Intercom::until(deadline, &config, &trace);
                let intercom = if waits { intercom } else { intercom.patient() };
                let made = make(&intercom, job, template, body).await;
                let made = made.map(|Made { contact, created_at, body }| {
                    (Outcome::Made { contact, created_at }, body)
                });
                found(&intercom, made)
            }
            Order::Page { milliseconds } => {
                let deadline = runtime::now() + Duration::from_millis(milliseconds);
                let intercom = Intercom::until(deadline, &config, &trace).patient();
                let page = compose::people(&intercom, body).await;
                let page = page.map(|(people, next)| (Outcome::Page { people, next }, Vec::new()));
                found(&intercom, page)
            }
            Order::Post { verbatim, milliseconds } => {
                let time = Duration::from_millis(milliseconds);
                match post(&config, verbatim, body, time, &trace).await {
                    Ok(mut response) => {
                        let body = std::mem::take(&mut response.body);
                        let limit = limit_in(&response.headers);
                        (Outcome::Answered(response), limit, body)
                    }
                    Err(failure) => {
                        let in_time = failure != Failure::Timeout;
                        (Outcome::Lost { in_time }, None, Vec::new())
                    }
                }
            }
        };
        let took = trace.upstream.get().as_millis().try_into().unwrap_or(u64::MAX);
        let report = Report { outcome, limit, took, requests: trace.requests.get() };
        Response::from_bytes(object_rpc::join(&report, &body))
    }
}

/// A message that is ready to go out.
#[derive(Debug)]
pub struct Made {
    /// Intercom's id of its reader, where that is known.
    pub contact: Option<String>,
    /// When Intercom says that the reader was created, in seconds since 1970.
    pub created_at: Option<i64>,
    /// The body of API 2.x.
    pub body: Vec<u8>,
}

/// Makes a message's body.
async fn make(
    intercom: &Intercom<'_>,
    job: Job,
    template: Option<Template>,
    asked: &[u8],
) -> std::result::Result<Made, Rejection> {
    match job {
        Job::Verbatim(_) => Ok(Made { contact: None, created_at: None, body: asked.to_vec() }),
        Job::Translated => {
            let (contact, body) = message::translated(intercom, asked).await?;
            Ok(Made { contact, created_at: None, body })
        }
        Job::Notification => compose::notification(intercom, template.as_ref(), asked).await,
    }
}

/// What came of asking Intercom, with where its limit stands.
fn found(
    intercom: &Intercom<'_>,
    found: std::result::Result<(Outcome, Vec<u8>), Rejection>,
) -> (Outcome, Option<(u32, u32, u64)>, Vec<u8>) {
    match found {
        Ok((outcome, body)) => (outcome, limit_in(&intercom.limits()), body),
        Err(rejection) => {
            let mut response = rejection.into_stored();
            let body = std::mem::take(&mut response.body);
            let limit = limit_in(&response.headers);
            (Outcome::Refused(response), limit, body)
        }
    }
}

/// Sends a message, and reads the answer to its end.
async fn post(
    config: &Config,
    verbatim: Option<Verbatim>,
    body: &[u8],
    time: Duration,
    trace: &Trace,
) -> std::result::Result<StoredResponse, Failure> {
    let upstream = config.upstream().map_err(|_| Failure::Connection)?;
    let Verbatim { version, target, headers, .. } = verbatim.unwrap_or_else(|| Verbatim {
        version: config.upstream_version.clone(),
        target: "/messages".to_owned(),
        headers: "content-type\napplication/json".to_owned(),
        from_v1: false,
    });
    let begun = runtime::now();
    let answer = upstream.post(&target, &version, &headers, body, milliseconds(time));
    whole(answer, time, begun, trace).await.map(StoredResponse::of_upstream)
}

fn limit_in(headers: &[(String, String)]) -> Option<(u32, u32, u64)> {
    let limit = rate_limit(headers)?;
    Some((limit.limit, limit.remaining, limit.reset.as_secs()))
}
