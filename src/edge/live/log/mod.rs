//! The event log: what Intercom and the outbox report, in one sequence, stored for two days.

pub mod object;
mod schema;
mod store;
