//! A contact as it is stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A contact as it is stored. Absent values are not written: up to 200,000 contacts are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    /// Intercom's id.
    pub id: String,
    /// `user` or `lead`.
    pub role: String,
    /// The id of the workspace's own product; Intercom generates one for leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The e-mail address, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The number of the admin who owns the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<u64>,
    /// True if an e-mail was returned permanently.
    #[serde(skip_serializing_if = "is_false")]
    pub has_hard_bounced: bool,
    /// True if the contact marked an e-mail as spam.
    #[serde(skip_serializing_if = "is_false")]
    pub marked_email_as_spam: bool,
    /// True if the contact unsubscribed from e-mails.
    #[serde(skip_serializing_if = "is_false")]
    pub unsubscribed_from_emails: bool,
    /// When the contact was created, in seconds since 1970, as all times here.
    pub created_at: i64,
    /// When the contact's data last changed.
    pub updated_at: i64,
    /// When the contact signed up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_up_at: Option<i64>,
    /// When the contact was last active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<i64>,
    /// When the contact last replied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_replied_at: Option<i64>,
    /// When a message was last sent to the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_contacted_at: Option<i64>,
    /// When the contact last opened an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_email_opened_at: Option<i64>,
    /// When the contact last clicked in an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_email_clicked_at: Option<i64>,
    /// The language that the contact chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_override: Option<String>,
    /// The browser's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The browser's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_version: Option<String>,
    /// The browser's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_language: Option<String>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The custom attributes.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_attributes: Map<String, Value>,
    /// The URL of the page that linked to the website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// The source of the campaign of the first visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_source: Option<String>,
    /// The ids of the contact's tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The ids of the contact's companies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<String>,
    /// The ids of the contact's segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// The ids of the subscription types that the contact opted in to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opted_in: Vec<String>,
    /// The ids of the subscription types that the contact opted out of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opted_out: Vec<String>,
    /// The notes on the contact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The location of a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    /// The country's name.
    pub country: Option<String>,
    /// The region's name.
    pub region: Option<String>,
    /// The city's name.
    pub city: Option<String>,
    /// The country's code of three letters.
    pub country_code: Option<String>,
    /// The continent's code of two letters.
    pub continent_code: Option<String>,
}

/// A note on a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Intercom's id.
    pub id: String,
    /// When the note was written.
    pub created_at: i64,
    /// The id of the admin who wrote the note.
    pub author: String,
    /// The text, as HTML.
    pub body: String,
}
