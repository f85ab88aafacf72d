//! `POST /_sandbox/webhooks/send`: notifications on demand, also such as a receiver must reject or
//! drop.

use crate::contacts::contact::Contact;
use crate::contacts::view::ContactView;
use crate::http::body::{set, text};
use crate::http::request::within;
use crate::http::response::ApiError;
use crate::http::version::Version;
use crate::store::Store;
use crate::webhooks::delivery::{self, NewDelivery, Signing};
use crate::webhooks::notification::Notification;
use crate::webhooks::record::new_id;
use crate::webhooks::subscription::Subscription;
use crate::webhooks::user;
use serde_json::{Value, json};

/// The maximum number of deliveries of one request.
const MAX_DELIVERIES: u64 = 10_000;

/// The longest delay, in milliseconds.
const MAX_DELAY_MS: u64 = 3_600_000;

/// Adds the deliveries that a body describes, and returns their notifications.
pub(crate) fn send(
    store: &Store,
    body: &Value,
    subscription: &Subscription,
    now_ms: u64,
) -> Result<Vec<NewDelivery>, ApiError> {
    let number = |name: &str, default: u64, range| match body.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => within(name, value.as_u64(), range),
    };
    let count = number("count", 1, 1..=MAX_DELIVERIES)?;
    let times = number("times", 1, 1..=MAX_DELIVERIES / count)?;
    let due_ms = now_ms + number("delay_ms", 0, 0..=MAX_DELAY_MS)?;
    let is_v1 = choice(body, "version", &["2.x", "1.x"])? == "1.x";
    let is_reversed = choice(body, "order", &["kept", "reversed"])? == "reversed";
    let signing = match choice(body, "signature", &["right", "wrong", "missing"])? {
        "wrong" => Signing::Wrong,
        "missing" => Signing::Missing,
        _ if is_v1 => Signing::Hub,
        _ => Signing::Right,
    };
    let topic = text(body, "topic");
    let topic = topic.ok_or_else(|| ApiError::invalid("topic", "topic must be a string"))?;
    let item = item(store, body, topic, is_v1)?;
    let app_id = text(body, "app_id").unwrap_or(&subscription.app_id);
    let newest = delivery::newest_number(store)?;
    let mut notifications: Vec<Notification> = (0..count)
        .map(|index| {
            let at = i64::try_from(now_ms / 1000 + index).unwrap_or(i64::MAX);
            let mut item = item.clone();
            if count > 1 && item.get("updated_at").is_some() {
                set(&mut item, "updated_at", at);
            }
            Notification {
                id: id(body, newest + 1 + index, now_ms),
                topic: if is_v1 { user::topic(topic) } else { topic }.to_owned(),
                app_id: app_id.to_owned(),
                created_at: at,
                item,
            }
        })
        .collect();
    if is_reversed {
        notifications.reverse();
    }
    let repeats =
        notifications.iter().flat_map(|notification| (0..times).map(move |_| notification));
    let deliveries: Vec<NewDelivery> = repeats
        .enumerate()
        .map(|(index, notification)| NewDelivery {
            notification: notification.clone(),
            signing,
            due_ms,
            waits: is_reversed && index > 0,
        })
        .collect();
    delivery::insert(store, &deliveries)?;
    Ok(deliveries)
}

/// Returns the item of a body: its `item`, or the contact that it names.
fn item(store: &Store, body: &Value, topic: &str, is_v1: bool) -> Result<Value, ApiError> {
    if let Some(item) = body.get("item").filter(|item| !item.is_null()) {
        return Ok(item.clone());
    }
    let Some(id) = text(body, "contact_id") else {
        if topic == "ping" {
            return Ok(json!({"type": "ping", "message": "something something interzen"}));
        }
        return Err(ApiError::invalid("item", "item or contact_id is required"));
    };
    let select = "SELECT body AS entry FROM contact WHERE id = (?1 ->> '$[0]')";
    let contacts: Vec<Contact> = store.entries(select, &[id.into()])?;
    let contact = contacts.first();
    let contact =
        contact.ok_or_else(|| ApiError::invalid("contact_id", "there is no such contact"))?;
    if is_v1 {
        return Ok(user::view(contact));
    }
    Ok(serde_json::to_value(ContactView { contact, version: &Version::DEFAULT })?)
}

/// Returns the id in the body, or a new one if the body has no `id`. With `null`, the notification has no id.
fn id(body: &Value, number: u64, now_ms: u64) -> Option<String> {
    match body.get("id") {
        None => Some(new_id(now_ms, number)),
        Some(id) => id.as_str().map(str::to_owned),
    }
}

/// Returns a field that is one of several words. The first is the default.
fn choice<'a>(body: &'a Value, name: &str, words: &[&'a str]) -> Result<&'a str, ApiError> {
    let given = match body.get(name) {
        None | Some(Value::Null) => return Ok(words.first().copied().unwrap_or_default()),
        Some(value) => value.as_str().filter(|word| words.contains(word)),
    };
    given.ok_or_else(|| ApiError::invalid(name, format!("{name} must be {}", words.join(" or "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_one_of_its_words() {
        let chosen = |body: Value| {
            choice(&body, "order", &["kept", "reversed"]).map(str::to_owned).map_err(|e| e.field)
        };
        assert_eq!(chosen(json!({})), Ok("kept".into()));
        assert_eq!(chosen(json!({"order": "reversed"})), Ok("reversed".into()));
        assert_eq!(chosen(json!({"order": "random"})), Err(Some("order".into())));
        assert_eq!(chosen(json!({"order": 1})), Err(Some("order".into())));
    }

    #[test]
    fn null_is_no_id() {
        assert_eq!(id(&json!({ "id": null }), 1, 2), None);
        assert_eq!(id(&json!({"id": "notif_1"}), 1, 2), Some("notif_1".into()));
        assert!(id(&json!({}), 1, 2).is_some_and(|id| id.starts_with("notif_")));
    }
}
