//! Messages between the Worker and its Durable Objects: a line of JSON, and bytes after it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, Method, ObjectNamespace, Request, RequestInit, Response, Result};

#[wasm_bindgen]
extern "C" {
    /// The part of a `DurableObjectNamespace` that `worker` does not bind.
    type Jurisdictions;

    /// Returns the namespace of the objects in a jurisdiction
    /// (<https://developers.cloudflare.com/durable-objects/reference/data-location/>).
    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &Jurisdictions, name: &str) -> std::result::Result<JsValue, JsValue>;
}

/// The address of requests to objects. Its host has no meaning.
pub const ADDRESS: &str = "https://object/";

/// The setting that chooses the jurisdiction in which the objects are created and stored.
pub const JURISDICTION: &str = "DATA_JURISDICTION";

/// The namespace of a binding, in the jurisdiction of the setting.
pub fn namespace(env: &Env, binding: &str) -> Result<ObjectNamespace> {
    let namespace = env.durable_object(binding)?;
    match env.var(JURISDICTION).map(|name| name.to_string()) {
        Ok(name) if !name.is_empty() => {
            let namespace: &Jurisdictions = namespace.as_ref().unchecked_ref();
            Ok(namespace.jurisdiction(&name)?.unchecked_into())
        }
        _ => Ok(namespace),
    }
}

/// Joins a head and a body.
pub fn join(head: &impl Serialize, body: &[u8]) -> Vec<u8> {
    // These types always encode. JSON escapes line breaks within texts; between values they are white space, which raw
    // JSON may have.
    let mut bytes = serde_json::to_vec(head).unwrap_or_default();
    bytes.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    bytes.push(b'\n');
    bytes.extend_from_slice(body);
    bytes
}

/// Splits a message into its head and its body.
pub fn split<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, body) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    Ok((serde_json::from_slice(head)?, body.get(1..).unwrap_or_default()))
}

/// Sends a head and a body to an object, and gives its response.
pub async fn send(
    env: &Env,
    (binding, name): (&str, &str),
    head: &impl Serialize,
    body: &[u8],
) -> Result<Response> {
    send_bytes(env, (binding, name), &join(head, body)).await
}

/// Sends a message. It is compiled once, and [`send`] for each type of head.
async fn send_bytes(env: &Env, (binding, name): (&str, &str), message: &[u8]) -> Result<Response> {
    let bytes = js_sys::Uint8Array::from(message);
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(bytes.into()));
    let request = Request::new_with_init(ADDRESS, &init)?;
    namespace(env, binding)?.get_by_name(name)?.fetch_with_request(request).await
}

/// Sends a head to an object that answers with a stream, or else with a head and a body.
pub async fn stream<T: DeserializeOwned>(
    env: &Env,
    object: (&str, &str),
    head: &impl Serialize,
) -> Result<std::result::Result<Response, (T, Vec<u8>)>> {
    let mut answer = send(env, object, head, &[]).await?;
    // The runtime names the type of bytes, and no type of a stream.
    if answer.headers().get("content-type")?.is_none() {
        return Ok(Ok(answer));
    }
    let bytes = answer.bytes().await?;
    let (head, body) = split(&bytes)?;
    Ok(Err((head, body.to_vec())))
}

/// Sends a head and a body to an object, and splits its response into a head and a body.
pub async fn exchange<T: DeserializeOwned>(
    env: &Env,
    object: (&str, &str),
    head: &impl Serialize,
    body: &[u8],
) -> Result<(T, Vec<u8>)> {
    let bytes = send(env, object, head, body).await?.bytes().await?;
    let (head, body) = split(&bytes)?;
    Ok((head, body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::{join, split};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_joined_comes_apart(head: String, body: Vec<u8>) {
            let joined = join(&head, &body);
            let (read, rest) = split::<String>(&joined).unwrap();
            prop_assert_eq!(read, head);
            prop_assert_eq!(rest, body);
        }

        #[test]
        fn raw_json_with_line_breaks_comes_apart(body: Vec<u8>) {
            let raw = serde_json::value::RawValue::from_string("{\n\"a\":\n\"\\n\"}".to_owned());
            let joined = join(&raw.unwrap(), &body);
            let (read, rest) = split::<serde_json::Value>(&joined).unwrap();
            prop_assert_eq!(read, serde_json::json!({"a": "\n"}));
            prop_assert_eq!(rest, body);
        }

        #[test]
        fn whatever_the_bytes_nothing_panics(bytes: Vec<u8>) {
            let _ = split::<String>(&bytes);
        }
    }
}
