//! A notification of Intercom
//! (<https://developers.intercom.com/docs/references/webhooks/webhook-models>), read as far as the Worker needs it.
//! The item stays as it came.

use crate::edge::access::scope::Scope;
use crate::edge::live::event::{ItemState, NewEvent, RemovalChange, RemovalChangeReason};
use crate::edge::live::topic;
use crate::edge::response::Rejection;
use crate::model::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The topic of Intercom's test of an endpoint.
const PING: &str = "ping";

/// The longest topic and id, in bytes.
const MAX_LENGTH: usize = 200;

/// A notification.
#[derive(Debug, Deserialize)]
pub struct Notification<'a> {
    #[serde(borrow)]
    topic: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    app_id: Option<&'a RawValue>,
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    item: Option<&'a RawValue>,
}

/// The members of an item that identify it and its state.
#[derive(Default, Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    /// The id in a `conversation.deleted`.
    #[serde(borrow)]
    conversation_id: Option<&'a RawValue>,
    #[serde(borrow)]
    updated_at: Option<&'a RawValue>,
    /// The contact that no longer exists, in a `contact.merged`. Intercom does not document it; the sandbox sends it.
    #[serde(borrow)]
    merged_from: Option<&'a RawValue>,
}

/// A contact that an item refers to.
#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

impl<'a> Notification<'a> {
    /// Reads a body: 400 if it is not a JSON object.
    pub fn read(body: &'a [u8]) -> Result<Self, Rejection> {
        // Serde would read a list as an object's members, too.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        let notification = is_object.then(|| serde_json::from_slice(body).ok()).flatten();
        notification.ok_or_else(|| {
            Rejection::new(400, "bad_request", "The body is not a notification: a JSON object")
                .naming("body")
        })
    }

    /// Checks for Intercom's test of an endpoint.
    pub fn is_ping(&self) -> bool {
        self.topic.and_then(text).as_deref() == Some(PING)
    }

    /// Returns the workspace that the notification is about.
    pub fn workspace(&self) -> Option<String> {
        self.app_id.and_then(text)
    }

    /// Makes the event to store: 400 without an id or a topic. `now`: seconds since 1970.
    pub fn event(&self, now: i64) -> Result<NewEvent, Rejection> {
        let id = required("id", self.id)?;
        let topic = required("topic", self.topic)?;
        if !topic.bytes().all(|byte| byte.is_ascii_graphic()) {
            let words = "A topic has visible ASCII characters only";
            return Err(Rejection::new(400, "parameter_invalid", words).naming("topic"));
        }
        let created_at = self.created_at.and_then(seconds).unwrap_or(now);
        let data = self.data.unwrap_or(RawValue::NULL);
        let item = parse::<Data>(data).and_then(|data| data.item).unwrap_or(data);
        let known: Item = parse(item).unwrap_or_default();
        Ok(NewEvent {
            created_at,
            key: id.clone(),
            notification_id: Some(id),
            app_id: self.workspace(),
            needs: topic::scopes(&topic).map(Scope::name).collect::<Vec<_>>().join(" "),
            owner: None,
            state: known.state(&topic, created_at),
            removal: known.removal(&topic, created_at),
            invalidates: invalidates(&topic),
            item: item.to_owned(),
            topic,
        })
    }
}

impl Item<'_> {
    fn id(&self) -> Option<String> {
        non_empty(self.id.or(self.conversation_id)?)
    }

    /// Returns the state that the item describes: `None` without an id. Nothing is newer than a deletion.
    fn state(&self, topic: &str, created_at: i64) -> Option<ItemState> {
        let group = topic.split('.').next().unwrap_or_default();
        let kind = self.kind.and_then(non_empty);
        let kind = match kind.as_deref().unwrap_or(group) {
            // API 1.x calls a contact a user or a lead. The id is the same.
            "user" | "lead" => "contact",
            kind => kind,
        };
        // A tag that is deleted from a contact does not delete the contact.
        let at = match topic.split_once('.') {
            Some((_, "deleted")) => ItemState::LAST,
            _ => self.updated_at.and_then(seconds).unwrap_or(created_at),
        };
        self.id().map(|id| ItemState { item: format!("{kind}/{id}"), at })
    }

    /// Returns the contact that a mirror should remove or restore.
    fn removal(&self, topic: &str, at: i64) -> Option<RemovalChange> {
        let (reason, id, merged_into) = match topic {
            // The reference has the names without d; Intercom sends those with it.
            "contact.archived" | "contact.archive" => {
                (RemovalChangeReason::Archived, self.id(), None)
            }
            "contact.unarchived" | "contact.unarchive" => {
                (RemovalChangeReason::Restored, self.id(), None)
            }
            "contact.deleted" | "user.deleted" => (RemovalChangeReason::Deleted, self.id(), None),
            "contact.merged" => (RemovalChangeReason::Merged, self.merged_from(), self.id()),
            _ => return None,
        };
        Some(RemovalChange { id: id?, reason, merged_into, at })
    }

    fn merged_from(&self) -> Option<String> {
        let contact: Reference = parse(self.merged_from?)?;
        non_empty(contact.id)
    }
}

