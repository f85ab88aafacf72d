//! One message on its way: made, sent, judged, and written down at each step.

use crate::client::{DEADLINE, Timer, requested_wait};
use crate::edge::intercom::upstream::{RESERVE, retry_after};
use crate::edge::outbox::message::{Message, Verbatim, Verdict, judge};
use crate::edge::outbox::sender::{CONNECTIONS, Order, Outcome, Report};
use crate::edge::outbox::transition::Event;
use crate::edge::outbox::{BEAT, Inner, Job, OVERDUE};
use crate::edge::request::log;
use crate::edge::response::{Rejection, StoredResponse, kind};
use crate::edge::runtime;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::sql::now;
use crate::edge::translation::{message, response};
use futures_util::future::{self, Either, FutureExt, LocalBoxFuture, Shared};
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// A message on its way. All who wait for it share it, and it goes on as long as one of them does.
pub type Delivery = Shared<LocalBoxFuture<'static, Rc<End>>>;

/// What came of a delivery.
#[derive(Debug, Default)]
pub struct End {
    /// What its callers are answered, whole: what is kept may be without the text. `None`: it has come to
    /// no end yet.
    pub response: Option<StoredResponse>,
    /// What it took.
    pub spent: Spent,
}

/// What a delivery took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// How long Intercom took, in milliseconds.
    pub took: u64,
    /// How many requests went to it.
    pub requests: u32,
}

/// For how many seconds after its creation Intercom may answer 404 to a message to a contact.
const NEW: i64 = 60;

/// How often that is tried again: after 1, 2, 4 and 8 seconds.
const MISSES: u32 = 4;

/// The binding of the objects that speak with Intercom.
const SENDERS: &str = "SENDERS";

/// How many of them there are at most.
const MOST_SENDERS: usize = 16;

/// Waits for a message until a time, in milliseconds since 1970.
pub async fn until(deadline: u64, delivery: Delivery) -> Rc<End> {
    let left = Duration::from_millis(deadline).saturating_sub(runtime::now());
    // What is on its way ends by itself: a little later than its own deadline, at most.
    let late = Clock.sleep(left + Duration::from_secs(5)).boxed_local();
    match future::select(delivery, late).await {
        Either::Left((end, _)) => end,
        Either::Right(_) => Rc::default(),
    }
}

impl Inner {
    /// A message's way to its end. `deadline`: until when somebody waits, in milliseconds since 1970.
    pub(super) fn delivery(
        self: &Rc<Self>,
        number: i64,
        deadline: Option<u64>,
    ) -> Result<Delivery, Rejection> {
        if let Some(delivery) = self.deliveries.borrow().get(&number) {
            return Ok(delivery.clone());
        }
        let message = self.by_number(number)?;
        if message.state.is_final() {
            return Ok(future::ready(Rc::default()).boxed_local().shared());
        }
        let inner = Rc::clone(self);
        let delivery = async move {
            // What can't be written down stays as it was, and is found by the alarm.
            let spent = Cell::default();
            let response =
                inner.deliver(&message, deadline.map(Duration::from_millis), &spent).await;
            inner.deliveries.borrow_mut().remove(&number);
            if inner.has_later_reply(&message).unwrap_or_default() {
                let _ = inner.wake_at(now()).await;
            }
            let response = response.inspect_err(log::fault);
            Rc::new(End { response: response.ok().flatten(), spent: spent.get() })
        };
        let delivery = delivery.boxed_local().shared();
        self.deliveries.borrow_mut().insert(number, delivery.clone());
        // A caller who hangs up must not take the message along.
        wasm_bindgen_futures::spawn_local(delivery.clone().map(drop));
        Ok(delivery)
    }

