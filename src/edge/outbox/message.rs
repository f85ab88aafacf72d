//! A message in the outbox: its states, and what an answer of Intercom's means for it.

use crate::edge::outbox::transition::{self, Event};
use crate::edge::response::StoredResponse;
use crate::model::lenient;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing has gone out.
    Queued,
    /// Its bytes may be on their way.
    Sending,
    /// Intercom accepted it.
    Sent,
    /// It was not sent. Final.
    Failed,
    /// Bytes went out, and no answer tells what became of them. Final, but for a person's word.
    Unknown,
}

impl State {
    /// Every state, in a message's order.
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Unknown];

    /// The state's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing more comes by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// A message or a notification.
    Message,
    /// A reply to a conversation, or the creation of one. Its reader needs `conversations:read`.
    Conversation,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Message, Self::Conversation];

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Conversation => "conversation",
        }
    }
}

/// A step of a message's history.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Step {
    /// The state that was reached.
    pub state: State,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// How a message is made from what was asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// It is the body of the request, byte for byte.
    Verbatim(Verbatim),
    /// It is the body of a request of API 1.x, whose people are to be found.
    Translated,
    /// It is a notification: its reader is to be found, and its template to be filled in.
    Notification,
}

/// How a body of API 2.x goes out.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Verbatim {
    /// The version of the API.
    pub version: String,
    /// Path and query.
    pub target: String,
    /// Headers of the caller's, in lines of name and value by turns.
    pub headers: String,
    /// Whether the caller asked in API 1.x, and is answered in it.
    #[serde(default)]
    pub from_v1: bool,
}

/// A template's name, and one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Version {
    /// The template.
    pub name: String,
    /// The version.
    pub version: i64,
}

/// A message, but for its bytes.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// In the order in which they came.
    pub number: i64,
    /// The name that callers have for it.
    pub id: String,
    /// Whose it is.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// What tells requests apart.
    pub fingerprint: Option<String>,
    /// What it is.
    pub kind: MessageKind,
    /// The id of the conversation that it replies to.
    pub conversation: Option<String>,
    /// Where it stands.
    pub state: State,
    /// When it came, in milliseconds since 1970.
    pub created: i64,
    /// How it came there.
    pub history: Vec<Step>,
    /// How it is made.
    pub job: Job,
    /// Whether its body is what goes out, and not what it is to be made from.
    pub made: bool,
    /// Intercom's id of the reader, where that is known.
    pub contact: Option<String>,
    /// Intercom's id of the message.
    pub message: Option<String>,
    /// The batch that it belongs to.
    pub batch: Option<String>,
    /// The template that it is rendered from.
    pub template: Option<Version>,
    /// What its callers are answered, but for the body.
    pub answer: Option<StoredResponse>,
}

impl Message {
    /// The state that follows an event; `None` if it can't happen to this message.
    pub fn after(&self, event: Event) -> Option<State> {
        transition::next(&self.history, event)
    }

    /// How callers see it: times in seconds, as Intercom has them.
    pub fn shown(&self) -> Value {
        let seconds = |at: i64| at.div_euclid(1000);
        let steps = self.history.iter().map(|Step { state, at, cause }| match cause {
            Some(cause) => json!({ "state": state, "at": seconds(*at), "cause": cause }),
            None => json!({ "state": state, "at": seconds(*at) }),
        });
        json!({
            "type": "edge.message",
            "id": self.id,
            "caller": self.caller,
            "kind": self.kind,
            "state": self.state,
            "created_at": seconds(self.created),
            "history": steps.collect::<Vec<_>>(),
            "idempotency_key": self.key,
            "message_id": self.message,
            "contact_id": self.contact,
            "conversation_id": self.conversation,
            "batch_id": self.batch,
            "template": self.template,
        })
    }
}

/// What an answer of Intercom's to a message means.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was accepted, under this id if the answer has one.
    Accepted(Option<String>),
    /// Nothing was done, for the limit's sake: it may be sent again.
    Limited,
    /// It was refused.
    Refused,
    /// Nobody can tell.
    Unclear,
}

