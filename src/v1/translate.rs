//! Converts people between API 1.x and API 2.x.
//!
//! Fields that the other version lacks become null. `docs/api-1.x.md` has the table.

use super::{LocationData, PersonKind, SocialProfile, User};
use crate::model::contact::Image;
use crate::model::{
    Avatar, Company, Contact, Field, Id, List, Location, Object, Role, Segment, Tag, Timestamp,
    contact,
};
use serde_json::Value;

impl From<Contact> for User {
    fn from(contact: Contact) -> Self {
        let kind =
            if PersonKind::Lead.matches(&contact) { PersonKind::Lead } else { PersonKind::User };
        Self {
            r#type: kind.type_name().into(),
            id: contact.id.or_null(),
            user_id: convert(contact.external_id, Id::Text),
            anonymous: (kind == PersonKind::Lead).into(),
            email: contact.email.or_null(),
            phone: contact.phone.or_null(),
            name: contact.name.or_null(),
            pseudonym: Field::Null,
            avatar: avatar_v1(contact.avatar),
            app_id: contact.workspace_id.or_null(),
            companies: nested(contact.companies, "company", "companies", |company| Company {
                r#type: "company".into(),
                id: company.id.or_null(),
                company_id: company.company_id.or_null(),
                name: company.name.or_null(),
                ..Company::default()
            }),
            location_data: location_v1(contact.location),
            last_request_at: contact.last_seen_at.or_null(),
            last_seen_ip: Field::Null,
            created_at: contact.created_at.or_null(),
            remote_created_at: contact.signed_up_at.clone().or_null(),
            signed_up_at: contact.signed_up_at.or_null(),
            updated_at: contact.updated_at.or_null(),
            session_count: Field::Null,
            social_profiles: nested(
                contact.social_profiles,
                "social_profile",
                "social_profiles",
                social_profile_v1,
            ),
            unsubscribed_from_emails: contact.unsubscribed_from_emails.or_null(),
            marked_email_as_spam: contact.marked_email_as_spam.or_null(),
            has_hard_bounced: contact.has_hard_bounced.or_null(),
            user_agent_data: Field::Null,
            tags: nested(contact.tags, "tag", "tags", |tag| Tag {
                r#type: "tag".into(),
                id: tag.id.or_null(),
                name: tag.name.or_null(),
                ..Tag::default()
            }),
            segments: nested(segments(&contact.extra), "segment", "segments", |segment| Segment {
                r#type: "segment".into(),
                id: segment.id.or_null(),
                name: segment.name.or_null(),
                ..Segment::default()
            }),
            custom_attributes: contact.custom_attributes.or_null(),
            referrer: contact.referrer.or_null(),
            utm_campaign: contact.utm_campaign.or_null(),
            utm_content: contact.utm_content.or_null(),
            utm_medium: contact.utm_medium.or_null(),
            utm_source: contact.utm_source.or_null(),
            utm_term: contact.utm_term.or_null(),
            extra: Object::new(),
        }
    }
}

impl From<User> for Contact {
    /// Converts the fields that API 2.x can store. Absent fields stay absent, so an update changes
    /// only the fields that the caller sent.
    fn from(user: User) -> Self {
        let lead = user.anonymous.get() == Some(&true) || user.r#type.as_str() == Some("contact");
        Self {
            r#type: "contact".into(),
            id: user.id,
            workspace_id: user.app_id,
            external_id: convert_present(user.user_id, |id| id.to_string()),
            role: if lead { Role::Lead } else { Role::User }.into(),
            email: user.email,
            phone: user.phone,
            name: user.name,
            avatar: match user.avatar {
                Field::Known(Avatar::Image(image)) => convert_present(image.image_url, Avatar::Url),
                avatar => avatar,
            },
            signed_up_at: first::<Timestamp>(user.signed_up_at, user.remote_created_at),
            last_seen_at: user.last_request_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
            social_profiles: convert_present(user.social_profiles, |list| {
                let items = list.items.into_iter().map(|profile| contact::SocialProfile {
                    r#type: "social_profile".into(),
                    name: profile.name,
                    url: profile.url,
                    ..contact::SocialProfile::default()
                });
                List::new("list", "data", items.collect())
            }),
            location: convert_present(user.location_data, |location| Location {
                r#type: "location".into(),
                country: location.country_name,
                region: location.region_name,
                city: location.city_name,
                country_code: location.country_code,
                continent_code: location.continent_code,
                ..Location::default()
            }),
            unsubscribed_from_emails: user.unsubscribed_from_emails,
            marked_email_as_spam: user.marked_email_as_spam,
            has_hard_bounced: user.has_hard_bounced,
            custom_attributes: user.custom_attributes,
            tags: convert_present(user.tags, |list| List::new("list", "data", list.items)),
            companies: convert_present(user.companies, |list| {
                List::new("list", "data", list.items)
            }),
            referrer: user.referrer,
            utm_campaign: user.utm_campaign,
            utm_content: user.utm_content,
            utm_medium: user.utm_medium,
            utm_source: user.utm_source,
            utm_term: user.utm_term,
            ..Self::default()
        }
    }
}

