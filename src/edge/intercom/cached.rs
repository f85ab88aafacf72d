//! Calls whose responses may be cached: from the cache, or else from Intercom.

use crate::client::DEADLINE;
use crate::edge::intercom::cache::{self, Entry};
use crate::edge::intercom::forward;
use crate::edge::live;
use crate::edge::live::protocol::LOG;
use crate::edge::request::body::LimitedBody;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection, header};
use crate::edge::runtime;
use crate::edge::runtime::clock::{is_within, milliseconds};
use crate::edge::sha256;
use serde::de::IgnoredAny;
use std::cell::Cell;
use std::time::Duration;

/// The largest body that is cached, in bytes.
const BODY_LIMIT: u32 = 128 << 10;

/// The time for which a check of the event log is valid.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// A check of the event log for changes at Intercom.
#[derive(Clone, Copy, Default)]
struct Check {
    at: Duration,
    /// The number of [`live::invalidated`]; `None` before the first successful check.
    invalidated: Option<i64>,
}

thread_local! {
    static CHECK: Cell<Check> = Cell::default();
}

/// Answers from the cache, or asks Intercom and caches a 200 that is a whole JSON object. `lifetime`: how long a
/// cached response is served.
pub async fn answer(
    context: &RequestContext<'_>,
    version: &str,
    lifetime: Duration,
) -> Result<Answer, Rejection> {
    let RequestContext { config, target, trace, arrived, .. } = context;
    check_events(context).await;
    let key = format!("{version} {}", target.path_and_query());
    let if_none_match = context.request.headers().get("if-none-match")?.unwrap_or_default();
    if let Some(entry) = cache::find(&key, lifetime, *arrived) {
        trace.cache.set(Some("hit"));
        return Ok(entry.answer(&if_none_match, *arrived));
    }
    trace.cache.set(Some("miss"));
    let writes = cache::writes();
    let upstream = config.upstream()?;
    let (path, time_out) = (target.path_and_query(), milliseconds(DEADLINE));
    let ask = || upstream.ask("GET", &path, version, None, time_out);
    let reply = forward::reply(context, true, ask).await?;
    if reply.status != 200 {
        return Ok(reply.pass(context));
    }
    let body = match reply.read(BODY_LIMIT).await? {
        LimitedBody::Whole(body) => body,
        LimitedBody::Longer(stream) => return Ok(reply.pass_read(context, stream)),
    };
    let bytes = body.to_vec();
    let headers = runtime::response_headers(&reply.answer);
    let declared = match header(&headers, "content-encoding") {
        Some(_) => None,
        None => reply.declared_length(),
    };
    if !is_complete(&bytes, declared) {
        return Ok(reply.pass_read(context, body.into()));
    }
    let now = reply.at;
    let etag = header(&headers, "etag")
        .map(str::to_owned)
        .unwrap_or_else(|| format!("\"{}\"", sha256::short_hex(&bytes, 16)));
    // The limit and the request's id belong to one moment: they are not cached.
    let lasting = |name: &str| matches!(name, "content-type" | "intercom-version" | "link");
    let headers = headers.into_iter().filter(|(name, _)| lasting(name)).collect();
    let entry = Entry { key, stored_at: now, etag, headers, body: body.into() };
    let answer = entry.answer(&if_none_match, now);
    cache::store(entry, writes);
    Ok(answer)
}

/// Empties the cache if a webhook that another instance received says that responses may be out of date. If the event
/// log does not answer, the cache stays.
async fn check_events(context: &RequestContext<'_>) {
    let RequestContext { env, config, arrived, .. } = context;
    let are_received = config.client_secrets.is_some() && config.require(LOG.0).is_ok();
    if !are_received || is_within(CHECK.get().at, CHECK_INTERVAL, *arrived) {
        return;
    }
    let found = live::invalidated(env).await.ok();
    // Another request may have checked meanwhile.
    let known = CHECK.get().invalidated;
    if found.is_some() && found != known {
        cache::clear();
    }
    CHECK.set(Check { at: *arrived, invalidated: found.or(known) });
}

/// Returns true if a body is a whole JSON object with its declared length.
fn is_complete(body: &[u8], declared: Option<usize>) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{')
        && declared.is_none_or(|length| length == body.len())
        && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn only_a_whole_json_object_is_kept() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
        for body in
            ["{}", " \r\n\t{\"a\":[1,{\"b\":null}]}\n", r#"{"a":"\ud800","n":1e400}"#, &deep]
        {
            assert!(is_complete(body.as_bytes(), None), "{body}");
            assert!(is_complete(body.as_bytes(), Some(body.len())), "{body}");
            assert!(!is_complete(body.as_bytes(), Some(body.len() + 1)), "{body}");
        }
        for body in [
            "",
            " ",
            "null",
            "[]",
            "[{}]",
            "7",
            r#""{}""#,
            "{",
            r#"{"type":"list","data":[{"#,
            r#"{"a":1}}"#,
            "{}{}",
            "{} x",
            "{'a':1}",
            "<html></html>",
            "\u{feff}{}",
            r#"{"a":}"#,
        ] {
            assert!(!is_complete(body.as_bytes(), None), "{body}");
        }
    }
}
