//! Translates Intercom's responses to API 1.x.

use crate::client::{BufferedResponse, Error, decode_json};
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::translation::person::merged;
use crate::model;
use crate::v1::Conversation;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Translates Intercom's response to API 1.x.
pub fn in_v1<A: DeserializeOwned, B: Serialize>(
    response: StoredResponse,
    translate: impl FnOnce(A) -> B,
) -> StoredResponse {
    let StoredResponse { status, headers, body, .. } = response;
    if !(200..300).contains(&status) {
        let answer = BufferedResponse { status, headers, body };
        return merged(Rejection::from(Error::Status(answer))).into_stored();
    }
    let answer = match decode_json(&body) {
        Ok(answer) => translate(answer),
        Err(reason) => return Rejection::unreadable(reason).into_stored(),
    };
    let mut response = StoredResponse::json(status, &answer);
    response.headers.extend(headers.into_iter().filter(|(name, _)| name != "content-type"));
    response
}

/// Translates Intercom's answer to a reply to API 1.x.
pub fn replied(response: StoredResponse) -> StoredResponse {
    in_v1(response, |conversation: model::Conversation| Conversation::from(conversation))
}
