//! Forwards a call to Intercom. Nothing is decoded: bodies are the runtime's streams in both directions, and
//! never enter WebAssembly.

use crate::call::is_repeatable;
use crate::client::{DEADLINE, Failure, Outcome, Timer, requested_wait};
use crate::edge::intercom::cache;
use crate::edge::intercom::links;
use crate::edge::intercom::upstream::{self, TOKEN_REJECTED, response_of, retry_after};
use crate::edge::operation::Operation;
use crate::edge::request::body::{self, LimitedBody};
use crate::edge::request::context::RequestContext;
use crate::edge::request::target::Target;
use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime::clock::{Clock, milliseconds};
use crate::edge::runtime::task::settled;
use crate::edge::runtime::{self, ResponseHead};
use js_sys::{Promise, Uint8Array};
use std::borrow::Cow;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The longest declared body, in bytes.
const DECLARED_LIMIT: u64 = 32 << 20;

/// The longest body that is read, so that a search can be sent again, in bytes.
const REPEATABLE_LIMIT: u32 = 1 << 20;

/// Forwards the call to Intercom, and passes the response on.
///
/// Intercom has 30 seconds to send its headers. The response's body has no time limit; if it is cut off, the
/// caller's connection is aborted. A read that gets 429 is sent again in the next rate limit window, unless its
/// body is too long to send twice.
pub async fn forward(
    context: &RequestContext<'_>,
    operation: Operation,
    version: &str,
) -> Result<Answer, Rejection> {
    body::check_type(context, operation.upload_type())?;
    let (body, repeatable) = match context.head.method {
        "GET" => (JsValue::UNDEFINED, true),
        _ if !operation.scope.is_read() => (JsValue::UNDEFINED, false),
        _ => match body::up_to(context, REPEATABLE_LIMIT).await? {
            LimitedBody::Whole(bytes) => (bytes.into(), true),
            LimitedBody::Longer(stream) => (stream, false),
        },
    };
    forward_body(context, operation, version, body, repeatable).await
}

/// Forwards the call with a body: bytes, a stream, or `undefined` for the request's own. `repeatable`: the body
/// can be sent twice.
pub async fn forward_body(
    context: &RequestContext<'_>,
    operation: Operation,
    version: &str,
    body: JsValue,
    repeatable: bool,
) -> Result<Answer, Rejection> {
    let RequestContext { config, head, target, .. } = context;
    let upstream = config.upstream()?;
    let read = operation.scope.is_read();
    let length = head.content_length.parse::<u64>().ok();
    if length.is_some_and(|length| length > DECLARED_LIMIT) && head.method != "GET" {
        return Err(Rejection::new(413, "payload_too_large", "The body is larger than 32 MiB")
            .naming("Content-Length"));
    }
    if !read {
        cache::invalidate(target.path());
    }
    let again = repeatable && is_repeatable(operation.method, operation.pattern);
    let (path, time) = (target.origin.len(), milliseconds(DEADLINE));
    // A version that the request already has isn't sent to JavaScript.
    let version = Some(version).filter(|version| *version != head.intercom_version);
    let target = match target.path_and_query() {
        Cow::Borrowed(_) => None,
        Cow::Owned(target) => Some(target),
    };
    let ask = || upstream.forward(context.request, path, target.as_deref(), version, &body, time);
    let reply = reply(context, again, ask).await;
    if !read {
        // A read during the write may have cached data from before it.
        cache::invalidate(context.target.path());
    }
    let failed = |failure| match Rejection::from(failure) {
        rejection if read => rejection,
        rejection => rejection.of_write("the call may have been carried out"),
    };
    let reply = reply.map_err(failed)?;
    match links::of(&operation) {
        [] => Ok(reply.pass(context)),
        members => Box::pin(reply.pass_linked(context, members)).await.map_err(failed),
    }
}

