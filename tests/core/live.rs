//! Live events: the ticket's call, what its body may say, and that an event's item stays as it came.

#![allow(clippy::unwrap_used)]

use intercom_edge::call::{Method, live};
use intercom_edge::model::{LiveEnd, LiveEvent, LiveGap, LiveTicketRequest};
use serde_json::{Value, json};

/// The field that is invalid.
fn fault(body: &Value) -> Option<String> {
    LiveTicketRequest::read(body.to_string().as_bytes()).err().map(|error| error.field)
}

#[test]
fn a_ticket_names_topics_and_the_last_event() {
    let request =
        LiveTicketRequest::new(["contact.*", "message.sent"], Some("3f9a7c21-12")).unwrap();
    let call = live::ticket(&request);
    assert_eq!(call.operation().method, Method::Post);
    assert_eq!(call.target(), Ok("/edge/live/tickets"));
    let body: Value = serde_json::from_str(call.body().unwrap()).unwrap();
    let expected = json!({"topics": ["contact.*", "message.sent"], "last_event_id": "3f9a7c21-12"});
    assert_eq!(body, expected);
    assert_eq!(live::ticket(&LiveTicketRequest::default()).body(), Some("{}"));
    assert!(!live::ticket(&request).is_repeatable(), "a repeat would make a second ticket");
}

#[test]
fn the_body_is_read_strictly() {
    let many: Vec<_> = (0..101).map(|number| format!("topic.{number}")).collect();
    for (body, field) in [
        (json!({}), None),
        (json!({"topics": null, "last_event_id": null}), None),
        (json!({"topics": []}), Some("topics")),
        (json!({"topics": ["*", "conversation_part.tag.created"]}), None),
        (json!([]), Some("")),
        (json!({"topic": "*"}), Some("topic")),
        (json!({"topics": "*"}), Some("topics")),
        (json!({"topics": many}), Some("topics")),
        (json!({"topics": ["contact.*", "a b"]}), Some("topics[1]")),
        (json!({"topics": ["*.created"]}), Some("topics[0]")),
        (json!({"topics": [""]}), Some("topics[0]")),
        (json!({"topics": ["a".repeat(101)]}), Some("topics[0]")),
        (json!({"last_event_id": ""}), Some("last_event_id")),
        (json!({"last_event_id": "3f9a7c21-12\n"}), Some("last_event_id")),
        (json!({"last_event_id": 12}), Some("last_event_id")),
    ] {
        assert_eq!(fault(&body).as_deref(), field, "{body}");
    }
}

#[test]
fn an_event_stays_as_it_came() {
    for item in [json!({"type": "contact", "id": "5", "new": [1]}), json!([7]), Value::Null] {
        let body = json!({
            "type": "edge.event", "id": "3f9a7c21-13", "topic": "contact.user.created",
            "created_at": 1_795_392_000, "notification_id": null, "outdated": false, "item": item,
        });
        let event: LiveEvent = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(event.topic.as_str(), Some("contact.user.created"));
        assert_eq!(serde_json::to_value(&event).unwrap(), body);
    }
}

#[test]
fn reasons_stay_open_to_new_ones() {
    let gap: LiveGap =
        serde_json::from_value(json!({"type": "edge.gap", "reason": "flood"})).unwrap();
    assert_eq!(gap.reason.get().map(|reason| reason.as_str().to_owned()), Some("flood".to_owned()));
    let end = json!({"type": "edge.end", "id": "3f9a7c21-99", "reason": "restart"});
    let read: LiveEnd = serde_json::from_value(end.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), end);
}
