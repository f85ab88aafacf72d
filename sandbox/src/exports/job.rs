//! The job of an export. It is pending for two seconds; its file is made at the download.

use crate::call::Call;
use crate::http::body::{self, missing, set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::random::Random;
use crate::resource::{Resource, table};
use serde_json::{Value, json};

/// How long a job is pending, in milliseconds.
const PENDING_MS: u64 = 2_000;

/// How long a file can be downloaded after the job was created, in seconds.
const EXPIRES_AFTER: u64 = 2 * 86_400;

/// The differences between exports of messages and of reports.
pub(crate) struct ExportType {
    /// The name in the error message of the limit.
    pub name: &'static str,
    /// The maximum number of pending jobs.
    pub max_pending: usize,
    /// The status of a complete job.
    pub complete: &'static str,
    /// The path that files are downloaded from, without the id.
    pub download: &'static str,
}

/// Returns the current status of a job.
pub(crate) fn status(call: &Call, job: &Value, export_type: &ExportType) -> &'static str {
    let created_at = job.get("created_at_ms").and_then(Value::as_u64).unwrap_or_default();
    if job.get("canceled") == Some(&true.into()) {
        "canceled"
    } else if call.now_ms < created_at + PENDING_MS {
        "pending"
    } else {
        export_type.complete
    }
}

/// Responds with a job. Only a complete job has a download URL.
pub(crate) fn respond(
    call: &Call,
    job: &Value,
    export_type: &ExportType,
) -> Result<ApiResponse, ApiError> {
    let status = status(call, job, export_type);
    let id = text(job, "id").unwrap_or_default();
    let created_at = job.get("created_at_ms").and_then(Value::as_u64).unwrap_or_default() / 1_000;
    let (url, expires) = if status == export_type.complete {
        let origin = call.request.url.origin().ascii_serialization();
        (
            format!("{origin}/{}/{id}", export_type.download),
            (created_at + EXPIRES_AFTER).to_string(),
        )
    } else {
        (String::new(), String::new())
    };
    ApiResponse::ok(&json!({
        "job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires,
    }))
}

/// Inserts a new job and responds with it; 429 if too many are pending.
pub(crate) fn enqueue<T: Resource>(
    call: &Call,
    mut job: Value,
    export_type: &ExportType,
) -> Result<ApiResponse, ApiError> {
    let jobs = table::all::<T>(call.store)?;
    let pending = jobs.iter().filter(|job| status(call, job, export_type) == "pending").count();
    if pending >= export_type.max_pending {
        let (max, name) = (export_type.max_pending, export_type.name);
        let message = format!("Exceeded rate limit of {max} pending {name} export jobs");
        return Err(ApiError::new(429, "rate_limit_exceeded", message));
    }
    set(&mut job, "id", format!("{:016x}", Random::new(call.now_ms, jobs.len() as u64).next()));
    set(&mut job, "created_at_ms", call.now_ms);
    table::insert::<T>(call.store, &job, call.now_ms)?;
    respond(call, &job, export_type)
}

/// Reads the start and the end of an export; 400 if the end is before the start.
pub(crate) fn times(body: &Value, [from, to]: [&str; 2]) -> Result<[i64; 2], ApiError> {
    let time = |name: &str| body::time(body, name)?.ok_or_else(|| missing(name));
    let (start, end) = (time(from)?, time(to)?);
    if start > end {
        return Err(ApiError::invalid(to, format!("{to} must not be before {from}")));
    }
    Ok([start, end])
}

/// Returns true if a job is complete.
pub(crate) fn is_complete(call: &Call, job: &Value, export_type: &ExportType) -> bool {
    status(call, job, export_type) == export_type.complete
}