    async fn deliver(
        self: &Rc<Self>,
        message: &Message,
        deadline: Option<Duration>,
        spent: &Cell<Spent>,
    ) -> worker::Result<Option<StoredResponse>> {
        let number = message.number;
        // Without it nothing goes out, which must not look as if something might have.
        if let Err(rejection) = self.config.require(SENDERS) {
            return self.fail(number, Event::Abandon, rejection.into_stored());
        }
        let mut made = message.made;
        // Whether Intercom may not know the reader yet, and how often it has said so.
        let (mut is_new, mut misses) = (false, 0);
        let mut limited = None;
        loop {
            if !self.wait_for_turn(message, deadline).await? {
                let words = "An earlier reply to this conversation is still on its way: this one was \
                             not sent";
                let rejection = Rejection::new(503, "service_unavailable", words);
                return match deadline {
                    Some(_) => self.fail(number, Event::Abandon, rejection.into_stored()),
                    None => Ok(None),
                };
            }
            if !self.pause(deadline).await {
                return match deadline {
                    Some(_) => self.fail(
                        number,
                        Event::Abandon,
                        limited.unwrap_or_else(|| self.too_many()),
                    ),
                    None => Ok(None),
                };
            }
            if !made {
                let template = message.template.as_ref().map(|which| self.source(which));
                let order = Order::Make {
                    job: message.job.clone(),
                    template: template.transpose()?.flatten(),
                    milliseconds: left(deadline),
                    waits: deadline.is_some(),
                };
                let mut asked = self.body(number)?.unwrap_or_default();
                if let Some(batch) = &message.batch {
                    let Ok(batch) = self.batch(batch) else { return Ok(None) };
                    asked = batch.notification(&asked);
                }
                let outcome = self.order(&order, &asked, spent).await;
                // A person may have cancelled its batch meanwhile.
                if self.by_number(number)?.state.is_final() {
                    return Ok(None);
                }
                match outcome {
                    Ok((Outcome::Made { contact, created_at }, body)) => {
                        if let Some(batch) = &message.batch
                            && self.is_duplicate(number, batch, contact.as_deref())?
                        {
                            self.drop_duplicate(number, batch)?;
                            return Ok(None);
                        }
                        self.made(number, contact.as_deref(), &body)?;
                        made = true;
                        is_new = created_at.is_some_and(|at| at >= now() / 1000 - NEW);
                    }
                    Ok((Outcome::Refused(response), body)) => {
                        let response = StoredResponse { body, ..response };
                        if response.upstream && response.status == 429 {
                            limited = Some(response);
                            continue;
                        }
                        return self.fail(number, Event::Abandon, response);
                    }
                    outcome => {
                        let words = "The Worker failed before the message went out";
                        let rejection = Rejection::new(503, "service_unavailable", words);
                        let kind = outcome.err().map(|error| kind(&error));
                        let rejection = rejection.caused_by(kind.as_deref().unwrap_or("no body"));
                        return self.fail(number, Event::Abandon, rejection.into_stored());
                    }
                }
                if deadline.is_some_and(|deadline| deadline < runtime::now() + RESERVE) {
                    let words = "Intercom took too long over what leads up to it: nothing was sent";
                    let rejection = Rejection::new(504, "gateway_timeout", words);
                    return self.fail(number, Event::Abandon, rejection.into_stored());
                }
            }
            let verbatim = match &message.job {
                Job::Verbatim(verbatim) => Some(verbatim.clone()),
                _ => None,
            };
            let order = Order::Post { verbatim, milliseconds: left(deadline) };
            let sent = self.body(number)?.unwrap_or_default();
            // From here on a death is found by the alarm, and the message is unknown.
            self.wake_at(now() + OVERDUE).await?;
            if !self.begin(number)? {
                self.give_up_cancelled(message)?;
                return Ok(None);
            }
            let (response, body) = match self.order(&order, &sent, spent).await {
                Ok((Outcome::Answered(response), body)) => (response, body),
                Ok((Outcome::Lost { in_time: false }, _)) => {
                    return self.lose(message, 504, "Intercom didn't answer in time");
                }
                Ok(_) => return self.lose(message, 502, "The connection to Intercom failed"),
                Err(_) => {
                    return self.lose(
                        message,
                        502,
                        "The Worker was stopped while the message was on its way",
                    );
                }
            };
            let response = StoredResponse { body, ..response };
            let cause = format!("Intercom answered {}", response.status);
            match judge(response.status, &response.body) {
                Verdict::Accepted(id) => {
                    // A reply is answered with its conversation, whose id is none of the reply's.
                    let id = id.filter(|_| message.conversation.is_none());
                    let response = in_dialect(&message.job, response, &sent);
                    return self.finish(number, Event::Accept, &cause, id.as_deref(), response);
                }
                Verdict::Refused if response.status == 404 && is_new => {
                    // The contact exists: it was read a moment ago.
                    let cause = format!("{cause}: the contact was created a moment ago");
                    if !self.postpone(message, cause)? {
                        return Ok(None);
                    }
                    let pause = Duration::from_secs(1 << misses);
                    misses += 1;
                    if misses > MISSES || !in_time(deadline, pause) {
                        return self.fail(number, Event::Abandon, response);
                    }
                    Clock.sleep(pause).await;
                }
                Verdict::Refused => {
                    let response = match message.job {
                        Job::Notification if response.status == 404 => naming_sender(response),
                        _ => response,
                    };
                    let response = in_dialect(&message.job, response, &sent);
                    return self.fail(number, Event::Reject, response);
                }
                Verdict::Unclear if response.status < 300 => {
                    return self.lose(
                        message,
                        502,
                        &format!("{cause}, and nothing that can be read"),
                    );
                }
                Verdict::Unclear => return self.lose(message, 502, &cause),
                Verdict::Limited => {
                    if !self.postpone(message, cause)? {
                        return Ok(None);
                    }
                    limited = Some(response);
                }
            }
        }
    }

