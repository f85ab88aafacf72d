//! Judges Intercom's responses to messages.

use crate::edge::outbox::summary::contact_of_conversation;
use crate::model::lenient;
use serde_json::Value;

/// The meaning of Intercom's response to a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Intercom accepted the message.
    Accepted(Accepted),
    /// Intercom did nothing because of its rate limit: the message may be sent again.
    RateLimited,
    /// Intercom rejected the message.
    Rejected,
    /// The response doesn't prove that the message was sent or that it wasn't.
    Uncertain,
}

/// The ids in Intercom's response to a message that it accepted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Intercom's id of the message.
    pub id: Option<String>,
    /// Intercom's id of the contact, if the response is a conversation.
    pub contact: Option<String>,
}

/// Judges a response. A 2xx counts as a success only if its body is a JSON object: one that is cut off or
/// empty may come from a proxy.
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    match status {
        200..=299 => match lenient::from_slice::<Value>(body) {
            Ok(message @ Value::Object(_)) => {
                let id = match message.get("id") {
                    Some(Value::String(id)) => Some(id.clone()),
                    Some(Value::Number(id)) => Some(id.to_string()),
                    _ => None,
                };
                Verdict::Accepted(Accepted { id, contact: contact_of_conversation(&message) })
            }
            _ => Verdict::Uncertain,
        },
        429 => Verdict::RateLimited,
        // A proxy that gave up waiting may have passed the message on.
        408 | 500.. => Verdict::Uncertain,
        _ => Verdict::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Verdict, judge};

    #[test]
    fn only_what_can_be_read_is_a_success() {
        let accepted = |id: Option<&str>, contact: Option<&str>| {
            let [id, contact] = [id, contact].map(|id| id.map(str::to_owned));
            Verdict::Accepted(Accepted { id, contact })
        };
        let id = |id: &str| accepted(Some(id), None);
        assert_eq!(judge(200, br#"{"type":"admin_message","id":"403918396"}"#), id("403918396"));
        assert_eq!(judge(201, br#"{"id":7}"#), id("7"));
        assert_eq!(judge(200, b"{}"), accepted(None, None));
        let conversation = br#"{"id":"7","contacts":{"contacts":[{"id":"5"}]}}"#;
        assert_eq!(judge(200, conversation), accepted(Some("7"), Some("5")));
        for body in [&b""[..], b"[]", b"null", b"<html>", br#"{"id":"40"#, b"\"403918396\""] {
            assert_eq!(judge(200, body), Verdict::Uncertain);
        }
    }

    #[test]
    fn only_a_429_may_be_sent_again_and_only_a_refusal_is_one() {
        assert_eq!(judge(429, b""), Verdict::RateLimited);
        for status in [301, 400, 401, 403, 404, 409, 422, 451] {
            assert_eq!(judge(status, b"<html>"), Verdict::Rejected, "{status}");
        }
        for status in [408, 500, 502, 503, 504, 599] {
            assert_eq!(judge(status, b"{}"), Verdict::Uncertain, "{status}");
        }
    }
}
