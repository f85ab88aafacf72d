//! Tickets, ticket types and ticket states.

pub(crate) mod handlers;
pub(crate) mod jobs;
pub(crate) mod links;
pub(crate) mod replies;
pub(crate) mod seed;
pub(crate) mod table;
pub(crate) mod tags;
pub(crate) mod ticket;
pub(crate) mod types;
