//! Notifications of API 1.x: their topics, and a contact as a user or a lead.

use crate::contacts::contact::Contact;
use crate::workspace::APP_ID;
use serde_json::{Value, json};

/// The topics of API 2.x that have another name in 1.x, according to the changelog of API 2.5.
const TOPICS: [(&str, &str); 12] = [
    ("contact.user.created", "user.created"),
    ("contact.deleted", "user.deleted"),
    ("contact.email.updated", "user.email.updated"),
    ("contact.unsubscribed", "user.unsubscribed"),
    ("contact.user.tag.created", "user.tag.created"),
    ("contact.user.tag.deleted", "user.tag.deleted"),
    ("contact.lead.created", "contact.created"),
    ("contact.lead.signed_up", "contact.signed_up"),
    ("contact.lead.added_email", "contact.added_email"),
    ("contact.lead.tag.created", "contact.tag.created"),
    ("contact.lead.tag.deleted", "contact.tag.deleted"),
    ("contact.lead.updated", "contact.updated"),
];

/// Returns the name that a topic has in API 1.x.
pub(crate) fn topic(topic: &str) -> &str {
    TOPICS.iter().find(|(newer, _)| *newer == topic).map_or(topic, |(_, older)| older)
}

/// Returns a contact as API 1.x shows a user or a lead.
pub(crate) fn view(contact: &Contact) -> Value {
    let is_user = contact.role == "user";
    let references = |reference_type: &str, ids: &[String]| -> Vec<Value> {
        ids.iter().map(|id| json!({"type": reference_type, "id": id})).collect()
    };
    json!({
        "type": if is_user { "user" } else { "contact" }, "id": contact.id,
        "user_id": contact.external_id, "anonymous": !is_user, "email": contact.email,
        "phone": contact.phone, "name": contact.name, "pseudonym": null, "app_id": APP_ID,
        "avatar": {"type": "avatar", "image_url": contact.avatar},
        "companies": {
            "type": "company.list", "companies": references("company", &contact.companies),
        },
        "location_data": {}, "last_request_at": contact.last_seen_at,
        "created_at": contact.created_at, "remote_created_at": contact.signed_up_at,
        "signed_up_at": contact.signed_up_at, "updated_at": contact.updated_at,
        "session_count": 0, "owner_id": contact.owner_id,
        "social_profiles": {"type": "social_profile.list", "social_profiles": []},
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "marked_email_as_spam": contact.marked_email_as_spam,
        "has_hard_bounced": contact.has_hard_bounced,
        "tags": {"type": "tag.list", "tags": references("tag", &contact.tags)},
        "segments": {
            "type": "segment.list", "segments": references("segment", &contact.segments),
        },
        "custom_attributes": contact.custom_attributes, "referrer": contact.referrer,
        "utm_campaign": null, "utm_content": null, "utm_medium": null,
        "utm_source": contact.utm_source, "utm_term": null, "do_not_track": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_a_contact_in_api_1_x() {
        let lead = Contact { role: "lead".into(), ..Contact::default() };
        assert_eq!(view(&lead)["type"], "contact");
        assert_eq!(view(&Contact { role: "user".into(), ..lead })["type"], "user");
        assert_eq!(topic("contact.lead.created"), "contact.created");
        assert_eq!(topic("contact.user.created"), "user.created");
        assert_eq!(topic("conversation.user.created"), "conversation.user.created");
    }
}
