//! Bodies of callers that the Worker reads.

use super::answer::Refusal;
use super::runtime;
use super::upstream::milliseconds;
use super::visit::Visit;
use crate::client::DEADLINE;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

/// How long a body may be that the Worker decodes, in bytes.
const LIMIT: u32 = 1 << 20;

/// Reads a JSON body of at most 1 MiB, whether or not its length was declared.
pub async fn json(visit: &Visit<'_>) -> Result<Vec<u8>, Refusal> {
    json_of(visit, LIMIT).await
}

/// Reads a JSON body of at most so many bytes, whether or not its length was declared.
pub async fn json_of(visit: &Visit<'_>, limit: u32) -> Result<Vec<u8>, Refusal> {
    refuse_encoded(visit)?;
    let media_type = visit.facts.content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(not_json());
    }
    Ok(bytes(visit, limit).await?.to_vec())
}

/// Reads a body of at most so many bytes, and leaves it in JavaScript's memory.
pub async fn bytes(visit: &Visit<'_>, limit: u32) -> Result<Uint8Array, Refusal> {
    refuse_encoded(visit)?;
    if is_longer(visit, limit) {
        return Err(too_large(limit));
    }
    let body = runtime::read_request(visit.request, limit, milliseconds(DEADLINE)).await;
    match Kept::of(body).map_err(|status| unread(status, limit))? {
        Kept::Whole(bytes) => Ok(bytes),
        Kept::Longer(_) => Err(too_large(limit)),
    }
}

/// A body that was read as far as a limit.
#[derive(Debug)]
pub enum Kept {
    /// All its bytes.
    Whole(Uint8Array),
    /// A stream of all its bytes, those that were read among them: they are more than the limit.
    Longer(JsValue),
}

impl Kept {
    /// What the runtime's functions give that read bodies, or the status of what went wrong.
    pub fn of(read: JsValue) -> Result<Self, u16> {
        match read.as_f64() {
            Some(status) => Err(status as u16),
            None => Ok(read.dyn_into().map_or_else(Self::Longer, Self::Whole)),
        }
    }
}

/// Reads a body whose length may be unknown, as far as a limit. It stays as the caller encoded it:
/// whoever decodes it asks [`bytes`] instead.
///
/// A body that declares more than the limit is not read: it streams on with its length.
pub async fn up_to(visit: &Visit<'_>, limit: u32) -> Result<Kept, Refusal> {
    if is_longer(visit, limit) {
        return Ok(Kept::Longer(visit.request.body().into()));
    }
    let body = runtime::keep_request(visit.request, limit, milliseconds(DEADLINE)).await;
    Kept::of(body).map_err(|status| unread(status, limit))
}

/// Whether a body declares that it is longer.
fn is_longer(visit: &Visit<'_>, limit: u32) -> bool {
    visit.facts.content_length.parse().is_ok_and(|length: u64| length > u64::from(limit))
}

/// Why a body could not be read.
fn unread(status: u16, limit: u32) -> Refusal {
    match status {
        413 => too_large(limit),
        408 => Refusal::new(408, "request_timeout", "The body took over 30 s").naming("body"),
        _ => Refusal::new(400, "bad_request", "The body was cut off").naming("body"),
    }
}

/// Refuses a compressed body, which the Worker doesn't decompress.
pub fn refuse_encoded(visit: &Visit<'_>) -> Result<(), Refusal> {
    let encoding = visit.facts.content_encoding.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let message = "Send this body uncompressed, without Content-Encoding";
    Err(Refusal::new(415, "unsupported_media_type", message)
        .naming("Content-Encoding")
        .with("accept-encoding", "identity"))
}

/// Refuses forms: a server that takes them may take another method out of one, which no scope has
/// allowed.
pub fn refuse_form(visit: &Visit<'_>) -> Result<(), Refusal> {
    let media_type = visit.facts.content_type;
    let starts = |form: &str| {
        media_type.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form))
    };
    let form = ["application/x-www-form-urlencoded", "multipart/form-data"].into_iter().any(starts);
    if form { Err(not_json()) } else { Ok(()) }
}

/// The body is none that Intercom takes.
fn not_json() -> Refusal {
    let message = "Send the body as JSON, with Content-Type: application/json";
    Refusal::new(415, "unsupported_media_type", message).naming("Content-Type")
}

fn too_large(limit: u32) -> Refusal {
    let words = format!("The body is larger than {} MiB", limit >> 20);
    Refusal::new(413, "payload_too_large", words).naming("body")
}
