//! `/edge/messages/batch`: one template to many people.

use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::intercom::upstream::Intercom;
use crate::edge::messages::notify::sender;
use crate::edge::messages::{fingerprint, key, tell};
use crate::edge::outbox::compose::count;
use crate::edge::outbox::{self, Command, Format, NewBatch};
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::model::{self, Audience, MAX_RECIPIENTS};
use serde_json::{Value, to_value, to_vec};

/// How long the list of recipients may be, in bytes.
const LIMIT: u32 = 8 << 20;

/// Answers a path below `/edge/messages/batch`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    caller.allow(Scope::MessagesAdmin)?;
    let id = segments.first().map(|id| (*id).to_owned()).unwrap_or_default();
    let command = match (segments, context.head.method) {
        ([], "POST") => return make(context, caller).await,
        ([], "GET" | "HEAD") => {
            let (per_page, starting_after) = crate::edge::messages::outbox::page(context)?;
            Command::ListBatches { per_page, starting_after }
        }
        ([_], "GET" | "HEAD") if wants_events(context)? => {
            return stream(context, Command::WatchBatch { id }, "text/event-stream").await;
        }
        ([_], "GET" | "HEAD") => Command::ShowBatch { id },
        ([_, "result.csv"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, format: Format::Csv };
            return stream(context, command, "text/csv; charset=utf-8; header=present").await;
        }
        ([_, "result.ndjson"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, format: Format::Ndjson };
            return stream(context, command, "application/x-ndjson").await;
        }
        ([_, change @ ("pause" | "resume" | "cancel")], "POST") => {
            Command::ChangeBatch { id, change: (*change).to_owned() }
        }
        ([], _) => return Err(Rejection::method_not_allowed("GET, HEAD, POST")),
        ([_] | [_, "result.csv" | "result.ndjson"], _) => {
            return Err(Rejection::method_not_allowed("GET, HEAD"));
        }
        ([_, "pause" | "resume" | "cancel"], _) => {
            return Err(Rejection::method_not_allowed("POST"));
        }
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    Ok(tell(context, outbox::ask(context.env, &command, &[]).await?).into())
}

/// Makes a batch. What is rendered from people's data, and for whom that works, tells of them.
async fn make(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    caller.allow(Scope::ContactsRead)?;
    let asked = body::json_of(context, LIMIT).await?;
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
            let found = usize::try_from(count(&Intercom::of(context), &first).await?);
            let found = found.unwrap_or_default();
            if found > MAX_RECIPIENTS {
                let words = "The search finds more than 10000 people: narrow it";
                return Err(Rejection::new(422, "parameter_invalid", words).naming("search"));
            }
            let search = to_value(search).ok().and_then(|search| search.as_object().cloned());
            (Vec::new(), search, found)
        }
    };
    let new = NewBatch {
        caller: caller.owner.clone(),
        key: key(context)?,
        fingerprint: fingerprint(context, "edge", &asked),
        template,
        version: version.map(i64::from),
        sender: sender(context, from)?,
        variables,
        search,
        found,
    };
    Ok(tell(context, outbox::ask(context.env, &Command::NewBatch(new), &people).await?).into())
}

fn wants_events(context: &RequestContext<'_>) -> Result<bool, Rejection> {
    let accept = context.request.headers().get("accept")?.unwrap_or_default();
    Ok(accept.split(',').any(|one| one.trim().starts_with("text/event-stream")))
}

async fn stream(
    context: &RequestContext<'_>,
    command: Command,
    media_type: &'static str,
) -> Result<Answer, Rejection> {
    let answer = outbox::stream(context.env, &command).await?;
    Ok(Answer::stream(web_sys::Response::from(answer).body().into(), media_type))
}
