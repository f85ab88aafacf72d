//! Contacts (users and leads) and visitors, and what belongs to them: notes, subscriptions, tags,
//! companies, segments.
//!
//! Merging and blocking a contact also change conversations and tickets, so their handlers are in
//! `operations/`.

pub(crate) mod companies;
pub(crate) mod contact;
pub(crate) mod handlers;
pub(crate) mod input;
pub(crate) mod notes;
pub(crate) mod seed;
pub(crate) mod segments;
pub(crate) mod subscriptions;
pub(crate) mod table;
pub(crate) mod tags;
pub(crate) mod view;
pub(crate) mod visitors;
