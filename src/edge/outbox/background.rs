//! The outbox's work between requests: the alarm removes old rows, finds the people of searches, and sends
//! the messages that no caller waits for, as fast as the rate limit allows.

use crate::client::Timer;
use crate::edge::config::Config;
use crate::edge::intercom::rate_budget::Allowance;
use crate::edge::outbox::batches::collect::Collector;
use crate::edge::outbox::batches::store::BatchStore;
use crate::edge::outbox::delivery::{Deliveries, Delivery};
use crate::edge::outbox::publisher::Publisher;
use crate::edge::outbox::recorder::{OVERDUE_MS, Recorder};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::stores::messages::MessageStore;
use crate::edge::outbox::stores::templates::TemplateStore;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::sql::now;
use futures_util::future::{self, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use worker::Result;

/// The longest run of one alarm before the next takes over, in milliseconds.
const MAX_RUN_MS: i64 = 60_000;

/// The most messages that one alarm starts: each takes two requests to a sender, and Cloudflare's free plan
/// gives an invocation a thousand.
const MAX_STARTED: usize = 400;

/// The delay of the alarm that is set while another works, in milliseconds: if that one is stopped, the
/// next takes over.
const TAKEOVER_MS: i64 = 10_000;

/// The interval at which the alarm looks for more to send while deliveries are running, in milliseconds.
const POLL_MS: i64 = 250;

/// Works between requests.
pub struct Background {
    pub config: Rc<Config>,
    pub messages: MessageStore,
    pub batches: BatchStore,
    pub templates: TemplateStore,
    pub recorder: Rc<Recorder>,
    pub scheduler: Rc<Scheduler>,
    pub deliveries: Rc<Deliveries>,
    pub collector: Rc<Collector>,
    pub publisher: Rc<Publisher>,
    /// Set once the columns of old messages are filled.
    pub is_filled: Cell<bool>,
}

impl Background {
    /// Makes sure at each request that the alarm is set: the one of a stopped object, of a restored copy, or
    /// from before the clock was changed may never fire.
    pub async fn ensure_scheduled(&self) -> Result<()> {
        if self.scheduler.is_set() && !self.clock_was_set_back() {
            return Ok(());
        }
        let next = self.next_work(None)?;
        self.scheduler.wake_at(next.max(now())).await
    }

    /// Works until nothing is left to start, and sets the alarm for the next work.
    pub async fn run(&self) -> Result<()> {
        self.scheduler.wake_at(now() + TAKEOVER_MS).await?;
        self.delete_old()?;
        self.recorder.end_overdue()?;
        let mut end = now() + MAX_RUN_MS;
        let mut running = FuturesUnordered::new();
        let mut started = 0;
        loop {
            let mut next = None;
            if !self.is_filled.get() {
                self.is_filled.set(!self.messages.fill_old()?);
            }
            if self.clock_was_set_back() {
                end = now();
            }
            if now() < end && started < MAX_STARTED {
                self.collector.start()?;
                let before = running.len();
                next = self.start_deliveries(&mut running)?;
                started += running.len() - before;
            }
            self.batches.close_finished()?;
            self.publisher.start();
            if running.is_empty() && !self.collector.is_running() {
                let at = self.next_work(next)?;
                return self.scheduler.wake_at(at).await;
            }
            if self.scheduler.is_unset_or_before(now() + TAKEOVER_MS / 2) {
                self.scheduler.wake_at(now() + TAKEOVER_MS).await?;
            }
            let pause = Clock.sleep(Duration::from_millis(POLL_MS.unsigned_abs())).boxed_local();
            match running.is_empty() {
                true => pause.await,
                false => drop(future::select(running.next(), pause).await),
            }
        }
    }

    /// Starts as many deliveries as the rate budget allows. Returns when more may start, in milliseconds
    /// since 1970, if none may start now.
    fn start_deliveries(&self, running: &mut FuturesUnordered<Delivery>) -> Result<Option<i64>> {
        let in_delivery = self.deliveries.count();
        match self.scheduler.allowance(in_delivery, self.config.outbox.free_share) {
            Allowance::Jobs(0) => return Ok(Some(now() + POLL_MS)),
            Allowance::Jobs(messages) => {
                let limit = usize::try_from(messages).unwrap_or(usize::MAX);
                for number in self.deliveries.next(limit)? {
                    running.extend(self.deliveries.start(number, None));
                }
            }
            Allowance::NoneUntil(time) => {
                return Ok(Some(time.as_millis().try_into().unwrap_or(i64::MAX)));
            }
        }
        Ok(None)
    }

    /// Detects a clock that was set back. Times by the old clock are forgotten then.
    fn clock_was_set_back(&self) -> bool {
        let is_set_back = self.scheduler.clock_was_set_back();
        if is_set_back {
            self.collector.end_pause();
        }
        is_set_back
    }

    /// Finds the time of the next work, in milliseconds since 1970. `queued`: the time when a queued message may go
    /// out, if not at once.
    fn next_work(&self, queued: Option<i64>) -> Result<i64> {
        let keep = self.config.outbox.keep();
        let mut at = now() + keep;
        if !self.deliveries.next(1)?.is_empty() {
            at = at.min(queued.unwrap_or_else(now));
        }
        if let Some(page_at) = self.collector.next_page_at()? {
            at = at.min(page_at);
        }
        if self.messages.is_sending()? {
            at = at.min(now() + OVERDUE_MS);
        }
        if !self.is_filled.get() && self.messages.has_unfilled()? {
            at = at.min(now() + POLL_MS);
        }
        if let Some(publish_at) = self.publisher.next_at()? {
            at = at.min(publish_at);
        }
        let oldest = self.messages.oldest_finished()?;
        Ok(oldest.map_or(at, |created| at.min(created + keep)))
    }

    /// Deletes the rows that are older than the outbox keeps them.
    fn delete_old(&self) -> Result<()> {
        let before = now() - self.config.outbox.keep();
        self.messages.delete_old(before)?;
        self.batches.delete_old(before)?;
        self.templates.delete_removed(before)
    }
}
