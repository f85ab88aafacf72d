//! The one way to Intercom: where the token is added, and time runs out.

use super::answer::Refusal;
use super::config::Config;
use crate::client::{DEADLINE, Error, Failure, Request, Response, Transport};
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect, WorkerGlobalScope};

/// Headers of Intercom's that callers get to see; nothing else of its infrastructure passes.
pub const PASSED_HEADERS: [&str; 13] = [
    "content-disposition",
    "content-encoding",
    "content-type",
    "etag",
    "intercom-version",
    "link",
    "request-id",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-intercom-version",
];

/// Intercom as a [`Transport`] of bytes, for calls that the Worker decodes.
#[derive(Debug)]
pub struct Upstream {
    config: Config,
}

impl Upstream {
    /// Intercom as configured.
    pub const fn new(config: Config) -> Self {
        Self { config }
    }
}

impl Transport for Upstream {
    type Body = Vec<u8>;

    async fn send(&self, request: Request<'_>) -> Result<Response<Vec<u8>>, Failure> {
        let prepare = || {
            let init = RequestInit::new();
            init.set_method(request.method.as_str());
            let headers = credentials(&self.config, &self.config.upstream_version)?;
            if let Some(body) = request.body {
                headers.set("content-type", "application/json")?;
                init.set_body(&JsValue::from_str(body));
            }
            init.set_headers(&headers);
            Ok::<_, JsValue>(init)
        };
        let init = prepare().map_err(|_| Failure::Connection)?;
        let url = format!("{}{}", self.config.api_url, request.target);
        within(request.timeout, &init, async {
            let response = fetch(&url, &init).await?;
            let headers = PASSED_HEADERS
                .iter()
                .filter_map(|name| Some((*name).to_owned()).zip(response.headers().get(name).ok()?))
                .collect();
            let buffer = response.array_buffer().map_err(|_| Failure::Connection)?;
            let buffer = JsFuture::from(buffer).await.map_err(|_| Failure::Connection)?;
            let body = Uint8Array::new(&buffer).to_vec();
            Ok(Response { status: response.status(), headers, body })
        })
        .await
    }
}

/// The headers that every request to Intercom carries, whoever asked.
pub fn credentials(config: &Config, version: &str) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    headers.set("authorization", &format!("Bearer {}", config.access_token))?;
    headers.set("intercom-version", version)?;
    headers.set("user-agent", concat!("intercom-edge/", env!("CARGO_PKG_VERSION")))?;
    Ok(headers)
}

/// Sends a request; a redirect isn't followed, because the token must not go elsewhere.
pub async fn fetch(url: &str, init: &RequestInit) -> Result<web_sys::Response, Failure> {
    init.set_redirect(RequestRedirect::Manual);
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(global.fetch_with_str_and_init(url, init)).await;
    // workerd words refused, reset and cut connections alike.
    response.and_then(JsCast::dyn_into).map_err(|_| Failure::Connection)
}

/// Does the work within a time, and else aborts the request that `init` began.
pub async fn within<T>(
    time: Duration,
    init: &RequestInit,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let controller = AbortController::new().map_err(|_| Failure::Connection)?;
    init.set_signal(Some(&controller.signal()));
    let time = pin!(worker::Delay::from(time.min(DEADLINE)));
    match select(pin!(work), time).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => {
            controller.abort();
            Err(Failure::Timeout)
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::uncertain(504, "Intercom didn't answer in time"),
            Failure::Connection | Failure::Aborted => {
                Self::uncertain(502, "The connection to Intercom failed")
            }
        }
    }
}

/// What a caller of a decoded call gets to see of Intercom's errors: those that it can mend, as they
/// came. The rest is the Worker's to explain.
impl From<Error<Vec<u8>>> for Refusal {
    fn from(error: Error<Vec<u8>>) -> Self {
        let answer = match error {
            Error::Status(answer) => answer,
            Error::Failed(failure) => return failure.into(),
            Error::Unreadable { reason } => {
                return Self::uncertain(502, format!("Intercom's answer can't be read: {reason}"));
            }
            Error::Repeats => return Self::uncertain(502, "Intercom's list repeats itself"),
        };
        match answer.status {
            401 => Self::new(
                502,
                "bad_gateway",
                "Intercom refuses the Worker's access token: the operator must renew \
                 INTERCOM_ACCESS_TOKEN",
            ),
            429 => Self::upstream(answer),
            status @ 500.. => Self::uncertain(502, format!("Intercom answered {status}")),
            _ if !answer.errors().details().is_empty() => Self::upstream(answer),
            status => Self::new(502, "bad_gateway", format!("Intercom answered {status}")),
        }
    }
}
