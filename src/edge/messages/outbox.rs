//! `/edge/messages`: what became of messages; sending one again, and removing them.

use crate::client::decode_json;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::messages::{deadline, may_read_rendered, tell, without_text};
use crate::edge::outbox::{self, Command, Filter, MessageKind, State};
use crate::edge::request::context::RequestContext;
use crate::edge::request::values::{seconds, whole_number};
use crate::edge::response::{Answer, Rejection, StoredResponse};
use crate::model::Object;
use serde_json::Value;

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
        ([], "GET" | "HEAD") => Command::List(list(context, caller)?),
        ([], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Purge(purge(context, caller)?)
        }
        ([_], "GET" | "HEAD") => Command::Show { id, caller: whose(caller)?, conversations },
        ([_], "DELETE") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Remove { id, conversations }
        }
        ([_, "retry"], "POST") => {
            caller.allow(Scope::MessagesAdmin)?;
            let conversations = caller.scopes.contains(Scope::ConversationsWrite);
            Command::Retry { id, deadline: deadline(context)?, conversations }
        }
        ([_, "retry"], _) => return Err(Rejection::method_not_allowed("POST")),
        ([] | [_], _) => return Err(Rejection::method_not_allowed("GET, HEAD, DELETE")),
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    let response = tell(context, outbox::ask(context.env, &command, &[]).await?);
    if may_read_rendered(caller) {
        return Ok(response.into());
    }
    Ok(without_rendered(context, command, response).await?.into())
}

/// What the outbox answers, without a text that was rendered from a template.
async fn without_rendered(
    context: &RequestContext<'_>,
    command: Command,
    response: StoredResponse,
) -> Result<StoredResponse, Rejection> {
    match command {
        Command::Show { .. } if is_rendered(&response) => {
            let mut message: Object =
                decode_json(&response.body).map_err(|_| Rejection::broken())?;
            for name in ["request", "answer"] {
                if let Some(value) = message.get_mut(name) {
                    *value = Value::Null;
                }
            }
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

/// Whether a message that is shown was rendered from a template; so is one that can't be read.
fn is_rendered(message: &StoredResponse) -> bool {
    decode_json(&message.body).map_or(true, |message: Object| {
        message.get("template").is_some_and(|template| !template.is_null())
    })
}

/// Whose messages a caller may see: their own, or with another scope everybody's.
fn whose(caller: &Caller) -> Result<Option<String>, Rejection> {
    if caller.scopes.contains(Scope::MessagesAdmin) {
        return Ok(None);
    }
    caller.allow(Scope::MessagesRead)?;
    Ok(Some(caller.owner.clone()))
}

/// Which messages to list.
fn list(context: &RequestContext<'_>, caller: &Caller) -> Result<Filter, Rejection> {
    let mut list = Filter { caller: whose(caller)?, per_page: 50, ..Filter::default() };
    for (name, value) in context.target.parameters()? {
        match name.as_str() {
            "per_page" => list.per_page = whole_number(&name, &value, 1, 150)?,
            "starting_after" => list.starting_after = Some(value),
            _ => filter(&mut list, &name, value, caller, "per_page and starting_after")?,
        }
    }
    shown(list, caller)
}

/// Which messages to remove: there is no request that removes all of them by accident.
fn purge(context: &RequestContext<'_>, caller: &Caller) -> Result<Filter, Rejection> {
    let mut purge = Filter::default();
    let parameters = context.target.parameters()?;
    if parameters.is_empty() {
        let words = "Say which messages to remove: by state, kind, batch_id, caller, created_after or created_before";
        return Err(Rejection::new(400, "parameter_not_found", words));
    }
    for (name, value) in parameters {
        filter(&mut purge, &name, value, caller, "no others")?;
    }
    if purge.state.is_some_and(|state| !state.is_final()) {
        let words = "Only messages that are sent, failed or unknown can be removed";
        return Err(Rejection::parameter("state", words));
    }
    shown(purge, caller)
}

/// A filter that lets only those kinds pass that a caller may see.
fn shown(mut filter: Filter, caller: &Caller) -> Result<Filter, Rejection> {
    if !caller.scopes.contains(Scope::ConversationsRead) {
        if filter.kind == Some(MessageKind::Conversation) {
            caller.allow(Scope::ConversationsRead)?;
        }
        filter.kind = Some(MessageKind::Message);
    }
    Ok(filter)
}

/// Adds a parameter to a filter. `others`: what else the call takes.
fn filter(
    filter: &mut Filter,
    name: &str,
    value: String,
    caller: &Caller,
    others: &str,
) -> Result<(), Rejection> {
    match name {
        "state" => {
            let state = State::ALL.into_iter().find(|state| state.name() == value);
            let words = "state is queued, sending, sent, failed or unknown";
            filter.state = Some(state.ok_or_else(|| Rejection::parameter(name, words))?);
        }
        "kind" => {
            let kind = MessageKind::ALL.into_iter().find(|kind| kind.name() == value);
            let words = "kind is message or conversation";
            filter.kind = Some(kind.ok_or_else(|| Rejection::parameter(name, words))?);
        }
        "batch_id" => filter.batch = Some(value),
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

/// The parameters of a list that can't be filtered: how many, and after which.
pub fn page(context: &RequestContext<'_>) -> Result<(i64, Option<String>), Rejection> {
    let (mut per_page, mut starting_after) = (50, None);
    for (name, value) in context.target.parameters()? {
        match name.as_str() {
            "per_page" => per_page = whole_number(&name, &value, 1, 150)?,
            "starting_after" => starting_after = Some(value),
            _ => {
                let words = "The parameters are per_page and starting_after";
                return Err(Rejection::parameter(&name, words));
            }
        }
    }
    Ok((per_page, starting_after))
}
