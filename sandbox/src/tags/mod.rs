//! Tags. Contacts have the ids of their tags; companies and conversations have copies of them.

mod copies;
pub(crate) mod handlers;
pub(crate) mod table;
pub(crate) mod tag;
