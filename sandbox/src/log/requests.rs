//! The log of the requests that reached the sandbox.

use crate::http::request::{ApiRequest, RequestRecord};
use crate::http::response::ApiError;
use crate::log::LogList;
use crate::store::Store;

/// The maximum number of requests in the log.
const MAX_REQUESTS: u64 = 10_000;

/// Adds a request, and removes the oldest if there are too many.
pub(crate) fn record(store: &Store, request: &ApiRequest) -> Result<(), ApiError> {
    let entry = serde_json::to_string(&request.record())?;
    store.run("INSERT INTO request (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])?;
    let remove_oldest = format!(
        "DELETE FROM request WHERE number <= (SELECT max(number) - {MAX_REQUESTS} FROM request)"
    );
    store.run(&remove_oldest, &[])
}

/// Returns the requests in the log, oldest first.
pub(crate) fn all(store: &Store) -> Result<LogList<RequestRecord>, ApiError> {
    Ok(LogList::new(store.entries("SELECT entry FROM request ORDER BY number", &[])?))
}
