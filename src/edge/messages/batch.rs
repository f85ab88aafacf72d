//! `/edge/messages/batch`: one template to many people.

use crate::call::Format;
use crate::edge::access::caller::Caller;
use crate::edge::access::scope::Scope;
use crate::edge::intercom::upstream::Intercom;
use crate::edge::messages::notify::sender;
use crate::edge::messages::{fingerprint, key, owner, response_of};
use crate::edge::outbox;
use crate::edge::outbox::compose::count;
use crate::edge::outbox::protocol::{BatchChange, BatchSubmission, Command};
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::model::{Audience, MAX_RECIPIENTS, NewBatch};
use serde_json::to_vec;

/// The longest body of a request for a batch, in bytes.
const LIMIT: u32 = 8 << 20;

/// Answers a path below `/edge/messages/batch`, given by its segments.
pub async fn answer(
    context: &RequestContext<'_>,
    caller: &Caller,
    segments: &[&str],
) -> Result<Answer, Rejection> {
    caller.allow(Scope::MessagesBatch)?;
    let id = segments.first().map(|id| (*id).to_owned()).unwrap_or_default();
    let owner = owner(caller);
    let changed = |change| Command::ChangeBatch { id: id.clone(), caller: owner.clone(), change };
    let command = match (segments, context.head.method) {
        ([], "POST") => return create(context, caller).await,
        ([], "GET" | "HEAD") => {
            let page = crate::edge::messages::outbox::page(context)?;
            Command::ListBatches { caller: owner, page }
        }
        ([_], "GET" | "HEAD") if wants_events(context)? => {
            return stream(context, Command::WatchBatch { id, caller: owner }, "text/event-stream")
                .await;
        }
        ([_], "GET" | "HEAD") => Command::ShowBatch { id, caller: owner },
        ([_, "result.csv"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, caller: owner, format: Format::Csv };
            return stream(context, command, "text/csv; charset=utf-8; header=present").await;
        }
        ([_, "result.ndjson"], "GET" | "HEAD") => {
            caller.allow(Scope::ContactsRead)?;
            let command = Command::Result { id, caller: owner, format: Format::Ndjson };
            return stream(context, command, "application/x-ndjson").await;
        }
        ([_, "pause"], "POST") => changed(BatchChange::Pause),
        ([_, "resume"], "POST") => changed(BatchChange::Resume),
        ([_, "cancel"], "POST") => changed(BatchChange::Cancel),
        ([], _) => return Err(Rejection::method_not_allowed("GET, HEAD, POST")),
        ([_] | [_, "result.csv" | "result.ndjson"], _) => {
            return Err(Rejection::method_not_allowed("GET, HEAD"));
        }
        ([_, "pause" | "resume" | "cancel"], _) => {
            return Err(Rejection::method_not_allowed("POST"));
        }
        _ => return Err(Rejection::not_found("The Worker has nothing at this path")),
    };
    Ok(response_of(context, outbox::ask(context.env, &command, &[]).await?).into())
}

/// Creates a batch. Its texts are rendered from contacts' data, which the caller has to be allowed to read.
async fn create(context: &RequestContext<'_>, caller: &Caller) -> Result<Answer, Rejection> {
    caller.allow(Scope::ContactsRead)?;
    let request = body::json_of(context, LIMIT).await?;
    let mut batch = NewBatch::read(&request)?;
    batch.from = Some(sender(context, batch.from)?);
    let found = match &batch.audience {
        Audience::To(_) => 0,
        Audience::Search(search) => {
            // Intercom rejects an invalid search before the batch is created.
            let first = to_vec(&search.page(1, None)).unwrap_or_default();
            let found = usize::try_from(count(&Intercom::of(context), &first).await?);
            found.unwrap_or_default()
        }
    };
    if found > MAX_RECIPIENTS {
        let words = "The search finds more than 10000 people: narrow it";
        return Err(Rejection::new(422, "parameter_invalid", words).naming("search"));
    }
    let submission = BatchSubmission {
        caller: caller.owner.clone(),
        key: key(context)?,
        fingerprint: fingerprint(context, "edge", &request),
        found,
    };
    let body = to_vec(&batch).unwrap_or_default();
    let reply = outbox::ask(context.env, &Command::CreateBatch(submission), &body).await?;
    Ok(response_of(context, reply).into())
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