/// Converts a known value; all other states stay.
pub(super) fn convert_present<T, U>(field: Field<T>, change: impl FnOnce(T) -> U) -> Field<U> {
    match field {
        Field::Absent => Field::Absent,
        Field::Null => Field::Null,
        Field::Known(value) => Field::Known(change(value)),
        Field::Other(value) => Field::Other(value),
    }
}

/// Converts a known value; an absent field becomes null.
fn convert<T, U>(field: Field<T>, change: impl FnOnce(T) -> U) -> Field<U> {
    convert_present(field, change).or_null()
}

/// Returns the first field that is neither absent nor null.
pub(super) fn first<T>(one: Field<T>, other: Field<T>) -> Field<T> {
    if matches!(one, Field::Absent | Field::Null) && !other.is_absent() { other } else { one }
}

/// Converts a nested list to the envelope of API 1.x, which is present even if it is empty. A
/// contact of API 2.x has at most ten items; `has_more` and `total_count` show if there are more.
fn nested<T, U>(
    list: Field<List<T>>,
    kind: &str,
    key: &'static str,
    change: impl Fn(T) -> U,
) -> Field<List<U>> {
    let list = match list {
        Field::Other(value) => return Field::Other(value),
        list => list.into_known().unwrap_or_default(),
    };
    let items = list.items.into_iter().map(change).collect();
    let mut nested = List::new(&format!("{kind}.list"), key, items);
    if list.extra.get("has_more") == Some(&Value::Bool(true)) {
        nested.total_count = list.total_count;
        nested.extra.insert("has_more".to_owned(), true.into());
    }
    nested.into()
}

/// Returns a person's segments, from a field that API 2.x does not document and few responses have.
fn segments(extra: &Object) -> Field<List<Segment>> {
    Field::of(extra, "segments")
}

fn avatar_v1(avatar: Field<Avatar>) -> Field<Avatar> {
    let image_url = match avatar {
        Field::Known(Avatar::Url(url)) => url.into(),
        Field::Known(Avatar::Image(image)) => image.image_url.or_null(),
        Field::Other(value) => return Field::Other(value),
        Field::Absent | Field::Null => Field::Null,
    };
    let image = Image { r#type: "avatar".into(), image_url, ..Image::default() };
    Avatar::Image(image).into()
}

fn location_v1(location: Field<Location>) -> Field<LocationData> {
    let location = match location {
        Field::Other(value) => return Field::Other(value),
        location => location.into_known().unwrap_or_default(),
    };
    LocationData {
        r#type: "location_data".into(),
        city_name: location.city.or_null(),
        continent_code: location.continent_code.or_null(),
        country_name: location.country.or_null(),
        latitude: Field::Null,
        longitude: Field::Null,
        postal_code: Field::Null,
        region_name: location.region.or_null(),
        timezone: Field::Null,
        country_code: location.country_code.or_null(),
        extra: Object::new(),
    }
    .into()
}

fn social_profile_v1(profile: contact::SocialProfile) -> SocialProfile {
    SocialProfile {
        r#type: "social_profile".into(),
        name: profile.name.or_null(),
        id: Field::Null,
        username: Field::Null,
        url: profile.url.or_null(),
        extra: Object::new(),
    }
}
