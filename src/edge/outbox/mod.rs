//! The outbox: a Durable Object that every message goes through, so that it is sent at most once.
//!
//! It records that a message is about to be sent before a byte goes out, and the outcome afterwards. Its
//! [`senders`](sender) speak with Intercom. There is one outbox for the whole Worker, because the workspace
//! has one rate limit: Intercom takes some 170 requests per second at most.
//!
//! [`protocol`] crosses between the Worker and the objects, and [`connection`] is the Worker's side. In the
//! object, [`object`] has each command carried out by [`messages`], [`templates`] or [`batches`]; these use
//! [`stores`] (SQL only), [`scheduler`] (alarm and pace) and [`delivery`] (compose, post, judge).

mod background;
mod batches;
pub mod compose;
mod connection;
mod delivery;
mod expiry_warnings;
mod export;
mod idempotency;
mod judge;
mod list_pacer;
mod message;
mod messages;
mod object;
#[cfg(test)]
mod openapi;
mod page;
pub mod protocol;
mod publisher;
mod quota;
mod recorder;
pub mod render;
mod retention;
mod scheduler;
mod schema;
mod sender;
mod sender_pool;
mod stores;
mod summary;
mod templates;
mod transition;

pub use connection::{ask, stream};
pub use retention::without_text;
