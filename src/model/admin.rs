//! Admins: the workspace's teammates, and the one whom the access token belongs to.

use super::shape::{model, words};
use super::{Avatar, Id, Timestamp};

model! {
    /// A teammate (Intercom's reference, "Admins").
    pub struct Admin = "admin" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Full name.
        name: String,
        /// E-mail address.
        email: String,
        /// Job title.
        job_title: String,
        /// Away just now.
        away_mode_enabled: bool,
        /// New conversations go to others while away.
        away_mode_reassign: bool,
        /// Why away.
        away_status_reason_id: Id,
        /// May use the inbox.
        has_inbox_seat: bool,
        /// Ids of the admin's teams.
        team_ids: Vec<Id>,
        /// Picture.
        avatar: Avatar,
    }
}

model! {
    /// The admin whom the access token belongs to, and the workspace (`GET /me`).
    pub struct Me = "admin" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Full name.
        name: String,
        /// E-mail address.
        email: String,
        /// Job title.
        job_title: String,
        /// Away just now.
        away_mode_enabled: bool,
        /// New conversations go to others while away.
        away_mode_reassign: bool,
        /// The address was confirmed.
        email_verified: bool,
        /// The workspace.
        app: App,
        /// Picture.
        avatar: Avatar,
        /// May use the inbox.
        has_inbox_seat: bool,
        /// Ids of the admin's teams.
        team_ids: Vec<Id>,
    }
}

words! {
    /// Where a workspace is.
    pub enum Region {
        /// `api.intercom.io`.
        UnitedStates = "US",
        /// `api.eu.intercom.io`.
        Europe = "EU",
        /// `api.au.intercom.io`.
        Australia = "AU",
    }
}

model! {
    /// A workspace.
    pub struct App {
        /// The workspace's id, part of every link into it.
        #[ts(as = "String")]
        id_code: String,
        /// The workspace's name.
        name: String,
        /// Which of Intercom's hosts holds it.
        region: Region,
        /// IANA name of the time zone.
        timezone: String,
        /// When it was made.
        created_at: Timestamp,
        /// Identity verification is set up.
        identity_verification: bool,
        /// Identity verification is enforced.
        secure: bool,
    }
}
