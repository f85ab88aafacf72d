//! The delivery of a message: it is composed, posted, and Intercom's response is judged. Each step is
//! recorded before the next begins.

use crate::client::{DEADLINE, Timer};
use crate::edge::intercom::upstream::RESERVE;
use crate::edge::outbox::batches::store::{BatchStore, RecipientStore};
use crate::edge::outbox::judge::{Verdict, judge};
use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::{Job, SenderCommand, SenderOutcome, Verbatim};
use crate::edge::outbox::publisher::Publisher;
use crate::edge::outbox::recorder::{OVERDUE_MS, Recorder};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::sender_pool::{SenderPool, UpstreamUsage};
use crate::edge::outbox::stores::messages::MessageStore;
use crate::edge::outbox::stores::queue::MessageQueue;
use crate::edge::outbox::stores::templates::TemplateStore;
use crate::edge::outbox::transition::Event;
use crate::edge::request::log;
use crate::edge::response::{Rejection, StoredResponse, kind};
use crate::edge::runtime;
use crate::edge::runtime::clock::{Clock, with_limit};
use crate::edge::runtime::sql::{Store, now};
use crate::edge::translation::{message as message_of_v1, response as response_of_v1};
use futures_util::future::{self, FutureExt, LocalBoxFuture, Shared};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow::{self, Break, Continue};
use std::rc::Rc;
use std::time::Duration;

/// A running delivery. All callers who wait for the message share it, and it goes on without them.
pub type Delivery = Shared<LocalBoxFuture<'static, Rc<DeliveryResult>>>;

/// The result of a delivery.
#[derive(Debug, Default)]
pub struct DeliveryResult {
    /// The whole response to the callers; the stored one may lack the text. `None`: the message has not
    /// reached a final state.
    pub response: Option<StoredResponse>,
    /// The requests to Intercom.
    pub usage: UpstreamUsage,
}

/// The end of a delivery, or the value with which it goes on. A delivery that ends without a response has
/// left its message queued, or someone else has finished it.
type Progress<T> = worker::Result<ControlFlow<Option<StoredResponse>, T>>;

/// The interval at which a delivery looks for a change that it waits for.
const POLL: Duration = Duration::from_millis(250);

/// The seconds after a contact's creation in which Intercom may answer 404 to a message to it.
const NEW_CONTACT_SECS: i64 = 60;

/// The most retries of a message to a new contact after a 404: after 1, 2, 4 and 8 seconds.
const MAX_NEW_CONTACT_RETRIES: u32 = 4;

/// The running deliveries, and all that they need.
pub struct Deliveries {
    messages: MessageStore,
    queue: MessageQueue,
    templates: TemplateStore,
    batches: BatchStore,
    recipients: RecipientStore,
    recorder: Rc<Recorder>,
    scheduler: Rc<Scheduler>,
    senders: Rc<SenderPool>,
    publisher: Rc<Publisher>,
    /// The deliveries by the numbers of their messages.
    running: RefCell<HashMap<i64, Delivery>>,
}

/// A delivery while it runs.
struct Attempt<'a> {
    message: &'a Message,
    /// The end of the caller's wait, since 1970; `None` if no caller waits.
    deadline: Option<Duration>,
    usage: &'a Cell<UpstreamUsage>,
    /// Set once the stored body is ready to send.
    is_prepared: bool,
    /// Set if Intercom may not know the contact yet.
    is_new_contact: bool,
    /// The number of 404 responses for a new contact.
    not_found: u32,
    /// Intercom's last 429.
    rate_limited: Option<StoredResponse>,
}

/// Waits for a delivery until a time, in milliseconds since 1970.
pub async fn until(deadline: u64, delivery: Delivery) -> Rc<DeliveryResult> {
    let left = Duration::from_millis(deadline).saturating_sub(runtime::now());
    // A delivery ends by itself, a little after its own deadline at most.
    with_limit(&Clock, left + Duration::from_secs(5), delivery).await.unwrap_or_default()
}

