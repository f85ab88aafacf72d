//! `/edge/messages/batch`: one template to many people.

use super::super::answer::{Answer, Refusal};
use super::super::body;
use super::super::caller::Caller;
use super::super::outbox::{self, Command, Format, NewBatch};
use super::super::scope::Scope;
use super::super::upstream::Intercom;
use super::super::visit::Visit;
use super::notify::{count, sender};
use super::{fingerprint, key, own, tell};
use crate::model::{self, Audience, MAX_RECIPIENTS};
use serde_json::{Value, to_value, to_vec};

/// How long the list of recipients may be, in bytes.
const LIMIT: u32 = 8 << 20;

/// Answers a path below `/edge/messages/batch`, given by its segments.
pub async fn answer(
    visit: &Visit<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Refusal> {
    caller.allow(Scope::MessagesAdmin)?;
    let id = segments.first().map(|id| (*id).to_owned()).unwrap_or_default();
    let command = match (segments, visit.facts.method) {
        ([], "POST") => return make(visit, caller).await,
        ([], "GET" | "HEAD") => {
            let (per_page, starting_after) = own::page(visit)?;
            Command::ListBatches { per_page, starting_after }
        }
        ([_], "GET" | "HEAD") if wants_events(visit)? => {
            return stream(visit, Command::WatchBatch { id }, "text/event-stream").await;
        }
        ([_], "GET" | "HEAD") => Command::ShowBatch { id },
        ([_, "result.csv"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, format: Format::Csv };
            return stream(visit, command, "text/csv; charset=utf-8; header=present").await;
        }
        ([_, "result.ndjson"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, format: Format::Ndjson };
            return stream(visit, command, "application/x-ndjson").await;
        }
        ([_, change @ ("pause" | "resume" | "cancel")], "POST") => {
            Command::ChangeBatch { id, change: (*change).to_owned() }
        }
        ([], _) => return Err(Refusal::method_not_allowed("GET, HEAD, POST")),
        ([_] | [_, "result.csv" | "result.ndjson"], _) => {
            return Err(Refusal::method_not_allowed("GET, HEAD"));
        }
        ([_, "pause" | "resume" | "cancel"], _) => return Err(Refusal::method_not_allowed("POST")),
        _ => return Err(Refusal::not_found("The Worker has nothing at this path")),
    };
    Ok(tell(visit, outbox::ask(visit.env, &command, &[]).await?).into())
}

/// Makes a batch. What is rendered from people's data, and for whom that works, tells of them.
async fn make(visit: &Visit<'_>, caller: &Caller) -> Result<Answer, Refusal> {
    caller.allow(Scope::ContactsRead)?;
    let asked = body::json_of(visit, LIMIT).await?;
    let model::NewBatch { template, version, audience, variables, from, .. } =
        model::NewBatch::read(&asked)?;
    let (people, search, found) = match audience {
        Audience::To(people) => {
            let people: Vec<Value> = people.into_iter().map(Value::from).collect();
            (to_vec(&people).unwrap_or_default(), None, 0)
        }
        Audience::Search(search) => {
            // What Intercom has to say against it is said before there is a batch.
            let first = to_vec(&search.page(1, None)).unwrap_or_default();
            let found = usize::try_from(count(&Intercom::of(visit), &first).await?);
            let found = found.unwrap_or_default();
            if found > MAX_RECIPIENTS {
                let words = "The search finds more than 10000 people: narrow it";
                return Err(Refusal::new(422, "parameter_invalid", words).naming("search"));
            }
            let search = to_value(search).ok().and_then(|search| search.as_object().cloned());
            (Vec::new(), search, found)
        }
    };
    let new = NewBatch {
        caller: caller.owner.clone(),
        key: key(visit)?,
        fingerprint: fingerprint(visit, "edge", &asked),
        template,
        version: version.map(i64::from),
        sender: sender(visit, from)?,
        variables,
        search,
        found,
    };
    Ok(tell(visit, outbox::ask(visit.env, &Command::NewBatch(new), &people).await?).into())
}

fn wants_events(visit: &Visit<'_>) -> Result<bool, Refusal> {
    let accept = visit.request.headers().get("accept")?.unwrap_or_default();
    Ok(accept.split(',').any(|one| one.trim().starts_with("text/event-stream")))
}

async fn stream(
    visit: &Visit<'_>,
    command: Command,
    media_type: &'static str,
) -> Result<Answer, Refusal> {
    let answer = outbox::stream(visit.env, &command).await?;
    Ok(Answer::stream(web_sys::Response::from(answer).body().into(), media_type))
}
