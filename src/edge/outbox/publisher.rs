//! Publishes changes of messages and batches as live events.
//!
//! A trigger records each change in the transaction of the change, so that a kill loses none. The outbox publishes the
//! changes after its replies, and a failure delays no message. The log drops repeats by the key of an event.

use crate::client::Timer;
use crate::edge::live;
use crate::edge::live::event::NewEvent;
use crate::edge::outbox::batches::progress::ProgressReader;
use crate::edge::outbox::batches::store::Batch;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::Viewer;
use crate::edge::outbox::stores::events::{PendingEvent, PendingEventStore};
use crate::edge::outbox::stores::lists::MessageLists;
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::{Clock, with_limit};
use crate::edge::runtime::sql::now;
use crate::model::MessageKind;
use serde::Serialize;
use serde_json::json;
use serde_json::value::to_raw_value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Duration;
use worker::{Env, Result};

/// The most events that are published at once.
const MAX_EVENTS: i64 = 200;

/// The most events that wait while they can't be published.
const MAX_PENDING: i64 = 10_000;

/// The delay of the first publication: replies go first.
const DELAY: Duration = Duration::from_millis(50);

/// The pause between publications: changes that follow each other are published together.
const PAUSE: Duration = Duration::from_millis(250);

/// The time that the log has to store events. A longer timer would keep an idle outbox in memory.
const STORE_LIMIT: Duration = Duration::from_secs(10);

/// The delay after a failure, in milliseconds.
const RETRY_MS: i64 = 10_000;

/// Publishes the events of an outbox.
pub struct Publisher {
    env: Env,
    events: PendingEventStore,
    messages: MessageLists,
    progress: ProgressReader,
    is_running: Cell<bool>,
    /// The time before which nothing is published after a failure, in milliseconds since 1970.
    paused_until: Cell<i64>,
    /// Set once a failure was logged, until the next success.
    has_failed: Cell<bool>,
    /// Set once lost events were logged, until the next success.
    has_dropped: Cell<bool>,
    /// The second in which the last progress of each running batch was published.
    published: RefCell<HashMap<String, i64>>,
    /// The batches whose progress has changed since then.
    changed: RefCell<BTreeSet<String>>,
}

impl Publisher {
    /// Publishes from the tables of an object.
    pub fn new(
        env: Env,
        events: PendingEventStore,
        messages: MessageLists,
        progress: ProgressReader,
    ) -> Self {
        Self {
            env,
            events,
            messages,
            progress,
            is_running: Cell::default(),
            paused_until: Cell::default(),
            has_failed: Cell::default(),
            has_dropped: Cell::default(),
            published: RefCell::default(),
            changed: RefCell::default(),
        }
    }

    /// Starts to publish what is pending, without waiting for it. Returns `false` if nothing is pending.
    pub fn start(self: &Rc<Self>) -> bool {
        // Without the table nothing is pending.
        if self.is_running.get() || self.events.is_empty().unwrap_or(true) {
            return self.is_running.get();
        }
        // A clock that was set back must not hold up events.
        let pause = self.paused_until.get() - now();
        if pause <= 0 || pause > RETRY_MS {
            self.is_running.set(true);
            let this = Rc::clone(self);
            wasm_bindgen_futures::spawn_local(async move { this.run().await });
        }
        true
    }

    /// Returns when the next events are to be published, in milliseconds since 1970; `None` if none are pending.
    pub fn next_at(&self) -> Result<Option<i64>> {
        let is_pending = !self.events.is_empty()?;
        Ok(is_pending.then(|| self.paused_until.get().max(now() + 1000)))
    }

    async fn run(&self) {
        Clock.sleep(DELAY).await;
        loop {
            match self.publish().await {
                Ok(true) => Clock.sleep(PAUSE).await,
                Ok(false) => break,
                Err(rejection) => {
                    self.fail(&rejection);
                    break;
                }
            }
        }
        self.is_running.set(false);
    }

    /// Publishes the oldest events. Returns `false` once none are pending.
    async fn publish(&self) -> std::result::Result<bool, Rejection> {
        let pending = self.events.next(MAX_EVENTS)?;
        let mut events = self.of_messages(&pending)?;
        let ended = self.of_batches(&pending, &mut events)?;
        if !events.is_empty() {
            let stored = with_limit(&Clock, STORE_LIMIT, live::store(&self.env, events)).await;
            stored.ok_or_else(|| {
                Rejection::uncertain(504, "The event log did not answer in time")
            })??;
        }
        if let Some(last) = pending.last() {
            self.events.delete(last.number)?;
        }
        for id in ended {
            self.published.borrow_mut().remove(&id);
        }
        self.paused_until.set(0);
        self.has_failed.set(false);
        self.has_dropped.set(false);
        Ok(!pending.is_empty() || !self.changed.borrow().is_empty())
    }

    /// Makes the events of messages. A message that was deleted meanwhile has none.
    fn of_messages(&self, pending: &[PendingEvent]) -> Result<Vec<NewEvent>> {
        let numbers: Vec<i64> = pending.iter().filter_map(|event| event.message).collect();
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let messages = self.messages.by_numbers(&numbers)?;
        let messages: HashMap<i64, &Message> =
            messages.iter().map(|message| (message.number, message)).collect();
        let mut events = Vec::new();
        for event in pending {
            let message = event.message.and_then(|number| messages.get(&number));
            let (Some(message), Some(change)) = (message, event.change) else { continue };
            self.changed.borrow_mut().extend(message.batch.clone());
            events.extend(message_event(message, change)?);
        }
        Ok(events)
    }

