//! `POST /messages`: messages from admins to contacts, and from contacts.

pub(crate) mod handlers;
mod input;
