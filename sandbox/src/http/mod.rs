//! HTTP: requests, responses, and the checks that every request to Intercom passes. Nothing here
//! knows the database or a resource.

pub(crate) mod access;
pub(crate) mod body;
pub(crate) mod rate_limit;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod runtime;
pub(crate) mod version;