    /// Waits until the earlier replies to a message's conversation have come to their end, so that
    /// replies arrive in their order. `false`: that would take longer than somebody waits, or nobody
    /// does and the alarm comes back to it.
    async fn wait_for_turn(
        self: &Rc<Self>,
        message: &Message,
        deadline: Option<Duration>,
    ) -> worker::Result<bool> {
        let beat = Duration::from_millis(BEAT.unsigned_abs());
        while let Some(earlier) = self.earlier_reply(message)? {
            if deadline.is_none() || !in_time(deadline, beat) {
                return Ok(false);
            }
            let pause = Clock.sleep(beat).boxed_local();
            match self.delivery(earlier, None) {
                Ok(delivery) => {
                    future::select(delivery, pause).await;
                    // It may have come no further, where Intercom's limit is reached.
                    if self.by_number(earlier).is_ok_and(|it| !it.state.is_final()) {
                        Clock.sleep(beat).await;
                    }
                }
                Err(_) => pause.await,
            }
        }
        Ok(true)
    }

    /// Waits where Intercom has said 429. `false`: that would take longer than somebody waits, or than
    /// is worth waiting for.
    async fn pause(&self, deadline: Option<Duration>) -> bool {
        let (now, hold) = (runtime::now(), self.pace.get().hold());
        let Some(pause) = hold.checked_sub(now).filter(|pause| !pause.is_zero()) else {
            return true;
        };
        if deadline.is_none() || !in_time(deadline, pause) {
            return false;
        }
        Clock.sleep(pause).await;
        true
    }

    /// Puts a message back of which Intercom did nothing. Returns `false` if it isn't to be sent any
    /// more: its batch was cancelled meanwhile.
    fn postpone(&self, message: &Message, cause: String) -> worker::Result<bool> {
        self.happened(message.number, Event::Postpone, Some(cause))?;
        self.give_up_cancelled(message)?;
        Ok(!self.by_number(message.number)?.state.is_final())
    }

    /// Writes down that an attempt to send a message failed, for the reason that its callers are
    /// told.
    fn fail(
        &self,
        number: i64,
        event: Event,
        response: StoredResponse,
    ) -> worker::Result<Option<StoredResponse>> {
        let now = runtime::now();
        let header = |name: &str| response.header(name).map(str::to_owned);
        // A 429 of Intercom's without a window has no time that could be told.
        let has_end = !response.upstream || requested_wait(now, header).is_some();
        let response = match response.status {
            429 if response.header("retry-after").is_none() && has_end => {
                let wait = self.pace.get().hold().saturating_sub(now);
                response.with("retry-after", retry_after(wait))
            }
            _ => response,
        };
        let who = if response.upstream { "Intercom" } else { "The Worker" };
        let code = crate::model::ErrorList::read(&response.body).details();
        let code = code.first().and_then(|error| error.code());
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let cause = format!("{who} answered {}{code}", response.status);
        self.finish(number, event, &cause, None, response)
    }

