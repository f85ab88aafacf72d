//! Data about contacts, companies and conversations: their attributes, and the events of contacts.

pub(crate) mod attributes;
pub(crate) mod events;
