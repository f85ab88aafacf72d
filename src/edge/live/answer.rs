//! The calls under `/edge/live`.

use crate::edge::access::caller::Caller;
use crate::edge::live::protocol::{EventId, READERS, Reader, ReadersCommand};
use crate::edge::live::readers::tickets;
use crate::edge::live::topic::Topics;
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::request::values::last;
use crate::edge::response::{Answer, Rejection, kind};
use crate::edge::runtime::object_rpc::{self, ADDRESS};
use crate::edge::runtime::sql::now;
use crate::model::{LiveTicket, LiveTicketRequest, Timestamp};
use worker::{Method, Request, RequestInit};

/// The topics of a reader that names none.
const ALL: [&str; 1] = ["*"];

/// Answers a path below `/edge/live`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    context.config.require(READERS.0)?;
    // 403 for a caller who may read no topic at all.
    Topics::parse(ALL, caller.scopes)?;
    match (segments, context.head.method) {
        ([], "GET") => stream(context, caller).await,
        (["tickets"], "POST") => create_ticket(context, caller).await,
        ([], _) => Err(Rejection::method_not_allowed("GET")),
        _ => Err(Rejection::method_not_allowed("POST")),
    }
}

/// Answers with a stream of events.
async fn stream(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    let headers = context.request.headers();
    if headers.get("upgrade")?.is_some() {
        return Err(without_ticket());
    }
    let parameters = context.target.parameters()?;
    for (name, _) in &parameters {
        if !["topics", "last_event_id"].contains(&name.as_str()) {
            let words = "The parameters are topics and last_event_id";
            return Err(Rejection::parameter(name, words));
        }
    }
    let topics = last(&parameters, "topics").map(|topics| topics.split(',').collect());
    let header = headers.get("last-event-id")?;
    let after = header.as_deref().or_else(|| last(&parameters, "last_event_id"));
    let reader = reader(caller, topics, after)?;
    let command = ReadersCommand::Stream(reader);
    match object_rpc::stream::<()>(context.env, READERS, &command).await {
        Ok(Ok(stream)) => {
            let stream = web_sys::Response::from(stream).body().into();
            Ok(Answer::stream(stream, "text/event-stream"))
        }
        Ok(Err(_)) => Err(too_many()),
        Err(error) => Err(stopped(&error)),
    }
}

/// Creates a ticket for a WebSocket.
async fn create_ticket(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    let request = match &*body::json(context).await? {
        [] => LiveTicketRequest::default(),
        json => LiveTicketRequest::read(json)?,
    };
    let topics = match &*request.topics {
        [] => None,
        topics => Some(topics.iter().map(String::as_str).collect()),
    };
    let reader = reader(caller, topics, request.last_event_id.as_deref())?;
    let command = ReadersCommand::CreateTicket(reader);
    match object_rpc::exchange(context.env, READERS, &command, &[]).await {
        Ok((Some::<String>(ticket), _)) => {
            let ticket = LiveTicket {
                r#type: "edge.ticket".into(),
                ticket: ticket.into(),
                expires_at: Timestamp::of_milliseconds(now() + tickets::TICKET_VALID_MS).into(),
                ..LiveTicket::default()
            };
            Ok(Answer::json(201, &ticket))
        }
        Ok((None, _)) => Err(too_many()),
        Err(error) => Err(stopped(&error)),
    }
}

/// Answers a WebSocket's handshake, which has a ticket instead of a credential.
pub async fn connect(context: &RequestContext<'_>) -> Result<Answer, Rejection> {
    context.config.require(READERS.0)?;
    if context.head.method != "GET" {
        return Err(Rejection::method_not_allowed("GET"));
    }
    let headers = context.request.headers();
    let upgrade = headers.get("upgrade")?.unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let words = "A ticket opens a WebSocket: send this request with Upgrade: websocket";
        return Err(Rejection::new(426, "upgrade_required", words).with("upgrade", "websocket"));
    }
    let parameters = context.target.parameters()?;
    let Some(ticket) = last(&parameters, "ticket") else { return Err(without_ticket()) };
    if parameters.len() > 1 {
        let words = "The parameter is ticket; the ticket has the topics";
        return Err(Rejection::parameter("ticket", words));
    }
    // The ticket becomes the path of the request to the object.
    if ticket.len() != 32 || !ticket.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(expired());
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get);
    let request = Request::new_with_init(&format!("{ADDRESS}{ticket}"), &init)?;
    request.headers().set("upgrade", "websocket")?;
    let stub = object_rpc::namespace(context.env, READERS.0)?.get_by_name(READERS.1)?;
    match stub.fetch_with_request(request).await {
        Ok(response) if response.status_code() == 101 => Ok(Answer::upgraded(response.into())),
        Ok(response) if response.status_code() == 429 => Err(too_many()),
        Ok(_) => Err(expired()),
        Err(error) => Err(stopped(&error)),
    }
}

fn reader(
    caller: &Caller,
    topics: Option<Vec<&str>>,
    after: Option<&str>,
) -> Result<Reader, Rejection> {
    let after = match after.filter(|after| !after.is_empty()) {
        None => None,
        Some(id) => Some(EventId::parse(id).ok_or_else(|| {
            let words = "The id of an event looks like 3f9a7c21-42";
            Rejection::parameter("last_event_id", words)
        })?),
    };
    Ok(Reader {
        owner: caller.owner.clone(),
        topics: Topics::parse(topics.unwrap_or(ALL.into()), caller.scopes)?,
        scopes: caller.scopes,
        expires_at: caller.expires_at,
        after,
    })
}

fn without_ticket() -> Rejection {
    Rejection::unauthorized(
        "A WebSocket needs a ticket: get one by POST /edge/live/tickets, and add ?ticket=… to this address",
    )
}

fn expired() -> Rejection {
    Rejection::unauthorized(
        "The ticket is unknown, was used before, or is older than 30 seconds: get another by POST \
         /edge/live/tickets",
    )
}

fn too_many() -> Rejection {
    let words = "There are too many readers of live events: close some, or try again later";
    Rejection::new(429, "rate_limit_exceeded", words).with("retry-after", "30")
}

fn stopped(error: &worker::Error) -> Rejection {
    let words = "The object of live events was stopped: connect again";
    Rejection::new(503, "service_unavailable", words)
        .with("retry-after", "1")
        .caused_by(&kind(error))
}
