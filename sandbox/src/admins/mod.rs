//! Admins and teams: the teammates who answer contacts.

pub(crate) mod activity_log;
pub(crate) mod admin;
pub(crate) mod assignee;
pub(crate) mod away_status_reasons;
pub(crate) mod handlers;
pub(crate) mod teams;
