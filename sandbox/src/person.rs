//! A person: what is kept of one, and the contact that API 2.x shows.

use super::version::Version;
use super::workspace::APP_ID;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many entries a contact's nested lists hold.
const NESTED: usize = 10;

/// What is kept of a person. What isn't known isn't written: a hundred thousand of them are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    /// Intercom's id.
    pub id: String,
    /// `user` or `lead`.
    pub role: String,
    /// The id that the product gave; Intercom makes one for leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// E-mail address, in small letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Number of the admin who looks after the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<u64>,
    /// Mail came back for good.
    #[serde(skip_serializing_if = "is_false")]
    pub has_hard_bounced: bool,
    /// The person called an e-mail spam.
    #[serde(skip_serializing_if = "is_false")]
    pub marked_email_as_spam: bool,
    /// No e-mail may be sent.
    #[serde(skip_serializing_if = "is_false")]
    pub unsubscribed_from_emails: bool,
    /// Seconds since 1970, as all times here.
    pub created_at: i64,
    /// When the person's data last changed.
    pub updated_at: i64,
    /// When the person signed up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_up_at: Option<i64>,
    /// When the person was last active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<i64>,
    /// When the person last replied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_replied_at: Option<i64>,
    /// When the person was last written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_contacted_at: Option<i64>,
    /// When the person last opened an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_email_opened_at: Option<i64>,
    /// When the person last clicked in an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_email_clicked_at: Option<i64>,
    /// The language that the person chose.
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
    /// Where the person is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The workspace's own attributes.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_attributes: Map<String, Value>,
    /// Page that led the person here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Source of the first visit's campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_source: Option<String>,
    /// Ids of the person's tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Ids of the person's companies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<String>,
    /// Ids of the person's segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Ids of the subscription types that the person opted in to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opted_in: Vec<String>,
    /// Ids of the subscription types that the person opted out of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opted_out: Vec<String>,
    /// What admins wrote about the person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Where a person is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Location {
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

/// What an admin wrote about a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// Intercom's id.
    pub id: String,
    /// When it was written.
    pub created_at: i64,
    /// Id of the admin who wrote it.
    pub author: String,
    /// HTML.
    pub body: String,
}

/// A person as a contact of API 2.x: every field named, in the reference's order.
pub(super) struct Contact<'a> {
    /// Who it is.
    pub person: &'a Person,
    /// In which version of the API.
    pub version: &'a Version,
}

/// Fields that the sandbox has no people for.
const PHONES: [&str; 12] = [
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
];

impl Serialize for Contact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { person, version } = *self;
        let id = &person.id;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "contact")?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("workspace_id", APP_ID)?;
        map.serialize_entry("external_id", &person.external_id)?;
        map.serialize_entry("role", &person.role)?;
        map.serialize_entry("email", &person.email)?;
        map.serialize_entry("phone", &person.phone)?;
        map.serialize_entry("name", &person.name)?;
        map.serialize_entry("avatar", &person.avatar.as_deref().map(Avatar::new))?;
        if version.owner_is_text() {
            map.serialize_entry("owner_id", &person.owner_id.map(|id| id.to_string()))?;
        } else {
            map.serialize_entry("owner_id", &person.owner_id)?;
        }
        map.serialize_entry("social_profiles", &NoProfiles { r#type: "list", data: [] })?;
        map.serialize_entry("has_hard_bounced", &person.has_hard_bounced)?;
        map.serialize_entry("marked_email_as_spam", &person.marked_email_as_spam)?;
        map.serialize_entry("unsubscribed_from_emails", &person.unsubscribed_from_emails)?;
        map.serialize_entry("created_at", &person.created_at)?;
        map.serialize_entry("updated_at", &person.updated_at)?;
        map.serialize_entry("signed_up_at", &person.signed_up_at)?;
        map.serialize_entry("last_seen_at", &person.last_seen_at)?;
        map.serialize_entry("last_replied_at", &person.last_replied_at)?;
        map.serialize_entry("last_contacted_at", &person.last_contacted_at)?;
        map.serialize_entry("last_email_opened_at", &person.last_email_opened_at)?;
        map.serialize_entry("last_email_clicked_at", &person.last_email_clicked_at)?;
        map.serialize_entry("language_override", &person.language_override)?;
        map.serialize_entry("browser", &person.browser)?;
        map.serialize_entry("browser_version", &person.browser_version)?;
        map.serialize_entry("browser_language", &person.browser_language)?;
        map.serialize_entry("os", &person.os)?;
        map.serialize_entry("location", &Place::new(person.location.as_ref()))?;
        for field in PHONES {
            map.serialize_entry(field, &())?;
        }
        map.serialize_entry("custom_attributes", &person.custom_attributes)?;
        let tags = person.tags.iter().map(|tag| Entry::new("tag", tag, format!("/tags/{tag}")));
        map.serialize_entry("tags", &Nested::new(id, "tags", tags.collect()))?;
        let notes = person.notes.iter().map(|note| &note.id);
        let notes = notes.map(|note| Entry::new("note", note, format!("/notes/{note}")));
        map.serialize_entry("notes", &Nested::new(id, "notes", notes.collect()))?;
        let companies = person.companies.iter();
        let companies = companies
            .map(|company| Entry::new("company", company, format!("/companies/{company}")));
        map.serialize_entry("companies", &Nested::new(id, "companies", companies.collect()))?;
        for (field, opted) in [
            ("opted_out_subscription_types", &person.opted_out),
            ("opted_in_subscription_types", &person.opted_in),
        ] {
            let types = opted.iter().map(|of| {
                Entry::new("subscription", of, format!("/contacts/{id}/subscriptions/{of}"))
            });
            map.serialize_entry(field, &Nested::new(id, "subscriptions", types.collect()))?;
        }
        for field in ["utm_campaign", "utm_content", "utm_medium"] {
            map.serialize_entry(field, &())?;
        }
        map.serialize_entry("utm_source", &person.utm_source)?;
        map.serialize_entry("utm_term", &())?;
        map.serialize_entry("referrer", &person.referrer)?;
        map.serialize_entry("enabled_push_messaging", &())?;
        map.end()
    }
}

