//! Contacts: people, each a user or a lead.

use super::json::{model, open_enum};
use super::{Company, Id, JsonRef, JsonType, List, Note, Object, Tag, Timestamp};
use serde_json::Value;

open_enum! {
    /// The role of a contact.
    pub enum Role {
        /// A user, who has signed in to the product.
        User = "user",
        /// A lead, who wrote or left an address but has no account.
        Lead = "lead",
    }
}

model! {
    /// A person, the response of `GET /contacts/{id}` (Intercom's reference, "The Contact object").
    ///
    /// Times are seconds since 1970. Nested lists have the first few entries; their `url` has all.
    pub struct Contact = "contact" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Id of the workspace.
        workspace_id: String,
        /// Id that your own product assigned; for leads, an id that Intercom generated.
        external_id: String,
        /// Role: user or lead.
        #[ts(as = "Role")]
        role: Role,
        /// E-mail address. Several leads may share one.
        email: String,
        /// Phone number, as it was entered.
        phone: String,
        /// Full name.
        name: String,
        /// Picture.
        avatar: Avatar,
        /// Id of the admin who owns the contact.
        owner_id: Id,
        /// Accounts in social networks.
        social_profiles: List<SocialProfile>,
        /// True if an e-mail to the address bounced permanently.
        has_hard_bounced: bool,
        /// True if the person marked an e-mail as spam.
        marked_email_as_spam: bool,
        /// True if the person unsubscribed from e-mails.
        unsubscribed_from_emails: bool,
        /// Time of creation.
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Time at which the person signed up to your product.
        signed_up_at: Timestamp,
        /// Time at which the person was last active.
        last_seen_at: Timestamp,
        /// Time of the person's last reply.
        last_replied_at: Timestamp,
        /// Time of the last message to the person.
        last_contacted_at: Timestamp,
        /// Time at which the person last opened an e-mail.
        last_email_opened_at: Timestamp,
        /// Time at which the person last clicked a link in an e-mail.
        last_email_clicked_at: Timestamp,
        /// Location, derived from the IP address.
        location: Location,
        /// Custom attributes that the workspace defines.
        #[ts(type = "CustomAttributes<Attributes> | null", optional = nullable)]
        custom_attributes: Object,
        /// The first tags, by id only.
        tags: List<Tag>,
        /// The first notes, by id only.
        notes: List<Note>,
        /// The first companies, by id only.
        companies: List<Company>,
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

model! {
    /// The location of a person, derived from the IP address.
    pub struct Location {
        /// Name of the country.
        country: String,
        /// Name of the region.
        region: String,
        /// Name of the city.
        city: String,
        /// ISO 3166-1 country code of three letters.
        country_code: String,
        /// Continent code of two letters.
        continent_code: String,
    }
}

model! {
    /// An account in a social network.
    pub struct SocialProfile {
        /// Name of the network.
        name: String,
        /// Address of the profile.
        url: String,
    }
}

/// A person's picture: an address, or an object with the address.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Avatar {
    /// Address of the picture.
    Url(String),
    /// An object with `image_url`.
    Image(Image),
}

model! {
    /// A picture as an object, as admins and API 1.x have it.
    pub struct Image {
        /// Address of the picture.
        image_url: String,
    }
}

impl Avatar {
    /// Returns the address of the picture.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Image(image) => image.image_url.as_str(),
        }
    }
}

impl JsonType for Avatar {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(url) => Ok(Self::Url(url)),
            other => Image::from_value(other).map(Self::Image),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Url(url) => JsonRef::Text(url),
            Self::Image(image) => image.json(),
        }
    }
}
