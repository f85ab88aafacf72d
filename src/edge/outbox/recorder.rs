//! Records how attempts to send messages ended: the state that follows, the response to the callers, and
//! the part of both that stays stored.

use crate::client::requested_wait;
use crate::edge::config::Config;
use crate::edge::intercom::upstream::retry_after;
use crate::edge::outbox::judge::Accepted;
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
pub const OVERDUE_MS: i64 = 45_000;

/// The longest body of a response that is stored whole, in bytes: a row has 2 MB on Cloudflare, and the
/// message is in it, too.
const MAX_RESPONSE_BYTES: usize = 512 << 10;

/// The longest body that is stored whole of a response to a message that was not sent.
const MAX_ERROR_BYTES: usize = 4 << 10;

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
        accepted: &Accepted,
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
        let keeps_subject = self.config.outbox.keep_body || state == MessageState::Unknown;
        let keeps_body = match state {
            // An unknown message may have to be sent again, which needs its text.
            MessageState::Unknown => true,
            _ => self.keeps_body(&message.caller)?,
        };
        let longest =
            if state == MessageState::Failed { MAX_ERROR_BYTES } else { MAX_RESPONSE_BYTES };
        let response_body = stored_body(&response.body, keeps_body, longest, &message.kind);
        let ending = Ending {
            state,
            cause,
            id: accepted.id.as_deref(),
            contact: accepted.contact.as_deref(),
            response: &response,
            response_body,
            keeps_body,
            keeps_subject,
        };
        self.messages.finish(number, ending)?;
        Ok(Some(response))
    }

    /// Checks if the text of a caller's message stays stored after it was sent.
    fn keeps_body(&self, caller: &str) -> Result<bool> {
        Ok(self.config.outbox.keep_body && !self.quota.is_scarce(caller)?)
    }

    /// Records that a message with an unknown outcome arrived. Returns `false` if it is in another state.
    pub fn confirm(&self, message: &Message, by: &str) -> Result<bool> {
        let keeps_body = self.keeps_body(&message.caller)?;
        self.messages.confirm(message, by, keeps_body, self.config.outbox.keep_body)
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
        self.finish(number, event, &cause, &Accepted::default(), response)
    }

    /// Records that the outcome of an attempt is unknown.
    pub fn lose(
        &self,
        message: &Message,
        status: u16,
        cause: &str,
    ) -> Result<Option<StoredResponse>> {
        let response = unknown(message, status, cause);
        self.finish(message.number, Event::Lose, cause, &Accepted::default(), response)
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
            self.finish(message.number, Event::Abandon, cause, &Accepted::default(), response)?;
        }
        Ok(())
    }

    /// Ends the attempts that are overdue.
    pub fn end_overdue(&self) -> Result<()> {
        for message in self.messages.sending()? {
            let begun = message.history.last().map_or(0, |step| step.at);
            if begun < now() - OVERDUE_MS {
                self.lose(&message, 504, "Nothing was heard of the message in time")?;
            }
        }
        Ok(())
    }
}

/// Makes the response to callers whose message has an unknown outcome.
pub fn unknown(message: &Message, status: u16, cause: &str) -> StoredResponse {
    let words = format!(
        "The message may or may not have arrived ({cause}). It is not sent again automatically. Check in \
         Intercom: if it arrived, confirm it; if it did not, retry it"
    );
    Rejection::new(status, "message_unknown", words)
        .holding("state", "unknown".into())
        .holding("id", message.id.as_str().into())
        .into_stored()
}
