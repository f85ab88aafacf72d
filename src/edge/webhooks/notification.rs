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
    /// The contact that is gone, in a `contact.merged`. Intercom does not document it: the sandbox sends it.
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
        Ok(NewEvent {
            created_at,
            key: id.clone(),
            notification_id: Some(id),
            app_id: self.workspace(),
            needs: topic::scope(&topic).name().to_owned(),
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
        let at = match topic.ends_with(".deleted") {
            true => ItemState::LAST,
            false => self.updated_at.and_then(seconds).unwrap_or(created_at),
        };
        self.id().map(|id| ItemState { item: format!("{kind}/{id}"), at })
    }

    /// Returns the contact that a mirror should remove or restore.
    fn removal(&self, topic: &str, at: i64) -> Option<Removal> {
        let (reason, id, merged_into) = match topic {
            // The reference has the names without d; Intercom sends those with it.
            "contact.archived" | "contact.archive" => (RemovalReason::Archived, self.id(), None),
            "contact.unarchived" | "contact.unarchive" => {
                (RemovalReason::Restored, self.id(), None)
            }
            "contact.deleted" | "user.deleted" => (RemovalReason::Deleted, self.id(), None),
            "contact.merged" => (RemovalReason::Merged, self.merged_from(), self.id()),
            _ => return None,
        };
        Some(Removal { id: id?, reason, merged_into, at })
    }

    fn merged_from(&self) -> Option<String> {
        let contact: Reference = parse(self.merged_from?)?;
        non_empty(contact.id)
    }
}

/// Checks if admins, tags, segments or attributes may have changed.
///
/// Intercom has no topics of new segments and attributes. The activity log has entries of some of them.
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

fn parse<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}
