//! Companies, which contacts belong to.

use super::json::model;
use super::{Id, List, Object, Segment, Tag, Timestamp};
use serde_json::Number;

model! {
    /// A company (Intercom's reference, "Companies"). Within a contact it has only `id` and `url`.
    pub struct Company = "company" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Id that your own product assigned.
        company_id: Id,
        /// Id of the workspace.
        app_id: String,
        /// Name.
        name: String,
        /// Plan of the company.
        plan: Plan,
        /// Time at which your product created the company.
        remote_created_at: Timestamp,
        /// Time of creation.
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Time at which one of its people was last active.
        last_request_at: Timestamp,
        /// Monthly revenue, in the workspace's currency.
        monthly_spend: Number,
        /// Number of sessions of all its people.
        session_count: i64,
        /// Number of its people in Intercom.
        user_count: i64,
        /// Number of employees.
        size: Number,
        /// Address of the website.
        website: String,
        /// Industry.
        industry: String,
        /// Tags.
        #[ts(type = "Nested<Tag, \"tags\"> | null", optional = nullable)]
        tags: List<Tag>,
        /// Segments.
        #[ts(type = "Nested<Segment, \"segments\"> | null", optional = nullable)]
        segments: List<Segment>,
        /// Custom attributes that the workspace defines.
        #[ts(type = "CustomAttributes<Attributes> | null", optional = nullable)]
        custom_attributes: Object,
    }
}

model! {
    /// The plan of a company.
    pub struct Plan {
        /// Intercom's id.
        id: Id,
        /// Name.
        name: String,
    }
}
