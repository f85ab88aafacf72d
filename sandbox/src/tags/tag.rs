//! A tag, and the tags of the seed data.

use crate::admins::admin::Admin;
use serde::{Deserialize, Serialize};

/// The id and the name of each tag of the seed data. They are the same with every seed.
pub(crate) const TAGS: [(&str, &str); 12] = [
    ("101", "VIP"),
    ("102", "Beta tester"),
    ("103", "重要"),
    ("104", "Newsletter"),
    ("105", "Überfällig"),
    ("106", "Champion 🏆"),
    ("107", "Trial"),
    ("108", "Partner"),
    ("109", "Feature request"),
    ("110", "Churn risk"),
    ("111", "R&D <internal>"),
    ("112", "Imported"),
];

/// A tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename = "tag")]
pub(crate) struct Tag {
    /// Intercom's id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A tag as an object that has it shows it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AppliedTag {
    /// The tag.
    #[serde(flatten)]
    pub tag: Tag,
    applied_at: i64,
    applied_by: AppliedBy,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "admin")]
struct AppliedBy {
    id: String,
}

impl Tag {
    /// Returns a tag of the seed data.
    pub fn seeded((id, name): (&str, &str)) -> Self {
        Self { id: id.to_owned(), name: name.to_owned() }
    }

    /// Returns the tag as the first admin applied it.
    pub fn applied(self, applied_at: i64) -> AppliedTag {
        self.applied_by(Admin::first(), applied_at)
    }

    /// Returns the tag as an admin applied it.
    pub fn applied_by(self, admin: &Admin, applied_at: i64) -> AppliedTag {
        AppliedTag { tag: self, applied_at, applied_by: AppliedBy { id: admin.id.to_owned() } }
    }
}
