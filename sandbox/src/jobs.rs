//! `POST /tickets/enqueue` and `GET /jobs/status/{id}`: tickets that a job makes.

use super::answer::{Answer, Refusal};
use super::body::text;
use super::collection::{self, Collection};
use super::operation::Call;
use super::tickets;
use serde_json::{Value, json};

/// How long a job is pending, in milliseconds.
const PENDING_MS: u64 = 2_000;

/// The jobs that make tickets.
pub(super) struct Jobs;

impl Collection for Jobs {
    const KIND: &'static str = "job";

    fn shown(call: &Call, job: Value) -> Result<Value, Refusal> {
        let made_at = job.get("made_at_ms").and_then(Value::as_u64).unwrap_or_default();
        let done = call.now_ms >= made_at + PENDING_MS;
        let id = text(&job, "id").unwrap_or_default();
        let ticket = text(&job, "ticket").filter(|_| done);
        let origin = call.arrival.url.origin().ascii_serialization();
        Ok(json!({
            "type": "job", "id": id, "status": if done { "success" } else { "pending" },
            "url": format!("{origin}/jobs/status/{id}"), "resource_type": "ticket",
            "resource_id": ticket,
            "resource_url": ticket.map(|ticket| format!("{origin}/tickets/{ticket}")),
        }))
    }

    fn unknown() -> Refusal {
        Refusal::new(404, "job_not_found", "Job Not Found")
    }
}

/// Answers `POST /tickets/enqueue` with the job that makes the ticket. The ticket is there at once;
/// the job says so a little later.
pub(super) fn enqueue(call: &Call) -> Result<Answer, Refusal> {
    let ticket = tickets::make(call)?;
    let job = json!({
        "id": collection::next_id(call.store)?, "ticket": text(&ticket, "id"),
        "made_at_ms": call.now_ms,
    });
    collection::insert::<Jobs>(call.store, &job, call.now_ms)?;
    Answer::ok(&Jobs::shown(call, job)?)
}