#[derive(Serialize)]
struct Avatar<'a> {
    r#type: &'static str,
    image_url: &'a str,
}

impl<'a> Avatar<'a> {
    fn new(image_url: &'a str) -> Self {
        Self { r#type: "avatar", image_url }
    }
}

#[derive(Serialize)]
struct NoProfiles {
    r#type: &'static str,
    data: [(); 0],
}

#[derive(Serialize)]
struct Place<'a> {
    r#type: &'static str,
    country: Option<&'a str>,
    region: Option<&'a str>,
    city: Option<&'a str>,
    country_code: Option<&'a str>,
    continent_code: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn new(location: Option<&'a Location>) -> Self {
        let text = |of: fn(&Location) -> Option<&str>| location.and_then(of);
        Self {
            r#type: "location",
            country: text(|location| location.country.as_deref()),
            region: text(|location| location.region.as_deref()),
            city: text(|location| location.city.as_deref()),
            country_code: text(|location| location.country_code.as_deref()),
            continent_code: text(|location| location.continent_code.as_deref()),
        }
    }
}

/// A nested list: the first few, and where all are.
#[derive(Serialize)]
struct Nested<'a> {
    r#type: &'static str,
    data: Vec<Entry<'a>>,
    url: String,
    total_count: usize,
    has_more: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    r#type: &'static str,
    id: &'a str,
    url: String,
}

impl<'a> Entry<'a> {
    fn new(kind: &'static str, id: &'a str, url: String) -> Self {
        Self { r#type: kind, id, url }
    }
}

impl<'a> Nested<'a> {
    fn new(contact: &str, of: &str, mut data: Vec<Entry<'a>>) -> Self {
        let total_count = data.len();
        data.truncate(NESTED);
        Self {
            r#type: "list",
            data,
            url: format!("/contacts/{contact}/{of}"),
            total_count,
            has_more: total_count > NESTED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(person: &Person, version: &Version) -> Value {
        serde_json::to_value(Contact { person, version }).unwrap_or_default()
    }

    #[test]
    #[ignore = "reads examples in ../shared/intercom"]
    fn a_contact_has_exactly_the_fields_of_the_reference() {
        let examples =
            std::fs::read_to_string("../../shared/intercom/examples-2.14.jsonl").unwrap();
        let example = examples
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|line| {
                line.get("operationId") == Some(&"ShowContact".into())
                    && line.get("status") == Some(&200.into())
            })
            .and_then(|line| line.get("body").cloned())
            .unwrap_or_default();
        let names = |value: &Value| {
            value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>())
        };
        let contact = shown(&Person::default(), &Version::Two(14));
        assert!(names(&example).is_some());
        assert_eq!(names(&contact), names(&example));
        assert_eq!(contact.get("location"), example.get("location"));
    }

    #[test]
    fn nested_lists_hold_ten_and_tell_of_the_rest() {
        let tags = (0..12).map(|tag| tag.to_string()).collect();
        let person = Person { id: "a1".into(), tags, ..Person::default() };
        let contact = shown(&person, &Version::Two(14));
        assert_eq!(contact.pointer("/tags/data").and_then(Value::as_array).map(Vec::len), Some(10));
        assert_eq!(contact.pointer("/tags/total_count"), Some(&12.into()));
        assert_eq!(contact.pointer("/tags/has_more"), Some(&true.into()));
        assert_eq!(
            contact.pointer("/tags/data/3"),
            Some(&serde_json::json!({"type": "tag", "id": "3", "url": "/tags/3"}))
        );
    }

    #[test]
    fn the_owner_is_a_number_until_2_16() {
        let person = Person { owner_id: Some(7), ..Person::default() };
        assert_eq!(shown(&person, &Version::Two(15)).get("owner_id"), Some(&7.into()));
        assert_eq!(shown(&person, &Version::Two(16)).get("owner_id"), Some(&"7".into()));
    }

    #[test]
    fn what_is_not_known_is_not_kept() {
        let kept = serde_json::to_string(&Person::default()).unwrap_or_default();
        assert_eq!(kept, r#"{"id":"","role":"","created_at":0,"updated_at":0}"#);
    }
}