impl Deliveries {
    /// Delivers the messages of an object's tables.
    pub fn new(
        sql: &Rc<Store>,
        recorder: &Rc<Recorder>,
        scheduler: &Rc<Scheduler>,
        senders: &Rc<SenderPool>,
        publisher: &Rc<Publisher>,
    ) -> Self {
        Self {
            messages: MessageStore::new(Rc::clone(sql)),
            queue: MessageQueue::new(Rc::clone(sql)),
            templates: TemplateStore::new(Rc::clone(sql)),
            batches: BatchStore::new(Rc::clone(sql)),
            recipients: RecipientStore::new(Rc::clone(sql)),
            recorder: Rc::clone(recorder),
            scheduler: Rc::clone(scheduler),
            senders: Rc::clone(senders),
            publisher: Rc::clone(publisher),
            running: RefCell::default(),
        }
    }

    /// Counts the running deliveries.
    pub fn count(&self) -> usize {
        self.running.borrow().len()
    }

    /// Starts the delivery of a message, or returns the running one. `deadline`: the end of the caller's wait,
    /// in milliseconds since 1970.
    pub fn start(
        self: &Rc<Self>,
        number: i64,
        deadline: Option<u64>,
    ) -> Result<Delivery, Rejection> {
        if let Some(delivery) = self.running.borrow().get(&number) {
            return Ok(delivery.clone());
        }
        let message = self.messages.by_number(number)?;
        if message.state.is_final() {
            return Ok(future::ready(Rc::default()).boxed_local().shared());
        }
        let this = Rc::clone(self);
        let delivery = async move {
            let usage = Cell::default();
            let response = this.run(&message, deadline.map(Duration::from_millis), &usage).await;
            this.running.borrow_mut().remove(&number);
            this.publisher.start();
            if this.queue.has_later_reply(&message).unwrap_or_default() {
                let _ = this.scheduler.wake_by(now()).await;
            }
            // A message whose end can't be recorded keeps its state, and the alarm finds it.
            let response = response.inspect_err(log::fault);
            Rc::new(DeliveryResult { response: response.ok().flatten(), usage: usage.get() })
        };
        let delivery = delivery.boxed_local().shared();
        self.running.borrow_mut().insert(number, delivery.clone());
        // The delivery goes on when its callers hang up.
        wasm_bindgen_futures::spawn_local(delivery.clone().map(drop));
        Ok(delivery)
    }

    /// Finds the next queued messages to deliver that no caller waits for, at most `limit`.
    pub fn next(&self, limit: usize) -> worker::Result<Vec<i64>> {
        let running = self.running.borrow();
        self.queue.next(limit, running.len(), |number| running.contains_key(&number))
    }

    async fn run(
        self: &Rc<Self>,
        message: &Message,
        deadline: Option<Duration>,
        usage: &Cell<UpstreamUsage>,
    ) -> worker::Result<Option<StoredResponse>> {
        // Without senders nothing goes out, so the outcome is never unknown.
        if let Err(rejection) = self.senders.require() {
            return self.fail(message.number, Event::Abandon, rejection.into_stored());
        }
        let mut attempt = Attempt {
            message,
            deadline,
            usage,
            is_prepared: message.made,
            is_new_contact: false,
            not_found: 0,
            rate_limited: None,
        };
        loop {
            if let Break(end) = self.wait(&mut attempt).await? {
                return Ok(end);
            }
            if !attempt.is_prepared
                && let Break(end) = self.compose(&mut attempt).await?
            {
                return Ok(end);
            }
            if !attempt.is_prepared {
                continue;
            }
            let (sent, response) = match self.post(&attempt).await? {
                Break(end) => return Ok(end),
                Continue(exchange) => exchange,
            };
            if let Break(end) = self.judge(&mut attempt, &sent, response).await? {
                return Ok(end);
            }
        }
    }

