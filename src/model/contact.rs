//! A contact: a person, either a user or a lead.

use super::shape::{model, words};
use super::{Company, Id, Json, List, Note, Object, Shape, Tag, Timestamp};
use serde_json::Value;

words! {
    /// What a contact is to the workspace.
    pub enum Role {
        /// Signed in to the product at least once.
        User = "user",
        /// Left an address or wrote in, without an account.
        Lead = "lead",
    }
}

model! {
    /// A person, as `GET /contacts/{id}` gives one (Intercom's reference, "The Contact object").
    ///
    /// Times are seconds since 1970. Nested lists hold the first few entries; their `url` has all.
    pub struct Contact = "contact" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// The workspace's id.
        workspace_id: String,
        /// The id that your own product gave; for leads one that Intercom made.
        external_id: String,
        /// User or lead.
        #[ts(as = "Role")]
        role: Role,
        /// E-mail address. Several leads may share one.
        email: String,
        /// Phone number as it was written.
        phone: String,
        /// Full name.
        name: String,
        /// Picture.
        avatar: Avatar,
        /// Id of the admin who looks after the person.
        owner_id: Id,
        /// Accounts elsewhere.
        social_profiles: List<SocialProfile>,
        /// Mail to the address came back for good.
        has_hard_bounced: bool,
        /// The person called an e-mail spam.
        marked_email_as_spam: bool,
        /// No e-mail may be sent to the person.
        unsubscribed_from_emails: bool,
        /// When Intercom first saw the person.
        created_at: Timestamp,
        /// When the person's data last changed.
        updated_at: Timestamp,
        /// When the person signed up to your product.
        signed_up_at: Timestamp,
        /// When the person was last active.
        last_seen_at: Timestamp,
        /// When the person last replied.
        last_replied_at: Timestamp,
        /// When the person was last written to.
        last_contacted_at: Timestamp,
        /// When the person last opened an e-mail.
        last_email_opened_at: Timestamp,
        /// When the person last clicked in an e-mail.
        last_email_clicked_at: Timestamp,
        /// Where the person is, by IP address.
        location: Location,
        /// The workspace's own attributes.
        #[ts(type = "CustomAttributes<Attributes> | null", optional = nullable)]
        custom_attributes: Object,
        /// First tags, by id only.
        tags: List<Tag>,
        /// First notes, by id only.
        notes: List<Note>,
        /// First companies, by id only.
        companies: List<Company>,
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

model! {
    /// Where a contact is, guessed from the IP address.
    pub struct Location {
        /// Country's name.
        country: String,
        /// Region's name.
        region: String,
        /// City's name.
        city: String,
        /// ISO 3166-1 code of three letters.
        country_code: String,
        /// Continent's code of two letters.
        continent_code: String,
    }
}

model! {
    /// An account elsewhere.
    pub struct SocialProfile {
        /// The network's name.
        name: String,
        /// The profile's address.
        url: String,
    }
}

/// A picture: an address, or an object that holds one.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Avatar {
    /// The picture's address.
    Url(String),
    /// An object with `image_url`.
    Image(Image),
}

model! {
    /// A picture, as admins and API 1.x have it.
    pub struct Image {
        /// The picture's address.
        image_url: String,
    }
}

impl Avatar {
    /// The picture's address.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Image(image) => image.image_url.as_str(),
        }
    }
}

impl Shape for Avatar {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(url) => Ok(Self::Url(url)),
            other => Image::from_value(other).map(Self::Image),
        }
    }

    fn json(&self) -> Json<'_> {
        match self {
            Self::Url(url) => Json::Text(url),
            Self::Image(image) => image.json(),
        }
    }
}
