//! The commands about messages.

use crate::call::outbox::MessageFilter;
use crate::client::DEADLINE;
use crate::edge::access::scope::Scope;
use crate::edge::config::Config;
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::batches::store::BatchStore;
use crate::edge::outbox::delivery::{self, Deliveries, DeliveryResult};
use crate::edge::outbox::export::stream_messages;
use crate::edge::outbox::idempotency::check_reuse;
use crate::edge::outbox::list_pacer::ListPacer;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::page::{has_more, list_page};
use crate::edge::outbox::protocol::{
    CopyRequest, Job, MessageSubmission, MessageSummary, PageQuery, Reply, TemplateKey, Viewer,
};
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::recorder::{OVERDUE_MS, Recorder, unknown};
use crate::edge::outbox::retention::without_text;
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::stores::lists::{MessageLists, Position};
use crate::edge::outbox::stores::messages::{MessageStore, NewRow};
use crate::edge::outbox::templates::Templates;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::edge::runtime::sql::now;
use crate::model::{MessageCounts, MessageKind, MessageState};
use serde_json::json;
use std::rc::Rc;
use worker::Response;

/// The most messages that one statement removes: other requests are served between two statements.
const PURGE_STEP: i64 = 250;

/// The most messages that one request removes.
const MAX_PURGE: usize = 5000;

/// The number of messages for which a count delays the next list by a millisecond: counting must not hold up senders.
const COUNTED_PER_MILLISECOND: i64 = 4000;