    /// Adds the progress of batches: one per second and batch, and the last one. Returns the ids of the batches that
    /// have ended.
    fn of_batches(
        &self,
        pending: &[PendingEvent],
        events: &mut Vec<NewEvent>,
    ) -> Result<Vec<String>> {
        let second = now() / 1000;
        let updated: BTreeSet<&str> =
            pending.iter().filter_map(|event| event.batch.as_deref()).collect();
        let mut changed = self.changed.take();
        changed.extend(updated.iter().map(|id| (*id).to_owned()));
        let mut ended = Vec::new();
        for id in changed {
            let Some(batch) = self.progress.batches.by_id(&id)? else { continue };
            let is_last = batch.finished.is_some() && updated.contains(&*id);
            let is_early = self.published.borrow().get(&id) == Some(&second);
            if is_early && !is_last {
                self.changed.borrow_mut().insert(id);
                continue;
            }
            events.push(batch_event(&batch, is_last, second, &self.progress.read(&batch)?)?);
            if is_last {
                ended.push(id);
            } else {
                self.published.borrow_mut().insert(id, second);
            }
        }
        Ok(ended)
    }

    /// Keeps the events for later. Both warnings are logged once.
    fn fail(&self, rejection: &Rejection) {
        self.paused_until.set(now() + RETRY_MS);
        let warn = |warning: &str| {
            let line = json!({ "warning": warning, "status": rejection.status() });
            runtime::log(&line.to_string());
        };
        if !self.has_failed.replace(true) {
            warn("The outbox can't publish its events: it keeps them, and tries again");
        }
        if self.events.trim(MAX_PENDING).unwrap_or_default() && !self.has_dropped.replace(true) {
            warn("The outbox drops its oldest events, because it can't publish them");
        }
    }
}

/// Makes the event of a message that reached a final state with its `change`-th state.
fn message_event(message: &Message, change: usize) -> Result<Option<NewEvent>> {
    let history = message.history.get(..change).unwrap_or(&message.history).to_vec();
    let Some(step) = history.last().cloned() else { return Ok(None) };
    // Events show what every reader with `messages:read` may see.
    let viewer = Viewer::default();
    let state = step.state.clone();
    let then = Message { state, history, ..message.clone() };
    let needs = match message.kind {
        MessageKind::Conversation => "messages:read conversations:read",
        _ => "messages:read",
    };
    let topic = format!("message.{}", step.state.as_str());
    let key = format!("outbox_{}_{change}", message.id);
    event(topic, step.at / 1000, key, needs, &message.caller, &then.listed(&viewer)).map(Some)
}

/// Makes the event of a batch's progress in a second.
fn batch_event(
    batch: &Batch,
    is_last: bool,
    second: i64,
    progress: &impl Serialize,
) -> Result<NewEvent> {
    let key = match is_last {
        true => format!("outbox_{}_end", batch.id),
        false => format!("outbox_{}_{second}", batch.id),
    };
    event("batch.progress".to_owned(), second, key, "messages:read", &batch.caller, progress)
}

fn event(
    topic: String,
    created_at: i64,
    key: String,
    needs: &str,
    owner: &str,
    item: &impl Serialize,
) -> Result<NewEvent> {
    Ok(NewEvent {
        topic,
        created_at,
        key,
        notification_id: None,
        app_id: None,
        needs: needs.to_owned(),
        owner: Some(owner.to_owned()),
        state: None,
        removal: None,
        invalidates: false,
        item: to_raw_value(item)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Message, NewEvent, message_event};
    use serde_json::{Value, json};

    fn message(kind: &str) -> Message {
        serde_json::from_value(json!({
            "number": 7, "id": "m-7", "caller": "ann", "kind": kind, "state": "sent", "created": 1000,
            "history": [
                {"state": "queued", "at": 1000}, {"state": "sending", "at": 2000},
                {"state": "unknown", "at": 3999}, {"state": "sent", "at": 4000, "confirmed_by": "ben"},
            ],
            "job": "notification", "made": true, "contact": "5", "email": "ann@example.com",
            "name": "Ann", "subject": "Hi Ann", "template": {"name": "news", "version": 2},
        }))
        .unwrap()
    }

    fn of_change(kind: &str, change: usize) -> (NewEvent, Value) {
        let event = message_event(&message(kind), change).unwrap().unwrap();
        let item = serde_json::from_str(event.item.get()).unwrap();
        (event, item)
    }

    #[test]
    fn an_event_shows_the_message_as_it_was_after_the_change() {
        let (event, item) = of_change("message", 3);
        assert_eq!((&*event.topic, event.created_at), ("message.unknown", 3));
        assert_eq!((&*event.key, event.owner.as_deref()), ("outbox_m-7_3", Some("ann")));
        assert_eq!((&item["state"], &item["confirmed_by"]), (&json!("unknown"), &Value::Null));
        assert_eq!(item["history"].as_array().unwrap().len(), 3);
        let (event, item) = of_change("message", 4);
        assert_eq!((&*event.topic, &*event.key), ("message.sent", "outbox_m-7_4"));
        assert_eq!((&item["state"], &item["confirmed_by"]), (&json!("sent"), &json!("ben")));
    }

    #[test]
    fn an_event_shows_what_each_of_its_readers_may_see() {
        let (event, item) = of_change("message", 4);
        assert_eq!(event.needs, "messages:read");
        assert_eq!(item["contact_id"], "5");
        for field in ["recipient_email", "recipient_name", "subject"] {
            assert_eq!(item[field], Value::Null, "{field}");
        }
        assert_eq!(of_change("conversation", 4).0.needs, "messages:read conversations:read");
    }
}
