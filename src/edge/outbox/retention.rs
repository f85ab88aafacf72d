//! Decides which part of a response is stored.

use crate::edge::response::StoredResponse;
use crate::model::{MessageKind, lenient};
use serde_json::Value;

/// Reduces a response body to the part that is stored: the whole body, or the body without the message's
/// text if that is longer than `longest` bytes or `keep` is `false`. Of a conversation only `type` and `id`
/// stay then.
pub fn stored_body(body: &[u8], keep: bool, longest: usize, kind: &MessageKind) -> Vec<u8> {
    if keep && body.len() <= longest {
        return body.to_vec();
    }
    let Ok(Value::Object(mut answer)) = lenient::from_slice(body) else {
        // A text can't be removed from a body that is no JSON object.
        return Vec::new();
    };
    answer.remove("subject");
    answer.remove("body");
    let mut kept = serde_json::to_vec(&answer).unwrap_or_default();
    if kept.len() > longest || *kind == MessageKind::Conversation {
        answer.retain(|name, value| {
            matches!(name.as_str(), "type" | "id")
                && value.as_str().is_some_and(|text| text.len() < 256)
        });
        kept = serde_json::to_vec(&answer).unwrap_or_default();
    }
    kept
}

/// Removes the message's text from Intercom's response to it.
pub fn without_text(response: StoredResponse) -> StoredResponse {
    if !(200..300).contains(&response.status) {
        return response;
    }
    let body = stored_body(&response.body, false, usize::MAX, &MessageKind::Message);
    StoredResponse { body, ..response }
}

#[cfg(test)]
mod tests {
    use super::stored_body;
    use crate::model::MessageKind;

    #[test]
    fn an_answer_is_kept_as_far_as_it_may_be() {
        let answer = br#"{"id":"1","subject":"Hey","body":"How are you ?","owner":{"name":"Ann"}}"#;
        let kept = |body: &[u8], keep, longest| {
            String::from_utf8(stored_body(body, keep, longest, &MessageKind::Message)).unwrap()
        };
        assert_eq!(kept(answer, true, 100).as_bytes(), answer);
        assert_eq!(kept(answer, false, 100), r#"{"id":"1","owner":{"name":"Ann"}}"#);
        assert_eq!(kept(answer, true, 40), r#"{"id":"1","owner":{"name":"Ann"}}"#);
        assert_eq!(kept(answer, true, 20), r#"{"id":"1"}"#);
        assert_eq!(kept(b"How are you ?", false, 100), "");
        assert_eq!(kept(b"How are you ?", true, 5), "");
        let conversation = br#"{"type":"conversation","id":"7","source":{"body":"Hey"}}"#;
        assert_eq!(
            stored_body(conversation, false, 100, &MessageKind::Conversation),
            br#"{"id":"7","type":"conversation"}"#
        );
        assert_eq!(stored_body(conversation, true, 100, &MessageKind::Conversation), conversation);
    }
}
