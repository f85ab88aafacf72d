//! API 1.x and 2.x in each other's terms, as far as the outbox needs it: how bodies of API 1.x name people,
//! messages of API 1.x as API 2.x takes them, and Intercom's responses as API 1.x gave them.
//!
//! It does not know the routes of API 1.x, which are in `bridge`.

pub mod body;
pub mod message;
pub mod person;
pub mod response;
