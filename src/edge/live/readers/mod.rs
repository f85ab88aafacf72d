//! The readers of events: WebSockets, which hibernate, and event streams.

mod connection;
mod flow;
mod frame;
pub mod object;
mod socket;
pub mod tickets;
