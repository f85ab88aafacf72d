//! The progress of an export of the Worker.

use super::json::{model, open_enum};
use super::{ErrorDetail, Timestamp};

open_enum! {
    /// The state of an export.
    pub enum ExportState {
        /// More rows follow.
        Running = "running",
        /// All rows were sent.
        Done = "done",
        /// The export ended before all rows were sent.
        Failed = "failed",
    }
}

open_enum! {
    /// The completeness of the known removals of contacts since a time.
    pub enum KnownRemovals {
        /// All removals that Intercom has reported by webhooks are known.
        Complete = "complete",
        /// The first webhook came after the time, or the time is more than 30 days ago: earlier removals are missing.
        Partial = "partial",
        /// The Worker has received no webhook.
        Unknown = "unknown",
    }
}

open_enum! {
    /// The reason for the removal of a contact.
    pub enum RemovalReason {
        /// The contact was archived.
        Archived = "archived",
        /// The contact was deleted permanently.
        Deleted = "deleted",
        /// The contact was merged into another.
        Merged = "merged",
    }
}

model! {
    /// A contact that was archived, deleted or merged into another. Remove it from a copy of all contacts.
    ///
    /// A line of an export of contacts with `since` and `markers=true`.
    pub struct Removal = "edge.removal" {
        /// Intercom's id of the contact.
        #[ts(as = "String")]
        id: String,
        /// Reason for the removal.
        #[ts(as = "RemovalReason")]
        reason: RemovalReason,
        /// Id of the contact into which this one was merged.
        merged_into: String,
        /// Time of the removal, in seconds since 1970.
        #[ts(as = "i64")]
        at: i64,
    }
}

model! {
    /// The progress of an export: a marker, which is a line of `GET /edge/export?markers=true`.
    ///
    /// A marker follows the rows that it counts. The last line of an export is a marker with the state `done` or
    /// `failed`; if it is missing, the connection broke.
    pub struct ExportProgress = "edge.export" {
        /// State of the export.
        #[ts(as = "ExportState")]
        state: ExportState,
        /// Number of rows so far, with those before the export was resumed.
        #[ts(as = "i64")]
        rows: i64,
        /// Expected number of rows, as Intercom counted them; null if Intercom does not count them.
        total: i64,
        /// Number of ranges of creation dates that are complete.
        ranges_done: i64,
        /// Number of ranges of creation dates, which grows if a range is divided.
        ranges: i64,
        /// Expected end of the export, in seconds since 1970; null while it is unknown.
        #[ts(as = "super::Field<i64>")]
        estimated_end_at: Timestamp,
        /// Parameter `resume` that continues the export after this line; null if there is nothing to continue.
        resume: String,
        /// Parameter `since` of an export of later changes; only when the state is `done`.
        next: String,
        /// Completeness of the known removals since `since`; only in the last marker of an export of contacts with
        /// `since`.
        removals: KnownRemovals,
        /// Errors that ended the export, in Intercom's form; only when the state is `failed`.
        #[ts(type = "{ code?: string; message?: string; field?: string }[] | null", optional = nullable)]
        errors: Vec<ErrorDetail>,
    }
}
