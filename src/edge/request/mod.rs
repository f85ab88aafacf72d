//! A request: its target, its body, its API version, and its line in the log.

pub mod body;
pub mod context;
pub mod log;
pub mod target;
pub mod values;
pub mod version;
