//! The assignee of a conversation or a ticket.

use crate::admins::admin::{Admin, TEAM};

/// The assignee of a conversation or a ticket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Assignee {
    /// Not assigned.
    Nobody,
    /// An admin.
    Admin(u64),
    /// A team.
    Team(u64),
}

impl Assignee {
    /// Returns the assignee of a `type` and an `assignee_id`; the id 0 is [`Assignee::Nobody`]. An
    /// unknown admin or team is `None`.
    pub fn find(assignee_type: &str, id: &str) -> Option<Self> {
        match (assignee_type, id.parse().ok()?) {
            (_, 0) => Some(Self::Nobody),
            ("team", TEAM) => Some(Self::Team(TEAM)),
            ("admin", number) => Admin::find(id).map(|_| Self::Admin(number)),
            _ => None,
        }
    }
}
