//! A company, which contacts belong to.

use super::shape::model;
use super::{Id, List, Object, Segment, Tag, Timestamp};
use serde_json::Number;

model! {
    /// A company (Intercom's reference, "Companies"). Within a contact only `id` and `url` come.
    pub struct Company = "company" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// The id that your own product gave.
        company_id: Id,
        /// The workspace's id.
        app_id: String,
        /// Name.
        name: String,
        /// What it pays.
        plan: Plan,
        /// When your product made it.
        remote_created_at: Timestamp,
        /// When Intercom first saw it.
        created_at: Timestamp,
        /// When its data last changed.
        updated_at: Timestamp,
        /// When one of its people was last active.
        last_request_at: Timestamp,
        /// Revenue a month, in the workspace's currency.
        monthly_spend: Number,
        /// Sessions of all its people.
        session_count: i64,
        /// How many people it has.
        user_count: i64,
        /// How many people work there.
        size: Number,
        /// Web site.
        website: String,
        /// Branch.
        industry: String,
        /// Tags.
        #[ts(type = "Nested<Tag, \"tags\"> | null", optional = nullable)]
        tags: List<Tag>,
        /// Segments.
        #[ts(type = "Nested<Segment, \"segments\"> | null", optional = nullable)]
        segments: List<Segment>,
        /// The workspace's own attributes.
        #[ts(type = "CustomAttributes<Attributes> | null", optional = nullable)]
        custom_attributes: Object,
    }
}

model! {
    /// What a company pays.
    pub struct Plan {
        /// Intercom's id.
        id: Id,
        /// Name.
        name: String,
    }
}