/// Judges an answer. A success is one only if it can be read: a message that is cut off or empty
/// may come from something in between.
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    match status {
        200..=299 => match lenient::from_slice::<Value>(body) {
            Ok(Value::Object(message)) => Verdict::Accepted(match message.get("id") {
                Some(Value::String(id)) => Some(id.clone()),
                Some(Value::Number(id)) => Some(id.to_string()),
                _ => None,
            }),
            _ => Verdict::Unclear,
        },
        429 => Verdict::Limited,
        // What gave up waiting may have passed on what it had.
        408 | 500.. => Verdict::Unclear,
        _ => Verdict::Refused,
    }
}

/// What is stored of an answer's body: all of it, or where that is longer than `longest` bytes or texts
/// aren't kept (`keep`), what is left without the message's text. A conversation is full of texts.
pub fn kept_answer(body: &[u8], keep: bool, longest: usize, kind: MessageKind) -> Vec<u8> {
    if keep && body.len() <= longest {
        return body.to_vec();
    }
    let Ok(Value::Object(mut answer)) = lenient::from_slice(body) else {
        // What isn't a message holds nobody's text that could be told apart.
        return Vec::new();
    };
    answer.remove("subject");
    answer.remove("body");
    let mut kept = serde_json::to_vec(&answer).unwrap_or_default();
    if kept.len() > longest || kind == MessageKind::Conversation {
        answer.retain(|name, value| {
            matches!(name.as_str(), "type" | "id")
                && value.as_str().is_some_and(|text| text.len() < 256)
        });
        kept = serde_json::to_vec(&answer).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{MessageKind, Verdict, judge, kept_answer};

    #[test]
    fn only_what_can_be_read_is_a_success() {
        let id = |id: &str| Verdict::Accepted(Some(id.to_owned()));
        assert_eq!(judge(200, br#"{"type":"admin_message","id":"403918396"}"#), id("403918396"));
        assert_eq!(judge(201, br#"{"id":7}"#), id("7"));
        assert_eq!(judge(200, b"{}"), Verdict::Accepted(None));
        for body in [&b""[..], b"[]", b"null", b"<html>", br#"{"id":"40"#, b"\"403918396\""] {
            assert_eq!(judge(200, body), Verdict::Unclear);
        }
    }

    #[test]
    fn only_a_429_may_be_sent_again_and_only_a_refusal_is_one() {
        assert_eq!(judge(429, b""), Verdict::Limited);
        for status in [301, 400, 401, 403, 404, 409, 422, 451] {
            assert_eq!(judge(status, b"<html>"), Verdict::Refused, "{status}");
        }
        for status in [408, 500, 502, 503, 504, 599] {
            assert_eq!(judge(status, b"{}"), Verdict::Unclear, "{status}");
        }
    }

    #[test]
    fn an_answer_is_kept_as_far_as_it_may_be() {
        let answer = br#"{"id":"1","subject":"Hey","body":"How are you ?","owner":{"name":"Ann"}}"#;
        let kept = |body: &[u8], keep, longest| {
            String::from_utf8(kept_answer(body, keep, longest, MessageKind::Message)).unwrap()
        };
        assert_eq!(kept(answer, true, 100).as_bytes(), answer);
        assert_eq!(kept(answer, false, 100), r#"{"id":"1","owner":{"name":"Ann"}}"#);
        assert_eq!(kept(answer, true, 40), r#"{"id":"1","owner":{"name":"Ann"}}"#);
        assert_eq!(kept(answer, true, 20), r#"{"id":"1"}"#);
        assert_eq!(kept(b"How are you ?", false, 100), "");
        assert_eq!(kept(b"How are you ?", true, 5), "");
        let conversation = br#"{"type":"conversation","id":"7","source":{"body":"Hey"}}"#;
        assert_eq!(
            kept_answer(conversation, false, 100, MessageKind::Conversation),
            br#"{"id":"7","type":"conversation"}"#
        );
        assert_eq!(kept_answer(conversation, true, 100, MessageKind::Conversation), conversation);
    }
}
