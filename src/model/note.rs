//! A note on a contact.

use super::shape::model;
use super::{Admin, Id, Party, Timestamp};

model! {
    /// What an admin wrote about a contact (Intercom's reference, "Notes"). Within a contact only
    /// `id` and `url` come.
    pub struct Note = "note" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// When it was written.
        created_at: Timestamp,
        /// Whom it is about.
        contact: Party,
        /// Who wrote it.
        author: Admin,
        /// HTML.
        body: String,
    }
}
