//! The commands about messages.

use crate::call::outbox::MessageFilter;
use crate::client::DEADLINE;
use crate::edge::access::scope::Scope;
use crate::edge::config::Config;
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::delivery::{self, Deliveries, DeliveryResult};
use crate::edge::outbox::idempotency::check_reuse;
use crate::edge::outbox::list_pacer::ListPacer;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::page::{has_more, list_page};
use crate::edge::outbox::protocol::{MessageSubmission, PageQuery, Reply, TemplateKey};
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::recorder::{OVERDUE, unknown};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::stores::lists::{MessageLists, Position};
use crate::edge::outbox::stores::messages::MessageStore;
use crate::edge::outbox::templates::Templates;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::edge::runtime::sql::now;
use crate::model::{MessageKind, MessageState, OutboxMessage};
use serde_json::json;
use std::rc::Rc;

/// The most messages that one statement removes: other requests are served between two statements.
const PURGE_STEP: i64 = 250;

/// The most messages that one request removes.
const MAX_PURGE: usize = 5000;

/// Answers the commands about messages.
pub struct Messages {
    pub config: Rc<Config>,
    pub messages: MessageStore,
    pub lists: MessageLists,
    pub templates: Templates,
    pub quota: Rc<Quota>,
    pub deliveries: Rc<Deliveries>,
    pub scheduler: Rc<Scheduler>,
    pub pacer: Rc<ListPacer>,
}

impl Messages {
    /// Sends a message, or answers for the same one sent before.
    pub async fn send(&self, new: MessageSubmission, body: &[u8]) -> Result<Reply, Rejection> {
        let waits = new.deadline.is_some();
        let (number, replayed) = match self.repeated(&new)? {
            Some(known) if known.is_resendable() => {
                let template = self.newest_template(&new)?;
                self.check_quota(&new, 0, body)?;
                self.messages.resend(known.number, &new, template.as_ref(), body)?;
                (known.number, false)
            }
            Some(known) => {
                check_reuse(new.key.as_deref(), &new.fingerprint, known.fingerprint.as_deref())?;
                if new.key.is_some() && !known.state.is_final() && waits {
                    let words = "The request with this Idempotency-Key is still on its way";
                    return Err(Rejection::new(409, "idempotency_key_in_use", words)
                        .naming("Idempotency-Key")
                        .with("retry-after", "1"));
                }
                (known.number, true)
            }
            None => {
                let template = self.newest_template(&new)?;
                self.check_quota(&new, 1, body)?;
                (self.messages.insert(&new, template.as_ref(), body)?, false)
            }
        };
        self.scheduler.wake_by(now() + self.config.outbox.keep()).await?;
        if !waits && !replayed {
            self.scheduler.wake_by(now()).await?;
        }
        let reply = self.wait(number, new.deadline).await?;
        Ok(Reply { replayed, ..reply })
    }

    /// Finds the message that the same request sent.
    fn repeated(&self, new: &MessageSubmission) -> worker::Result<Option<Message>> {
        let kept_since = now() - self.config.outbox.keep();
        match (&new.key, self.config.outbox.dedupe()) {
            (Some(key), _) => self.messages.by_key(&new.caller, key, kept_since),
            (None, 0) => Ok(None),
            (None, dedupe) => {
                let since = now() - dedupe;
                self.messages.by_fingerprint(&new.caller, &new.fingerprint, kept_since, since)
            }
        }
    }

    /// Finds the newest version of a message's template.
    fn newest_template(&self, new: &MessageSubmission) -> Result<Option<TemplateKey>, Rejection> {
        let template = new.template.as_deref().map(|name| self.templates.find(name, None));
        Ok(template.transpose()?.map(|template| template.key()))
    }

    fn check_quota(
        &self,
        new: &MessageSubmission,
        messages: usize,
        body: &[u8],
    ) -> Result<(), Rejection> {
        let job = serde_json::to_string(&new.job)?;
        self.quota.check(&new.caller, Usage::of(messages, job.len() + body.len()))
    }

    /// Sends an `unknown` message again; with a caller, only one of that caller's. `conversations`: replies may
    /// be sent.
    pub async fn retry(
        &self,
        id: &str,
        caller: Option<&str>,
        deadline: Option<u64>,
        conversations: bool,
    ) -> Result<Reply, Rejection> {
        let message = self.find(id, caller)?;
        if message.kind == MessageKind::Conversation && !conversations {
            return Err(Scope::ConversationsWrite.missing());
        }
        let waits = deadline.is_some() || message.batch.is_some();
        if !self.messages.retry(message.number, waits, "Someone retried it".to_owned())? {
            let state = message.state.as_str();
            let words =
                format!("Only a message that is unknown can be sent again; this one is {state}");
            return Err(Rejection::new(409, "conflict", words));
        }
        if deadline.is_none() {
            self.scheduler.wake_by(now()).await?;
        }
        if waits && deadline.is_none() {
            // Its batch may have ended or be cancelled: the retry is sent all the same.
            let end = runtime::now().saturating_add(DEADLINE).as_millis();
            drop(self.deliveries.start(message.number, end.try_into().ok())?);
        }
        self.wait(message.number, deadline).await
    }

