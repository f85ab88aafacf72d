//! Reads and checks callers' bodies.

use crate::client::DEADLINE;
use crate::edge::request::context::RequestContext;
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::milliseconds;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

/// The longest body that the Worker decodes, in bytes.
const LIMIT: u32 = 1 << 20;

/// Reads a JSON body of at most 1 MiB, whether or not its length was declared.
pub async fn json(context: &RequestContext<'_>) -> Result<Vec<u8>, Rejection> {
    json_of(context, LIMIT).await
}

/// Reads a JSON body of at most `limit` bytes, whether or not its length was declared.
pub async fn json_of(context: &RequestContext<'_>, limit: u32) -> Result<Vec<u8>, Rejection> {
    check_type(context, None)?;
    Ok(bytes(context, limit).await?.to_vec())
}

/// Reads a body of at most `limit` bytes, and leaves it in JavaScript's memory.
pub async fn bytes(context: &RequestContext<'_>, limit: u32) -> Result<Uint8Array, Rejection> {
    reject_encoded(context)?;
    if is_longer(context, limit) {
        return Err(too_large(limit));
    }
    let body = runtime::read_request(context.request, limit, milliseconds(DEADLINE)).await;
    match LimitedBody::of(body).map_err(|status| unread(status, limit))? {
        LimitedBody::Whole(bytes) => Ok(bytes),
        LimitedBody::Longer(_) => Err(too_large(limit)),
    }
}

/// A body that was read up to a limit.
#[derive(Debug)]
pub enum LimitedBody {
    /// All bytes of a body within the limit.
    Whole(Uint8Array),
    /// A stream of all bytes of a body that is longer than the limit.
    Longer(JsValue),
}

impl LimitedBody {
    /// Reads the result of the runtime's functions that read bodies. The error is a status.
    pub fn of(read: JsValue) -> Result<Self, u16> {
        match read.as_f64() {
            Some(status) => Err(status as u16),
            None => Ok(read.dyn_into().map_or_else(Self::Longer, Self::Whole)),
        }
    }
}

/// Reads a body up to a limit, without decoding it: a body to decode is read by [`bytes`].
///
/// A body whose declared length is over the limit isn't read: it streams.
pub async fn up_to(context: &RequestContext<'_>, limit: u32) -> Result<LimitedBody, Rejection> {
    if is_longer(context, limit) {
        return Ok(LimitedBody::Longer(context.request.body().into()));
    }
    let body =
        runtime::read_or_stream_request(context.request, limit, milliseconds(DEADLINE)).await;
    LimitedBody::of(body).map_err(|status| unread(status, limit))
}

/// Returns true if a body's declared length is over the limit.
fn is_longer(context: &RequestContext<'_>, limit: u32) -> bool {
    context.head.content_length.parse().is_ok_and(|length: u64| length > u64::from(limit))
}

/// Explains why a body could not be read.
fn unread(status: u16, limit: u32) -> Rejection {
    match status {
        413 => too_large(limit),
        408 => Rejection::new(408, "request_timeout", "The body took over 30 s").naming("body"),
        _ => Rejection::new(400, "bad_request", "The body was cut off").naming("body"),
    }
}

/// Rejects a compressed body, because the Worker doesn't decompress.
pub fn reject_encoded(context: &RequestContext<'_>) -> Result<(), Rejection> {
    let encoding = context.head.content_encoding.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let message = "Send this body uncompressed, without Content-Encoding";
    Err(Rejection::new(415, "unsupported_media_type", message)
        .naming("Content-Encoding")
        .with("accept-encoding", "identity"))
}

/// Rejects a body whose type is neither JSON nor `upload`, the operation's other type.
///
/// Servers read a body without a type, or with a form's type, as a form, and may use a method from it that no
/// scope allows. An empty body may have any type.
pub fn check_type(context: &RequestContext<'_>, upload: Option<&str>) -> Result<(), Rejection> {
    let head = context.head;
    // A GET's body is neither read nor forwarded.
    if head.method == "GET" || is_taken(head.content_type, upload) || is_empty(context) {
        return Ok(());
    }
    let types = upload.map_or_else(String::new, |upload| format!(" or {upload}"));
    let message = format!("Send the body as JSON, with Content-Type: application/json{types}");
    Err(Rejection::new(415, "unsupported_media_type", message).naming("Content-Type"))
}

/// Returns true if a `Content-Type` is JSON's (`application/json`, `application/vnd.api+json`) or `upload`.
fn is_taken(content_type: &str, upload: Option<&str>) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let json = media_type.strip_prefix("application/");
    let json = json.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
    // A comma joins several headers, of which each server picks one.
    !content_type.contains(',') && (json || upload == Some(media_type.as_str()))
}

fn is_empty(context: &RequestContext<'_>) -> bool {
    context.head.content_length.parse() == Ok(0_u64) || context.request.body().is_none()
}

fn too_large(limit: u32) -> Rejection {
    let words = format!("The body is larger than {} MiB", limit >> 20);
    Rejection::new(413, "payload_too_large", words).naming("body")
}

#[cfg(test)]
mod tests {
    use super::is_taken;

    #[test]
    fn json_is_taken_and_what_the_operation_names() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json;charset=UTF-8",
            "application/vnd.api+json",
            "application/problem+json",
        ] {
            assert!(is_taken(content_type, None), "{content_type}");
        }
        for content_type in [
            "",
            ";",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/mixed; boundary=x",
            "multipart/related; boundary=x",
            "application/json, application/x-www-form-urlencoded",
            "application/json; a=b, multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; a=application/json",
        ] {
            assert!(!is_taken(content_type, None), "{content_type}");
        }
        let upload = Some("multipart/form-data");
        assert!(is_taken("Multipart/Form-Data; boundary=x", upload));
        assert!(!is_taken("multipart/mixed; boundary=x", upload));
        assert!(!is_taken("application/x-www-form-urlencoded", upload));
    }
}
