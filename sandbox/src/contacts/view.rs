//! A contact as API 2.x shows it.

use crate::call::Call;
use crate::contacts::contact::{Contact, Location};
use crate::http::response::{ApiError, ApiResponse};
use crate::http::version::Version;
use crate::workspace::APP_ID;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The maximum number of entries of a nested list.
const MAX_NESTED: usize = 10;

/// A contact as API 2.x shows it: every field, in the order of the reference.
pub(crate) struct ContactView<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// The version of the API, which decides the type of `owner_id`.
    pub version: &'a Version,
}

/// Responds with one contact.
pub(crate) fn respond(call: &Call, contact: &Contact) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&ContactView { contact, version: &call.version })
}

/// The fields of mobile apps, which no contact of the sandbox has.
const MOBILE_FIELDS: [&str; 12] = [
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

impl Serialize for ContactView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { contact, version } = *self;
        let id = &contact.id;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "contact")?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("workspace_id", APP_ID)?;
        map.serialize_entry("external_id", &contact.external_id)?;
        map.serialize_entry("role", &contact.role)?;
        map.serialize_entry("email", &contact.email)?;
        map.serialize_entry("phone", &contact.phone)?;
        map.serialize_entry("name", &contact.name)?;
        map.serialize_entry("avatar", &contact.avatar.as_deref().map(Avatar::new))?;
        if version.has_string_owner() {
            map.serialize_entry("owner_id", &contact.owner_id.map(|id| id.to_string()))?;
        } else {
            map.serialize_entry("owner_id", &contact.owner_id)?;
        }
        map.serialize_entry("social_profiles", &NoProfiles { r#type: "list", data: [] })?;
        map.serialize_entry("has_hard_bounced", &contact.has_hard_bounced)?;
        map.serialize_entry("marked_email_as_spam", &contact.marked_email_as_spam)?;
        map.serialize_entry("unsubscribed_from_emails", &contact.unsubscribed_from_emails)?;
        map.serialize_entry("created_at", &contact.created_at)?;
        map.serialize_entry("updated_at", &contact.updated_at)?;
        map.serialize_entry("signed_up_at", &contact.signed_up_at)?;
        map.serialize_entry("last_seen_at", &contact.last_seen_at)?;
        map.serialize_entry("last_replied_at", &contact.last_replied_at)?;
        map.serialize_entry("last_contacted_at", &contact.last_contacted_at)?;
        map.serialize_entry("last_email_opened_at", &contact.last_email_opened_at)?;
        map.serialize_entry("last_email_clicked_at", &contact.last_email_clicked_at)?;
        map.serialize_entry("language_override", &contact.language_override)?;
        map.serialize_entry("browser", &contact.browser)?;
        map.serialize_entry("browser_version", &contact.browser_version)?;
        map.serialize_entry("browser_language", &contact.browser_language)?;
        map.serialize_entry("os", &contact.os)?;
        map.serialize_entry("location", &LocationView::new(contact.location.as_ref()))?;
        for field in MOBILE_FIELDS {
            map.serialize_entry(field, &())?;
        }
        map.serialize_entry("custom_attributes", &contact.custom_attributes)?;
        let tags = contact.tags.iter().map(|tag| Entry::new("tag", tag, format!("/tags/{tag}")));
        map.serialize_entry("tags", &Nested::new(id, "tags", tags.collect()))?;
        let notes = contact.notes.iter().map(|note| &note.id);
        let notes = notes.map(|note| Entry::new("note", note, format!("/notes/{note}")));
        map.serialize_entry("notes", &Nested::new(id, "notes", notes.collect()))?;
        let companies = contact.companies.iter();
        let companies = companies
            .map(|company| Entry::new("company", company, format!("/companies/{company}")));
        map.serialize_entry("companies", &Nested::new(id, "companies", companies.collect()))?;
        for (field, opted) in [
            ("opted_out_subscription_types", &contact.opted_out),
            ("opted_in_subscription_types", &contact.opted_in),
        ] {
            let types = opted.iter().map(|id_of_type| {
                let url = format!("/contacts/{id}/subscriptions/{id_of_type}");
                Entry::new("subscription", id_of_type, url)
            });
            map.serialize_entry(field, &Nested::new(id, "subscriptions", types.collect()))?;
        }
        for field in ["utm_campaign", "utm_content", "utm_medium"] {
            map.serialize_entry(field, &())?;
        }
        map.serialize_entry("utm_source", &contact.utm_source)?;
        map.serialize_entry("utm_term", &())?;
        map.serialize_entry("referrer", &contact.referrer)?;
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
struct LocationView<'a> {
    r#type: &'static str,
    country: Option<&'a str>,
    region: Option<&'a str>,
    city: Option<&'a str>,
    country_code: Option<&'a str>,
    continent_code: Option<&'a str>,
}

impl<'a> LocationView<'a> {
    fn new(location: Option<&'a Location>) -> Self {
        let text = |field: fn(&Location) -> Option<&str>| location.and_then(field);
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

/// A nested list: the first entries, and the URL of all.
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
    fn new(entry_type: &'static str, id: &'a str, url: String) -> Self {
        Self { r#type: entry_type, id, url }
    }
}

impl<'a> Nested<'a> {
    fn new(contact: &str, list: &str, mut data: Vec<Entry<'a>>) -> Self {
        let total_count = data.len();
        data.truncate(MAX_NESTED);
        Self {
            r#type: "list",
            data,
            url: format!("/contacts/{contact}/{list}"),
            total_count,
            has_more: total_count > MAX_NESTED,
        }
    }
}

/// The response to archiving, unarchiving, deleting or blocking a contact.
#[derive(Serialize)]
pub(crate) struct ContactStatus<'a> {
    r#type: &'static str,
    id: &'a str,
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
}

impl<'a> ContactStatus<'a> {
    /// Returns the response to archiving (true) or unarchiving (false) a contact.
    pub fn archived(contact: &'a Contact, is_archived: bool) -> Self {
        Self { archived: Some(is_archived), ..Self::new(contact) }
    }

    /// Returns the response to deleting a contact.
    pub fn deleted(contact: &'a Contact) -> Self {
        Self { deleted: Some(true), ..Self::new(contact) }
    }

    /// Returns the response to blocking a contact.
    pub fn blocked(contact: &'a Contact) -> Self {
        Self { blocked: Some(true), ..Self::new(contact) }
    }

    fn new(contact: &'a Contact) -> Self {
        Self {
            r#type: "contact",
            id: &contact.id,
            external_id: contact.external_id.as_deref(),
            archived: None,
            deleted: None,
            blocked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn shown(contact: &Contact, version: &Version) -> Value {
        serde_json::to_value(ContactView { contact, version }).unwrap_or_default()
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
        let contact = shown(&Contact::default(), &Version::Two(14));
        assert!(names(&example).is_some());
        assert_eq!(names(&contact), names(&example));
        assert_eq!(contact.get("location"), example.get("location"));
    }

    #[test]
    fn nested_lists_have_ten_entries_and_the_total() {
        let tags = (0..12).map(|tag| tag.to_string()).collect();
        let contact = Contact { id: "a1".into(), tags, ..Contact::default() };
        let contact = shown(&contact, &Version::Two(14));
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
        let contact = Contact { owner_id: Some(7), ..Contact::default() };
        assert_eq!(shown(&contact, &Version::Two(15)).get("owner_id"), Some(&7.into()));
        assert_eq!(shown(&contact, &Version::Two(16)).get("owner_id"), Some(&"7".into()));
    }

    #[test]
    fn absent_values_are_not_stored() {
        let stored = serde_json::to_string(&Contact::default()).unwrap_or_default();
        assert_eq!(stored, r#"{"id":"","role":"","created_at":0,"updated_at":0}"#);
    }
}