    /// Waits until a message has reached a final state or the deadline is over, and returns the response to
    /// its caller.
    async fn wait(&self, number: i64, deadline: Option<u64>) -> Result<Reply, Rejection> {
        let result = match deadline {
            Some(deadline) => {
                delivery::until(deadline, self.deliveries.start(number, Some(deadline))?).await
            }
            None => Rc::default(),
        };
        let DeliveryResult { response, usage } = &*result;
        let message = self.messages.by_number(number)?;
        let response = match (response, message.answer.clone()) {
            (Some(response), _) => response.clone(),
            (None, Some(stored)) => {
                StoredResponse { body: self.messages.response_body(number)?, ..stored }
            }
            (None, None) if deadline.is_some() && message.state == MessageState::Sending => {
                unknown(&message, 504, "Intercom didn't answer in time")
            }
            (None, None) => StoredResponse::json(202, &OutboxMessage::from(&message))
                .with("location", format!("/edge/messages/{}", message.id))
                .with("preference-applied", "respond-async"),
        };
        Ok(Reply {
            response,
            message: Some(message.id),
            replayed: false,
            took: usage.took,
            requests: usage.requests,
        })
    }

    /// Finds a message; with a caller, only one of that caller's.
    fn find(&self, id: &str, caller: Option<&str>) -> Result<Message, Rejection> {
        let found = self.messages.by_id(id)?;
        found
            .filter(|message| caller.is_none_or(|caller| message.caller == caller))
            .ok_or_else(|| Rejection::not_found("There is no such message"))
    }

    /// Finds a message that its caller may see. `conversations`: replies are visible.
    fn find_visible(
        &self,
        id: &str,
        caller: Option<&str>,
        conversations: bool,
    ) -> Result<Message, Rejection> {
        let message = self.find(id, caller)?;
        match message.kind {
            MessageKind::Conversation if !conversations => Err(Scope::ConversationsRead.missing()),
            _ => Ok(message),
        }
    }

    /// Shows a message with its body and the response to it.
    pub fn show(
        &self,
        id: &str,
        caller: Option<&str>,
        conversations: bool,
    ) -> Result<Reply, Rejection> {
        let message = self.find_visible(id, caller, conversations)?;
        let request = self.messages.body(message.number)?;
        let response_body = self.messages.response_body(message.number)?;
        Ok(Reply::json(200, &message.with_bodies(request.as_deref(), &response_body)))
    }

    /// Finds the id of a request's message that is in progress or was sent recently.
    pub fn find_recent(&self, caller: &str, fingerprint: &str) -> Result<Reply, Rejection> {
        let message = self.messages.recent_id(caller, fingerprint, now() - 2 * OVERDUE)?;
        Ok(Reply { message, ..Reply::default() })
    }

    /// Lists the messages that a filter selects, newest first.
    pub async fn list(&self, filter: &MessageFilter, page: PageQuery) -> Result<Reply, Rejection> {
        self.pacer.wait().await?;
        let PageQuery { per_page, starting_after } = page;
        let after = match &starting_after {
            Some(id) => Some(self.lists.position(id, filter)?.ok_or_else(|| {
                Rejection::parameter("starting_after", "No such message is listed")
            })?),
            None => None,
        };
        let states = filter.state.as_ref().map_or(MessageState::ALL, std::slice::from_ref);
        let mut positions = self.lists.positions(filter, states, after, per_page + 1)?;
        let more = has_more(&mut positions, per_page);
        let messages = self.lists.messages(&positions)?;
        let next = messages.last().filter(|_| more).map(|message| message.id.clone());
        let items = messages.iter().map(OutboxMessage::from).collect();
        Ok(Reply::json(200, &list_page(items, per_page, next)))
    }

    /// Removes a message. Its idempotency key is forgotten. `conversations`: replies are visible.
    pub fn remove(&self, id: &str, conversations: bool) -> Result<Reply, Rejection> {
        let message = self.find_visible(id, None, conversations)?;
        if self.messages.delete(&[message.number])? > 0 {
            return Ok(Reply::no_content());
        }
        let words = match message.state.is_final() {
            true => "The message's batch has not ended: cancel the batch, or wait".to_owned(),
            false => format!(
                "The message is {}: only messages that are sent, failed or unknown can be removed",
                message.state.as_str()
            ),
        };
        Err(Rejection::new(409, "conflict", words))
    }

    /// Removes the messages that a filter selects: those that are `sent` or `failed`, unless it names a
    /// state.
    pub async fn purge(&self, filter: &MessageFilter) -> Result<Reply, Rejection> {
        let default_states = [MessageState::Sent, MessageState::Failed];
        let states = filter.state.as_ref().map_or(&default_states[..], std::slice::from_ref);
        self.pacer.wait().await?;
        let (mut removed, mut after) = (0, None);
        let more = loop {
            let positions = self.lists.positions(filter, states, after, PURGE_STEP)?;
            removed += self.delete_at(&positions)?;
            after = positions.last().copied();
            match after {
                None => break false,
                Some(_) if removed >= MAX_PURGE || self.pacer.wait().await.is_err() => break true,
                Some(_) => {}
            }
        };
        Ok(Reply::json(200, &json!({ "type": "edge.purge", "removed": removed, "more": more })))
    }

    fn delete_at(&self, positions: &[Position]) -> worker::Result<usize> {
        let numbers: Vec<i64> = positions.iter().map(|(_, number)| *number).collect();
        self.messages.delete(&numbers)
    }
}
