//! Messages, which all go through the [`outbox`]: Intercom's own call in both versions of the API, and the
//! Worker's additions: the state of messages, notifications in one call, templates and batches.

mod batch;
mod notify;
mod outbox;
mod templates;

use crate::call::{IdempotencyKey, replied_to, takes_key};
use crate::client::DEADLINE;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::intercom::forward;
use crate::edge::operation::Operation;
use crate::edge::outbox::ask;
use crate::edge::outbox::protocol::{
    Command, Job, MessageSubmission, MessageSummary, Reply, Verbatim, Viewer,
};
use crate::edge::request::body::{self, LimitedBody};
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection, StoredResponse};
use crate::edge::runtime;
use crate::edge::sha256;
use crate::model::MessageKind;
use serde::Deserialize;
use std::borrow::Cow;

/// Answers a path below `/edge` that is about messages, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Option<Result<Answer, Rejection>> {
    Some(match segments {
        ["notify"] => match (caller.allow(Scope::MessagesSend), context.head.method) {
            (Err(rejection), _) => Err(rejection),
            (Ok(()), "POST") => notify::answer(context, caller).await,
            (Ok(()), _) => Err(Rejection::method_not_allowed("POST")),
        },
        ["templates", rest @ ..] => templates::answer(context, caller, rest).await,
        ["messages", "batch", rest @ ..] => batch::answer(context, caller, rest).await,
        ["messages", rest @ ..] => outbox::answer(context, caller, rest).await,
        _ => return None,
    })
}

/// The longest message, in bytes.
const LIMIT: u32 = 1 << 20;

/// Returns the kind of message that an operation of API 2.x sends; `None` if it doesn't go through the outbox.
/// The operations that write to people go through it: a repeat of one would do harm.
pub fn kind_of(operation: &Operation) -> Option<MessageKind> {
    let kind = match operation.pattern {
        "/messages" => MessageKind::Message,
        _ => MessageKind::Conversation,
    };
    takes_key(operation.method, operation.pattern).then_some(kind)
}

/// Sends a message of API 2.x as it stands.
pub async fn forward(
    context: &RequestContext<'_>,
    caller: &Caller,
    operation: Operation,
    kind: MessageKind,
    version: &str,
) -> Result<Answer, Rejection> {
    body::check_type(context, None)?;
    let bytes = if kind == MessageKind::Conversation && key(context)?.is_none() {
        body::reject_encoded(context)?;
        match body::up_to(context, LIMIT).await? {
            LimitedBody::Whole(bytes) => bytes.to_vec(),
            // A body that is too long for the outbox has attachments.
            LimitedBody::Longer(stream) => {
                return forward::forward_body(context, operation, version, stream, false).await;
            }
        }
    } else {
        body::bytes(context, LIMIT).await?.to_vec()
    };
    // A sender who isn't certainly an admin may be a contact, whose message starts a conversation.
    if kind == MessageKind::Message && !is_from_admin(&bytes) {
        caller.allow(Scope::ConversationsWrite)?;
    }
    let job = Job::Verbatim(Verbatim {
        version: version.to_owned(),
        target: context.target.path_and_query().into_owned(),
        headers: runtime::request_headers(context.request),
        from_v1: false,
    });
    let conversation = conversation_of(context.target.path());
    let summary = match kind {
        MessageKind::Message => MessageSummary::of_request(&bytes),
        _ => MessageSummary::of_reply(&bytes),
    };
    let message = Outgoing { job, kind, conversation, template: None, summary };
    send(context, caller, version, &bytes, message, &bytes).await.map(Answer::from)
}

/// Returns the longest reply of API 1.x, in bytes: one with a key goes through the outbox, and one without may
/// have files.
pub fn reply_limit(context: &RequestContext<'_>) -> Result<u32, Rejection> {
    Ok(if key(context)?.is_some() { LIMIT } else { 8 << 20 })
}

/// Sends a reply that was translated from API 1.x. `request`: the body before the translation. Returns `None`
/// if the reply is too long for the outbox.
pub async fn reply(
    context: &RequestContext<'_>,
    caller: &Caller,
    conversation: &str,
    request: &[u8],
    body: &[u8],
) -> Result<Option<StoredResponse>, Rejection> {
    if body.len() > LIMIT as usize {
        return Ok(None);
    }
    let target = format!("/conversations/{conversation}/reply");
    let conversation = conversation_of(&target);
    let job = Job::Verbatim(Verbatim {
        version: context.config.upstream_version.clone(),
        target,
        headers: runtime::request_headers(context.request),
        from_v1: true,
    });
    let summary = MessageSummary::of_reply(body);
    let kind = MessageKind::Conversation;
    let message = Outgoing { job, kind, conversation, template: None, summary };
    send(context, caller, "1", request, message, body).await.map(Some)
}

/// Returns the conversation or ticket that a path replies to. Replies to `last` have no order: it may be any
/// conversation.
fn conversation_of(path: &str) -> Option<String> {
    replied_to(path).filter(|id| *id != "last").map(str::to_owned)
}

/// A message to send, without its bytes.
#[derive(Debug)]
pub struct Outgoing {
    /// The way in which its body is prepared.
    pub job: Job,
    /// The kind of message.
    pub kind: MessageKind,
    /// The id of the conversation that it replies to.
    pub conversation: Option<String>,
    /// The template that it is rendered from.
    pub template: Option<String>,
    /// The recipient and the subject, as far as the request has them.
    pub summary: MessageSummary,
}

impl Outgoing {
    /// Makes a message that is no reply.
    pub const fn message(job: Job, template: Option<String>, summary: MessageSummary) -> Self {
        Self { job, kind: MessageKind::Message, conversation: None, template, summary }
    }
}

