//! Admins: the workspace's teammates, and the one whom the access token belongs to.

use super::shape::model;
use super::{Avatar, Id, Timestamp};

model! {
    /// A teammate (Intercom's reference, "Admins").
    pub struct Admin {
        /// Intercom's id.
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
    pub struct Me {
        /// Intercom's id.
        id: Id,
        /// Full name.
        name: String,
        /// E-mail address.
        email: String,
        /// The address was confirmed.
        email_verified: bool,
        /// The workspace.
        app: App,
        /// Picture.
        avatar: Avatar,
        /// May use the inbox.
        has_inbox_seat: bool,
    }
}

model! {
    /// A workspace.
    pub struct App {
        /// The workspace's id, part of every link into it.
        id_code: String,
        /// The workspace's name.
        name: String,
        /// `US`, `EU` or `AU`: which of Intercom's hosts holds it.
        region: String,
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
