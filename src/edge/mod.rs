//! The Worker: authenticates callers, keeps the access token, forwards API 2.x, and translates API 1.x.
//!
//! [`access`] authenticates the caller, [`version`] decides the API version, [`operation`] finds the operation
//! and its scope. Then the request is translated ([`bridge`]), answered from the cache ([`cached`]), sent through
//! the outbox ([`messages`]) or forwarded ([`forward`]). docs/architecture.md explains the folders.

mod access;
mod bridge;
mod config;
mod csv;
mod expiring_keys;
mod export;
mod intercom;
mod live;
mod messages;
mod operation;
mod outbox;
mod request;
mod response;
mod runtime;
mod sha256;
mod status;
mod translation;
mod webhooks;

use access::authentication;
use access::cors;
use config::Config;
use config::version::Dialect;
use intercom::{cached, forward};
use request::context::{RequestContext, Trace};
use request::log;
use request::target::Target;
use request::version;
use response::{Answer, Rejection};
use runtime::{RequestHead, task};
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

/// Handles a request. The runtime calls it. Gives a response, or a promise of one.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, execution: JsValue) -> JsValue {
    task::start(async move {
        let head = runtime::request_head(&request);
        let head = RequestHead::of(&head);
        let config = Config::of(&env);
        let context = RequestContext {
            request: &request,
            env: &env,
            config: &config,
            head: &head,
            target: Target::of(head.url),
            arrived: Duration::from_millis(head.arrived.parse().unwrap_or_default()),
            trace: Trace::default(),
        };
        expiring_keys::check(&context, &execution);
        let mut cors_allowed = false;
        let answer = answer(&context, &mut cors_allowed).await;
        let mut answer = answer.unwrap_or_else(Rejection::into_answer);
        if let Some(message) = context.trace.message.get() {
            answer.set("x-intercom-edge-message", message.as_str());
        }
        if context.trace.replayed.get() {
            answer.set("idempotency-replayed", "true");
        }
        let now = runtime::now();
        let id = context.trace.id.get().cloned().unwrap_or_else(|| answer.request_id());
        if config.log {
            log::write(&context, &answer, &id, now);
        }
        let took = [context.trace.upstream.get(), log::own_time(&context, now)];
        answer.into_response(cors_allowed.then_some(&request), took)
    })
}

/// Answers a request. Sets `cors_allowed` to true if a page of the request's origin may read the answer.
async fn answer(
    context: &RequestContext<'_>,
    cors_allowed: &mut bool,
) -> Result<Answer, Rejection> {
    let RequestContext { config, head, target, .. } = context;
    *cors_allowed = config.allow_origin(head.origin);
    let requested = || {
        let header = context.request.headers().get("access-control-request-headers");
        header.ok().flatten().unwrap_or_default()
    };
    if let Some(answer) = cors::preflight(head, *cors_allowed, requested) {
        return answer;
    }
    if let Some(answer) = status::open(context) {
        return answer;
    }
    if let Some(answer) = status::without_key(context) {
        return answer.await;
    }
    let caller = authentication::authenticate(head, &config.credentials, context.arrived).await?;
    context.trace.caller.get_or_init(|| caller.name.clone());
    *cors_allowed = caller.may_be_read_from(head.origin, &config.origins);
    caller.check_page(head, &config.origins, target.origin)?;
    caller.check_limit(config.caller_limit.as_ref()).await?;
    config.upstream()?;
    target.check()?;
    if target.path().starts_with("/edge/") {
        return Box::pin(status::answer(context, &caller)).await;
    }
    let dialect = version::of(context)?;
    if let Dialect::V1(version) = &dialect
        && let Some(found) = bridge::find(head.method, &target.segments()?, target)?
    {
        context.name_operation(&format!("/{}", found.pattern.join("/").replace("{}", "{id}")));
        caller.allow(found.operation.scope())?;
        // Boxed, so that the future of a forwarded call stays small.
        return Box::pin(bridge::answer(found, *version, context, &caller)).await;
    }
    let operation = operation::find(head.method, target.path())?;
    context.name_operation(operation.pattern);
    caller.allow(operation.scope)?;
    let version = dialect.upstream_version(&config.upstream_version);
    if let Some(kind) = messages::kind_of(&operation) {
        return Box::pin(messages::forward(context, &caller, operation, kind, version)).await;
    }
    match config.cache.of(&operation) {
        Some(time) => Box::pin(cached::answer(context, version, time)).await,
        None => forward::forward(context, operation, version).await,
    }
}
