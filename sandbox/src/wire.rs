//! The edge between values and the runtime: requests become [`Arrival`]s, and [`Answer`]s become
//! responses, whole or spoilt.

use super::answer::Answer;
use super::arrival::Arrival;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use worker::{Date, Delay, Error, Request, Response, ResponseBuilder, Result};

/// How long half a body is alone on its way.
const BREATH: Duration = Duration::from_millis(100);

/// What tells `scripts/sandbox-front.mjs` to reset the connection in place of answering.
const FAULT_HEADER: &str = "x-sandbox-fault";

/// The page of a load balancer that refuses a request before Intercom sees it.
const FORBIDDEN_PAGE: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
    <center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n";

/// Reads a request whole.
pub(super) async fn read(mut request: Request) -> Result<Arrival> {
    Ok(Arrival {
        method: request.method().to_string(),
        url: request.url()?,
        headers: request.headers().entries().collect(),
        body: String::from_utf8_lossy(&request.bytes().await?).into_owned(),
        at_ms: Date::now().as_millis(),
    })
}

/// Sends an answer.
pub(super) fn send(answer: Answer, request_id: &str) -> Result<Response> {
    let (body, builder) = begin(answer, request_id)?;
    Ok(builder.fixed(body))
}

/// Sends half of the body, and breaks off a little later: `wrangler dev` asks a second time if an
/// answer breaks off before its head went out.
pub(super) fn truncated(answer: Answer, request_id: &str) -> Result<Response> {
    let (mut body, builder) = begin(answer, request_id)?;
    body.truncate(body.len() / 2);
    let half = stream::once(async { Ok(body) });
    let break_off = stream::once(async {
        Delay::from(BREATH).await;
        Err(Error::RustError("the sandbox was told to break off here".into()))
    });
    builder.from_stream(half.chain(break_off).boxed_local())
}

/// Sends an answer that nobody gets: the front resets the connection in its place.
pub(super) fn reset(mut answer: Answer, request_id: &str) -> Result<Response> {
    answer.headers.push((FAULT_HEADER, "reset".into()));
    send(answer, request_id)
}

/// Sends a load balancer's 403.
pub(super) fn forbidden() -> Result<Response> {
    let page = Response::builder().with_status(403).with_header("content-type", "text/html")?;
    Ok(page.fixed(FORBIDDEN_PAGE.into()))
}

/// Sends a 200 with nothing in it.
pub(super) fn empty() -> Response {
    Response::builder().with_status(200).fixed(Vec::new())
}

fn begin(answer: Answer, request_id: &str) -> Result<(Vec<u8>, ResponseBuilder)> {
    let mut builder = Response::builder()
        .with_status(answer.status)
        .with_header("content-type", "application/json; charset=utf-8")?
        .with_header("x-request-id", request_id)?;
    for (name, value) in &answer.headers {
        builder = builder.with_header(name, value)?;
    }
    Ok((answer.body, builder))
}
