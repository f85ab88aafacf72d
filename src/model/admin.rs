//! Admins: the workspace's teammates, and the owner of the access token.

use super::json::{model, open_enum};
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
        /// True if the admin is away now.
        away_mode_enabled: bool,
        /// True if new conversations are reassigned while the admin is away.
        away_mode_reassign: bool,
        /// Id of the reason for the absence.
        away_status_reason_id: Id,
        /// True if the admin can use the inbox.
        has_inbox_seat: bool,
        /// Ids of the admin's teams.
        team_ids: Vec<Id>,
        /// Picture.
        avatar: Avatar,
    }
}

model! {
    /// The admin to whom the access token belongs, and the workspace; the response of `GET /me`.
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
        /// True if the admin is away now.
        away_mode_enabled: bool,
        /// True if new conversations are reassigned while the admin is away.
        away_mode_reassign: bool,
        /// True if the e-mail address is verified.
        email_verified: bool,
        /// Workspace.
        app: App,
        /// Picture.
        avatar: Avatar,
        /// True if the admin can use the inbox.
        has_inbox_seat: bool,
        /// Ids of the admin's teams.
        team_ids: Vec<Id>,
    }
}

open_enum! {
    /// The region that hosts a workspace.
    pub enum Region {
        /// United States: `api.intercom.io`.
        UnitedStates = "US",
        /// Europe: `api.eu.intercom.io`.
        Europe = "EU",
        /// Australia: `api.au.intercom.io`.
        Australia = "AU",
    }
}

model! {
    /// A workspace.
    pub struct App {
        /// Id of the workspace, part of every link to it.
        #[ts(as = "String")]
        id_code: String,
        /// Name of the workspace.
        name: String,
        /// Region that hosts the workspace.
        region: Region,
        /// IANA name of the time zone.
        timezone: String,
        /// Time of creation.
        created_at: Timestamp,
        /// True if identity verification is set up.
        identity_verification: bool,
        /// True if identity verification is enforced.
        secure: bool,
    }
}