/// The last response of Intercom to a call.
#[derive(Debug)]
pub struct Reply {
    /// The response with an unread body.
    pub answer: web_sys::Response,
    /// The HTTP status.
    pub status: u16,
    raw_head: String,
    /// The time when it came, since 1970.
    pub at: Duration,
}

/// Sends a request, and sends it `again` after a 429 if the wait is short enough.
pub async fn reply(
    context: &RequestContext<'_>,
    again: bool,
    ask: impl Fn() -> Promise,
) -> Result<Reply, Failure> {
    let trace = &context.trace;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let begun = runtime::now();
        let answer = settled(ask()).await;
        let at = runtime::now();
        trace.count(at.saturating_sub(begun));
        let answer = response_of(answer)?;
        let raw_head = runtime::response_head(&answer);
        let head = ResponseHead::of(&raw_head);
        let status = head.status.parse().unwrap_or(502);
        if status == 429 {
            let elapsed = at.saturating_sub(context.arrived);
            let outcome = Outcome::of(status, at, |name| head.header(name));
            let retry = upstream::retry(DEADLINE);
            if let Some(pause) = retry.pause(again, attempt, elapsed, at, &outcome) {
                trace.retries.set(trace.retries.get() + 1);
                Clock.sleep(pause).await;
                continue;
            }
        }
        return Ok(Reply { answer, status, raw_head, at });
    }
}

impl Reply {
    /// Reads the body up to a limit.
    pub async fn read(&self, limit: u32) -> Result<LimitedBody, Failure> {
        let body =
            runtime::read_or_stream_answer(&self.answer, limit, milliseconds(DEADLINE)).await;
        LimitedBody::of(body).map_err(|status| match status {
            408 => Failure::Timeout,
            _ => Failure::Connection,
        })
    }

    /// Gives the declared length of the body, which may be compressed.
    pub fn declared_length(&self) -> Option<usize> {
        ResponseHead::of(&self.raw_head).content_length.parse().ok()
    }

    /// Passes a response on whose body was [`read`](Self::read): bytes, or a stream of them.
    pub fn pass_read(self, context: &RequestContext<'_>, body: JsValue) -> Answer {
        let mut headers = runtime::response_headers(&self.answer);
        // The runtime decompressed the body as it was read.
        headers.retain(|(name, _)| name != "content-encoding");
        self.trace(context);
        Answer::of_upstream(self.status, body).with_all(&headers)
    }

    /// Passes the response on, with links that lead through the Worker.
    async fn pass_linked(
        self,
        context: &RequestContext<'_>,
        members: links::Members,
    ) -> Result<Answer, Failure> {
        let limit = usize::try_from(links::LIMIT).unwrap_or_default();
        let is_long = self.declared_length().is_some_and(|length| length > limit);
        if is_long || !(200..203).contains(&self.status) {
            return Ok(self.pass(context));
        }
        let body = match self.read(links::LIMIT).await? {
            LimitedBody::Whole(body) => body,
            LimitedBody::Longer(stream) => return Ok(self.pass_read(context, stream)),
        };
        let through = |url: &str| {
            let path = context.config.path_at_upstream(url)?;
            Some([context.target.origin, path].concat())
        };
        let rewritten = std::str::from_utf8(&body.to_vec())
            .ok()
            .and_then(|text| links::rewrite(text, members, through));
        let body = match rewritten {
            Some(text) => Uint8Array::from(text.as_bytes()),
            None => body,
        };
        Ok(self.pass_read(context, body.into()))
    }

    /// Records the response's id and length for the log.
    fn trace(&self, context: &RequestContext<'_>) {
        let head = ResponseHead::of(&self.raw_head);
        context.trace.length.set(head.content_length.parse().ok());
        if !head.x_request_id.is_empty() {
            let _ = context.trace.id.set(head.x_request_id.to_owned());
        }
    }

