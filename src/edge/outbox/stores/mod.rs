//! The outbox's tables, one type for each group of statements. SQL only: nothing here decides, waits or
//! speaks with anyone.

pub mod events;
pub mod lists;
pub mod messages;
pub mod queue;
pub mod templates;
pub mod usage;
