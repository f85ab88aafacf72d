//! `POST /messages` of API 1.x.

use crate::edge::access::scope::Scope;
use crate::edge::bridge::Bridge;
use crate::edge::messages::{self, Outgoing};
use crate::edge::outbox::protocol::{Job, MessageSummary};
use crate::edge::request::body::json;
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body;
use crate::edge::translation::message::{checked, parties, starts_conversation};
use crate::model::NewMessage;

impl Bridge<'_> {
    /// Sends a message through the outbox. Errors in it are reported before the first request to Intercom.
    pub(super) async fn send(&self) -> Result<Answer, Rejection> {
        let asked = json(self.context).await?;
        let message: NewMessage = body::read(&asked)?;
        body::of_v1("", &message.extra, body::MESSAGE_OF_V2)?;
        let message = checked(message)?;
        parties(&message)?;
        if starts_conversation(&message) {
            self.caller.allow(Scope::ConversationsWrite)?;
        }
        let body = serde_json::to_vec(&message).unwrap_or_default();
        let message = Outgoing::message(Job::Translated, None, MessageSummary::of_request(&body));
        let response =
            messages::send(self.context, self.caller, "1", &asked, message, &body).await?;
        Ok(response.into())
    }
}