    /// Passes the response on. Adds `Retry-After` if it is missing, and makes redirects lead through the Worker.
    pub fn pass(self, context: &RequestContext<'_>) -> Answer {
        self.trace(context);
        let Self { answer, status, raw_head, at } = self;
        let head = ResponseHead::of(&raw_head);
        let mut passed = Answer::passing(status, answer);
        if status == 401 {
            passed.cause = Some(TOKEN_REJECTED.to_owned());
        }
        if status == 429
            && head.retry_after.is_empty()
            && let Some(wait) = requested_wait(at, |name| head.header(name))
        {
            passed.set("retry-after", retry_after(wait));
        }
        let at_upstream = |url| context.config.path_at_upstream(url);
        if let Some(location) = redirect(head.location, &context.target, at_upstream) {
            passed.set("location", location);
        }
        if let Some(link) = links::in_header(head.link, context.target.origin, at_upstream) {
            passed.set("link", link);
        }
        passed
    }
}

/// Gives the address of a redirect for the caller. A redirect within Intercom leads through the Worker. Another,
/// such as to a recording's storage, stays: the caller follows it without the access token. `None` if it isn't a
/// web address.
fn redirect<'a>(
    location: &'a str,
    target: &Target<'_>,
    at_upstream: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<String> {
    let location = location.trim();
    if let Some(path) = at_upstream(location) {
        return Some([target.origin, path].concat());
    }
    // A scheme ends with the first colon, before anything else of an address (RFC 3986, section 3).
    if location.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':')) {
        return leads_out(location).then(|| location.to_owned());
    }
    // An address can't have these (RFC 3986, section 2), and browsers read a backslash as a slash.
    if location.contains(|it: char| it.is_whitespace() || it.is_control() || it == '\\') {
        return None;
    }
    let path = target.path();
    let path_and_query = target.path_and_query();
    let base = match location.as_bytes() {
        // `//` begins a host without a scheme.
        [] | [b'/', b'/', ..] => return None,
        [b'/', ..] => "",
        [b'?', ..] => path,
        [b'#', ..] => &path_and_query,
        _ => path.get(..=path.rfind('/')?)?,
    };
    Some([target.origin, base, location].concat())
}

/// Returns true if a text is a web address without a user name.
fn leads_out(location: &str) -> bool {
    let rest = location.split_once("://").filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    });
    let host = rest.and_then(|(_, rest)| rest.split('/').next());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::{Target, redirect};

    #[test]
    fn a_redirect_within_intercom_leads_through_the_worker_and_no_other_does() {
        const INTERCOM: &str = "https://intercom";
        let target = Target::of("https://worker/contacts/5/notes?page=2");
        let lead = |location| redirect(location, &target, |url| url.strip_prefix(INTERCOM));
        for (location, expected) in [
            ("https://intercom/contacts/2?a=b#c", "https://worker/contacts/2?a=b#c"),
            ("/contacts/2", "https://worker/contacts/2"),
            ("/", "https://worker/"),
            (
                "/contacts/2?to=https://a.example/",
                "https://worker/contacts/2?to=https://a.example/",
            ),
            ("2", "https://worker/contacts/5/2"),
            ("../6/notes", "https://worker/contacts/5/../6/notes"),
            ("./2:3", "https://worker/contacts/5/./2:3"),
            ("?page=3", "https://worker/contacts/5/notes?page=3"),
            ("#a", "https://worker/contacts/5/notes?page=2#a"),
            (" /contacts/2 ", "https://worker/contacts/2"),
            ("https://storage.example/a?b=c", "https://storage.example/a?b=c"),
            ("HTTP://storage.example:8080", "HTTP://storage.example:8080"),
        ] {
            assert_eq!(lead(location).as_deref(), Some(expected), "{location}");
        }
        for location in [
            "",
            " ",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "/a\\b",
            "Bearer secret",
            "/contacts/2 3",
            "/\tevil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@b.example",
            "https:",
            "https://",
            "https:///a",
            "https:evil.example",
            "https://user@evil.example/",
            "ftp://evil.example/",
            "2:3",
        ] {
            assert_eq!(lead(location), None, "{location}");
        }
    }
}
