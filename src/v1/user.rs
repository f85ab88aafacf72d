//! A user, and a lead, which has the same fields.

use crate::model::shape::model;
use crate::model::{Avatar, Company, Id, List, Object, Segment, Tag, Timestamp};
use serde_json::Number;

model! {
    /// A person as `GET /users/{id}` of API 1.x gives one. Times are seconds since 1970.
    pub struct User {
        /// Intercom's id; API 2.x uses the same.
        id: Id,
        /// The id that your own product gave; for leads one that Intercom made.
        user_id: Id,
        /// Whether it is a lead.
        anonymous: bool,
        /// E-mail address.
        email: String,
        /// Phone number.
        phone: String,
        /// Full name.
        name: String,
        /// The name that Intercom makes up for an unnamed lead.
        pseudonym: String,
        /// Picture.
        avatar: Avatar,
        /// The workspace's id.
        app_id: String,
        /// Companies.
        companies: List<Company>,
        /// Where the person is.
        location_data: LocationData,
        /// When the person was last active.
        last_request_at: Timestamp,
        /// The last IP address.
        last_seen_ip: String,
        /// When Intercom first saw the person.
        created_at: Timestamp,
        /// When the person signed up to your product; the older name.
        remote_created_at: Timestamp,
        /// When the person signed up to your product.
        signed_up_at: Timestamp,
        /// When the person's data last changed.
        updated_at: Timestamp,
        /// How often the person came.
        session_count: i64,
        /// Accounts elsewhere.
        social_profiles: List<SocialProfile>,
        /// No e-mail may be sent to the person.
        unsubscribed_from_emails: bool,
        /// The person called an e-mail spam.
        marked_email_as_spam: bool,
        /// Mail to the address came back for good.
        has_hard_bounced: bool,
        /// The browser's `User-Agent`.
        user_agent_data: String,
        /// Tags.
        tags: List<Tag>,
        /// Segments.
        segments: List<Segment>,
        /// The workspace's own attributes.
        custom_attributes: Object,
        /// Page that led the person here.
        referrer: String,
        /// Campaign of the first visit.
        utm_campaign: String,
        /// Content of the first visit's campaign.
        utm_content: String,
        /// Medium of the first visit's campaign.
        utm_medium: String,
        /// Source of the first visit's campaign.
        utm_source: String,
        /// Term of the first visit's campaign.
        utm_term: String,
    }
}

/// A lead: a user's fields, `"type":"contact"` and `"anonymous":true`.
pub type Lead = User;

model! {
    /// Where a person is, guessed from the IP address.
    pub struct LocationData {
        /// City's name.
        city_name: String,
        /// Continent's code of two letters.
        continent_code: String,
        /// Country's name.
        country_name: String,
        /// Degrees north.
        latitude: Number,
        /// Degrees east.
        longitude: Number,
        /// Postal code.
        postal_code: String,
        /// Region's name.
        region_name: String,
        /// IANA name of the time zone.
        timezone: String,
        /// ISO 3166-1 code of three letters.
        country_code: String,
    }
}

model! {
    /// An account elsewhere.
    pub struct SocialProfile {
        /// The network's name.
        name: String,
        /// The person's id there.
        id: Id,
        /// The person's name there.
        username: String,
        /// The profile's address.
        url: String,
    }
}
