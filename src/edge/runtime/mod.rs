//! The functions of the Workers runtime that requests need. Each function of `runtime.js` is one call from
//! WebAssembly to JavaScript; its results come back in one text, which is split here.

pub mod clock;
pub mod connection_pool;
pub mod key_value;
pub mod object_rpc;
pub mod output;
pub mod sql;
pub mod task;

use crate::edge::runtime::task::Task;
use js_sys::{Promise, Uint8Array};
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ReadableStream, Request, Response};

#[wasm_bindgen(module = "/src/edge/runtime/runtime.js")]
extern "C" {
    /// Gives the text of a request's [`RequestHead`].
    pub fn request_head(request: &Request) -> String;

    /// Gives the text of a request's [`ClientMarks`].
    #[wasm_bindgen(js_name = client_marks)]
    pub fn client_marks_of(request: &Request) -> String;

    /// Gives the text of a response's [`ResponseHead`].
    pub fn response_head(answer: &Response) -> String;

    #[wasm_bindgen(js_name = response_headers)]
    fn response_header_lines(answer: &Response) -> String;

    /// Gives the headers of a request that are forwarded to Intercom, as alternating lines of name and value.
    pub fn request_headers(request: &Request) -> String;

    /// Makes the response that passes Intercom's response on. The other parameters are those of [`respond`].
    pub fn pass(
        answer: &Response,
        cors: Option<&Request>,
        upstream: u32,
        edge: u32,
        headers: Option<&str>,
    ) -> Response;

    /// Makes a response of the Worker. `cors`: the request, if its page may read the response; `upstream`,
    /// `edge`: the time that Intercom and the Worker took, in milliseconds; `headers`: alternating lines of
    /// name and value.
    pub fn respond(
        status: u16,
        body: &JsValue,
        cors: Option<&Request>,
        upstream: u32,
        edge: u32,
        headers: Option<&str>,
    ) -> Response;

    /// Reads a request's body as bytes. Gives 413 if it is longer than the limit, 408 if it takes too long, 400
    /// if it is cut off.
    #[wasm_bindgen(js_name = read)]
    pub async fn read_request(request: &Request, limit: u32, milliseconds: u32) -> JsValue;

    /// Reads a response's body, as [`read_request`] does, into a buffer that [`move_out`] takes back.
    pub async fn read_pooled(answer: &Response, limit: u32, milliseconds: u32) -> JsValue;

    /// Copies bytes that [`read_pooled`] has given, and takes their buffer back. `memory` has their length.
    pub fn move_out(bytes: &Uint8Array, memory: &mut [u8]);

    /// Makes a stream of bytes; `None` if there are none.
    pub fn pooled_stream(bytes: &[u8]) -> Option<ReadableStream>;

    /// Reads a response's body, as [`read_request`] does.
    #[wasm_bindgen(js_name = read)]
    pub async fn read_answer(answer: &Response, limit: u32, milliseconds: u32) -> JsValue;

    /// Reads a request's body, as [`read_request`] does. Gives a stream of all its bytes if it is longer than
    /// the limit.
    #[wasm_bindgen(js_name = read_or_stream)]
    pub async fn read_or_stream_request(
        request: &Request,
        limit: u32,
        milliseconds: u32,
    ) -> JsValue;

    /// Reads a response's body, as [`read_or_stream_request`] does.
    #[wasm_bindgen(js_name = read_or_stream)]
    pub async fn read_or_stream_answer(answer: &Response, limit: u32, milliseconds: u32)
    -> JsValue;

    /// Gives a random UUID.
    pub fn random_uuid() -> String;

    /// Gives a promise that resolves after some time.
    pub fn pause(milliseconds: u32) -> Promise;

    /// Counts a call against a caller's limit. Gives a promise of `true` if the call is within the limit.
    pub fn within_limit(limiter: &JsValue, key: &str) -> Promise;

    /// Resumes a task when a promise is settled. Gives a promise of the response.
    pub fn resume_after(promise: &Promise, task: Task) -> Promise;

    /// Lets work go on after the response of a request. `execution`: the runtime's context of the request.
    pub fn wait_until(execution: &JsValue, work: &Promise);

    /// Writes a line to the Worker's log.
    pub fn log(line: &str);

    /// The connection to Intercom, with the access token. All requests to Intercom go through it.
    #[derive(Clone, Debug)]
    pub type Upstream;

    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, token: &str, agent: &str) -> Upstream;

    /// Sends a caller's request to `target`, or else to the path and query that begin at `path` in its
    /// address, with `version`, or else with the request's own version. Gives a promise of the response, of
    /// 504 if it took too long, or of 502 if the connection failed. The promise never rejects.
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

    /// Sends a request of the Worker. Gives what [`Upstream::forward`] gives.
    #[wasm_bindgen(method)]
    pub fn ask(
        this: &Upstream,
        method: &str,
        target: &str,
        version: &str,
        body: Option<&str>,
        milliseconds: u32,
    ) -> Promise;

    /// Posts a caller's body with the caller's headers, as alternating lines of name and value. Gives what
    /// [`Upstream::forward`] gives.
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

/// Declares a struct that names the lines of a text. The line of a missing header is empty.
macro_rules! lines {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name<'a> {
            $($(#[$of])* pub $field: &'a str,)*
        }

        impl<'a> $name<'a> {
            /// Splits the text.
            pub fn of(text: &'a str) -> Self {
                let mut lines = text.split('\n');
                Self { $($field: lines.next().unwrap_or_default(),)* }
            }
        }
    };
}

lines! {
    /// The parts of a request that the Worker's decisions need.
    RequestHead {
        /// The time when the request came in, in milliseconds since 1970.
        arrived,
        /// The method.
        method,
        /// The whole address.
        url,
        authorization,
        /// Read only without `authorization`.
        cf_access_jwt_assertion,
        origin,
        sec_fetch_site,
        intercom_version,
        /// This line and the next ones are missing for a GET.
        content_length,
        content_type,
        content_encoding,
        access_control_request_method,
    }
}

lines! {
    /// The headers that identify a client library.
    ClientMarks {
        /// The name of a header `X-Fern-…`, which the client generator Fern adds.
        fern_header,
        user_agent,
    }
}

lines! {
    /// The parts of Intercom's response that the Worker's decisions need.
    ResponseHead {
        /// The HTTP status.
        status,
        x_request_id,
        content_length,
        /// Read for 201 to 399.
        location,
        /// Read for 410.
        link,
        /// This line and the next ones are read for 429.
        retry_after,
        x_ratelimit_limit,
        x_ratelimit_remaining,
        x_ratelimit_reset,
    }
}

impl ResponseHead<'_> {
    /// Finds a header of a 429 that says how long to wait, by its name in lower case.
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
    /// Returns true if the request has a caller key or a token.
    pub const fn has_credential(&self) -> bool {
        !self.authorization.is_empty() || !self.cf_access_jwt_assertion.is_empty()
    }
}

/// Gives the headers of Intercom's response that callers may see.
pub fn response_headers(answer: &Response) -> Vec<(String, String)> {
    let text = response_header_lines(answer);
    let mut lines = text.split('\n');
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    std::iter::from_fn(|| Some(pair(lines.next()?, lines.next()?))).collect()
}

/// Gives the time since 1970. It advances only with I/O.
pub fn now() -> Duration {
    // A time before 1970 gives 0.
    Duration::try_from_secs_f64(js_sys::Date::now() / 1000.0).unwrap_or_default()
}
