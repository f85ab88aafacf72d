//! Bodies of callers that the Worker reads.

use crate::client::DEADLINE;
use crate::edge::request::context::RequestContext;
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::milliseconds;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

/// How long a body may be that the Worker decodes, in bytes.
const LIMIT: u32 = 1 << 20;

/// Reads a JSON body of at most 1 MiB, whether or not its length was declared.
pub async fn json(context: &RequestContext<'_>) -> Result<Vec<u8>, Rejection> {
    json_of(context, LIMIT).await
}

/// Reads a JSON body of at most so many bytes, whether or not its length was declared.
pub async fn json_of(context: &RequestContext<'_>, limit: u32) -> Result<Vec<u8>, Rejection> {
    check_type(context, None)?;
    Ok(bytes(context, limit).await?.to_vec())
}

/// Reads a body of at most so many bytes, and leaves it in JavaScript's memory.
pub async fn bytes(context: &RequestContext<'_>, limit: u32) -> Result<Uint8Array, Rejection> {
    refuse_encoded(context)?;
    if is_longer(context, limit) {
        return Err(too_large(limit));
    }
    let body = runtime::read_request(context.request, limit, milliseconds(DEADLINE)).await;
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
pub async fn up_to(context: &RequestContext<'_>, limit: u32) -> Result<Kept, Rejection> {
    if is_longer(context, limit) {
        return Ok(Kept::Longer(context.request.body().into()));
    }
    let body = runtime::keep_request(context.request, limit, milliseconds(DEADLINE)).await;
    Kept::of(body).map_err(|status| unread(status, limit))
}

/// Whether a body declares that it is longer.
fn is_longer(context: &RequestContext<'_>, limit: u32) -> bool {
    context.head.content_length.parse().is_ok_and(|length: u64| length > u64::from(limit))
}

/// Why a body could not be read.
fn unread(status: u16, limit: u32) -> Rejection {
    match status {
        413 => too_large(limit),
        408 => Rejection::new(408, "request_timeout", "The body took over 30 s").naming("body"),
        _ => Rejection::new(400, "bad_request", "The body was cut off").naming("body"),
    }
}

/// Refuses a compressed body, which the Worker doesn't decompress.
pub fn refuse_encoded(context: &RequestContext<'_>) -> Result<(), Rejection> {
    let encoding = context.head.content_encoding.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let message = "Send this body uncompressed, without Content-Encoding";
    Err(Rejection::new(415, "unsupported_media_type", message)
        .naming("Content-Encoding")
        .with("accept-encoding", "identity"))
}

/// Refuses a body of another type than JSON and `upload`, the type that the operation takes besides.
///
/// Servers take a body without a type, or of a form's, for a form, and may take another method out of
/// it, which no scope has allowed. A body without bytes holds nothing: clients give it any type.
pub fn check_type(context: &RequestContext<'_>, upload: Option<&str>) -> Result<(), Rejection> {
    let head = context.head;
    // A GET's body is never read, nor passed on.
    if head.method == "GET" || is_taken(head.content_type, upload) || is_empty(context) {
        return Ok(());
    }
    let types = upload.map_or_else(String::new, |upload| format!(" or {upload}"));
    let message = format!("Send the body as JSON, with Content-Type: application/json{types}");
    Err(Rejection::new(415, "unsupported_media_type", message).naming("Content-Type"))
}

/// Whether a `Content-Type` is JSON's (`application/json`, `application/vnd.api+json`) or `upload`.
fn is_taken(content_type: &str, upload: Option<&str>) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let json = media_type.strip_prefix("application/");
    let json = json.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
    // A comma joins what came as several headers, of which servers choose one each.
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
