//! Tags of people, companies and conversations.

use super::Id;
use super::json::model;

model! {
    /// A label on people, companies or conversations (Intercom's reference, "Tags"). Within a
    /// contact it has only `id` and `url`.
    pub struct Tag = "tag" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Name.
        name: String,
    }
}
