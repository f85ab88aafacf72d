//! Responses of the Worker: Intercom's response as it came, or the Worker's own JSON and errors, which have
//! Intercom's error shape.

mod answer;
mod failure;
mod headers;
mod rejection;
mod stored;

pub use answer::Answer;
pub use failure::{is_storage_full, kind, missing_binding};
pub use headers::{header, rate_limit};
pub use rejection::{NOTHING_DONE, Rejection};
pub use stored::StoredResponse;

/// The `Content-Type` of the Worker's own JSON.
const JSON: &str = "application/json; charset=utf-8";
