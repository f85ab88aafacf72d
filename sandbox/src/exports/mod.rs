//! Exports: of messages, and of reports.

mod file;
mod job;
pub(crate) mod messages;
pub(crate) mod reports;
