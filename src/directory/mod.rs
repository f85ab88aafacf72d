//! The directory: every contact in memory, searched in milliseconds.

pub mod fold;
pub mod json;
mod wtf8;
