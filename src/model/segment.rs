//! A segment.

use super::json::model;
use super::{Id, Timestamp};

model! {
    /// A group of people who meet conditions (Intercom's reference, "Segments").
    pub struct Segment = "segment" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Name.
        name: String,
        /// Time of creation.
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Role of its people: `contact` (both), `user` or `lead`.
        person_type: String,
        /// Number of its people; only if the request asks for counts.
        count: i64,
    }
}
