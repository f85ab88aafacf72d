//! Passing a call through: nothing is decoded, and bodies go both ways as the runtime's own streams,
//! which never enter WebAssembly.

use super::answer::{Refusal, SPEAKER};
use super::config::Config;
use super::dialect::Dialect;
use super::target::Target;
use super::upstream::{self, PASSED_HEADERS};
use crate::client::DEADLINE;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Request, RequestInit, Response, ResponseInit};

/// Headers of the caller's that Intercom gets to see; the credential and the version are the
/// Worker's to set.
const SENT_HEADERS: [&str; 9] = [
    "accept",
    "accept-language",
    "content-type",
    "user-agent",
    "x-fern-language",
    "x-fern-runtime",
    "x-fern-runtime-version",
    "x-fern-sdk-name",
    "x-fern-sdk-version",
];

/// How long a body may declare itself to be.
const DECLARED_LIMIT: u64 = 32 << 20;

/// Sends the call to Intercom and gives its answer, whatever that is.
///
/// Intercom has 30 seconds until its headers; a body that keeps coming has no limit, and one that
/// is cut off aborts the caller's connection.
pub async fn forward(
    request: &Request,
    target: &Target<'_>,
    dialect: &Dialect,
    config: &Config,
) -> Result<Response, Refusal> {
    let init = RequestInit::new();
    init.set_method(&request.method());
    let headers = sent_headers(request, dialect.upstream_version(config), config)?;
    init.set_headers(&headers);
    let read = matches!(request.method().as_str(), "GET" | "HEAD");
    // A GET's body means nothing (RFC 9110, section 9.3.1), and fetch takes none.
    if let Some(body) = request.body().filter(|_| !read) {
        if declared_length(request).is_some_and(|length| length > DECLARED_LIMIT) {
            return Err(Refusal::new(413, "payload_too_large", "The body is larger than 32 MiB")
                .naming("Content-Length"));
        }
        init.set_body(&body);
    }
    let url = format!("{}{}", config.api_url, target.path_and_query());
    let answer = upstream::within(DEADLINE, &init, upstream::fetch(&url, &init)).await;
    let answer = answer.map_err(|failure| match Refusal::from(failure) {
        refusal if read => refusal,
        refusal => refusal.of_write("what the call was to do may have been done"),
    })?;
    Ok(passed(&answer, target, config)?)
}

fn declared_length(request: &Request) -> Option<u64> {
    request.headers().get("content-length").ok()??.parse().ok()
}

fn sent_headers(request: &Request, version: &str, config: &Config) -> Result<Headers, JsValue> {
    let headers = upstream::credentials(config, version)?;
    let own = request.headers();
    for name in SENT_HEADERS {
        if let Some(value) = own.get(name)? {
            headers.set(name, &value)?;
        }
    }
    Ok(headers)
}

/// Intercom's status, the headers that may be seen, and its body's stream.
fn passed(answer: &Response, target: &Target<'_>, config: &Config) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for name in PASSED_HEADERS {
        if let Some(value) = answer.headers().get(name)? {
            headers.set(name, &value)?;
        }
    }
    // A redirect within Intercom leads through the Worker; one elsewhere isn't passed on.
    if let Some(location) = answer.headers().get("location")?
        && let Some(path) = location.strip_prefix(config.api_url.as_str())
        && path.starts_with('/')
    {
        headers.set("location", &format!("{}{path}", target.origin))?;
    }
    headers.set("cache-control", "no-store")?;
    headers.set(SPEAKER, "upstream")?;
    let init = ResponseInit::new();
    init.set_status(answer.status());
    init.set_headers(&headers);
    Response::new_with_opt_readable_stream_and_init(answer.body().as_ref(), &init)
}
