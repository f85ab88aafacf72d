//! The response on its way to the caller. [`Answer::into_response`] is called once, at the very end.

use crate::edge::response::headers::Headers;
use crate::edge::response::{JSON, StoredResponse, header};
use crate::edge::runtime;
use js_sys::Uint8Array;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// An answer on its way to the caller.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Who spoke: `upstream` where Intercom's answer passes, `edge` where the Worker answers.
    pub speaker: &'static str,
    /// For the log: what went wrong in the Worker or its settings, without anybody's data.
    pub cause: Option<String>,
    body: Body,
    headers: Headers,
}

#[derive(Debug)]
enum Body {
    /// Bytes or text of JavaScript's, or none.
    Kept(JsValue),
    /// JSON of the Worker's own.
    Json(Vec<u8>),
    /// Intercom's answer, its body unread.
    Passing(web_sys::Response),
}

impl Answer {
    /// JSON of the Worker's own. A model always encodes: its keys are texts and its numbers came
    /// from JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = Body::Json(serde_json::to_vec(body).unwrap_or_default());
        Self::new(status, "edge", body).with("content-type", JSON)
    }

    /// A text of the Worker's own.
    pub fn text(media_type: &'static str, text: &str) -> Self {
        let body = Body::Kept(JsValue::from_str(text));
        Self::new(200, "edge", body).with("content-type", media_type)
    }

    /// A stream of the Worker's own.
    pub fn stream(stream: JsValue, media_type: &'static str) -> Self {
        Self::new(200, "edge", Body::Kept(stream)).with("content-type", media_type)
    }

    /// No body.
    pub const fn empty(status: u16) -> Self {
        Self::new(status, "edge", Body::Kept(JsValue::UNDEFINED))
    }

    /// Intercom's answer as it came.
    pub const fn passing(status: u16, answer: web_sys::Response) -> Self {
        Self::new(status, "upstream", Body::Passing(answer))
    }

    /// An answer of Intercom's whose body is in hand: bytes of JavaScript's, or a stream of them.
    pub const fn of_upstream(status: u16, body: JsValue) -> Self {
        Self::new(status, "upstream", Body::Kept(body))
    }

    const fn new(status: u16, speaker: &'static str, body: Body) -> Self {
        Self { status, speaker, cause: None, body, headers: Vec::new() }
    }

    /// Adds a header; `name` is in lower case. A line break in the value ends it.
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

    /// Adds headers of Intercom's answer.
    #[must_use]
    pub fn with_all(mut self, headers: &[(String, String)]) -> Self {
        headers.iter().for_each(|(name, value)| self.set(name.clone(), value.as_str()));
        self
    }

    /// The id by which this request is known, Intercom's where it gave one; a new one else.
    pub fn request_id(&mut self) -> String {
        const NAME: &str = "x-request-id";
        if let Some(id) = header(&self.headers, NAME) {
            return id.to_owned();
        }
        let id = runtime::random_uuid();
        self.set(NAME, id.as_str());
        id
    }

    /// How many bytes the body has, where that is known.
    pub fn length(&self) -> Option<usize> {
        match &self.body {
            Body::Json(body) => Some(body.len()),
            Body::Kept(body) => body.dyn_ref::<Uint8Array>().map(|bytes| bytes.length() as usize),
            Body::Passing(_) => None,
        }
    }

    /// The runtime's answer: `shown` is the request, if its page may see the answer, and `took` how
    /// long Intercom and the Worker took.
    pub fn into_response(
        self,
        shown: Option<&web_sys::Request>,
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
                return runtime::pass(answer, shown, upstream, edge, more);
            }
            Body::Kept(body) => body,
            Body::Json(body) => &Uint8Array::from(body.as_slice()).into(),
        };
        lines.extend(["x-intercom-edge\n", self.speaker]);
        runtime::respond(self.status, body, shown, upstream, edge, Some(&lines))
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
        Self { cause, ..Self::new(status, speaker, Body::Kept(body)) }.with_all(&headers)
    }
}
