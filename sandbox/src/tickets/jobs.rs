//! Jobs that create tickets: `POST /tickets/enqueue` and `GET /jobs/status/{id}`.

use crate::call::Call;
use crate::http::body::text;
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::{Resource, table};
use crate::tickets::handlers::insert_ticket;
use serde_json::{Value, json};

/// How long a job is pending, in milliseconds.
pub(crate) const PENDING_MS: u64 = 2_000;

/// The jobs.
pub(crate) struct Jobs;

impl Resource for Jobs {
    const NAME: &'static str = "job";

    fn to_json(call: &Call, job: Value) -> Result<Value, ApiError> {
        let created_at = job.get("created_at_ms").and_then(Value::as_u64).unwrap_or_default();
        Ok(view(call, &job, call.now_ms >= created_at + PENDING_MS))
    }

    fn not_found() -> ApiError {
        ApiError::new(404, "job_not_found", "Job Not Found")
    }
}

/// Returns a job as it is when it is complete.
pub(crate) fn completed(call: &Call, job: &Value) -> Value {
    view(call, job, true)
}

fn view(call: &Call, job: &Value, is_done: bool) -> Value {
    let id = text(job, "id").unwrap_or_default();
    let ticket = text(job, "ticket").filter(|_| is_done);
    let origin = call.request.url.origin().ascii_serialization();
    json!({
        "type": "job", "id": id, "status": if is_done { "success" } else { "pending" },
        "url": format!("{origin}/jobs/status/{id}"), "resource_type": "ticket",
        "resource_id": ticket,
        "resource_url": ticket.map(|ticket| format!("{origin}/tickets/{ticket}")),
    })
}

/// Answers `POST /tickets/enqueue` with the job. The ticket exists at once; the job shows it two
/// seconds later.
pub(crate) fn enqueue(call: &Call) -> Result<ApiResponse, ApiError> {
    let ticket = insert_ticket(call)?;
    let job = json!({
        "id": table::next_id(call.store)?, "ticket": text(&ticket, "id"),
        "created_at_ms": call.now_ms,
    });
    table::insert::<Jobs>(call.store, &job, call.now_ms)?;
    ApiResponse::ok(&Jobs::to_json(call, job)?)
}
