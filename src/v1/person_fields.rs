//! Changes of users and leads: the body of `POST /users` and `POST /contacts` in API 1.x.

use super::PersonKind;
use super::translate::{convert_present, first};
use crate::model::json::model;
use crate::model::{Avatar, Contact, Field, Id, Object, Party, Timestamp};
use std::time::Duration;

model! {
    /// The fields of a person that API 1.x can write and API 2.x can store. Other fields, such as
    /// `session_count` and `utm_source`, stay in `extra` and are not sent.
    pub struct PersonFields {
        /// Intercom's id of the person to change.
        id: Id,
        /// Id that your own product assigned.
        user_id: Id,
        /// E-mail address.
        email: String,
        /// Phone number.
        phone: String,
        /// Full name.
        name: String,
        /// Picture.
        avatar: Avatar,
        /// Time at which the person signed up; the older name of `signed_up_at`.
        remote_created_at: Timestamp,
        /// Time at which the person signed up.
        signed_up_at: Timestamp,
        /// Time at which the person was last active.
        last_request_at: Timestamp,
        /// True if the person is active now.
        update_last_request_at: bool,
        /// True to unsubscribe the person from e-mails.
        unsubscribed_from_emails: bool,
        /// Custom attributes that the workspace defines.
        custom_attributes: Object,
        /// Companies to join, or with `"remove":true` to leave.
        companies: Vec<Object>,
    }
}

impl PersonFields {
    /// Returns the reference to the person that the body has.
    pub fn party(&self) -> Party {
        Party {
            id: self.id.clone(),
            user_id: self.user_id.clone(),
            email: self.email.clone(),
            ..Party::default()
        }
    }

    /// Converts to the body for API 2.x. Absent fields stay absent, so an update changes only the
    /// fields that the caller sent. A lead's `user_id` is left out, because Intercom generates it.
    /// `now` is the time since 1970.
    pub fn contact(self, kind: PersonKind, now: Duration) -> Contact {
        let active_now = self.update_last_request_at.get() == Some(&true);
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        Contact {
            external_id: match kind {
                // A script that has no `user_id` writes null, which must not remove the existing
                // id.
                PersonKind::User if self.user_id == Field::Null => Field::Absent,
                PersonKind::User => convert_present(self.user_id, |id| id.to_string()),
                PersonKind::Lead => Field::Absent,
            },
            email: self.email,
            phone: self.phone,
            name: self.name,
            avatar: match self.avatar {
                Field::Known(Avatar::Image(image)) => convert_present(image.image_url, Avatar::Url),
                avatar => avatar,
            },
            signed_up_at: first::<Timestamp>(self.signed_up_at, self.remote_created_at),
            last_seen_at: match active_now {
                true => Timestamp::from(now).into(),
                false => self.last_request_at,
            },
            unsubscribed_from_emails: self.unsubscribed_from_emails,
            custom_attributes: self.custom_attributes,
            ..Contact::default()
        }
    }
}
