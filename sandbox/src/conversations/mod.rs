//! Conversations between contacts and admins.

pub(crate) mod conversation;
pub(crate) mod convert;
pub(crate) mod handlers;
pub(crate) mod participants;
pub(crate) mod replies;
pub(crate) mod seed;
pub(crate) mod start;
pub(crate) mod table;
pub(crate) mod tags;
mod view;