    /// Who came while the workspace's limit was known to be used up.
    fn too_many(&self) -> StoredResponse {
        let words = "Intercom's limit is used up: ask again when the window turns";
        Rejection::new(429, "rate_limit_exceeded", words).into_stored()
    }

    /// Has a sender carry out an order.
    pub(super) async fn order(
        &self,
        order: &Order,
        body: &[u8],
        spent: &Cell<Spent>,
    ) -> worker::Result<(Outcome, Vec<u8>)> {
        let sender = self.take_sender();
        let object = (SENDERS, &*sender.to_string());
        let answered = object_rpc::exchange::<Report>(&self.env, object, order, body).await;
        self.leave_sender(sender);
        let (report, body) = answered.inspect_err(log::fault)?;
        self.learn(&report);
        let Spent { took, requests } = spent.get();
        spent.set(Spent { took: took + report.took, requests: requests + report.requests });
        Ok((report.outcome, body))
    }

    fn learn(&self, report: &Report) {
        let mut pace = self.pace.get();
        if let Some(limit) = report.limit() {
            pace.learn(limit);
        }
        if let Outcome::Answered(response) | Outcome::Refused(response) = &report.outcome
            && response.upstream
            && response.status == 429
        {
            let now = runtime::now();
            pace.stop(requested_wait(now, |name| response.header(name).map(str::to_owned)), now);
        }
        self.pace.set(pace);
    }

    /// A sender with a connection to spare; or the one with the least to do, where nobody has.
    fn take_sender(&self) -> usize {
        let mut senders = self.senders.borrow_mut();
        if senders.len() < MOST_SENDERS && senders.iter().all(|busy| *busy >= CONNECTIONS) {
            senders.push(0);
        }
        let least = senders.iter().enumerate().find(|(_, busy)| **busy < CONNECTIONS);
        let least = least.or_else(|| senders.iter().enumerate().min_by_key(|(_, busy)| **busy));
        let sender = least.map_or(0, |(sender, _)| sender);
        if let Some(busy) = senders.get_mut(sender) {
            *busy += 1;
        }
        sender
    }

    fn leave_sender(&self, sender: usize) {
        if let Some(busy) = self.senders.borrow_mut().get_mut(sender) {
            *busy = busy.saturating_sub(1);
        }
    }
}

/// Intercom's answer to a message, as the one who asked for it understands it.
fn in_dialect(job: &Job, response: StoredResponse, sent: &[u8]) -> StoredResponse {
    match job {
        Job::Translated => message::response(response, sent),
        Job::Verbatim(Verbatim { from_v1: true, .. }) => response::replied(response),
        Job::Verbatim(_) | Job::Notification => response,
    }
}

/// Whether a message can still be sent in time after a pause.
fn in_time(deadline: Option<Duration>, pause: Duration) -> bool {
    deadline.is_none_or(|deadline| runtime::now() + pause + RESERVE <= deadline)
}

/// Names the sender in a 404 to a message whose reader was found a moment ago: it is the sender whom
/// Intercom doesn't know.
fn naming_sender(response: StoredResponse) -> StoredResponse {
    let Ok(mut errors) = serde_json::from_slice::<Value>(&response.body) else { return response };
    let Some(Value::Object(error)) = errors.pointer_mut("/errors/0") else { return response };
    error.insert("field".to_owned(), "from.id".into());
    error.insert("message".to_owned(), "Intercom knows no admin with this id".into());
    StoredResponse { body: serde_json::to_vec(&errors).unwrap_or_default(), ..response }
}

/// How long Intercom may take, in milliseconds.
fn left(deadline: Option<Duration>) -> u64 {
    let left = deadline.map_or(DEADLINE, |deadline| deadline.saturating_sub(runtime::now()));
    left.min(DEADLINE).as_millis().try_into().unwrap_or_default()
}
