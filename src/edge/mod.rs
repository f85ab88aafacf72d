//! The Worker: it knows who calls, keeps the access token, passes API 2.x through, and speaks API
//! 1.x to old callers.
//!
//! A request goes one way: [`caller`] says who it is, [`dialect`] which API it speaks, [`operation`]
//! whether the call exists; then it is either bridged ([`bridge`]) or forwarded as it stands
//! ([`forward`]). Whatever the Worker says itself is an [`answer`] in Intercom's error shape.

mod answer;
mod body;
mod bridge;
mod caller;
mod clock;
mod config;
mod cursors;
mod dialect;
mod forward;
mod operation;
mod scope;
mod target;
mod upstream;

use answer::Refusal;
use config::Config;
use dialect::Dialect;
use target::Target;
use worker::{Context, Env, event};

#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    _context: Context,
) -> worker::Result<web_sys::Response> {
    Ok(match answer(&request, &env).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response()?,
    })
}

async fn answer(request: &web_sys::Request, env: &Env) -> Result<web_sys::Response, Refusal> {
    let url = request.url();
    let target = Target::of(&url)?;
    if target.path() == "/edge/health" {
        return health(&request.method());
    }
    let header = |name: &str| request.headers().get(name).ok().flatten();
    caller::check(&config::caller_keys(env), header("authorization").as_deref())?;
    let config = Config::read(env)?;
    let dialect = Dialect::of(header("intercom-version").as_deref(), &config)?;
    let method = request.method();
    let segments = target.segments()?;
    if let Dialect::V1(version) = &dialect
        && let Some(route) = bridge::route(&method, &segments)?
    {
        return bridge::answer(route, *version, request, &target, config, env).await;
    }
    operation::check(&method, &segments)?;
    forward::forward(request, &target, &dialect, &config).await
}

/// Whether the Worker serves at all: for load balancers and scripts, so without a key.
fn health(method: &str) -> Result<web_sys::Response, Refusal> {
    match method {
        "GET" | "HEAD" => answer::json(200, &serde_json::json!({ "status": "ok" }), &[]),
        _ => Err(Refusal::method_not_allowed("GET, HEAD")),
    }
}
