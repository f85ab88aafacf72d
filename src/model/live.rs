//! Live events of the Worker: the objects that a reader receives, and the ticket that opens a connection.

use super::json::{model, open_enum};
use super::strict::{Fields, InvalidField, Rule, read};
use super::{Object, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// The maximum number of topics that a reader may name.
pub const MAX_TOPICS: usize = 100;

/// The rule for topics and patterns of topics.
const TOPIC: Rule = Rule {
    accepts: is_topic_pattern,
    expected: "A topic is a text of 1 to 100 letters, digits, ., _ and -; * may follow at the end",
};

/// The rule for the id of the last event that a reader has processed.
const EVENT_ID: Rule = Rule {
    accepts: |text| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=64).contains(&text.len()) && text.bytes().all(valid)
    },
    expected: "A last_event_id is the id of an event: a text of 1 to 64 letters, digits and -",
};

/// Returns true for a valid topic, or pattern of topics: 1 to 100 letters, digits, `.`, `_` and `-`.
/// A `*` at the end stands for any rest.
///
/// ```
/// use intercom_edge::model::is_topic_pattern;
/// assert!(["contact.user.created", "contact.*", "*"].into_iter().all(is_topic_pattern));
/// assert!(!["", "*.created", "contact created"].into_iter().any(is_topic_pattern));
/// ```
pub fn is_topic_pattern(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=100).contains(&text.len()) && text.strip_suffix('*').unwrap_or(text).bytes().all(valid)
}

/// The body of `POST /edge/live/tickets`: the events to receive.
///
/// ```
/// use intercom_edge::model::LiveTicketRequest;
/// let contacts = LiveTicketRequest::new(["contact.*"], None)?;
/// assert_eq!(serde_json::to_value(&contacts)?, serde_json::json!({"topics": ["contact.*"]}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveTicketRequest {
    /// Topics, or patterns such as `contact.*`; all topics that the caller may read if the request names none.
    pub topics: Vec<String>,
    /// Id of the event after which the connection continues; only new events without it.
    pub last_event_id: Option<String>,
}

impl LiveTicketRequest {
    /// Reads and checks a request body.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Makes a request for a ticket.
    ///
    /// # Errors
    /// The first invalid field. An empty list of topics is invalid: `["*"]` selects all.
    pub fn new<'a>(
        topics: impl IntoIterator<Item = &'a str>,
        last_event_id: Option<&str>,
    ) -> Result<Self, InvalidField> {
        let topics: Vec<&str> = topics.into_iter().collect();
        json!({ "topics": topics, "last_event_id": last_event_id }).try_into()
    }
}

impl TryFrom<Value> for LiveTicketRequest {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
        let mut fields = Fields::of(value, String::new(), &["topics", "last_event_id"])?;
        let topics = match fields.take("topics") {
            None => Vec::new(),
            Some(Value::Array(topics)) if (1..=MAX_TOPICS).contains(&topics.len()) => {
                let topics = topics.into_iter().enumerate();
                topics.map(|(place, topic)| topic_of(topic, place)).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(fields.invalid("topics", "Topics are a list of 1 to 100")),
        };
        Ok(Self { topics, last_event_id: fields.text("last_event_id", EVENT_ID)? })
    }
}

fn topic_of(topic: Value, place: usize) -> Result<String, InvalidField> {
    match topic {
        Value::String(topic) if (TOPIC.accepts)(&topic) => Ok(topic),
        _ => Err(InvalidField::new(format!("topics[{place}]"), TOPIC.expected)),
    }
}

impl Serialize for LiveTicketRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.topics.is_empty() {
            map.serialize_entry("topics", &self.topics)?;
        }
        if let Some(id) = &self.last_event_id {
            map.serialize_entry("last_event_id", id)?;
        }
        map.end()
    }
}

model! {
    /// A ticket, which opens one connection for live events, an `edge.ticket`.
    pub struct LiveTicket = "edge.ticket" {
        /// Ticket: the parameter `ticket` of the connection's URL. It is valid once.
        #[ts(as = "String")]
        ticket: String,
        /// Expiry of the ticket, in seconds since 1970.
        #[ts(as = "i64")]
        expires_at: Timestamp,
    }
}

model! {
    /// The start of a connection for live events, an `edge.ready`.
    pub struct LiveReady = "edge.ready" {
        /// Id after which the events of this connection follow.
        #[ts(as = "String")]
        id: String,
    }
}

model! {
    /// A live event, an `edge.event`: a notification of Intercom, or a change in the Worker's outbox.
    // The package types `item` by the topic.
    #[ts(rename = "LiveEventFields")]
    pub struct LiveEvent = "edge.event" {
        /// Id of the event. A connection with this `lastEventId` continues after the event.
        #[ts(as = "String")]
        id: String,
        /// Topic, such as `contact.user.created`.
        #[ts(as = "String")]
        topic: String,
        /// Time of the event, in seconds since 1970.
        #[ts(as = "i64")]
        created_at: Timestamp,
        /// Intercom's id of the notification; null for events of the outbox.
        #[ts(as = "Option<String>", optional = false)]
        notification_id: String,
        /// True if an event with a newer state of the same item came before this one. Do not overwrite newer data
        /// with `item`.
        #[ts(as = "bool")]
        outdated: bool,
        /// Item that the event is about, unchanged: an object of Intercom, or a message or batch of the outbox.
        #[ts(type = "unknown", optional = false)]
        item: Object,
    }
}

open_enum! {
    /// The reason why live events are missing.
    pub enum LiveGapReason {
        /// The events are older than two days, and were deleted.
        Expired = "expired",
        /// The id of the last event is from another Worker or workspace.
        OtherLog = "other_log",
    }
}

model! {
    /// A gap, an `edge.gap`: events before the next one are missing. Load the data that you show again.
    pub struct LiveGap = "edge.gap" {
        /// Id after which the events continue.
        #[ts(as = "String")]
        id: String,
        /// Reason for the gap.
        #[ts(as = "LiveGapReason")]
        reason: LiveGapReason,
    }
}

open_enum! {
    /// The reason why the Worker ended a connection for live events.
    pub enum LiveEndReason {
        /// The event stream was open for five minutes.
        TimeLimit = "time_limit",
        /// The reader acknowledged no event for a minute.
        SlowReader = "slow_reader",
        /// The caller key or sign-in token expired.
        CredentialExpired = "credential_expired",
        /// The reader sent a message that is neither `ping` nor a valid number of events.
        UnsupportedMessage = "unsupported_message",
    }
}

model! {
    /// The end of a connection for live events, an `edge.end`: its last message.
    pub struct LiveEnd = "edge.end" {
        /// Id after which another connection continues.
        #[ts(as = "String")]
        id: String,
        /// Reason for the end.
        #[ts(as = "LiveEndReason")]
        reason: LiveEndReason,
    }
}
