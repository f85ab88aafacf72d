//! What is asked of the Workers runtime for every request. Each function of `runtime.js` is one
//! crossing; what it tells comes back as one text and is taken apart here.

pub mod clock;
pub mod object_rpc;
pub mod sql;
pub mod task;

use crate::edge::runtime::task::Task;
use js_sys::Promise;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/edge/runtime/runtime.js")]
extern "C" {
    /// The text of a request's [`RequestHead`].
    pub fn request_head(request: &Request) -> String;

    /// The text of a request's [`ClientMarks`].
    #[wasm_bindgen(js_name = client_marks)]
    pub fn client_marks_of(request: &Request) -> String;

    /// The text of an answer's [`ResponseHead`].
    pub fn response_head(answer: &Response) -> String;

    fn passed(answer: &Response) -> String;

    /// The headers of a request that Intercom gets to see, in lines of name and value by turns.
    #[wasm_bindgen(js_name = sent)]
    pub fn sent_by(request: &Request) -> String;

    /// Intercom's answer as callers get to see it; the rest as [`respond`] takes it.
    pub fn pass(
        answer: &Response,
        shown: Option<&Request>,
        upstream: u32,
        edge: u32,
        headers: Option<&str>,
    ) -> Response;

    /// An answer of the Worker's own. `shown`: the request, if its page may see the answer;
    /// `upstream`, `edge`: how long each took, in milliseconds; `headers`: lines of name and value
    /// by turns.
    pub fn respond(
        status: u16,
        body: &JsValue,
        shown: Option<&Request>,
        upstream: u32,
        edge: u32,
        headers: Option<&str>,
    ) -> Response;

    /// A request's body as bytes; or 413 where it is longer than the limit, 408 where it takes too
    /// long, 400 where it is cut off.
    #[wasm_bindgen(js_name = read)]
    pub async fn read_request(request: &Request, limit: u32, milliseconds: u32) -> JsValue;

    /// An answer's body, as [`read_request`].
    #[wasm_bindgen(js_name = read)]
    pub async fn read_answer(answer: &Response, limit: u32, milliseconds: u32) -> JsValue;

    /// A request's body, as [`read_request`]; one that is longer than the limit is given back as a
    /// stream of all its bytes.
    #[wasm_bindgen(js_name = keep)]
    pub async fn keep_request(request: &Request, limit: u32, milliseconds: u32) -> JsValue;

    /// An answer's body, as [`keep_request`].
    #[wasm_bindgen(js_name = keep)]
    pub async fn keep_answer(answer: &Response, limit: u32, milliseconds: u32) -> JsValue;

    /// A random UUID.
    pub fn random_uuid() -> String;

    /// Comes to an end after a while.
    pub fn pause(milliseconds: u32) -> Promise;

    /// Whether a caller's call is within the limit that a binding counts; a promise of a boolean.
    pub fn within_limit(limiter: &JsValue, key: &str) -> Promise;

    /// Goes on with a task when a promise has come to something; gives a promise of the response.
    pub fn resume_after(promise: &Promise, task: Task) -> Promise;

    /// Writes a line to the Worker's log.
    pub fn log(line: &str);

    /// The one way to Intercom.
    #[derive(Clone, Debug)]
    pub type Upstream;

    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, token: &str, agent: &str) -> Upstream;

    /// Sends a caller's request to `target`, or else to the path and query that begin at `path` in
    /// its address; in `version`, or else in that of the request. It gives the answer, or 504 or 502
    /// where none came. It never rejects.
    #[wasm_bindgen(method)]
    pub fn forward(
        this: &Upstream,
        request: &Request,
        path: usize,
        target: Option<&str>,
        version: Option<&str>,
        body: &JsValue,
        milliseconds: u32,
    ) -> Promise;

    /// Sends a request of the Worker's own; gives what [`Upstream::forward`] gives.
    #[wasm_bindgen(method)]
    pub fn ask(
        this: &Upstream,
        method: &str,
        target: &str,
        version: &str,
        body: Option<&str>,
        milliseconds: u32,
    ) -> Promise;

    /// Posts a caller's body with headers of the caller's, in lines of name and value by turns;
    /// gives what [`Upstream::forward`] gives.
    #[wasm_bindgen(method)]
    pub fn post(
        this: &Upstream,
        target: &str,
        version: &str,
        headers: &str,
        body: &[u8],
        milliseconds: u32,
    ) -> Promise;
}

/// Takes a text apart and names its lines; a header that isn't there is empty.
macro_rules! lines {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name<'a> {
            $($(#[$of])* pub $field: &'a str,)*
        }

        impl<'a> $name<'a> {
            /// Names the lines.
            pub fn of(text: &'a str) -> Self {
                let mut lines = text.split('\n');
                Self { $($field: lines.next().unwrap_or_default(),)* }
            }
        }
    };
}

lines! {
    /// What the Worker decides by.
    RequestHead {
        /// When the request came in, in milliseconds since 1970.
        arrived,
        /// The method.
        method,
        /// The whole address.
        url,
        authorization,
        /// Only where there is no `authorization`.
        cf_access_jwt_assertion,
        origin,
        sec_fetch_site,
        intercom_version,
        /// From here on, of what is no GET.
        content_length,
        content_type,
        content_encoding,
        access_control_request_method,
    }
}

lines! {
    /// What tells who made a client.
    ClientMarks {
        /// The name of a header `X-Fern-…`, if there is one: a mark of Fern's generator of clients.
        fern_header,
        user_agent,
    }
}

lines! {
    /// What the Worker decides by in an answer of Intercom's.
    ResponseHead {
        /// The HTTP status.
        status,
        x_request_id,
        content_length,
        /// Of 201–399.
        location,
        /// Of 410.
        link,
        /// From here on, of 429.
        retry_after,
        x_ratelimit_limit,
        x_ratelimit_remaining,
        x_ratelimit_reset,
    }
}

impl ResponseHead<'_> {
    /// A header of a 429 that says when to come back, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = match name {
            "retry-after" => self.retry_after,
            "x-ratelimit-limit" => self.x_ratelimit_limit,
            "x-ratelimit-remaining" => self.x_ratelimit_remaining,
            "x-ratelimit-reset" => self.x_ratelimit_reset,
            _ => "",
        };
        Some(value).filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

impl RequestHead<'_> {
    /// Whether the request says who makes it.
    pub const fn has_credential(&self) -> bool {
        !self.authorization.is_empty() || !self.cf_access_jwt_assertion.is_empty()
    }
}

/// The headers of an answer that callers get to see.
pub fn passed_headers(answer: &Response) -> Vec<(String, String)> {
    let text = passed(answer);
    let mut lines = text.split('\n');
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    std::iter::from_fn(|| Some(pair(lines.next()?, lines.next()?))).collect()
}

/// The time since 1970. It stands still while code computes and moves on with I/O.
pub fn now() -> Duration {
    // A time before 1970 or beyond all clocks is none.
    Duration::try_from_secs_f64(js_sys::Date::now() / 1000.0).unwrap_or_default()
}
