//! Lists: numbered pages, pages by cursor, and the JSON around them.

pub(crate) mod cursor;
pub(crate) mod numbered;
pub(crate) mod pages;
pub(crate) mod query;
