//! A notification of Intercom's
//! (<https://developers.intercom.com/docs/references/webhooks/webhook-models>), read as far as the Worker needs it.
//! The item stays as it came.

use crate::edge::live::event::{ItemState, NewEvent, Removal, RemovalReason};
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

/// The members of an item that say which state of what it is.
#[derive(Default, Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    updated_at: Option<&'a RawValue>,
    /// In a `contact.merged`: the contact that was merged into this one.
    #[serde(borrow)]
    merged_from: Option<&'a RawValue>,
}

impl<'a> Notification<'a> {
    /// Reads a body: 400 if it is not a JSON object.
    pub fn read(body: &'a [u8]) -> Result<Self, Rejection> {
        serde_json::from_slice(body).map_err(|_| {
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
        let created_at = self.created_at.and_then(seconds).unwrap_or(now);
        let data = self.data.unwrap_or(RawValue::NULL);
        let item = parse::<Data>(data).and_then(|data| data.item).unwrap_or(data);
        let known: Item = parse(item).unwrap_or_default();
        let at = known.updated_at.and_then(seconds).unwrap_or(created_at);
        let item_id = known.id.and_then(text);
        let state = item_id.as_ref().map(|id| {
            let kind = known.kind.and_then(text).unwrap_or_default();
            ItemState { item: format!("{kind}/{id}"), at }
        });
        let merged_from = known.merged_from.and_then(parse::<Item>).and_then(|from| from.id);
        let (removed, merged_into) = match topic.as_str() {
            "contact.merged" => (merged_from.and_then(text), item_id),
            _ => (item_id, None),
        };
        let reason = removal_reason(&topic);
        let removal = reason.zip(removed).map(|(reason, id)| Removal {
            id,
            reason,
            merged_into,
            at: created_at,
        });
        Ok(NewEvent {
            created_at,
            key: id.clone(),
            notification_id: Some(id),
            app_id: self.workspace(),
            needs: topic::scope(&topic).name().to_owned(),
            owner: None,
            state,
            removal,
            invalidates: invalidates(&topic),
            item: item.to_owned(),
            topic,
        })
    }
}

/// Returns what a topic says about the contact's place in a mirror.
fn removal_reason(topic: &str) -> Option<RemovalReason> {
    match topic {
        "contact.archived" | "contact.archive" => Some(RemovalReason::Archived),
        "contact.deleted" | "user.deleted" => Some(RemovalReason::Deleted),
        "contact.merged" => Some(RemovalReason::Merged),
        "contact.unarchived" => Some(RemovalReason::Restored),
        _ => None,
    }
}

/// Checks if admins, tags, segments or attributes may have changed.
fn invalidates(topic: &str) -> bool {
    topic.starts_with("admin.") || topic.contains(".tag.")
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

fn required(name: &str, value: Option<&RawValue>) -> Result<String, Rejection> {
    value.and_then(text).filter(|text| !text.is_empty()).ok_or_else(|| {
        let words = format!("A notification has a {name} of at most {MAX_LENGTH} bytes");
        Rejection::new(400, "parameter_invalid", words).naming(name)
    })
}

/// Reads a time as Intercom writes it.
fn seconds(value: &RawValue) -> Option<i64> {
    Timestamp::Text(text(value)?).seconds()
}

fn parse<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}
