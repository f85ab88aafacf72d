//! `/edge/messages`: what became of messages, and the word that sends one again.

use super::super::answer::{Answer, Refusal, Told};
use super::super::caller::Caller;
use super::super::outbox::{self, Command, Filter, State};
use super::super::scope::Scope;
use super::super::visit::Visit;
use super::{deadline, may_read_rendered, tell, without_text};
use crate::client::decode_json;
use crate::model::Object;
use serde_json::Value;

/// Answers a path below `/edge/messages`, given by its segments.
pub async fn answer(
    visit: &Visit<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Refusal> {
    let method = visit.facts.method;
    let command = match (segments, method) {
        ([], "GET" | "HEAD") => Command::List(filter(visit, caller)?),
        ([id], "GET" | "HEAD") => Command::Show { id: (*id).to_owned(), caller: whose(caller)? },
        ([id, "retry"], "POST") => {
            caller.allow(Scope::MessagesAdmin)?;
            Command::Retry { id: (*id).to_owned(), deadline: deadline(visit)? }
        }
        ([_, "retry"], _) => return Err(Refusal::method_not_allowed("POST")),
        ([] | [_], _) => return Err(Refusal::method_not_allowed("GET, HEAD")),
        _ => return Err(Refusal::not_found("The Worker has nothing at this path")),
    };
    let told = tell(visit, outbox::ask(visit.env, &command, &[]).await?);
    if may_read_rendered(caller) {
        return Ok(told.into());
    }
    Ok(without_rendered(visit, command, told).await?.into())
}

/// What the outbox answers, without a text that was rendered from a template.
async fn without_rendered(
    visit: &Visit<'_>,
    command: Command,
    told: Told,
) -> Result<Told, Refusal> {
    match command {
        Command::Show { .. } if is_rendered(&told) => {
            let mut message: Object = decode_json(&told.body).map_err(|_| Refusal::broken())?;
            for name in ["request", "answer"] {
                if let Some(value) = message.get_mut(name) {
                    *value = Value::Null;
                }
            }
            Ok(Told { body: serde_json::to_vec(&message)?, ..told })
        }
        Command::Retry { id, .. } => {
            let show = Command::Show { id, caller: None };
            let message = outbox::ask(visit.env, &show, &[]).await?.told;
            Ok(if is_rendered(&message) { without_text(told) } else { told })
        }
        _ => Ok(told),
    }
}

/// Whether a message that is shown was rendered from a template; so is one that can't be read.
fn is_rendered(message: &Told) -> bool {
    decode_json(&message.body).map_or(true, |message: Object| {
        message.get("template").is_some_and(|template| !template.is_null())
    })
}

/// Whose messages a caller may see: their own, or with another scope everybody's.
fn whose(caller: &Caller) -> Result<Option<String>, Refusal> {
    if caller.scopes.contains(Scope::MessagesAdmin) {
        return Ok(None);
    }
    caller.allow(Scope::MessagesRead)?;
    Ok(Some(caller.owner.clone()))
}

fn filter(visit: &Visit<'_>, caller: &Caller) -> Result<Filter, Refusal> {
    let mut filter = Filter { caller: whose(caller)?, per_page: 50, ..Filter::default() };
    for (name, value) in visit.target.parameters()? {
        match name.as_str() {
            "state" => {
                let state = State::ALL.into_iter().find(|state| state.name() == value);
                let words = "state is queued, sending, sent, failed or unknown";
                filter.state = Some(state.ok_or_else(|| Refusal::parameter("state", words))?);
            }
            "batch_id" => filter.batch = Some(value),
            "created_after" => filter.created_after = Some(number(&name, &value, 0, i64::MAX)?),
            "created_before" => filter.created_before = Some(number(&name, &value, 0, i64::MAX)?),
            "per_page" => filter.per_page = number(&name, &value, 1, 150)?,
            "starting_after" => filter.starting_after = Some(value),
            "caller" => {
                caller.allow(Scope::MessagesAdmin)?;
                filter.caller = Some(value);
            }
            _ => {
                let words = "The parameters are state, batch_id, caller, created_after, \
                             created_before, per_page and starting_after";
                return Err(Refusal::parameter(&name, words));
            }
        }
    }
    Ok(filter)
}

/// The parameters of a list that can't be filtered: how many, and after which.
pub fn page(visit: &Visit<'_>) -> Result<(i64, Option<String>), Refusal> {
    let (mut per_page, mut starting_after) = (50, None);
    for (name, value) in visit.target.parameters()? {
        match name.as_str() {
            "per_page" => per_page = number(&name, &value, 1, 150)?,
            "starting_after" => starting_after = Some(value),
            _ => {
                let words = "The parameters are per_page and starting_after";
                return Err(Refusal::parameter(&name, words));
            }
        }
    }
    Ok((per_page, starting_after))
}

/// A parameter that is a whole number.
pub fn number(name: &str, value: &str, least: i64, most: i64) -> Result<i64, Refusal> {
    let known = value.parse().ok().filter(|number| (least..=most).contains(number));
    known.ok_or_else(|| {
        let words = match most {
            i64::MAX => format!("{name} is a time in seconds since 1970"),
            most => format!("{name} is a whole number from {least} to {most}"),
        };
        Refusal::parameter(name, words)
    })
}
