//! The Worker's own API under `/edge/`: health, the caller, and the API description. The rest is in `messages`.

use crate::call::admin;
use crate::client::{Decode, RateLimit, Response};
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::expiring_keys;
use crate::edge::export;
use crate::edge::intercom::upstream::Intercom;
use crate::edge::live;
use crate::edge::messages;
use crate::edge::operation;
use crate::edge::outbox;
use crate::edge::outbox::protocol::Command;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::edge::webhooks;
use futures_util::future::{self, FutureExt, LocalBoxFuture};
use serde_json::{Value, json};

/// Answers the paths that need no credential: the health check and the API description. A health check with a
/// credential is left to [`answer`], which gives an operator details.
pub fn open(context: &RequestContext<'_>) -> Option<Result<Answer, Rejection>> {
    let path = context.target.path();
    let answer: fn() -> Answer = match path {
        "/edge/health" if !context.head.has_credential() => || Answer::json(200, &healthy()),
        "/edge/openapi.json" => || Answer::text("application/json; charset=utf-8", OPENAPI),
        _ => return None,
    };
    context.name_operation(operation::edge_pattern(path));
    Some(match context.head.method {
        "GET" | "HEAD" => Ok(answer()),
        _ => Err(Rejection::method_not_allowed("GET, HEAD")),
    })
}

/// Answers the paths that need another credential than a caller key: the ticket of a WebSocket, or the signature of a
/// webhook.
pub fn without_key<'a>(
    context: &'a RequestContext<'_>,
) -> Option<LocalBoxFuture<'a, Result<Answer, Rejection>>> {
    let path = context.target.path();
    let answer = match path {
        "/edge/live" if !context.head.has_credential() && has_ticket(context) => {
            live::connect(context).boxed_local()
        }
        "/edge/webhooks/intercom" => webhooks::answer(context).boxed_local(),
        _ => return None,
    };
    context.name_operation(operation::edge_pattern(path));
    Some(answer)
}

/// Checks for the ticket of a WebSocket. A malformed query is left to the path's own answer.
fn has_ticket(context: &RequestContext<'_>) -> bool {
    let parameters = context.target.parameters().unwrap_or_default();
    parameters.iter().any(|(name, _)| name == "ticket")
}

/// The description of the Worker's own API and of API 1.x.
const OPENAPI: &str = include_str!("openapi.json");

/// The calls without query parameters, which reject any: an ignored one could be a filter of what is removed.
/// The other calls check their own.
const WITHOUT_PARAMETERS: [(&str, &str); 19] = [
    ("GET", "/edge/messages/batch/{id}"),
    ("GET", "/edge/messages/batch/{id}/result.csv"),
    ("GET", "/edge/messages/batch/{id}/result.ndjson"),
    ("GET", "/edge/messages/{id}"),
    ("GET", "/edge/templates"),
    ("GET", "/edge/whoami"),
    ("POST", "/edge/live/tickets"),
    ("POST", "/edge/messages/batch"),
    ("POST", "/edge/messages/batch/{id}/cancel"),
    ("POST", "/edge/messages/batch/{id}/pause"),
    ("POST", "/edge/messages/batch/{id}/resume"),
    ("POST", "/edge/messages/{id}/confirm"),
    ("POST", "/edge/messages/{id}/resend"),
    ("POST", "/edge/messages/{id}/retry"),
    ("POST", "/edge/notify"),
    ("POST", "/edge/templates/{name}/preview"),
    ("PUT", "/edge/templates/{name}"),
    ("DELETE", "/edge/messages/{id}"),
    ("DELETE", "/edge/templates/{name}"),
];

fn healthy() -> Value {
    json!({ "status": "ok" })
}

