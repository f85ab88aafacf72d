//! `/edge/messages`: lists, counts, exports and shows messages, and sends, confirms and removes them.

use crate::call::outbox::MessageFilter;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::messages::{deadline, fingerprint, key, owner, response_of, viewer};
use crate::edge::outbox;
use crate::edge::outbox::protocol::{Command, CopyRequest, PageQuery};
use crate::edge::request::context::RequestContext;
use crate::edge::request::values::{id, moment, whole_number};
use crate::edge::response::{Answer, Rejection};
use crate::model::{MessageKind, MessageState};

/// Answers a path below `/edge/messages`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    let method = context.head.method;
    let id = segments.first().map(|id| (*id).to_owned()).unwrap_or_default();
    let viewer = viewer(caller);
    let command = match (segments, method) {
        ([], "GET" | "HEAD") => list(context, caller)?,
        ([], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Purge(purge(context, caller)?)
        }
        (["counts"], "GET" | "HEAD") => Command::Count { filter: filter(context, caller)? },
        (["export"], "GET" | "HEAD") => {
            let command = Command::Export { filter: filter(context, caller)?, viewer };
            let answer = web_sys::Response::from(outbox::stream(context.env, &command).await?);
            return Ok(Answer::stream(answer.body().into(), "application/x-ndjson"));
        }
        (["counts" | "export"], _) => return Err(Rejection::method_not_allowed("GET, HEAD")),
        ([_], "GET" | "HEAD") => {
            caller.allow(Scope::MessagesRead)?;
            Command::Show { id, viewer }
        }
        ([_], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Remove { id, conversations: viewer.conversations }
        }
        ([_, "retry"], "POST") => {
            caller.allow(Scope::MessagesRetry)?;
            Command::Retry { id, viewer, deadline: deadline(context)? }
        }
        ([_, "confirm"], "POST") => {
            caller.allow(Scope::MessagesRetry)?;
            Command::Confirm { id, viewer, by: caller.name.clone() }
        }
        ([_, "resend"], "POST") => {
            caller.allow(Scope::MessagesRetry)?;
            caller.allow(Scope::MessagesSend)?;
            Command::Resend { id, viewer, copy: copy_request(context, caller)? }
        }
        ([_, "retry" | "confirm" | "resend"], _) => {
            return Err(Rejection::method_not_allowed("POST"));
        }
        ([] | [_], _) => return Err(Rejection::method_not_allowed("GET, HEAD, DELETE")),
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    Ok(response_of(context, outbox::ask(context.env, &command, &[]).await?).into())
}

fn copy_request(context: &RequestContext<'_>, caller: &Caller) -> Result<CopyRequest, Rejection> {
    Ok(CopyRequest {
        caller: caller.owner.clone(),
        key: key(context)?,
        fingerprint: fingerprint(context, "edge", &[]),
        deadline: deadline(context)?,
    })
}

/// Reads the query of a count or an export.
fn filter(context: &RequestContext<'_>, caller: &Caller) -> Result<MessageFilter, Rejection> {
    caller.allow(Scope::MessagesRead)?;
    let mut filter = MessageFilter { caller: owner(caller), ..MessageFilter::default() };
    for (name, value) in context.target.parameters()? {
        set(&mut filter, &name, value, caller, "no others")?;
    }
    visible(filter, caller)
}

/// Reads the query of a list.
fn list(context: &RequestContext<'_>, caller: &Caller) -> Result<Command, Rejection> {
    caller.allow(Scope::MessagesRead)?;
    let mut filter = MessageFilter { caller: owner(caller), ..MessageFilter::default() };
    let mut page = FIRST_PAGE;
    for (name, value) in context.target.parameters()? {
        match name.as_str() {
            "per_page" => page.per_page = whole_number(&name, &value, 1, 150)?,
            "starting_after" => page.starting_after = Some(value),
            _ => set(&mut filter, &name, value, caller, "per_page and starting_after")?,
        }
    }
    Ok(Command::List { filter: visible(filter, caller)?, page, viewer: viewer(caller) })
}

