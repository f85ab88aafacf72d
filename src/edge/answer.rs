//! What the Worker itself says: JSON, and errors in Intercom's shape.

use crate::client::Response as Answer;
use crate::model::{ErrorDetail, ErrorList};
use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Response, ResponseInit};

/// Who spoke: `upstream` where Intercom's answer passes, `edge` where the Worker answers.
pub const SPEAKER: &str = "x-intercom-edge";

/// Why a request isn't served: the Worker's own reason, or Intercom's answer as it came.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    body: Body,
    headers: Vec<(String, String)>,
    /// Whether Intercom may have done what it was asked all the same.
    uncertain: bool,
}

#[derive(Debug)]
enum Body {
    Own(Box<ErrorDetail>),
    Upstream(Vec<u8>),
}

impl Refusal {
    /// An error with one of Intercom's codes, and a sentence that says what to do. The sentence must
    /// hold neither a person's data nor anything that the caller didn't send.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let error = Box::new(ErrorDetail::new(code, message));
        Self { status, body: Body::Own(error), headers: Vec::new(), uncertain: false }
    }

    /// Intercom gave no answer, or none that tells what it did: 502 or 504.
    pub fn uncertain(status: u16, message: impl Into<String>) -> Self {
        let code = if status == 504 { "gateway_timeout" } else { "bad_gateway" };
        Self { uncertain: true, ..Self::new(status, code, message) }
    }

    /// A parameter or field at fault: 400.
    pub fn parameter(field: &str, message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message).naming(field)
    }

    /// The method isn't one that the path knows.
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(405, "method_not_allowed", format!("This path takes {allow}"))
            .with("allow", allow)
    }

    /// Nothing is at the path, or the person isn't there.
    pub fn not_found(message: &str) -> Self {
        Self::new(404, "not_found", message)
    }

    /// Intercom's own error, unchanged.
    pub fn upstream(answer: Answer<Vec<u8>>) -> Self {
        let (status, headers) = (answer.status, answer.headers);
        Self { status, body: Body::Upstream(answer.body), headers, uncertain: false }
    }

    /// The field of the request that is at fault.
    pub fn naming(self, field: &str) -> Self {
        self.detailed(|error| error.field = field.into())
    }

    /// Says what a write may have done, where that isn't known.
    pub fn of_write(self, may_have: &str) -> Self {
        if !self.uncertain {
            return self;
        }
        self.detailed(|error| {
            let sentence = error.message.as_str().unwrap_or_default();
            error.message = format!("{sentence}; {may_have}").into();
        })
    }

    /// Adds something that programs may read.
    pub fn holding(self, key: &str, value: serde_json::Value) -> Self {
        self.detailed(|error| drop(error.extra.insert(key.to_owned(), value)))
    }

    /// Adds a header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    fn detailed(mut self, change: impl FnOnce(&mut ErrorDetail)) -> Self {
        if let Body::Own(error) = &mut self.body {
            change(error);
        }
        self
    }

    /// The answer.
    pub fn into_response(self) -> Result<Response, JsValue> {
        let mut headers = self.headers;
        match self.body {
            Body::Own(error) => {
                let request_id = random_uuid();
                let body = ErrorList::new(Some(&request_id), vec![*error]);
                headers.push(("x-request-id".to_owned(), request_id));
                build(self.status, "edge", &encode(&body), &headers)
            }
            Body::Upstream(body) => build(self.status, "upstream", &body, &headers),
        }
    }
}

/// Something JavaScript threw where nothing should: the Worker's own fault, said without detail.
impl From<JsValue> for Refusal {
    fn from(_: JsValue) -> Self {
        Self::new(500, "server_error", "The Worker failed; this is a bug in intercom-edge")
    }
}

impl From<worker::Error> for Refusal {
    fn from(_: worker::Error) -> Self {
        Self::from(JsValue::NULL)
    }
}

/// An answer of the Worker's own.
pub fn json(
    status: u16,
    body: &impl Serialize,
    headers: &[(String, String)],
) -> Result<Response, Refusal> {
    Ok(build(status, "edge", &encode(body), headers)?)
}

/// Intercom's answer to a bridged call, as it came.
pub fn upstream(answer: Answer<Vec<u8>>) -> Result<Response, Refusal> {
    Ok(build(answer.status, "upstream", &answer.body, &answer.headers)?)
}

/// A model always encodes: its keys are texts and its numbers came from JSON.
fn encode(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

fn build(
    status: u16,
    speaker: &str,
    body: &[u8],
    headers: &[(String, String)],
) -> Result<Response, JsValue> {
    let all = Headers::new()?;
    all.set("content-type", "application/json; charset=utf-8")?;
    for (name, value) in headers {
        all.set(name, value)?;
    }
    all.set("cache-control", "no-store")?;
    all.set(SPEAKER, speaker)?;
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&all);
    Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(body)), &init)
}

/// A random UUID of the platform's.
pub fn random_uuid() -> String {
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    global.crypto().map(|crypto| crypto.random_uuid()).unwrap_or_default()
}