    /// Waits until the message may go out: after the earlier replies to its conversation, and after a pause
    /// that Intercom has requested.
    async fn wait(self: &Rc<Self>, attempt: &mut Attempt<'_>) -> Progress<()> {
        let Attempt { message, deadline, .. } = *attempt;
        if !self.wait_for_earlier_replies(message, deadline).await? {
            let words =
                "An earlier reply to this conversation is still on its way: this one was not sent";
            let rejection = Rejection::new(503, "service_unavailable", words);
            return self.give_up(attempt, || rejection.into_stored());
        }
        if !self.wait_for_limit(deadline).await {
            let limited = attempt.rate_limited.take();
            return self.give_up(attempt, || limited.unwrap_or_else(limit_used_up));
        }
        Ok(Continue(()))
    }

    /// Ends a delivery before its bytes go out: the message fails if a caller waits, and stays queued
    /// otherwise.
    fn give_up(
        &self,
        attempt: &Attempt<'_>,
        response: impl FnOnce() -> StoredResponse,
    ) -> Progress<()> {
        match attempt.deadline {
            Some(_) => self.abandon(attempt, response()),
            None => Ok(Break(None)),
        }
    }

    /// Fails a message before its bytes go out.
    fn abandon<T>(&self, attempt: &Attempt<'_>, response: StoredResponse) -> Progress<T> {
        self.fail(attempt.message.number, Event::Abandon, response).map(Break)
    }

    fn fail(
        &self,
        number: i64,
        event: Event,
        response: StoredResponse,
    ) -> worker::Result<Option<StoredResponse>> {
        self.recorder.fail(number, event, response, self.scheduler.paused_until())
    }

    /// Waits until the earlier replies to the message's conversation are finished, so that replies arrive in
    /// their order. Returns `false` if that takes longer than the caller waits, or if no caller waits.
    async fn wait_for_earlier_replies(
        self: &Rc<Self>,
        message: &Message,
        deadline: Option<Duration>,
    ) -> worker::Result<bool> {
        while let Some(earlier) = self.queue.earlier_reply(message)? {
            if deadline.is_none() || !is_in_time(deadline, POLL) {
                return Ok(false);
            }
            match self.start(earlier, None) {
                Ok(delivery) => {
                    with_limit(&Clock, POLL, delivery).await;
                    // It may still be queued because of Intercom's rate limit.
                    if self.messages.by_number(earlier).is_ok_and(|it| !it.state.is_final()) {
                        Clock.sleep(POLL).await;
                    }
                }
                Err(_) => Clock.sleep(POLL).await,
            }
        }
        Ok(true)
    }

    /// Waits after a 429. Returns `false` if that takes longer than the caller waits, or if no caller waits.
    async fn wait_for_limit(&self, deadline: Option<Duration>) -> bool {
        let pause = self.scheduler.paused_until().checked_sub(runtime::now());
        let Some(pause) = pause.filter(|pause| !pause.is_zero()) else { return true };
        if deadline.is_none() || !is_in_time(deadline, pause) {
            return false;
        }
        Clock.sleep(pause).await;
        true
    }

