//! The answer to the caller. [`Answer::into_response`] is called once, at the very end.

use crate::edge::response::headers::Headers;
use crate::edge::response::{JSON, StoredResponse, header};
use crate::edge::runtime;
use js_sys::Uint8Array;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// An answer to the caller.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The answer's author, for the log and the header `X-Intercom-Edge`: `upstream` for Intercom, `edge` for
    /// the Worker.
    pub speaker: &'static str,
    /// For the log: the fault of the Worker, its settings or a credential, without personal data.
    pub cause: Option<String>,
    body: Body,
    headers: Headers,
}

#[derive(Debug)]
enum Body {
    /// A JavaScript value: bytes, a text, a stream, or `undefined` for no body.
    Js(JsValue),
    /// JSON of the Worker.
    Json(Vec<u8>),
    /// Intercom's response with an unread body.
    Passing(web_sys::Response),
    /// The response to a WebSocket's handshake.
    Upgraded(web_sys::Response),
}

impl Answer {
    /// Makes an answer with JSON. A model always encodes: its keys are texts, and its numbers come from JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = Body::Json(serde_json::to_vec(body).unwrap_or_default());
        Self::new(status, "edge", body).with("content-type", JSON)
    }

    /// Makes an answer with a text.
    pub fn text(media_type: &'static str, text: &str) -> Self {
        let body = Body::Js(JsValue::from_str(text));
        Self::new(200, "edge", body).with("content-type", media_type)
    }

    /// Makes an answer with a stream.
    pub fn stream(stream: JsValue, media_type: &'static str) -> Self {
        Self::new(200, "edge", Body::Js(stream)).with("content-type", media_type)
    }

    /// Makes an answer without a body.
    pub const fn empty(status: u16) -> Self {
        Self::new(status, "edge", Body::Js(JsValue::UNDEFINED))
    }

    /// Passes Intercom's response on, with an unread body.
    pub const fn passing(status: u16, answer: web_sys::Response) -> Self {
        Self::new(status, "upstream", Body::Passing(answer))
    }

    /// Makes the answer to a WebSocket's handshake of the runtime's response.
    pub const fn upgraded(answer: web_sys::Response) -> Self {
        Self::new(101, "edge", Body::Upgraded(answer))
    }

    /// Passes Intercom's response on, with the body as JavaScript's bytes or a stream of them.
    pub const fn of_upstream(status: u16, body: JsValue) -> Self {
        Self::new(status, "upstream", Body::Js(body))
    }

    const fn new(status: u16, speaker: &'static str, body: Body) -> Self {
        Self { status, speaker, cause: None, body, headers: Vec::new() }
    }

    /// Adds a header. `name` is in lower case. The value is cut at a line break.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Adds a header, as [`with`](Self::with) does.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let mut value = value.into();
        value.truncate(value.find(['\r', '\n']).unwrap_or(value.len()));
        self.headers.push((name.into(), value));
    }

    /// Adds headers of Intercom's response.
    #[must_use]
    pub fn with_all(mut self, headers: &[(String, String)]) -> Self {
        headers.iter().for_each(|(name, value)| self.set(name.clone(), value.as_str()));
        self
    }

    /// Gives the request's id: Intercom's if it gave one, or else a new one, which is added.
    pub fn request_id(&mut self) -> String {
        const NAME: &str = "x-request-id";
        if let Some(id) = header(&self.headers, NAME) {
            return id.to_owned();
        }
        let id = runtime::random_uuid();
        self.set(NAME, id.as_str());
        id
    }

    /// Gives the body's length in bytes, if it is known.
    pub fn length(&self) -> Option<usize> {
        match &self.body {
            Body::Json(body) => Some(body.len()),
            Body::Js(body) => body.dyn_ref::<Uint8Array>().map(|bytes| bytes.length() as usize),
            Body::Passing(_) | Body::Upgraded(_) => None,
        }
    }

    /// Makes the runtime's response. `cors`: the request, if its page may read the answer; `took`: the time that
    /// Intercom and the Worker took.
    pub fn into_response(
        self,
        cors: Option<&web_sys::Request>,
        took: [Duration; 2],
    ) -> web_sys::Response {
        let [upstream, edge] = took.map(|time| time.as_millis().try_into().unwrap_or(u32::MAX));
        let mut lines = String::new();
        for (name, value) in &self.headers {
            lines.extend([name, "\n", value, "\n"]);
        }
        let body = match &self.body {
            Body::Passing(answer) => {
                let more = Some(lines.as_str()).filter(|lines| !lines.is_empty());
                return runtime::pass(answer, cors, upstream, edge, more);
            }
            // A copy would lose the WebSocket.
            Body::Upgraded(answer) => return Clone::clone(answer),
            Body::Js(body) => body,
            Body::Json(body) => &Uint8Array::from(body.as_slice()).into(),
        };
        lines.extend(["x-intercom-edge\n", self.speaker]);
        runtime::respond(self.status, body, cors, upstream, edge, Some(&lines))
    }
}

impl From<StoredResponse> for Answer {
    fn from(StoredResponse { status, upstream, headers, cause, body }: StoredResponse) -> Self {
        // Some statuses take no body at all, not even an empty one.
        let body = match body.as_slice() {
            [] => JsValue::UNDEFINED,
            bytes => Uint8Array::from(bytes).into(),
        };
        let speaker = if upstream { "upstream" } else { "edge" };
        Self { cause, ..Self::new(status, speaker, Body::Js(body)) }.with_all(&headers)
    }
}
