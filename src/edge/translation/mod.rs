//! Translates between API 1.x and API 2.x what both the bridge and the outbox need: references to people,
//! messages, and Intercom's responses.
//!
//! It does not know the operations of API 1.x, which are in `bridge`.

pub mod body;
pub mod message;
pub mod person;
pub mod response;