/// Checks if the body of a message names an admin as its only sender.
fn is_from_admin(body: &[u8]) -> bool {
    // A field that is there twice is an error: another reader might take the other one.
    #[derive(Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        from: Party<'a>,
    }
    #[derive(Deserialize)]
    struct Party<'a> {
        #[serde(borrow)]
        r#type: Cow<'a, str>,
    }
    serde_json::from_slice::<Message<'_>>(body).is_ok_and(|message| message.from.r#type == "admin")
}

/// Has the outbox send a message. `request` is the body of the request, and `body` the one that the message is
/// prepared from. Two requests are the same if they have the same `dialect`, path, query, type and body.
pub async fn send(
    context: &RequestContext<'_>,
    caller: &Caller,
    dialect: &str,
    request: &[u8],
    message: Outgoing,
    body: &[u8],
) -> Result<StoredResponse, Rejection> {
    let Outgoing { job, kind, conversation, template, summary } = message;
    let new = MessageSubmission {
        caller: caller.owner.clone(),
        key: key(context)?,
        fingerprint: fingerprint(context, dialect, request),
        kind,
        conversation,
        job,
        template,
        summary,
        deadline: deadline(context)?,
    };
    Ok(response_of(context, ask(context.env, &Command::Send(new), body).await?))
}

/// Returns the owner of the messages and batches that a caller may see and change; `None` if the caller may see
/// and change those of all callers.
fn owner(caller: &Caller) -> Option<String> {
    (!caller.scopes.contains(Scope::MessagesAdmin)).then(|| caller.owner.clone())
}

/// Checks if a caller may read a text that was rendered from a template. It may have data of contacts and admins
/// that the template's author may not read.
fn may_read_rendered(caller: &Caller) -> bool {
    [Scope::ContactsRead, Scope::AdminsRead].iter().all(|scope| caller.scopes.contains(*scope))
}

/// Returns the parts of messages that a caller may see and change.
fn viewer(caller: &Caller) -> Viewer {
    let has = |scope| caller.scopes.contains(scope);
    Viewer {
        owner: owner(caller),
        conversations: has(Scope::ConversationsRead),
        writes_conversations: has(Scope::ConversationsWrite),
        contacts: has(Scope::ContactsRead),
        rendered: may_read_rendered(caller),
    }
}

/// Takes the response out of the outbox's reply, and notes the rest for the log and the response's headers.
fn response_of(context: &RequestContext<'_>, reply: Reply) -> StoredResponse {
    let trace = &context.trace;
    trace.upstream.set(std::time::Duration::from_millis(reply.took));
    trace.requests.set(reply.requests);
    trace.replayed.set(reply.replayed);
    if let Some(id) = reply.message {
        trace.message.get_or_init(|| id);
    }
    reply.response
}

/// Reads the idempotency key of a request (the Idempotency-Key header field of the IETF's HTTP API group),
/// without its quotes if it has some.
fn key(context: &RequestContext<'_>) -> Result<Option<String>, Rejection> {
    let key = context.request.headers().get(IdempotencyKey::HEADER)?;
    Ok(key.map(IdempotencyKey::new).transpose()?.map(IdempotencyKey::into_string))
}

/// Returns the end of the caller's wait, in milliseconds since 1970; `None` if the caller doesn't wait
/// (`Prefer: respond-async`, RFC 7240).
fn deadline(context: &RequestContext<'_>) -> Result<Option<u64>, Rejection> {
    let prefer = context.request.headers().get("prefer")?.unwrap_or_default();
    let mut preferences = prefer.split([',', ';']).map(str::trim);
    if preferences.any(|it| it.eq_ignore_ascii_case("respond-async")) {
        return Ok(None);
    }
    let deadline = context.arrived.saturating_add(DEADLINE);
    Ok(Some(deadline.as_millis().try_into().unwrap_or(u64::MAX)))
}

fn fingerprint(context: &RequestContext<'_>, dialect: &str, body: &[u8]) -> String {
    let path_and_query = context.target.path_and_query();
    let [dialect, target, content_type] =
        [dialect, &path_and_query, context.head.content_type].map(str::as_bytes);
    sha256::hex(&[dialect, b"\n", target, b"\n", content_type, b"\n", body])
}

#[cfg(test)]
mod tests {
    use super::is_from_admin;

    #[test]
    fn only_a_body_that_names_an_admin_alone_is_from_an_admin() {
        for body in [
            r#"{"from":{"type":"admin","id":"1"},"to":{"type":"user"}}"#,
            r#"{"a":[1e999,"\ud800",{"from":{"type":"user"}}],"from":{"id":1,"type":"\u0061dmin"}}"#,
        ] {
            assert!(is_from_admin(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "{}",
            "x",
            r#"{"from":"admin"}"#,
            r#"{"from":{"id":"1"}}"#,
            r#"{"from":{"type":"user","id":"1"}}"#,
            r#"{"from":{"type":"contact","id":"1"}}"#,
            r#"{"from":{"type":"Admin","id":"1"}}"#,
            r#"{"from":{"type":["admin"]}}"#,
            r#"{"from":{"type":"admin"},"from":{"type":"user"}}"#,
            r#"{"from":{"type":"user"},"from":{"type":"admin"}}"#,
            r#"{"from":{"type":"admin","type":"user"}}"#,
            r#"{"from":{"type":"admin"}} {"from":{"type":"user"}}"#,
            r#"[{"from":{"type":"admin"}}]"#,
        ] {
            assert!(!is_from_admin(body.as_bytes()), "{body}");
        }
    }
}
