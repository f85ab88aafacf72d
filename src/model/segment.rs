//! A segment.

use super::shape::model;
use super::{Id, Timestamp};

model! {
    /// People that meet conditions (Intercom's reference, "Segments").
    pub struct Segment = "segment" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Name.
        name: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
        /// `contact`, `user` or `lead`: whom it holds.
        person_type: String,
        /// How many people it holds, where that was asked for.
        count: i64,
    }
}