    /// Has a sender prepare the body, and stores it. After a 429 the attempt goes on unprepared.
    async fn compose(&self, attempt: &mut Attempt<'_>) -> Progress<()> {
        let Attempt { message, deadline, usage, .. } = *attempt;
        let number = message.number;
        let template = message.template.as_ref().map(|key| self.templates.by_key(key));
        let command = SenderCommand::Compose {
            job: message.job.clone(),
            template: template.transpose()?.flatten(),
            milliseconds: time_left(deadline),
            waits: deadline.is_some(),
        };
        let mut request = self.messages.body(number)?.unwrap_or_default();
        if let Some(id) = &message.batch {
            let Some(batch) = self.batches.by_id(id)? else { return Ok(Break(None)) };
            request = batch.notification(&request);
        }
        let outcome = self.senders.send(&command, &request, usage).await;
        // Someone may have cancelled the batch meanwhile.
        if self.messages.by_number(number)?.state.is_final() {
            return Ok(Break(None));
        }
        match outcome {
            Ok((SenderOutcome::Composed { summary, created_at }, body)) => {
                if let Some(batch) = &message.batch
                    && self.recipients.is_duplicate(number, batch, summary.contact.as_deref())?
                {
                    self.recipients.delete_duplicate(number)?;
                    self.batches.add_duplicates(batch, 1)?;
                    return Ok(Break(None));
                }
                self.messages.save_prepared(number, &summary, &body)?;
                attempt.is_prepared = true;
                attempt.is_new_contact =
                    created_at.is_some_and(|at| at >= now() / 1000 - NEW_CONTACT_SECS);
            }
            Ok((SenderOutcome::Rejected(response), body)) => {
                let response = StoredResponse { body, ..response };
                if response.upstream && response.status == 429 {
                    attempt.rate_limited = Some(response);
                    return Ok(Continue(()));
                }
                return self.abandon(attempt, response);
            }
            outcome => {
                let words = "The Worker failed before the message went out";
                let rejection = Rejection::new(503, "service_unavailable", words);
                let kind = outcome.err().map(|error| kind(&error));
                let rejection = rejection.caused_by(kind.as_deref().unwrap_or("no body"));
                return self.abandon(attempt, rejection.into_stored());
            }
        }
        if deadline.is_some_and(|deadline| deadline < runtime::now() + RESERVE) {
            let words = "Intercom took too long over what leads up to it: nothing was sent";
            let rejection = Rejection::new(504, "gateway_timeout", words);
            return self.abandon(attempt, rejection.into_stored());
        }
        Ok(Continue(()))
    }

    /// Has a sender send the stored body. Returns the body and Intercom's response.
    async fn post(&self, attempt: &Attempt<'_>) -> Progress<(Vec<u8>, StoredResponse)> {
        let message = attempt.message;
        let verbatim = match &message.job {
            Job::Verbatim(verbatim) => Some(verbatim.clone()),
            _ => None,
        };
        let milliseconds = time_left(attempt.deadline);
        let command = SenderCommand::Post { verbatim, milliseconds };
        let body = self.messages.body(message.number)?.unwrap_or_default();
        // If the object is stopped from here on, the alarm finds the message, and its outcome is unknown.
        self.scheduler.wake_by(now() + OVERDUE_MS).await?;
        if !self.messages.begin(message.number)? {
            self.recipients.cancel_if_cancelled(message)?;
            return Ok(Break(None));
        }
        let (status, cause) = match self.senders.send(&command, &body, attempt.usage).await {
            Ok((SenderOutcome::Answered(response), response_body)) => {
                return Ok(Continue((body, StoredResponse { body: response_body, ..response })));
            }
            Ok((SenderOutcome::Lost { timed_out: true }, _)) => {
                (504, "Intercom didn't answer in time")
            }
            Ok(_) => (502, "The connection to Intercom failed"),
            Err(_) => (502, "The Worker was stopped while the message was on its way"),
        };
        self.recorder.lose(message, status, cause).map(Break)
    }

