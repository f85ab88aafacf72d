//! The Worker: it knows who calls, keeps the access token, passes API 2.x through, and speaks API
//! 1.x to old callers.
//!
//! A request goes one way: [`caller`] says who it is, [`dialect`] which API it speaks, [`operation`]
//! what the call is and which scope it needs; then it is either bridged ([`bridge`]), answered from
//! the [`cache`], or forwarded as it stands ([`forward`]). Whatever the Worker says itself is an
//! [`answer`] in Intercom's error shape. What the hot path asks of JavaScript is in [`runtime`], and [`task`] runs it.

mod answer;
mod body;
mod bridge;
mod cache;
mod caller;
mod clock;
mod config;
mod cors;
mod cursors;
mod dialect;
mod forward;
mod frame;
mod links;
mod log;
mod messages;
mod operation;
mod outbox;
mod own;
mod runtime;
mod scope;
mod sender;
mod store;
mod target;
mod task;
mod template;
mod token;
mod upstream;
mod visit;

use answer::{Answer, Refusal};
use caller::Caller;
use config::Config;
use dialect::Dialect;
use runtime::Facts;
use std::time::Duration;
use target::Target;
use visit::{Notes, Visit};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

/// What the runtime calls for each request; gives a response, or a promise of one.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, _context: JsValue) -> JsValue {
    task::start(async move {
        let facts = runtime::facts_of(&request);
        let facts = Facts::of(&facts);
        let config = Config::of(&env);
        let visit = Visit {
            request: &request,
            env: &env,
            config: &config,
            facts: &facts,
            target: Target::of(facts.url),
            arrived: Duration::from_millis(facts.arrived.parse().unwrap_or_default()),
            notes: Notes::default(),
        };
        let mut shown = false;
        let answer = answer(&visit, &mut shown).await;
        let mut answer = answer.unwrap_or_else(Refusal::into_answer);
        if let Some(message) = visit.notes.message.get() {
            answer.set("x-intercom-edge-message", message.as_str());
        }
        if visit.notes.replayed.get() {
            answer.set("idempotency-replayed", "true");
        }
        let now = runtime::now();
        let id = visit.notes.id.get().cloned().unwrap_or_else(|| answer.request_id());
        if config.log {
            log::write(&visit, &answer, &id, now);
        }
        let took = [visit.notes.upstream.get(), log::own_time(&visit, now)];
        answer.into_response(shown.then_some(&request), took)
    })
}

/// Answers a request. `shown` becomes whether a page of its origin may see the answer.
async fn answer(visit: &Visit<'_>, shown: &mut bool) -> Result<Answer, Refusal> {
    let Visit { config, facts, target, .. } = visit;
    *shown = config.allow_origin(facts.origin);
    let asked = || {
        let asked = visit.request.headers().get("access-control-request-headers");
        asked.ok().flatten().unwrap_or_default()
    };
    if let Some(answer) = cors::preflight(facts, *shown, asked) {
        return answer;
    }
    if let Some(answer) = own::open(visit) {
        return answer;
    }
    let caller = Caller::of(facts, config, visit.arrived).await?;
    visit.notes.caller.get_or_init(|| caller.name.clone());
    *shown = caller.shows_to(facts.origin, config);
    caller.check_page(facts, config, target.origin)?;
    caller.check_limit(visit).await?;
    config.upstream()?;
    target.check()?;
    if target.path().starts_with("/edge/") {
        return Box::pin(own::answer(visit, &caller)).await;
    }
    let dialect = Dialect::of(visit)?;
    if let Dialect::V1(version) = &dialect
        && let Some(asked) = bridge::route(facts.method, &target.segments()?, target)?
    {
        visit.name_operation(&format!("/{}", asked.pattern.join("/").replace("{}", "{id}")));
        caller.allow(asked.route.scope())?;
        // Apart, so that what a forwarded call carries along stays small.
        return Box::pin(bridge::answer(asked, *version, visit, &caller)).await;
    }
    let operation = operation::find(facts.method, target.path())?;
    visit.name_operation(operation.pattern);
    caller.allow(operation.scope)?;
    let version = dialect.upstream_version(&config.upstream_version);
    if let Some(kind) = messages::kind_of(&operation) {
        return Box::pin(messages::forward(visit, &caller, operation, kind, version)).await;
    }
    match config.cache.of(&operation) {
        Some(time) => Box::pin(cache::answer(visit, version, time)).await,
        None => forward::forward(visit, operation, version).await,
    }
}
