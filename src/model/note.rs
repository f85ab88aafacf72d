//! Notes about contacts.

use super::json::model;
use super::{Admin, Id, Party, Timestamp};

model! {
    /// A note of an admin about a contact (Intercom's reference, "Notes"). Within a contact it has
    /// only `id` and `url`.
    pub struct Note = "note" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Time of creation.
        created_at: Timestamp,
        /// Contact whom the note is about.
        contact: Party,
        /// Admin who wrote the note.
        author: Admin,
        /// Text as HTML.
        body: String,
    }
}
