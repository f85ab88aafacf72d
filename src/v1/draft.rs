//! What somebody writes about a user or a lead: the body of `POST /users` and `POST /contacts`.

use super::Kind;
use super::translate::{convert_present, first};
use crate::model::shape::model;
use crate::model::{Avatar, Contact, Field, Id, Object, Party, Timestamp};
use std::time::Duration;

model! {
    /// What API 1.x lets a caller write of a person, as far as API 2.x can hold it. The rest (such as
    /// `session_count` and `utm_source`) stays in `extra` and isn't carried.
    pub struct Draft {
        /// Intercom's id, of a person to change.
        id: Id,
        /// The id of your own product.
        user_id: Id,
        /// E-mail address.
        email: String,
        /// Phone number.
        phone: String,
        /// Full name.
        name: String,
        /// Picture.
        avatar: Avatar,
        /// When the person signed up; the older name.
        remote_created_at: Timestamp,
        /// When the person signed up.
        signed_up_at: Timestamp,
        /// When the person was last active.
        last_request_at: Timestamp,
        /// The person is active now.
        update_last_request_at: bool,
        /// No e-mail may be sent.
        unsubscribed_from_emails: bool,
        /// The workspace's own attributes.
        custom_attributes: Object,
        /// Companies to join, or with `"remove":true` to leave.
        companies: Vec<Object>,
    }
}

impl Draft {
    /// By what the draft names its person.
    pub fn party(&self) -> Party {
        Party {
            id: self.id.clone(),
            user_id: self.user_id.clone(),
            email: self.email.clone(),
            ..Party::default()
        }
    }

    /// What API 2.x is to write. What the draft doesn't name stays out, so that an update changes
    /// no more than it names; a lead's `user_id` is Intercom's to make. `now` is the time since 1970.
    pub fn contact(self, kind: Kind, now: Duration) -> Contact {
        let active_now = self.update_last_request_at.get() == Some(&true);
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        Contact {
            external_id: match kind {
                // A script that knows no `user_id` writes null: that takes nobody's away.
                Kind::User if self.user_id == Field::Null => Field::Absent,
                Kind::User => convert_present(self.user_id, |id| id.to_string()),
                Kind::Lead => Field::Absent,
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
