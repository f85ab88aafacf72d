//! The operations of Intercom's API: the table of all, and the handlers of those that change
//! several resources. Nothing that a handler imports may import this folder.

mod block_contact;
mod merge_contacts;
mod save_tag;
pub(crate) mod table;
