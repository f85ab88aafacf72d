//! Bodies of callers that the Worker decodes.

use super::answer::Refusal;
use super::runtime;
use super::upstream::milliseconds;
use super::visit::Visit;
use crate::client::DEADLINE;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;

/// How long a body may be that the Worker decodes, in bytes.
const LIMIT: u32 = 1 << 20;

/// Reads a JSON body of at most 1 MiB, whether or not its length was declared.
pub async fn json(visit: &Visit<'_>) -> Result<Vec<u8>, Refusal> {
    json_of(visit, LIMIT).await
}

/// Reads a JSON body of at most so many bytes, whether or not its length was declared.
pub async fn json_of(visit: &Visit<'_>, limit: u32) -> Result<Vec<u8>, Refusal> {
    let media_type = visit.facts.content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(not_json());
    }
    if visit.facts.content_length.parse().is_ok_and(|length: u64| length > u64::from(limit)) {
        return Err(too_large(limit));
    }
    Ok(bytes(visit, limit).await?.to_vec())
}

/// Reads a body of at most so many bytes, and leaves it in JavaScript's memory.
pub async fn bytes(visit: &Visit<'_>, limit: u32) -> Result<Uint8Array, Refusal> {
    let body = runtime::read_request(visit.request, limit, milliseconds(DEADLINE)).await;
    match body.as_f64() {
        None => Ok(body.dyn_into()?),
        Some(413.0) => Err(too_large(limit)),
        Some(408.0) => {
            Err(Refusal::new(408, "request_timeout", "The body took over 30 s").naming("body"))
        }
        Some(_) => Err(Refusal::new(400, "bad_request", "The body was cut off").naming("body")),
    }
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
