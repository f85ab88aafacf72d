//! The endpoints under `/_sandbox/`, except for `reset`, which the server handles, and `webhooks`.

use crate::control::settings::Settings;
use crate::faults::fault::Fault;
use crate::faults::queue;
use crate::http::request::ApiRequest;
use crate::http::response::{ApiError, ApiResponse};
use crate::log::{LogList, messages, requests};
use crate::store::Store;
use serde::Serialize;

/// Answers a request to `/_sandbox/{name}`.
pub(crate) fn handle(
    method: &str,
    name: &str,
    request: &ApiRequest,
    store: &Store,
    settings: &Settings,
) -> Result<ApiResponse, ApiError> {
    match (method, name) {
        ("GET", "health") => ApiResponse::ok(&Health { ok: true, settings }),
        ("GET", "messages") => ApiResponse::ok(&messages::all(store)?),
        ("GET", "requests") => ApiResponse::ok(&requests::all(store)?),
        ("GET", "faults") => ApiResponse::ok(&LogList::new(queue::all(store)?)),
        ("POST", "faults") => {
            let fault = Fault::read(&request.object()?)?;
            queue::add(store, &fault)?;
            ApiResponse::ok(&fault)
        }
        ("DELETE", "faults") => {
            queue::clear(store)?;
            ApiResponse::ok(&LogList::new(queue::all(store)?))
        }
        _ => Err(ApiError::not_found()),
    }
}

#[derive(Serialize)]
struct Health<'a> {
    ok: bool,
    #[serde(flatten)]
    settings: &'a Settings,
}