/// Answers the commands about messages.
pub struct Messages {
    pub config: Rc<Config>,
    pub messages: MessageStore,
    pub batches: BatchStore,
    pub recorder: Rc<Recorder>,
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
        let known = self.repeated(&new.caller, new.key.as_deref(), &new.fingerprint)?;
        let waits = new.deadline.is_some();
        let joined = self.joined(known.as_ref(), new.key.as_deref(), &new.fingerprint, waits)?;
        let (number, replayed) = match joined {
            Some(number) => (number, true),
            None => {
                let template = self.newest_template(&new)?;
                let is_prepared = matches!(new.job, Job::Verbatim(_));
                let row = NewRow { submission: &new, template, is_prepared, body, copy_of: None };
                (self.store(&row, known.as_ref())?, false)
            }
        };
        self.deliver(number, replayed, new.deadline).await
    }

    /// Sends a copy of a failed message, or answers for the copy that the same request sent before.
    pub async fn resend(
        &self,
        id: &str,
        viewer: &Viewer,
        copy: CopyRequest,
    ) -> Result<Reply, Rejection> {
        let CopyRequest { caller, key, fingerprint, deadline } = copy;
        let known = self.repeated(&caller, key.as_deref(), &fingerprint)?;
        if known.as_ref().is_some_and(|known| known.id == id) {
            let words = "This is the key of the failed message itself: a copy needs another one";
            return Err(Rejection::new(422, "parameter_invalid", words).naming("Idempotency-Key"));
        }
        let waits = deadline.is_some();
        let joined = self.joined(known.as_ref(), key.as_deref(), &fingerprint, waits)?;
        let (number, replayed) = match joined {
            Some(number) => (number, true),
            None => {
                let (failed, body) = self.find_copied(id, viewer)?;
                let Message { kind, conversation, job, template, .. } = failed.clone();
                let Message { contact, email, name, subject, .. } = failed.clone();
                let summary = MessageSummary { contact, email, name, subject };
                let submission = MessageSubmission {
                    caller,
                    key,
                    fingerprint,
                    kind,
                    conversation,
                    job,
                    template: None,
                    summary,
                    deadline,
                };
                let row = NewRow {
                    submission: &submission,
                    template,
                    is_prepared: failed.made,
                    body: &body,
                    copy_of: Some(failed.original()),
                };
                (self.store(&row, known.as_ref())?, false)
            }
        };
        let reply = self.deliver(number, replayed, deadline).await?;
        self.without_rendered(number, viewer, reply)
    }

    /// Finds a failed message of which a copy may be sent, and its body.
    fn find_copied(&self, id: &str, viewer: &Viewer) -> Result<(Message, Vec<u8>), Rejection> {
        let message = self.find_sendable(id, viewer)?;
        let conflict = |words: String| Rejection::new(409, "conflict", words);
        if message.state != MessageState::Failed {
            let state = message.state.as_str();
            let words = match message.state {
                MessageState::Unknown => "Confirm or retry it instead",
                _ => "To send its text once more, send a new message",
            };
            return Err(conflict(format!(
                "Only a message that is failed can be sent as a copy; this one is {state}. {words}"
            )));
        }
        if let Some(copy) = self.messages.unfailed_copy(&message)? {
            let words = match copy.state {
                MessageState::Sent => "A copy of this message was already sent".to_owned(),
                state => format!("A copy of this message is {}", state.as_str()),
            };
            return Err(conflict(words).holding("id", copy.id.into()));
        }
        let mut body = self.messages.body(message.number)?;
        if let (Some(batch), false, Some(recipient)) = (&message.batch, message.made, &body) {
            let batch = self.batches.by_id(batch)?;
            body = batch.map(|batch| batch.notification(recipient));
        }
        let body = body.ok_or_else(|| {
            conflict("The text of this message is no longer stored: send a new message".to_owned())
        })?;
        Ok((message, body))
    }

    /// Finds the message that the same request sent.
    fn repeated(
        &self,
        caller: &str,
        key: Option<&str>,
        fingerprint: &str,
    ) -> worker::Result<Option<Message>> {
        let kept_since = now() - self.config.outbox.keep();
        match (key, self.config.outbox.dedupe()) {
            (Some(key), _) => self.messages.by_key(caller, key, kept_since),
            (None, 0) => Ok(None),
            (None, dedupe) => {
                let since = now() - dedupe;
                self.messages.by_fingerprint(caller, fingerprint, kept_since, since)
            }
        }
    }

    /// Returns the message that answers for a repeated request: the message of the same request, or the copy of it
    /// that did not fail. `None`: the request is to be sent, because it is new, or because the message of the same key
    /// failed and has no such copy.
    fn joined(
        &self,
        known: Option<&Message>,
        key: Option<&str>,
        fingerprint: &str,
        waits: bool,
    ) -> Result<Option<i64>, Rejection> {
        let Some(known) = known else { return Ok(None) };
        let copy = match known.state {
            MessageState::Failed => self.messages.unfailed_copy(known)?,
            _ => None,
        };
        if copy.is_none() && known.is_renewable() {
            return Ok(None);
        }
        check_reuse(key, fingerprint, known.fingerprint.as_deref())?;
        let joined = copy.as_ref().unwrap_or(known);
        if key.is_some() && !joined.state.is_final() && waits {
            let words = "The request with this Idempotency-Key is still on its way";
            return Err(Rejection::new(409, "idempotency_key_in_use", words)
                .naming("Idempotency-Key")
                .with("retry-after", "1"));
        }
        Ok(Some(joined.number))
    }

    /// Stores a request that is to be sent: as a new message, or in place of the failed one with the same key.
    fn store(&self, row: &NewRow<'_>, failed: Option<&Message>) -> Result<i64, Rejection> {
        let job = serde_json::to_string(&row.submission.job)?;
        let more = Usage::of(usize::from(failed.is_none()), job.len() + row.body.len());
        self.quota.check(&row.submission.caller, more)?;
        match failed {
            Some(failed) => {
                self.messages.renew(failed.number, row)?;
                Ok(failed.number)
            }
            None => Ok(self.messages.insert(row)?),
        }
    }

    /// Has a stored message sent, and waits for its response as long as its caller does.
    async fn deliver(
        &self,
        number: i64,
        replayed: bool,
        deadline: Option<u64>,
    ) -> Result<Reply, Rejection> {
        self.scheduler.wake_by(now() + self.config.outbox.keep()).await?;
        if deadline.is_none() && !replayed {
            self.scheduler.wake_by(now()).await?;
        }
        let reply = self.wait(number, deadline).await?;
        Ok(Reply { replayed, ..reply })
    }

    /// Finds the newest version of a message's template.
    fn newest_template(&self, new: &MessageSubmission) -> Result<Option<TemplateKey>, Rejection> {
        let template = new.template.as_deref().map(|name| self.templates.find(name, None));
        Ok(template.transpose()?.map(|template| template.key()))
    }

    /// Sends an `unknown` message again.
    pub async fn retry(
        &self,
        id: &str,
        viewer: &Viewer,
        deadline: Option<u64>,
    ) -> Result<Reply, Rejection> {
        let message = self.find_sendable(id, viewer)?;
        let waits = deadline.is_some() || message.batch.is_some();
        if !self.messages.retry(message.number, waits, "Someone retried it".to_owned())? {
            return Err(not_unknown(&message, "retried"));
        }
        if deadline.is_none() {
            self.scheduler.wake_by(now()).await?;
        }
        if waits && deadline.is_none() {
            // Its batch may have ended or be cancelled: the retry is sent all the same.
            let end = runtime::now().saturating_add(DEADLINE).as_millis();
            drop(self.deliveries.start(message.number, end.try_into().ok())?);
        }
        let reply = self.wait(message.number, deadline).await?;
        self.without_rendered(message.number, viewer, reply)
    }

    /// Records that an `unknown` message arrived. `by`: the name of the caller who has checked it.
    pub fn confirm(&self, id: &str, viewer: &Viewer, by: &str) -> Result<Reply, Rejection> {
        let message = self.find_visible(id, viewer)?;
        if !self.recorder.confirm(&message, by)? {
            return Err(not_unknown(&message, "confirmed"));
        }
        Ok(Reply::json(200, &self.messages.by_number(message.number)?.listed(viewer)))
    }

    /// Removes a text that was rendered from a template from the reply, unless the caller may see it.
    fn without_rendered(
        &self,
        number: i64,
        viewer: &Viewer,
        reply: Reply,
    ) -> Result<Reply, Rejection> {
        if viewer.rendered || self.messages.by_number(number)?.template.is_none() {
            return Ok(reply);
        }
        Ok(Reply { response: without_text(reply.response), ..reply })
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
            // It was confirmed: Intercom's response is unknown.
            (None, None) if message.state == MessageState::Sent => {
                StoredResponse::json(200, &message.listed(&Viewer::default()))
            }
            (None, None) => StoredResponse::json(202, &message.listed(&Viewer::default()))
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

    /// Finds a message of a caller whose messages are visible.
    fn find(&self, id: &str, viewer: &Viewer) -> Result<Message, Rejection> {
        let found = self.messages.by_id(id)?;
        found
            .filter(|message| viewer.owner.as_ref().is_none_or(|owner| message.caller == *owner))
            .ok_or_else(|| Rejection::not_found("There is no such message"))
    }

    /// Finds a visible message.
    fn find_visible(&self, id: &str, viewer: &Viewer) -> Result<Message, Rejection> {
        let message = self.find(id, viewer)?;
        match message.kind {
            MessageKind::Conversation if !viewer.conversations => {
                Err(Scope::ConversationsRead.missing())
            }
            _ => Ok(message),
        }
    }

    /// Finds a message that the caller may send again.
    fn find_sendable(&self, id: &str, viewer: &Viewer) -> Result<Message, Rejection> {
        let message = self.find(id, viewer)?;
        match message.kind {
            MessageKind::Conversation if !viewer.writes_conversations => {
                Err(Scope::ConversationsWrite.missing())
            }
            _ => Ok(message),
        }
    }

    /// Shows a message with its body and the response to it.
    pub fn show(&self, id: &str, viewer: &Viewer) -> Result<Reply, Rejection> {
        let message = self.find_visible(id, viewer)?;
        let request = self.messages.body(message.number)?;
        let response_body = self.messages.response_body(message.number)?;
        Ok(Reply::json(200, &message.with_bodies(viewer, request.as_deref(), &response_body)))
    }

    /// Counts the messages in each state that a filter selects.
    pub async fn count(&self, filter: &MessageFilter) -> Result<Reply, Rejection> {
        self.pacer.wait().await?;
        let counts = self.lists.counts(filter)?;
        let count = |state: MessageState| {
            let counts = counts.iter().filter(|(counted, _)| *counted == state);
            counts.map(|(_, count)| count).sum::<i64>()
        };
        let total = MessageState::ALL.iter().cloned().map(count).sum::<i64>();
        self.pacer.delay(total / COUNTED_PER_MILLISECOND);
        let counts = MessageCounts {
            r#type: "edge.message_counts".into(),
            queued: count(MessageState::Queued).into(),
            sending: count(MessageState::Sending).into(),
            sent: count(MessageState::Sent).into(),
            failed: count(MessageState::Failed).into(),
            unknown: count(MessageState::Unknown).into(),
            total: total.into(),
            ..MessageCounts::default()
        };
        Ok(Reply::json(200, &counts))
    }

    /// Streams the messages that a filter selects, newest first.
    pub fn export(&self, filter: &MessageFilter, viewer: &Viewer) -> Result<Response, Rejection> {
        let (filter, viewer) = (filter.clone(), viewer.clone());
        Ok(stream_messages(self.lists.clone(), Rc::clone(&self.pacer), filter, viewer)?)
    }

    /// Finds the id of a request's message that is in progress or was sent recently.
    pub fn find_recent(&self, caller: &str, fingerprint: &str) -> Result<Reply, Rejection> {
        let message = self.messages.recent_id(caller, fingerprint, now() - 2 * OVERDUE_MS)?;
        Ok(Reply { message, ..Reply::default() })
    }

    /// Lists the messages that a filter selects, newest first.
    pub async fn list(
        &self,
        filter: &MessageFilter,
        page: PageQuery,
        viewer: &Viewer,
    ) -> Result<Reply, Rejection> {
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
        let items = messages.iter().map(|message| message.listed(viewer)).collect();
        Ok(Reply::json(200, &list_page(items, per_page, next)))
    }

    /// Removes a message. Its idempotency key is forgotten. `conversations`: replies are visible.
    pub fn remove(&self, id: &str, conversations: bool) -> Result<Reply, Rejection> {
        let viewer = Viewer { conversations, ..Viewer::default() };
        let message = self.find_visible(id, &viewer)?;
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

fn not_unknown(message: &Message, verb: &str) -> Rejection {
    let state = message.state.as_str();
    let words = format!("Only a message that is unknown can be {verb}; this one is {state}");
    Rejection::new(409, "conflict", words)
}
