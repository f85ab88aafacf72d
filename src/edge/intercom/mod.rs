//! Requests to Intercom: calls that the Worker decodes, calls that it forwards as they are, and
//! responses that it caches.

pub mod cache;
pub mod cached;
pub mod forward;
pub mod links;
pub mod person;
pub mod rate_budget;
pub mod upstream;
