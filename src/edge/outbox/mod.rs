//! The outbox: a Durable Object that every message goes through, so that it is sent at most once.
//!
//! It writes down what is about to be sent before a byte goes out, and what came of it afterwards;
//! [`Sender`](crate::edge::outbox::sender) speaks with Intercom. There is one outbox for the whole Worker, because
//! the workspace has one limit: Intercom takes some 170 requests a second at most.

mod batch;
mod command;
pub mod compose;
mod delivery;
mod list;
mod message;
mod pace;
mod quota;
mod removal;
pub mod render;
mod schema;
pub mod sender;
mod table;
mod template;
mod transition;

pub use batch::Format;
pub use command::{Command, Filter, New, NewBatch, Reply, ask, stream};
pub use message::{Job, MessageKind, State, Verbatim, kept_answer};
pub use template::Template;

use crate::client::{DEADLINE, Timer};
use crate::edge::access::scope::Scope;
use crate::edge::config::Config;
use crate::edge::request::log;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::sql::{SchemaError, Store, now};
use crate::model::lenient;
use delivery::Delivery;
use futures_util::future::{self, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use message::Message;
use pace::{Pace, Room};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use transition::Event;
use worker::{DurableObject, Env, Request, Response, durable_object};

/// The object.
#[durable_object(alarm)]
pub struct Outbox {
    inner: Rc<Inner>,
}

/// What the object does, shared by all who wait for it.
struct Inner {
    state: worker::State,
    env: Env,
    store: Store,
    config: Rc<Config>,
    /// The messages that are being made or sent, by their numbers.
    deliveries: RefCell<HashMap<i64, Delivery>>,
    /// How many messages each sender has in hand.
    senders: RefCell<Vec<usize>>,
    pace: Cell<Pace>,
    /// The latest time that the clock has shown, in milliseconds since 1970.
    latest: Cell<i64>,
    /// When the alarm goes off, in milliseconds since 1970, where this instance has set it.
    alarm: Cell<Option<i64>>,
    /// Whether the people of searches are being found.
    collecting: Cell<bool>,
    /// When that may go on, where it failed, in milliseconds since 1970.
    collect_at: Cell<i64>,
    /// How often in a row that has failed for each batch, by its number.
    collect_failures: RefCell<HashMap<i64, u32>>,
    /// Whether the tables are those of the newest schema.
    opened: Cell<bool>,
    /// When the last list began or will begin, in milliseconds since 1970.
    last_list: Cell<i64>,
    /// The percent of the fill level that was logged last.
    warned: Cell<u32>,
}

impl DurableObject for Outbox {
    fn new(state: worker::State, env: Env) -> Self {
        let store = Store::new(&state);
        let config = Config::of(&env);
        let inner = Rc::new(Inner {
            state,
            env,
            store,
            config,
            deliveries: RefCell::default(),
            senders: RefCell::default(),
            pace: Cell::default(),
            latest: Cell::default(),
            alarm: Cell::default(),
            collecting: Cell::default(),
            collect_at: Cell::default(),
            collect_failures: RefCell::default(),
            opened: Cell::default(),
            last_list: Cell::default(),
            warned: Cell::default(),
        });
        let opening = Rc::clone(&inner);
        // Nothing is delivered to the object before this has ended. What failed is tried again by the next
        // request, which is told of it.
        let _opened =
            inner.state.block_concurrency_while(async move { Ok(opening.open_tables().is_ok()) });
        Self { inner }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        if let Err(error) = self.inner.open_tables() {
            return respond(Rejection::from(error).into());
        }
        let (command, body) = object_rpc::split(&bytes)?;
        // It is asked where nothing can be written, not even the alarm.
        if !matches!(command, Command::Find { .. }) {
            self.inner.wake_up().await.inspect_err(log::fault)?;
        }
        let streamed = match &command {
            Command::WatchBatch { id } => Some(self.inner.watch(id)),
            Command::Result { id, format } => Some(self.inner.result(id, *format)),
            _ => None,
        };
        respond(match streamed {
            Some(Ok(streamed)) => return Ok(streamed),
            Some(Err(rejection)) => rejection.into(),
            None => self.inner.answer(command, body).await.unwrap_or_else(Reply::from),
        })
    }

    async fn alarm(&self) -> worker::Result<Response> {
        match self.inner.open_tables() {
            Ok(()) => self.inner.work().await.inspect_err(log::fault)?,
            // Whatever opens the tables later goes on by itself.
            Err(_) => self.inner.wake_only_at(now() + UNOPENED).await?,
        }
        Response::empty()
    }
}

fn respond(mut reply: Reply) -> worker::Result<Response> {
    let body = std::mem::take(&mut reply.response.body);
    Response::from_bytes(object_rpc::join(&reply, &body))
}

/// How long the alarm waits where the tables can't be opened, in milliseconds.
const UNOPENED: i64 = 60_000;

/// How long a sender may take over one message, and a little more: what is older has died.
const OVERDUE: i64 = 45_000;

/// How long one alarm works before the next takes over.
const SHIFT: i64 = 60_000;

/// How many messages one alarm begins at most: each takes two requests to a sender, and Cloudflare's free
/// plan gives an invocation a thousand.
const PER_SHIFT: usize = 400;

/// How long the alarm waits that is set while another works: should that one die, the next goes on where
/// it was.
const LEASE: i64 = 10_000;

/// How late an alarm may be that still counts as set. One that is later was set before the clock was,
/// and doesn't go off.
const LATE: i64 = 5_000;

/// How often the alarm looks for more to send while it waits for what is on its way.
const BEAT: i64 = 250;

/// How long to wait before a page of people that couldn't be had is asked for again.
const AGAIN: i64 = 10_000;

/// How many messages are on their way at once.
const AT_ONCE: usize = 48;

impl Inner {
    /// Opens the tables, and gives up what was on its way when the object was stopped.
    fn open_tables(&self) -> Result<(), SchemaError> {
        if !self.opened.get() {
            self.store.migrate(schema::STEPS)?;
            self.opened.set(true);
            // What can't be written now is found by the alarm.
            let _ = self.recover();
        }
        Ok(())
    }

    async fn answer(self: &Rc<Self>, command: Command, body: &[u8]) -> Result<Reply, Rejection> {
        match command {
            Command::Send(new) => self.send(new, body).await,
            Command::Show { id, caller, conversations } => {
                self.show(&id, caller.as_deref(), conversations)
            }
            Command::List(filter) => {
                self.wait_to_list().await?;
                self.list(&filter)
            }
            Command::Retry { id, deadline, conversations } => {
                self.retry(&id, deadline, conversations).await
            }
            Command::Remove { id, conversations } => self.remove(&id, conversations),
            Command::Purge(filter) => self.purge(&filter).await,
            Command::Find { caller, fingerprint } => {
                Ok(Reply { message: self.sent_lately(&caller, &fingerprint)?, ..Reply::default() })
            }
            Command::ShowTemplate { name, version } => self.show_template(&name, version),
            Command::FetchTemplate { name, version } => {
                Ok(Reply::json(200, &self.template(&name, version)?))
            }
            Command::ListTemplates => self.list_templates(),
            Command::PutTemplate { name } => self.put_template(&name, body),
            Command::DeleteTemplate { name } => self.delete_template(&name),
            Command::NewBatch(new) => self.new_batch(new, body).await,
            Command::ShowBatch { id } => self.show_batch(&id),
            Command::ListBatches { per_page, starting_after } => {
                self.wait_to_list().await?;
                self.list_batches(per_page, starting_after.as_deref())
            }
            Command::ChangeBatch { id, change } => self.change_batch(&id, &change).await,
            Command::Health => self.health(),
            // These are answered by a stream.
            Command::WatchBatch { .. } | Command::Result { .. } => Ok(Reply::default()),
        }
    }

    /// Sends a message; or tells of the same one that was sent before.
    async fn send(self: &Rc<Self>, new: New, body: &[u8]) -> Result<Reply, Rejection> {
        let waits = new.deadline.is_some();
        let (number, replayed) = match self.same(&new)? {
            Some(known) if known.after(Event::Resend).is_some() => {
                let template = self.newest(&new)?;
                self.resend(known.number, &new, template.as_ref(), body)?;
                (known.number, false)
            }
            Some(known) => {
                if new.key.is_some() && known.fingerprint.as_ref() != Some(&new.fingerprint) {
                    return Err(reused());
                }
                if new.key.is_some() && !known.state.is_final() && waits {
                    let words = "The request with this Idempotency-Key is still on its way";
                    return Err(Rejection::new(409, "idempotency_key_in_use", words)
                        .naming("Idempotency-Key")
                        .with("retry-after", "1"));
                }
                (known.number, true)
            }
            None => {
                let template = self.newest(&new)?;
                (self.insert(&new, template.as_ref(), body)?, false)
            }
        };
        self.wake_at(now() + self.config.outbox.keep()).await?;
        if !waits && !replayed {
            self.wake_at(now()).await?;
        }
        let reply = self.delivered(number, new.deadline).await?;
        Ok(Reply { replayed, ..reply })
    }

    /// The version of its template that a message is rendered from.
    fn newest(&self, new: &New) -> Result<Option<message::Version>, Rejection> {
        let template = new.template.as_deref().map(|name| self.template(name, None));
        Ok(template.transpose()?.map(|template| template.which()))
    }

    /// Sends a message again, because a person says so.
    async fn retry(
        self: &Rc<Self>,
        id: &str,
        deadline: Option<u64>,
        conversations: bool,
    ) -> Result<Reply, Rejection> {
        let message = self.find(id, None)?;
        if message.kind == MessageKind::Conversation && !conversations {
            return Err(Scope::ConversationsWrite.missing());
        }
        let waits = deadline.is_some() || message.batch.is_some();
        if !self.requeue(message.number, waits, "Someone retried it".to_owned())? {
            let state = message.state.name();
            let words =
                format!("Only a message that is unknown can be sent again; this one is {state}");
            return Err(Rejection::new(409, "conflict", words));
        }
        if deadline.is_none() {
            self.wake_at(now()).await?;
        }
        if waits && deadline.is_none() {
            // Its batch may be over, or cancelled: a person's word stands above that.
            let end = crate::edge::runtime::now().saturating_add(DEADLINE).as_millis();
            drop(self.delivery(message.number, end.try_into().ok())?);
        }
        self.delivered(message.number, deadline).await
    }

    /// What a caller is answered who has sent a message, once it has come to a final state or the
    /// deadline is over.
    async fn delivered(
        self: &Rc<Self>,
        number: i64,
        deadline: Option<u64>,
    ) -> Result<Reply, Rejection> {
        let end = match deadline {
            Some(deadline) => {
                delivery::until(deadline, self.delivery(number, Some(deadline))?).await
            }
            None => Rc::default(),
        };
        let message = self.by_number(number)?;
        let id = message.id.clone();
        let response = match (&end.response, message.answer.clone()) {
            (Some(response), _) => response.clone(),
            (None, Some(kept)) => StoredResponse { body: self.answer_body(number)?, ..kept },
            (None, None) if deadline.is_some() && message.state == State::Sending => {
                table::unknown(&message, 504, "Intercom didn't answer in time")
            }
            (None, None) => StoredResponse::json(202, &message.shown())
                .with("location", format!("/edge/messages/{id}"))
                .with("preference-applied", "respond-async"),
        };
        let delivery::Spent { took, requests } = end.spent;
        Ok(Reply { response, message: Some(id), replayed: false, took, requests })
    }

    fn show(
        &self,
        id: &str,
        caller: Option<&str>,
        conversations: bool,
    ) -> Result<Reply, Rejection> {
        let message = self.find_shown(id, caller, conversations)?;
        let mut shown = message.shown();
        let request = self.body(message.number)?;
        let answer = match &message.answer {
            Some(response) => {
                let body = self.answer_body(message.number)?;
                json!({ "status": response.status, "body": readable(&body) })
            }
            None => serde_json::Value::Null,
        };
        if let Some(fields) = shown.as_object_mut() {
            fields.insert(
                "request".to_owned(),
                request.map_or_else(Default::default, |it| readable(&it)),
            );
            fields.insert("answer".to_owned(), answer);
        }
        Ok(Reply::json(200, &shown))
    }

    fn list(&self, filter: &Filter) -> Result<Reply, Rejection> {
        let (messages, next) = self.listed(filter)?;
        let data: Vec<_> = messages.iter().map(Message::shown).collect();
        Ok(Reply::json(200, &page(data, filter.per_page, next)))
    }

    /// Makes sure at each call that the work goes on: the alarm of an object that was stopped, of a
    /// restored copy, or from before the clock was set, may never go off.
    async fn wake_up(&self) -> worker::Result<()> {
        let set = self.alarm.get().is_some_and(|at| at >= now() - LATE);
        if set && !self.clock_was_set_back() {
            return Ok(());
        }
        let next = self.next_work(None)?;
        self.wake_only_at(next.max(now())).await
    }

    /// Whether the clock shows an earlier time than before. What is known by the old time is
    /// forgotten: it would hold up the work until the clock is there again.
    fn clock_was_set_back(&self) -> bool {
        let set_back = now() < self.latest.get() - LATE;
        if set_back {
            self.pace.take();
            self.collect_at.take();
            self.latest.set(now());
        } else {
            self.latest.set(self.latest.get().max(now()));
        }
        set_back
    }

    /// Makes sure that the alarm goes off by a time.
    async fn wake_at(&self, at: i64) -> worker::Result<()> {
        let due = self.alarm.get().is_some_and(|known| (now() - LATE..=at).contains(&known));
        if due { Ok(()) } else { self.wake_only_at(at).await }
    }

    async fn wake_only_at(&self, at: i64) -> worker::Result<()> {
        self.alarm.set(Some(at));
        // The object's clock stands still while it computes: what is due goes off at once.
        let left = u64::try_from(at.saturating_sub(now())).unwrap_or_default();
        self.state.storage().set_alarm(Duration::from_millis(left)).await
    }

    /// What the alarm does: removes what is old, finds the people of searches, and sends what nobody
    /// waits for, as fast as the limit allows, until nothing is left to begin.
    async fn work(self: &Rc<Self>) -> worker::Result<()> {
        self.wake_only_at(now() + LEASE).await?;
        self.remove_old()?;
        self.give_up_overdue()?;
        let mut end = now() + SHIFT;
        let mut running = FuturesUnordered::new();
        let mut begun = 0;
        loop {
            let mut next = None;
            if self.clock_was_set_back() {
                end = now();
            }
            if now() < end && begun < PER_SHIFT {
                self.begin_collecting()?;
                match self.room() {
                    Room::For(0) => next = Some(now() + BEAT),
                    Room::For(room) => {
                        for number in self.waiting(room)? {
                            if let Ok(delivery) = self.delivery(number, None) {
                                running.push(delivery);
                                begun += 1;
                            }
                        }
                    }
                    Room::At(time) => next = Some(time.as_millis().try_into().unwrap_or(i64::MAX)),
                }
            }
            self.close_batches()?;
            if running.is_empty() && !self.collecting.get() {
                let at = self.next_work(next)?;
                return self.wake_only_at(at).await;
            }
            if self.alarm.get().is_none_or(|at| at < now() + LEASE / 2) {
                self.wake_only_at(now() + LEASE).await?;
            }
            let beat = Clock.sleep(Duration::from_millis(BEAT.unsigned_abs())).boxed_local();
            match running.is_empty() {
                true => beat.await,
                false => drop(future::select(running.next(), beat).await),
            }
        }
    }

    /// Finds the people of searches, beside the sending.
    fn begin_collecting(self: &Rc<Self>) -> worker::Result<()> {
        if self.collecting.get() || self.collect_at.get() > now() || !self.collects()? {
            return Ok(());
        }
        self.collecting.set(true);
        let inner = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            // A failure of the storage is like one of Intercom's: the page is asked for again.
            let collected = inner.collect().await.inspect_err(log::fault).unwrap_or(false);
            inner.collect_at.set(if collected { 0 } else { now() + AGAIN });
            inner.collecting.set(false);
        });
        Ok(())
    }

    /// What may be begun besides what is on its way.
    fn room(&self) -> Room {
        let on_their_way = self.deliveries.borrow().len();
        let share = self.config.outbox.free_share;
        let now = crate::edge::runtime::now();
        match self.pace.get().room(on_their_way.try_into().unwrap_or(u32::MAX), share, now) {
            Room::For(room) => {
                let most = AT_ONCE.saturating_sub(on_their_way);
                Room::For(room.min(most.try_into().unwrap_or(u32::MAX)))
            }
            at => at,
        }
    }
}

/// A key that stands for another request.
fn reused() -> Rejection {
    let words = "This Idempotency-Key came with another request before: a new one needs a new key";
    Rejection::new(422, "idempotency_key_reused", words).naming("Idempotency-Key")
}

/// Whether there are more rows than a page has: one more was asked for, and is taken away.
fn goes_on<T>(rows: &mut Vec<T>, per_page: i64) -> bool {
    let more = usize::try_from(per_page).is_ok_and(|most| rows.len() > most);
    if more {
        rows.pop();
    }
    more
}

/// A page of a list in Intercom's shape.
fn page(data: Vec<serde_json::Value>, per_page: i64, next: Option<String>) -> serde_json::Value {
    let next = next.map(|id| json!({ "per_page": per_page, "starting_after": id }));
    let pages = json!({ "type": "pages", "per_page": per_page, "next": next });
    json!({ "type": "list", "data": data, "pages": pages })
}

/// Bytes as JSON can hold them: what they say if they are JSON, and a text else.
fn readable(bytes: &[u8]) -> serde_json::Value {
    lenient::from_slice(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}
