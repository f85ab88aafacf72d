//! Exports as jobs, and those of messages: `/export/content/data`. A job is pending for a moment and
//! complete after it; its file is made when it is downloaded.

use super::answer::{Answer, Refusal};
use super::body::{self, missing, set, text};
use super::collection::{self, Collection};
use super::dice::Dice;
use super::gzip::{csv, gzip};
use super::operation::Call;
use super::{contacts, ledger};
use serde_json::{Value, json};

/// How long a job is pending, in milliseconds.
const PENDING_MS: u64 = 2_000;

/// How long a file can be downloaded after it was asked for, in seconds.
const EXPIRES: u64 = 2 * 86_400;

/// The exports of messages.
pub(super) struct ContentExports;

impl Collection for ContentExports {
    const KIND: &'static str = "content_export";
}

/// What differs between exports of messages and of reports.
pub(super) struct ExportKind {
    /// The name, as the limit's message has it.
    pub name: &'static str,
    /// How many jobs may be pending at a time.
    pub max_pending: usize,
    /// The state of a complete job.
    pub complete: &'static str,
    /// The path that files are downloaded from.
    pub download: &'static str,
}

const CONTENT: ExportKind = ExportKind {
    name: "message data",
    max_pending: 1,
    complete: "completed",
    download: "download/content/data",
};

/// Returns the state of a job by now.
fn status(call: &Call, job: &Value, kind: &ExportKind) -> &'static str {
    let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default();
    if job.get("canceled") == Some(&true.into()) {
        "canceled"
    } else if call.now_ms < made_at + PENDING_MS {
        "pending"
    } else {
        kind.complete
    }
}

/// Answers a job; only a complete one has an address to download it from.
pub(super) fn shown(call: &Call, job: &Value, kind: &ExportKind) -> Result<Answer, Refusal> {
    let status = status(call, job, kind);
    let id = text(job, "id").unwrap_or_default();
    let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default() / 1_000;
    let (url, expires) = if status == kind.complete {
        let origin = call.arrival.url.origin().ascii_serialization();
        (format!("{origin}/{}/{id}", kind.download), (made_at + EXPIRES).to_string())
    } else {
        (String::new(), String::new())
    };
    Answer::ok(&json!({
        "job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires,
    }))
}

/// Keeps a new job and answers it; too many pending ones are 429.
pub(super) fn enqueue<T: Collection>(
    call: &Call,
    mut job: Value,
    kind: &ExportKind,
) -> Result<Answer, Refusal> {
    let jobs = collection::all::<T>(call.store)?;
    let pending = jobs.iter().filter(|job| status(call, job, kind) == "pending").count();
    if pending >= kind.max_pending {
        let (most, name) = (kind.max_pending, kind.name);
        let message = format!("Exceeded rate limit of {most} pending {name} export jobs");
        return Err(Refusal::new(429, "rate_limit_exceeded", message));
    }
    set(&mut job, "id", format!("{:016x}", Dice::new(call.now_ms, jobs.len() as u64).next()));
    set(&mut job, "made_at_ms", call.now_ms);
    collection::insert::<T>(call.store, &job, call.now_ms)?;
    shown(call, &job, kind)
}

/// Reads the two times of a job; the second is not before the first.
pub(super) fn times(body: &Value, [from, to]: [&str; 2]) -> Result<[i64; 2], Refusal> {
    let time = |name: &str| body::time(body, name)?.ok_or_else(|| missing(name));
    let (begins, ends) = (time(from)?, time(to)?);
    if begins > ends {
        return Err(Refusal::invalid(to, format!("{to} must not be before {from}")));
    }
    Ok([begins, ends])
}

/// Answers `POST /export/content/data`.
pub(super) fn create(call: &Call) -> Result<Answer, Refusal> {
    let [from, to] = times(&call.arrival.object()?, ["created_at_after", "created_at_before"])?;
    let job = json!({ "from": from, "to": to });
    enqueue::<ContentExports>(call, job, &CONTENT)
}

/// Answers `GET /export/content/data/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    shown(call, &collection::find::<ContentExports>(call.store, &call.name)?, &CONTENT)
}

/// Answers `POST /export/cancel/{id}`; a job that is complete stays so.
pub(super) fn cancel(call: &Call) -> Result<Answer, Refusal> {
    let mut job = collection::find::<ContentExports>(call.store, &call.name)?;
    if status(call, &job, &CONTENT) == "pending" {
        set(&mut job, "canceled", true);
        collection::keep::<ContentExports>(call.store, &job)?;
    }
    shown(call, &job, &CONTENT)
}

/// Answers `GET /download/content/data/{id}`: each message of the time that an admin sent, and to
/// whom.
pub(super) fn download(call: &Call) -> Result<Answer, Refusal> {
    let job = collection::find::<ContentExports>(call.store, &call.name)?;
    let time = |name: &str| job.get(name).and_then(Value::as_i64);
    let (from, to) = complete(call, &job, &CONTENT)
        .and_then(|()| time("from").zip(time("to")))
        .ok_or_else(Refusal::not_found)?;
    let header = [
        "user_id",
        "user_external_id",
        "email",
        "name",
        "content_id",
        "content_type",
        "content_title",
        "received_at",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (request, answer) in ledger::sent_by_admins(call.store)? {
        let at = answer.get("created_at").and_then(Value::as_i64).unwrap_or_default();
        if !(from..=to).contains(&at) {
            continue;
        }
        let field = |name: &str| text(&answer, name).unwrap_or_default().to_owned();
        for reader in readers(&request) {
            let person = contacts::named(call, "id", reader)?.into_iter().next();
            let person = person.unwrap_or_default();
            rows.push(vec![
                reader.to_owned(),
                person.external_id.unwrap_or_default(),
                person.email.unwrap_or_default(),
                person.name.unwrap_or_default(),
                field("id"),
                field("message_type"),
                field("subject"),
                at.to_string(),
            ]);
        }
    }
    Ok(Answer::file(gzip(csv(&rows).as_bytes())))
}

/// Returns the ids of those to whom a message goes.
fn readers(request: &Value) -> Vec<&str> {
    match request.get("to") {
        Some(Value::Array(readers)) => readers.iter().filter_map(|to| text(to, "id")).collect(),
        Some(to) => text(to, "id").into_iter().collect(),
        None => Vec::new(),
    }
}

/// Returns nothing where a job is not complete.
pub(super) fn complete(call: &Call, job: &Value, kind: &ExportKind) -> Option<()> {
    (status(call, job, kind) == kind.complete).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_to_one_or_to_several() {
        assert_eq!(readers(&json!({"to": {"id": "a"}})), ["a"]);
        assert_eq!(readers(&json!({"to": [{"id": "a"}, {"id": "b"}]})), ["a", "b"]);
        assert!(readers(&json!({})).is_empty());
    }
}
