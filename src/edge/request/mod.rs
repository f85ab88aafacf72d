//! One request: its target, its body, the API version that it speaks, and what the log records of it.

pub mod body;
pub mod context;
pub mod log;
pub mod target;
pub mod values;
pub mod version;
