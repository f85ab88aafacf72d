//! A notification: the body of a webhook.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A notification, without the fields that differ by attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notification {
    /// The id, `notif_` and a UUID. A repeat has the same.
    pub id: Option<String>,
    /// The topic.
    pub topic: String,
    /// The id of the workspace.
    pub app_id: String,
    /// When the change was made, in seconds since 1970.
    pub created_at: i64,
    /// The changed object.
    pub item: Value,
}

impl Notification {
    /// Returns the body of an attempt, counted from 1. The first was at a time in seconds since
    /// 1970.
    pub fn body(&self, attempt: u64, first_sent_at: i64) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: &'static str,
            app_id: &'a str,
            data: Data<'a>,
            links: Map<String, Value>,
            id: Option<&'a str>,
            topic: &'a str,
            delivery_status: Option<&'static str>,
            delivery_attempts: u64,
            delivered_at: u64,
            first_sent_at: i64,
            created_at: i64,
            #[serde(rename = "self")]
            url: (),
        }
        #[derive(Serialize)]
        struct Data<'a> {
            r#type: &'static str,
            item: &'a Value,
        }
        serde_json::to_vec(&Body {
            r#type: "notification_event",
            app_id: &self.app_id,
            data: Data { r#type: "notification_event_data", item: &self.item },
            links: Map::new(),
            id: self.id.as_deref(),
            topic: &self.topic,
            // As Intercom sends them.
            delivery_status: (self.topic != "ping").then_some("pending"),
            delivery_attempts: attempt,
            delivered_at: 0,
            first_sent_at,
            created_at: self.created_at,
            url: (),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_envelope_has_the_fields_of_intercoms() {
        let notification = Notification {
            id: Some("notif_1".into()),
            topic: "company.created".into(),
            app_id: "app".into(),
            created_at: 7,
            item: json!({"type": "company"}),
        };
        let body: Value = serde_json::from_slice(&notification.body(2, 8).unwrap()).unwrap();
        let expected = json!({
            "type": "notification_event", "app_id": "app", "id": "notif_1",
            "topic": "company.created", "links": {}, "self": null, "created_at": 7,
            "data": {"type": "notification_event_data", "item": {"type": "company"}},
            "first_sent_at": 8, "delivery_attempts": 2, "delivery_status": "pending",
            "delivered_at": 0,
        });
        assert_eq!(body, expected);
    }
}
