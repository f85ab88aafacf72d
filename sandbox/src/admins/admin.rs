//! The admins. They are the same with every seed; only their away mode changes.

use crate::call::Call;
use crate::http::body::{missing, set};
use crate::http::response::ApiError;
use crate::resource::fields::FieldType;
use crate::resource::{ListShape, Resource};
use serde::Serialize;
use serde_json::Value;

/// The id of the team that every admin is in.
pub(crate) const TEAM: u64 = 9_999_999;

/// The type of a field with the id of an admin. It is stored as a number.
pub(crate) const ADMIN_ID: FieldType =
    FieldType::Checked { read: Admin::number_of_value, expected: "the id of an admin" };

/// An admin of the seed data.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Admin {
    r#type: &'static str,
    /// Intercom's id.
    pub id: &'static str,
    /// Full name.
    pub name: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// True if the admin is away.
    pub away_mode_enabled: bool,
    /// True if other admins get the admin's conversations in the meantime.
    pub away_mode_reassign: bool,
    has_inbox_seat: bool,
    team_ids: &'static [u64],
}

const fn admin(id: &'static str, name: &'static str, email: &'static str, away: bool) -> Admin {
    Admin {
        r#type: "admin",
        id,
        name,
        email,
        away_mode_enabled: away,
        away_mode_reassign: away,
        has_inbox_seat: true,
        team_ids: &[TEAM],
    }
}

/// The admins. The access token belongs to the first; the third is away.
pub(crate) const ADMINS: [Admin; 5] = [
    admin("1234567", "John doe", "john.doe@sandbox.example", false),
    admin("1234568", "佐藤花子", "hanako@sandbox.example", false),
    admin("1234569", "Zoë Müller", "zoe@sandbox.example", true),
    admin("1234570", "Omar Haddad", "omar@sandbox.example", false),
    admin("1234571", "Notifier", "notifier@sandbox.example", false),
];

impl Admin {
    /// Returns the admin of an id.
    pub fn find(id: &str) -> Option<&'static Self> {
        ADMINS.iter().find(|admin| admin.id == id)
    }

    /// Returns the first admin, who owns the access token.
    pub fn first() -> &'static Self {
        let [first, ..] = &ADMINS;
        first
    }

    /// Returns the id as a number.
    pub fn number(&self) -> Option<u64> {
        self.id.parse().ok()
    }

    /// Returns the admin that the field `admin_id` of a body names: 400 if it is absent, 404 if it
    /// is unknown.
    pub fn from_body(body: &Value) -> Result<&'static Self, ApiError> {
        match body.get("admin_id") {
            None | Some(Value::Null) => Err(missing("admin_id")),
            Some(id) => Self::of_value(id).ok_or_else(ApiError::not_found),
        }
    }

    /// Returns the admin of an id that is a string or a number.
    pub fn of_value(id: &Value) -> Option<&'static Self> {
        match id {
            Value::String(id) => Self::find(id),
            id => Self::find(&id.to_string()),
        }
    }

    fn number_of_value(id: &Value) -> Option<Value> {
        Self::of_value(id)?.number().map(Value::from)
    }
}

/// The admins as a resource; their away mode changes.
pub(crate) struct Admins;

impl Resource for Admins {
    const NAME: &'static str = "admin";
    const LIST: ListShape = ListShape::Whole("admin.list", "admins");

    fn seed() -> Vec<Value> {
        let admins = ADMINS.iter().filter_map(|admin| serde_json::to_value(admin).ok());
        admins.collect()
    }

    fn to_json(_: &Call, mut admin: Value) -> Result<Value, ApiError> {
        if admin.get(REASON).is_none() {
            set(&mut admin, REASON, Value::Null);
        }
        Ok(admin)
    }

    fn to_list_json(_: &Call, mut admin: Value) -> Result<Value, ApiError> {
        if let Some(admin) = admin.as_object_mut() {
            admin.remove(REASON);
        }
        Ok(admin)
    }

    fn not_found() -> ApiError {
        ApiError::new(404, "admin_not_found", "Admin not found")
    }
}

/// The field with the reason why an admin is away.
pub(crate) const REASON: &str = "away_status_reason_id";

/// The id, the name and the e-mail address of the bot that acts where a request names no admin.
pub(crate) const FIN: (&str, &str, &str) = ("1234572", "Fin", "operator+bdguin94@intercom.io");

/// The avatar of an admin.
#[derive(Serialize)]
pub(crate) struct Avatar {
    r#type: &'static str,
    image_url: &'static str,
}

/// The avatar of every admin.
pub(crate) const AVATAR: Avatar = Avatar {
    r#type: "avatar",
    image_url: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E\
                %3Cpath fill='%23456' d='M0 0h1v1H0z'/%3E%3C/svg%3E",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_admin_is_away() {
        assert_eq!(ADMINS.iter().filter(|admin| admin.away_mode_enabled).count(), 1);
    }
}