    /// Judges Intercom's response to the body that was sent. The attempt goes on if Intercom did nothing and
    /// the message may be sent again.
    async fn judge(
        &self,
        attempt: &mut Attempt<'_>,
        sent: &[u8],
        response: StoredResponse,
    ) -> Progress<()> {
        let message = attempt.message;
        let number = message.number;
        let cause = format!("Intercom answered {}", response.status);
        match judge(response.status, &response.body) {
            Verdict::Accepted(mut accepted) => {
                // The response to a reply has the id of the conversation, not of the reply.
                accepted.id = accepted.id.filter(|_| message.conversation.is_none());
                let response = in_version_of_request(&message.job, response, sent);
                self.recorder.finish(number, Event::Accept, &cause, &accepted, response).map(Break)
            }
            Verdict::Rejected if response.status == 404 && attempt.is_new_contact => {
                self.retry_new_contact(attempt, cause, response).await
            }
            Verdict::Rejected => {
                let response = match message.job {
                    Job::Notification if response.status == 404 => with_sender_field(response),
                    _ => response,
                };
                let response = in_version_of_request(&message.job, response, sent);
                self.fail(number, Event::Reject, response).map(Break)
            }
            Verdict::Uncertain => {
                let cause = match response.status {
                    ..300 => format!("{cause}, and nothing that can be read"),
                    _ => cause,
                };
                self.recorder.lose(message, 502, &cause).map(Break)
            }
            Verdict::RateLimited => {
                if !self.postpone(message, cause)? {
                    return Ok(Break(None));
                }
                attempt.rate_limited = Some(response);
                Ok(Continue(()))
            }
        }
    }

    /// Waits for a contact that was created a moment ago: it was read, but Intercom answered 404.
    async fn retry_new_contact(
        &self,
        attempt: &mut Attempt<'_>,
        cause: String,
        response: StoredResponse,
    ) -> Progress<()> {
        let cause = format!("{cause}: the contact was created a moment ago");
        if !self.postpone(attempt.message, cause)? {
            return Ok(Break(None));
        }
        let pause = Duration::from_secs(1 << attempt.not_found);
        attempt.not_found += 1;
        if attempt.not_found > MAX_NEW_CONTACT_RETRIES || !is_in_time(attempt.deadline, pause) {
            return self.abandon(attempt, response);
        }
        Clock.sleep(pause).await;
        Ok(Continue(()))
    }

    /// Queues a message again of which Intercom did nothing. Returns `false` if its batch was cancelled
    /// meanwhile.
    fn postpone(&self, message: &Message, cause: String) -> worker::Result<bool> {
        self.messages.record(message.number, Event::Postpone, Some(cause))?;
        self.recipients.cancel_if_cancelled(message)?;
        Ok(!self.messages.by_number(message.number)?.state.is_final())
    }
}

/// Makes the response to a caller whose request came while the workspace's rate limit was used up.
fn limit_used_up() -> StoredResponse {
    let words = "Intercom's limit is used up: ask again when the window turns";
    Rejection::new(429, "rate_limit_exceeded", words).into_stored()
}

/// Translates Intercom's response into the version of the API in which the request came.
fn in_version_of_request(job: &Job, response: StoredResponse, sent: &[u8]) -> StoredResponse {
    match job {
        Job::Translated => message_of_v1::response(response, sent),
        Job::Verbatim(Verbatim { from_v1: true, .. }) => response_of_v1::replied(response),
        Job::Verbatim(_) | Job::Notification => response,
    }
}

/// Checks if a message can still be sent in time after a pause.
fn is_in_time(deadline: Option<Duration>, pause: Duration) -> bool {
    deadline.is_none_or(|deadline| runtime::now() + pause + RESERVE <= deadline)
}

/// Names the sender as the field at fault in a 404: the recipient was found a moment ago, so Intercom
/// doesn't know the sender.
fn with_sender_field(response: StoredResponse) -> StoredResponse {
    let Ok(mut errors) = serde_json::from_slice::<Value>(&response.body) else { return response };
    let Some(Value::Object(error)) = errors.pointer_mut("/errors/0") else { return response };
    error.insert("field".to_owned(), "from.id".into());
    error.insert("message".to_owned(), "Intercom knows no admin with this id".into());
    StoredResponse { body: serde_json::to_vec(&errors).unwrap_or_default(), ..response }
}

/// Returns the time that Intercom may take, in milliseconds.
fn time_left(deadline: Option<Duration>) -> u64 {
    let left = deadline.map_or(DEADLINE, |deadline| deadline.saturating_sub(runtime::now()));
    left.min(DEADLINE).as_millis().try_into().unwrap_or_default()
}