/// Checks if admins, tags, segments or attributes may have changed.
///
/// Intercom has no topics of new segments and attributes.
fn invalidates(topic: &str) -> bool {
    match topic {
        "admin.logged_in" | "admin.logged_out" => false,
        _ => {
            let groups = ["admin.", "tag.", "segment.", "data_attribute."];
            groups.iter().any(|group| topic.starts_with(group)) || topic.contains(".tag.")
        }
    }
}

/// Reads a text, or a number as text.
fn text(value: &RawValue) -> Option<String> {
    if value.get().len() > MAX_LENGTH {
        return None;
    }
    match serde_json::from_str(value.get()).ok()? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn non_empty(value: &RawValue) -> Option<String> {
    text(value).filter(|text| !text.is_empty())
}

fn required(name: &str, value: Option<&RawValue>) -> Result<String, Rejection> {
    value.and_then(non_empty).ok_or_else(|| {
        let words = format!("A notification has a {name} of at most {MAX_LENGTH} bytes");
        Rejection::new(400, "parameter_invalid", words).naming(name)
    })
}

/// Reads a time as Intercom writes it.
fn seconds(value: &RawValue) -> Option<i64> {
    Timestamp::Text(text(value)?).seconds()
}

/// Reads the members of an object.
fn parse<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{ItemState, NewEvent, Notification, RemovalChangeReason, invalidates};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_795_392_000;

    fn event(body: &Value) -> Result<NewEvent, u16> {
        let body = serde_json::to_vec(body).unwrap();
        read(&body)
    }

    fn read(body: &[u8]) -> Result<NewEvent, u16> {
        let event = Notification::read(body).and_then(|notification| {
            let _ = (notification.is_ping(), notification.workspace());
            notification.event(NOW)
        });
        event.map_err(|rejection| rejection.status())
    }

    fn of(topic: &str, item: Value) -> NewEvent {
        let body = json!({
            "id": "notif_1", "topic": topic, "app_id": "ws", "created_at": 7, "data": {"item": item},
        });
        event(&body).unwrap()
    }

    fn state(topic: &str, item: Value) -> Option<(String, i64)> {
        of(topic, item).state.map(|state| (state.item, state.at))
    }

    #[test]
    fn an_event_has_the_parts_of_the_notification() {
        let event = of("contact.user.created", json!({"type": "contact", "id": "5"}));
        assert_eq!(event.topic, "contact.user.created");
        assert_eq!(event.created_at, 7);
        assert_eq!((&*event.key, event.notification_id.as_deref()), ("notif_1", Some("notif_1")));
        assert_eq!(event.needs, "contacts:read");
        assert_eq!(event.item.get(), json!({"type": "contact", "id": "5"}).to_string());
        assert!(event.removal.is_none() && event.owner.is_none() && !event.invalidates);
    }

    #[test]
    fn a_time_that_is_missing_or_unreadable_is_now() {
        for created_at in [Value::Null, json!("soon"), json!({}), json!(1e300)] {
            let body = json!({"id": "1", "topic": "a.b", "created_at": created_at});
            assert_eq!(event(&body).unwrap().created_at, NOW, "{created_at}");
        }
        let body = json!({"id": "1", "topic": "a.b", "created_at": "2026-11-23T00:00:00.123Z"});
        assert_eq!(event(&body).unwrap().created_at, NOW);
    }

    #[test]
    fn users_and_leads_of_api_1_x_are_contacts() {
        for kind in ["contact", "user", "lead"] {
            let item = json!({"type": kind, "id": "5", "updated_at": "9"});
            assert_eq!(state("user.created", item), Some(("contact/5".to_owned(), 9)), "{kind}");
        }
        // Without a type, the topic says what the item is.
        assert_eq!(state("user.created", json!({"id": 5})), Some(("contact/5".to_owned(), 7)));
        let company = json!({"type": "company", "id": "5", "updated_at": 8});
        assert_eq!(state("company.updated", company), Some(("company/5".to_owned(), 8)));
        assert_eq!(state("contact.user.tag.created", json!({"type": "contact_tag"})), None);
        let tagged = json!({"type": "contact", "id": "5", "updated_at": 8});
        assert_eq!(state("contact.tag.deleted", tagged), Some(("contact/5".to_owned(), 8)));
        assert_eq!(state("contact.user.updated", json!({"type": "contact", "id": ""})), None);
    }

    #[test]
    fn no_state_is_newer_than_a_deletion() {
        let item = json!({"type": "company", "id": "5", "updated_at": 8});
        assert_eq!(state("company.deleted", item), Some(("company/5".to_owned(), ItemState::LAST)));
        let item = json!({"type": "conversation", "conversation_id": "6"});
        let last = Some(("conversation/6".to_owned(), ItemState::LAST));
        assert_eq!(state("conversation.deleted", item), last);
    }

    #[test]
    fn mirrors_get_the_contacts_that_are_gone_or_back() {
        use RemovalChangeReason::{Archived, Deleted, Merged, Restored};
        let contact = json!({"type": "contact", "id": "5", "merged_from": {"id": "4"}});
        for (topic, expected) in [
            ("contact.archived", Some((Archived, "5", None))),
            ("contact.unarchived", Some((Restored, "5", None))),
            ("contact.deleted", Some((Deleted, "5", None))),
            ("user.deleted", Some((Deleted, "5", None))),
            ("contact.merged", Some((Merged, "4", Some("5")))),
            ("contact.user.updated", None),
            ("company.deleted", None),
        ] {
            let removal = of(topic, contact.clone()).removal;
            let found = removal.as_ref().map(|removal| {
                assert_eq!(removal.at, 7);
                (removal.reason, &*removal.id, removal.merged_into.as_deref())
            });
            assert_eq!(found, expected, "{topic}");
        }
        // Intercom's own merges may not say who is gone.
        let item = json!({"type": "contact", "id": "5"});
        assert!(of("contact.merged", item).removal.is_none());
        assert!(of("contact.deleted", json!({"type": "contact"})).removal.is_none());
    }

    #[test]
    fn the_cache_is_emptied_for_admins_and_tags() {
        for topic in [
            "admin.added_to_workspace",
            "admin.removed_from_workspace",
            "admin.away_mode_updated",
            "admin.activity_log_event.created",
            "contact.user.tag.created",
            "user.tag.deleted",
            "conversation_part.tag.created",
            "segment.updated",
            "data_attribute.created",
        ] {
            assert!(invalidates(topic), "{topic}");
        }
        for topic in
            ["admin.logged_in", "admin.logged_out", "contact.user.updated", "tags", "ping", ""]
        {
            assert!(!invalidates(topic), "{topic}");
        }
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        for field in ["data", "id", "topic", "app_id", "created_at", "other"] {
            let _ = read(format!(r#"{{"{field}":{deep}}}"#).as_bytes());
        }
        let body = format!(r#"{{"id":"1","topic":"a.b","data":{{"item":{{"id":{deep}}}}}}}"#);
        assert!(read(body.as_bytes()).unwrap().state.is_none());
    }

    #[test]
    fn only_an_object_is_a_notification() {
        for body in ["", "null", "[]", "7", "\"{}\"", "{", "{}{}", "\u{feff}{}"] {
            assert_eq!(read(body.as_bytes()).unwrap_err(), 400, "{body}");
        }
        // A list of five values is no notification either.
        assert_eq!(read(br#"["topic","id","app",1,{}]"#).unwrap_err(), 400);
    }

    /// Any JSON, with the names that notifications have.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(json!("contact.merged")),
            Just(json!("contact.deleted")),
        ];
        let name = prop_oneof![
            Just("id"),
            Just("topic"),
            Just("app_id"),
            Just("created_at"),
            Just("data"),
            Just("item"),
            Just("type"),
            Just("updated_at"),
            Just("merged_from"),
            Just("conversation_id"),
        ];
        leaf.prop_recursive(5, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map(name.clone(), inner, 0..8).prop_map(|members| {
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_json_is_an_event_or_rejected_with_400(body in any_json()) {
            match event(&body) {
                Ok(event) => {
                    prop_assert!(!event.key.is_empty() && !event.topic.is_empty());
                    let at = event.state.map_or(0, |state| state.at);
                    prop_assert!(at.abs() <= ItemState::LAST && event.created_at.abs() <= ItemState::LAST);
                    if let Some(removal) = event.removal {
                        prop_assert!(!removal.id.is_empty());
                    }
                }
                Err(status) => prop_assert_eq!(status, 400),
            }
        }

        #[test]
        fn an_item_stays_as_it_came(item in any_json()) {
            let text = item.to_string();
            let body = format!(r#"{{"id":"1","topic":"a.b","data":{{"item":{text}}}}}"#);
            let event = read(body.as_bytes()).unwrap();
            // Without an item, the data are the item.
            let expected = if item.is_null() { r#"{"item":null}"# } else { &*text };
            prop_assert_eq!(event.item.get(), expected);
        }
    }
}
