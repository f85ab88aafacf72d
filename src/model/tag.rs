//! A tag.

use super::Id;
use super::shape::model;

model! {
    /// A label on people, companies or conversations (Intercom's reference, "Tags"). Within a
    /// contact only `id` and `url` come.
    pub struct Tag = "tag" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Name.
        name: String,
    }
}
