//! `/edge/messages`: lists, shows, retries and removes messages.

use crate::call::outbox::MessageFilter;
use crate::client::decode_json;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::messages::{deadline, may_read_rendered, owner, response_of, without_text};
use crate::edge::outbox;
use crate::edge::outbox::protocol::{Command, PageQuery};
use crate::edge::request::context::RequestContext;
use crate::edge::request::values::{seconds, whole_number};
use crate::edge::response::{Answer, Rejection, StoredResponse};
use crate::model::{Field, MessageKind, MessageState, OutboxMessage};

/// Answers a path below `/edge/messages`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    let method = context.head.method;
    let id = segments.first().map(|id| (*id).to_owned()).unwrap_or_default();
    let conversations = caller.scopes.contains(Scope::ConversationsRead);
    let command = match (segments, method) {
        ([], "GET" | "HEAD") => list(context, caller)?,
        ([], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Purge(purge(context, caller)?)
        }
        ([_], "GET" | "HEAD") => {
            caller.allow(Scope::MessagesRead)?;
            Command::Show { id, caller: owner(caller), conversations }
        }
        ([_], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Remove { id, conversations }
        }
        ([_, "retry"], "POST") => {
            caller.allow(Scope::MessagesRetry)?;
            let conversations = caller.scopes.contains(Scope::ConversationsWrite);
            let deadline = deadline(context)?;
            Command::Retry { id, caller: owner(caller), deadline, conversations }
        }
        ([_, "retry"], _) => return Err(Rejection::method_not_allowed("POST")),
        ([] | [_], _) => return Err(Rejection::method_not_allowed("GET, HEAD, DELETE")),
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    let response = response_of(context, outbox::ask(context.env, &command, &[]).await?);
    if may_read_rendered(caller) {
        return Ok(response.into());
    }
    Ok(without_rendered(context, command, response).await?.into())
}

/// Removes a text that was rendered from a template from the outbox's response.
async fn without_rendered(
    context: &RequestContext<'_>,
    command: Command,
    response: StoredResponse,
) -> Result<StoredResponse, Rejection> {
    match command {
        Command::Show { .. } if is_rendered(&response) => {
            let mut message: OutboxMessage =
                decode_json(&response.body).map_err(|_| Rejection::broken())?;
            message.request = Field::Null;
            message.answer = Field::Null;
            Ok(StoredResponse { body: serde_json::to_vec(&message)?, ..response })
        }
        Command::Retry { id, .. } => {
            let show = Command::Show { id, caller: None, conversations: true };
            let message = outbox::ask(context.env, &show, &[]).await?.response;
            Ok(if is_rendered(&message) { without_text(response) } else { response })
        }
        _ => Ok(response),
    }
}

/// Whether a message was rendered from a template. One that can't be read counts as rendered.
fn is_rendered(message: &StoredResponse) -> bool {
    decode_json(&message.body).map_or(true, |message: OutboxMessage| {
        !matches!(message.template, Field::Absent | Field::Null)
    })
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
    Ok(Command::List { filter: visible(filter, caller)?, page })
}

/// Reads the query of a removal. It must not be empty, so that no request removes all messages by accident.
fn purge(context: &RequestContext<'_>, caller: &Caller) -> Result<MessageFilter, Rejection> {
    let mut purge = MessageFilter::default();
    let parameters = context.target.parameters()?;
    if parameters.is_empty() {
        let words = "Say which messages to remove: by state, kind, batch_id, caller, created_after or created_before";
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
        "created_after" => filter.created_after = Some(seconds(name, &value)?),
        "created_before" => filter.created_before = Some(seconds(name, &value)?),
        "caller" => {
            caller.allow(Scope::MessagesAdmin)?;
            filter.caller = Some(value);
        }
        _ => {
            let words = format!(
                "The parameters are state, kind, batch_id, caller, created_after, created_before, and {others}"
            );
            return Err(Rejection::parameter(name, words));
        }
    }
    Ok(())
}

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