/// Reads the query of a removal. It must not be empty, so that no request removes all messages by accident.
fn purge(context: &RequestContext<'_>, caller: &Caller) -> Result<MessageFilter, Rejection> {
    let mut purge = MessageFilter::default();
    let parameters = context.target.parameters()?;
    if parameters.is_empty() {
        let words = "Say which messages to remove: by state, kind, batch_id, caller, contact_id, template, \
                     created_after or created_before";
        return Err(Rejection::new(400, "parameter_not_found", words));
    }
    for (name, value) in parameters {
        set(&mut purge, &name, value, caller, "no others")?;
    }
    if purge.state.as_ref().is_some_and(|state| !state.is_final()) {
        let words = "Only messages that are sent, failed or unknown can be removed";
        return Err(Rejection::parameter("state", words));
    }
    visible(purge, caller)
}

/// Limits a filter to the kinds of messages that a caller may see.
fn visible(mut filter: MessageFilter, caller: &Caller) -> Result<MessageFilter, Rejection> {
    if !caller.scopes.contains(Scope::ConversationsRead) {
        if filter.kind == Some(MessageKind::Conversation) {
            caller.allow(Scope::ConversationsRead)?;
        }
        filter.kind = Some(MessageKind::Message);
    }
    Ok(filter)
}

/// Adds a parameter to a filter. `others`: the other parameters of the call.
fn set(
    filter: &mut MessageFilter,
    name: &str,
    value: String,
    caller: &Caller,
    others: &str,
) -> Result<(), Rejection> {
    match name {
        "state" => {
            let state = MessageState::from(value.as_str());
            let words = "state is queued, sending, sent, failed or unknown";
            let known = Some(state).filter(|state| MessageState::ALL.contains(state));
            filter.state = Some(known.ok_or_else(|| Rejection::parameter(name, words))?);
        }
        "kind" => {
            let kind = MessageKind::from(value.as_str());
            let words = "kind is message or conversation";
            let known = Some(kind).filter(|kind| MessageKind::ALL.contains(kind));
            filter.kind = Some(known.ok_or_else(|| Rejection::parameter(name, words))?);
        }
        "batch_id" => filter.batch_id = Some(value),
        "contact_id" => filter.contact_id = Some(id(name, &value)?.to_owned()),
        "template" => filter.template = Some(value),
        // A day begins with its first second.
        "created_after" if value.len() == DAY.len() && value.contains('-') => {
            filter.created_after = Some(moment(name, &value)? - 1);
        }
        "created_after" => filter.created_after = Some(moment(name, &value)?),
        "created_before" => filter.created_before = Some(moment(name, &value)?),
        "caller" => {
            caller.allow(Scope::MessagesAdmin)?;
            filter.caller = Some(value);
        }
        _ => {
            let words = format!(
                "The parameters are state, kind, batch_id, caller, contact_id, template, created_after, \
                 created_before, and {others}"
            );
            return Err(Rejection::parameter(name, words));
        }
    }
    Ok(())
}

/// The form of a day.
const DAY: &str = "2026-11-28";

/// The page of a list without parameters.
const FIRST_PAGE: PageQuery = PageQuery { per_page: 50, starting_after: None };

/// Reads the query of a list without a filter.
pub fn page(context: &RequestContext<'_>) -> Result<PageQuery, Rejection> {
    let mut page = FIRST_PAGE;
    for (name, value) in context.target.parameters()? {
        match name.as_str() {
            "per_page" => page.per_page = whole_number(&name, &value, 1, 150)?,
            "starting_after" => page.starting_after = Some(value),
            _ => {
                let words = "The parameters are per_page and starting_after";
                return Err(Rejection::parameter(&name, words));
            }
        }
    }
    Ok(page)
}
