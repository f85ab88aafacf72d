//! A sender: the Durable Object that speaks with Intercom for the outbox. It composes and posts messages, and
//! finds people.
//!
//! There are several, because the runtime gives each object six connections at a time. A sender stores
//! nothing: the outbox decides, and records the outcome.

use crate::client::{Failure, RateLimit};
use crate::edge::config::Config;
use crate::edge::intercom::upstream::{Intercom, whole};
use crate::edge::outbox::compose;
use crate::edge::outbox::protocol::{
    Job, MessageSummary, PreparedMessage, SenderCommand, SenderOutcome, SenderReply,
    StoredTemplate, Verbatim,
};
use crate::edge::request::context::Trace;
use crate::edge::response::{Rejection, StoredResponse, rate_limit};
use crate::edge::runtime;
use crate::edge::runtime::clock::milliseconds;
use crate::edge::runtime::object_rpc;
use crate::edge::translation::message;
use std::time::Duration;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

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
        let (command, body) = object_rpc::split(&bytes)?;
        let config = Config::of(&self.env);
        let trace = Trace::default();
        let (outcome, limit, body) = match command {
            SenderCommand::Compose { job, template, milliseconds, waits } => {
                let deadline = runtime::now() + Duration::from_millis(milliseconds);
                let intercom = Intercom::until(deadline, &config, &trace);
                let intercom = if waits { intercom } else { intercom.patient() };
                let prepared = compose(&intercom, job, template, body).await;
                let outcome = prepared.map(|PreparedMessage { summary, created_at, body }| {
                    (SenderOutcome::Composed { summary, created_at }, body)
                });
                with_limit(&intercom, outcome)
            }
            SenderCommand::FindPeople { milliseconds } => {
                let deadline = runtime::now() + Duration::from_millis(milliseconds);
                let intercom = Intercom::until(deadline, &config, &trace).patient();
                let people = compose::people(&intercom, body).await;
                let outcome =
                    people.map(|(ids, next)| (SenderOutcome::People { ids, next }, Vec::new()));
                with_limit(&intercom, outcome)
            }
            SenderCommand::Post { verbatim, milliseconds } => {
                let time = Duration::from_millis(milliseconds);
                match post(&config, verbatim, body, time, &trace).await {
                    Ok(mut response) => {
                        let body = std::mem::take(&mut response.body);
                        let limit = limit_in(&response.headers);
                        (SenderOutcome::Answered(response), limit, body)
                    }
                    Err(failure) => {
                        let timed_out = failure == Failure::Timeout;
                        (SenderOutcome::Lost { timed_out }, None, Vec::new())
                    }
                }
            }
        };
        let reply = SenderReply::new(outcome, limit, trace.upstream.get(), trace.requests.get());
        Response::from_bytes(object_rpc::join(&reply, &body))
    }
}

/// Prepares the body that goes to Intercom.
async fn compose(
    intercom: &Intercom<'_>,
    job: Job,
    template: Option<StoredTemplate>,
    request: &[u8],
) -> std::result::Result<PreparedMessage, Rejection> {
    match job {
        Job::Verbatim(_) => {
            let summary = MessageSummary::default();
            Ok(PreparedMessage { summary, created_at: None, body: request.to_vec() })
        }
        Job::Translated => {
            let (contact, body) = message::translated(intercom, request).await?;
            let summary = contact.map(|contact| MessageSummary::of_contact(&contact, None));
            Ok(PreparedMessage { summary: summary.unwrap_or_default(), created_at: None, body })
        }
        Job::Notification => compose::notification(intercom, template.as_ref(), request).await,
    }
}

/// Adds the rate limit of Intercom's last response to an outcome.
fn with_limit(
    intercom: &Intercom<'_>,
    outcome: std::result::Result<(SenderOutcome, Vec<u8>), Rejection>,
) -> (SenderOutcome, Option<RateLimit>, Vec<u8>) {
    match outcome {
        Ok((outcome, body)) => (outcome, limit_in(&intercom.limits()), body),
        Err(rejection) => {
            let mut response = rejection.into_stored();
            let body = std::mem::take(&mut response.body);
            let limit = limit_in(&response.headers);
            (SenderOutcome::Rejected(response), limit, body)
        }
    }
}

/// Sends a message, and reads the whole response.
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

fn limit_in(headers: &[(String, String)]) -> Option<RateLimit> {
    rate_limit(headers)
}
