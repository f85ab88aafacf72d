//! The event log: the events of Intercom and of the outbox in one sequence, stored for two days.

pub mod object;
mod schema;
mod store;
