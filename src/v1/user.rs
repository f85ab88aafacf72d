//! Users and leads of API 1.x, which have the same fields.

use crate::model::json::model;
use crate::model::{Avatar, Company, Id, List, Object, Segment, Tag, Timestamp};
use serde_json::Number;

model! {
    /// A person, the response of `GET /users/{id}` in API 1.x. Times are seconds since 1970.
    pub struct User {
        /// Intercom's id; API 2.x uses the same.
        id: Id,
        /// Id that your own product assigned; for leads, an id that Intercom generated.
        user_id: Id,
        /// True if the person is a lead.
        anonymous: bool,
        /// E-mail address.
        email: String,
        /// Phone number.
        phone: String,
        /// Full name.
        name: String,
        /// Name that Intercom generates for a lead without a name.
        pseudonym: String,
        /// Picture.
        avatar: Avatar,
        /// Id of the workspace.
        app_id: String,
        /// Companies.
        companies: List<Company>,
        /// Location, derived from the IP address.
        location_data: LocationData,
        /// Time at which the person was last active.
        last_request_at: Timestamp,
        /// Last IP address.
        last_seen_ip: String,
        /// Time of creation.
        created_at: Timestamp,
        /// Time at which the person signed up to your product; the older name of `signed_up_at`.
        remote_created_at: Timestamp,
        /// Time at which the person signed up to your product.
        signed_up_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Number of sessions.
        session_count: i64,
        /// Accounts in social networks.
        social_profiles: List<SocialProfile>,
        /// True if the person unsubscribed from e-mails.
        unsubscribed_from_emails: bool,
        /// True if the person marked an e-mail as spam.
        marked_email_as_spam: bool,
        /// True if an e-mail to the address bounced permanently.
        has_hard_bounced: bool,
        /// `User-Agent` of the browser.
        user_agent_data: String,
        /// Tags.
        tags: List<Tag>,
        /// Segments.
        segments: List<Segment>,
        /// Custom attributes that the workspace defines.
        custom_attributes: Object,
        /// Address of the page that referred the person.
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
    /// The location of a person, derived from the IP address.
    pub struct LocationData {
        /// Name of the city.
        city_name: String,
        /// Continent code of two letters.
        continent_code: String,
        /// Name of the country.
        country_name: String,
        /// Latitude in degrees.
        latitude: Number,
        /// Longitude in degrees.
        longitude: Number,
        /// Postal code.
        postal_code: String,
        /// Name of the region.
        region_name: String,
        /// IANA name of the time zone.
        timezone: String,
        /// ISO 3166-1 country code of three letters.
        country_code: String,
    }
}

model! {
    /// An account in a social network.
    pub struct SocialProfile {
        /// Name of the network.
        name: String,
        /// Id of the person in the network.
        id: Id,
        /// User name in the network.
        username: String,
        /// Address of the profile.
        url: String,
    }
}
