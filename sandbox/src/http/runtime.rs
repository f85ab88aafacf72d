//! Converts the requests of the Workers runtime to [`ApiRequest`], and [`ApiResponse`] to its
//! responses, including the broken ones that faults need.

use crate::http::request::ApiRequest;
use crate::http::response::ApiResponse;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use worker::{Date, Delay, Error, Request, Response, ResponseBuilder, Result};

/// The pause between the first half of a truncated body and the failure.
const PAUSE: Duration = Duration::from_millis(100);

/// The header that makes `cli/serve/sandbox-front.mjs` reset the connection.
const FAULT_HEADER: &str = "x-sandbox-fault";

/// The page of a load balancer that rejects a request before it reaches Intercom.
const FORBIDDEN_PAGE: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
    <center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n";

/// Reads a request completely.
pub(crate) async fn read_request(mut request: Request) -> Result<ApiRequest> {
    Ok(ApiRequest {
        method: request.method().to_string(),
        url: request.url()?,
        headers: request.headers().entries().collect(),
        body: String::from_utf8_lossy(&request.bytes().await?).into_owned(),
        received_at_ms: Date::now().as_millis(),
    })
}

/// Sends a response.
pub(crate) fn send(response: ApiResponse, request_id: &str) -> Result<Response> {
    let (body, builder) = begin(response, request_id)?;
    Ok(builder.fixed(body))
}

/// Sends half of the body, and fails after a pause: `wrangler dev` sends the request again if a
/// response fails before its headers are sent.
pub(crate) fn send_truncated(response: ApiResponse, request_id: &str) -> Result<Response> {
    let (mut body, builder) = begin(response, request_id)?;
    body.truncate(body.len() / 2);
    let half = stream::once(async { Ok(body) });
    let failure = stream::once(async {
        Delay::from(PAUSE).await;
        Err(Error::RustError("a fault of the sandbox ends the body here".into()))
    });
    builder.from_stream(half.chain(failure).boxed_local())
}

/// Sends a response that does not reach the caller: `cli/serve/sandbox-front.mjs` resets the
/// connection instead.
pub(crate) fn send_reset(mut response: ApiResponse, request_id: &str) -> Result<Response> {
    response.headers.push((FAULT_HEADER, "reset".into()));
    send(response, request_id)
}

/// Returns the 403 of a load balancer.
pub(crate) fn forbidden() -> Result<Response> {
    let page = Response::builder().with_status(403).with_header("content-type", "text/html")?;
    Ok(page.fixed(FORBIDDEN_PAGE.into()))
}

/// Returns a 200 with an empty body.
pub(crate) fn empty() -> Response {
    Response::builder().with_status(200).fixed(Vec::new())
}

fn begin(response: ApiResponse, request_id: &str) -> Result<(Vec<u8>, ResponseBuilder)> {
    let mut builder = Response::builder()
        .with_status(response.status)
        .with_header("content-type", "application/json; charset=utf-8")?
        .with_header("x-request-id", request_id)?;
    for (name, value) in &response.headers {
        builder = builder.with_header(name, value)?;
    }
    Ok((response.body, builder))
}
