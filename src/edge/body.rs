//! Bodies of callers that the Worker decodes.

use super::answer::Refusal;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request};

/// How long a body may be that the Worker decodes.
const LIMIT: usize = 1 << 20;

/// Reads a JSON body of at most 1 MiB, whether or not its length was declared.
pub async fn json(request: &Request) -> Result<Vec<u8>, Refusal> {
    let header = |name| request.headers().get(name).ok().flatten().unwrap_or_default();
    let media_type = header("content-type");
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(
            415,
            "unsupported_media_type",
            "Send the body as JSON, with Content-Type: application/json",
        )
        .naming("Content-Type"));
    }
    if header("content-length").parse().is_ok_and(|length: u64| length > LIMIT as u64) {
        return Err(too_large());
    }
    let Some(stream) = request.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut body = Vec::new();
    loop {
        let Ok(chunk) = JsFuture::from(reader.read()).await else {
            return Err(Refusal::new(400, "bad_request", "The body was cut off").naming("body"));
        };
        let part = |name: &str| Reflect::get(&chunk, &JsValue::from_str(name));
        if part("done")?.is_truthy() {
            return Ok(body);
        }
        let bytes: Uint8Array = part("value")?.dyn_into()?;
        let begin = body.len();
        if begin + bytes.length() as usize > LIMIT {
            // The rest is thrown away unread.
            let _ = reader.cancel();
            return Err(too_large());
        }
        body.extend(bytes.to_vec());
    }
}

fn too_large() -> Refusal {
    Refusal::new(413, "payload_too_large", "The body is larger than 1 MiB").naming("body")
}
