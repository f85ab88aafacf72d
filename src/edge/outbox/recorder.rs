//! Records how attempts to send messages ended: the state that follows, the response to the callers, and
//! the part of both that stays stored.

use crate::client::requested_wait;
use crate::edge::config::Config;
use crate::edge::intercom::upstream::retry_after;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::retention::stored_body;
use crate::edge::outbox::stores::messages::{Ending, MessageStore};
use crate::edge::outbox::transition::Event;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::edge::runtime::sql::now;
use crate::model::{ErrorList, MessageState};
use std::rc::Rc;
use std::time::Duration;
use worker::Result;

/// The longest time between the start of sending a message and its end, in milliseconds. A message that is
/// older was interrupted.
pub const OVERDUE: i64 = 45_000;

/// The longest body of a response that is stored whole, in bytes: a row has 2 MB on Cloudflare, and the
/// message is in it, too.
const MAX_RESPONSE: usize = 512 << 10;

/// The longest body that is stored whole of a response to a message that was not sent.
const MAX_ERROR: usize = 4 << 10;

/// Records the ends of attempts.
#[derive(Debug)]
pub struct Recorder {
    messages: MessageStore,
    quota: Rc<Quota>,
    config: Rc<Config>,
}

impl Recorder {
    /// Records in a store.
    pub const fn new(messages: MessageStore, quota: Rc<Quota>, config: Rc<Config>) -> Self {
        Self { messages, quota, config }
    }

    /// Records the end of an attempt and returns the response to the message's callers; `None` if the event
    /// can't happen to the message.
    pub fn finish(
        &self,
        number: i64,
        event: Event,
        cause: &str,
        id: Option<&str>,
        response: StoredResponse,
    ) -> Result<Option<StoredResponse>> {
        let message = self.messages.by_number(number)?;
        let Some(state) = message.after(event) else { return Ok(None) };
        // A failed retry says nothing about the attempt before it.
        let response = match state {
            MessageState::Unknown if event != Event::Lose => {
                let cause = format!("{cause} to the retry. An earlier attempt may have been sent");
                unknown(&message, 502, &cause)
            }
            _ => response,
        };
        let keep_body = self.config.outbox.keep_body;
        let (keeps_body, with_text, longest) = match state {
            // An unknown message may have to be sent again, which needs its text.
            MessageState::Unknown => (true, true, MAX_RESPONSE),
            MessageState::Failed => (false, keep_body, MAX_ERROR),
            _ => {
                let keep = keep_body && !self.quota.is_scarce(&message.caller)?;
                (keep, keep, MAX_RESPONSE)
            }
        };
        let response_body = stored_body(&response.body, with_text, longest, &message.kind);
        let ending = Ending { state, cause, id, response: &response, response_body, keeps_body };
        self.messages.finish(number, ending)?;
        Ok(Some(response))
    }

    /// Records that an attempt failed, with the response to the message's callers. `paused_until`: when
    /// Intercom takes requests again, since 1970.
    pub fn fail(
        &self,
        number: i64,
        event: Event,
        response: StoredResponse,
        paused_until: Duration,
    ) -> Result<Option<StoredResponse>> {
        let now = runtime::now();
        let header = |name: &str| response.header(name).map(str::to_owned);
        // A 429 of Intercom's without a reset has no time to retry after.
        let has_wait = !response.upstream || requested_wait(now, header).is_some();
        let response = match response.status {
            429 if response.header("retry-after").is_none() && has_wait => {
                response.with("retry-after", retry_after(paused_until.saturating_sub(now)))
            }
            _ => response,
        };
        let speaker = if response.upstream { "Intercom" } else { "The Worker" };
        let errors = ErrorList::read(&response.body).details();
        let code = errors.first().and_then(|error| error.code());
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let cause = format!("{speaker} answered {}{code}", response.status);
        self.finish(number, event, &cause, None, response)
    }

    /// Records that the outcome of an attempt is unknown.
    pub fn lose(
        &self,
        message: &Message,
        status: u16,
        cause: &str,
    ) -> Result<Option<StoredResponse>> {
        let response = unknown(message, status, cause);
        self.finish(message.number, Event::Lose, cause, None, response)
    }

    /// Ends the attempts that were interrupted when the object was stopped, and the messages that a caller
    /// waited for.
    pub fn recover(&self) -> Result<()> {
        for message in self.messages.sending()? {
            let cause = "The Worker was stopped while the message was on its way";
            self.lose(&message, 502, cause)?;
        }
        for message in self.messages.awaited()? {
            let cause = "The Worker was stopped before the message went out";
            let response = Rejection::new(503, "service_unavailable", cause).into_stored();
            self.finish(message.number, Event::Abandon, cause, None, response)?;
        }
        Ok(())
    }

    /// Ends the attempts that are overdue.
    pub fn end_overdue(&self) -> Result<()> {
        for message in self.messages.sending()? {
            let begun = message.history.last().map_or(0, |step| step.at);
            if begun < now() - OVERDUE {
                self.lose(&message, 504, "Nothing was heard of the message in time")?;
            }
        }
        Ok(())
    }
}

/// Makes the response to callers whose message has an unknown outcome.
pub fn unknown(message: &Message, status: u16, cause: &str) -> StoredResponse {
    let words = format!(
        "{cause}: whether it was sent is unknown, and it is not sent again by itself. Look in \
         Intercom; POST /edge/messages/{}/retry sends it once more",
        message.id
    );
    Rejection::new(status, "message_unknown", words)
        .holding("state", "unknown".into())
        .holding("id", message.id.as_str().into())
        .into_stored()
}