/// Answers a path under `/edge/` to an authenticated caller.
pub async fn answer(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    let path = context.target.path();
    let pattern = operation::edge_pattern(path);
    context.name_operation(pattern);
    if WITHOUT_PARAMETERS.contains(&(context.head.method, pattern))
        && let Some((name, _)) = context.target.parameters()?.first()
    {
        return Err(Rejection::parameter(name, "This call takes no query parameters"));
    }
    let segments = context.target.segments()?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let below_edge = segments.get(1..).unwrap_or_default();
    if let Some(answer) = messages::answer(context, caller, below_edge).await {
        return answer;
    }
    if let ["live", below_live @ ..] = below_edge
        && !pattern.is_empty()
    {
        return live::answer(context, caller, below_live).await;
    }
    if path == "/edge/export" {
        return export::answer(context, caller).await;
    }
    if !matches!(path, "/edge/health" | "/edge/whoami") {
        return Err(Rejection::not_found("The Worker has nothing at this path"));
    }
    match (context.head.method, path) {
        ("GET" | "HEAD", "/edge/health") => Ok(health(context, caller).await),
        ("GET" | "HEAD", _) => Ok(Answer::json(200, caller)),
        _ => Err(Rejection::method_not_allowed("GET, HEAD")),
    }
}

/// Answers a health check. An operator also gets the state of Intercom, the outbox and the bindings, and the caller
/// keys that expire soon. They need no repair yet, so they don't change the status.
async fn health(context: &RequestContext<'_>, caller: &Caller) -> Answer {
    if !caller.scopes.contains(Scope::EdgeAdmin) {
        return Answer::json(200, &healthy());
    }
    let (intercom, outbox) = future::join(intercom(context), outbox(context)).await;
    let missing = &context.config.missing_bindings;
    let is_well = intercom.is_ok() && outbox.is_ok() && missing.is_empty();
    let response =
        |part: Result<Value, String>| part.unwrap_or_else(|why| json!({ "reason": why }));
    Answer::json(
        200,
        &json!({
            "status": if is_well { "ok" } else { "failing" },
            "intercom": response(intercom),
            "outbox": response(outbox),
            "missing_bindings": missing,
            "expiring_keys": expiring_keys::list(context.config, context.arrived),
        }),
    )
}

/// Checks the outbox by a query of its tables.
async fn outbox(context: &RequestContext<'_>) -> Result<Value, String> {
    let reply = outbox::ask(context.env, &Command::Health, &[]).await;
    let response = reply.map_or_else(Rejection::into_stored, |reply| reply.response);
    match response.status {
        200 => Ok(serde_json::from_slice(&response.body).unwrap_or_default()),
        status => Err(response.cause.unwrap_or_else(|| format!("The outbox answered {status}"))),
    }
}

/// Asks Intercom for the workspace and its rate limit.
async fn intercom(context: &RequestContext<'_>) -> Result<Value, String> {
    match Intercom::of(context).fetch(&admin::me()).await {
        Ok(response) => {
            let me: Value = response.decode().unwrap_or_default();
            let app = |field: &str| me.pointer(&format!("/app/{field}")).cloned();
            let limit = response.rate_limit();
            let limit = limit.map(|limit| {
                let RateLimit { limit, remaining, reset } = limit;
                json!({ "limit": limit, "remaining": remaining, "reset": reset.as_secs() })
            });
            let [workspace, region] = [app("id_code"), app("region")];
            Ok(json!({ "workspace": workspace, "region": region, "rate_limit": limit }))
        }
        Err(rejection) => {
            let status = format!("Intercom answered {}", rejection.status());
            Err(rejection.message().unwrap_or(&status).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OPENAPI, WITHOUT_PARAMETERS};
    use std::collections::BTreeSet;

    /// Health and the description are open: monitors add what they like.
    #[test]
    fn the_description_has_the_same_calls_without_parameters() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let is_query = |parameter: &serde_json::Value| {
            let name = parameter["$ref"].as_str().and_then(|it| it.rsplit('/').next());
            let shared = name.map(|name| &document["components"]["parameters"][name]["in"]);
            shared.unwrap_or(&parameter["in"]) == "query"
        };
        let mut without = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let open = ["/edge/health", "/edge/openapi.json", "/edge/webhooks/intercom"];
            let is_open = open.contains(&path.as_str());
            for (method, call) in methods.as_object().unwrap() {
                let method = method.to_uppercase();
                let is_call = ["GET", "POST", "PUT", "DELETE"].contains(&method.as_str());
                let parameters = call["parameters"].as_array().cloned().unwrap_or_default();
                if path.starts_with("/edge/")
                    && !is_open
                    && is_call
                    && !parameters.iter().any(is_query)
                {
                    without.insert(format!("{method} {path}"));
                }
            }
        }
        let known = WITHOUT_PARAMETERS.map(|(method, path)| format!("{method} {path}"));
        assert_eq!(without, BTreeSet::from(known));
    }
}
