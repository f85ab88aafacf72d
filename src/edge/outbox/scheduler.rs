//! The alarm and the pace: when the outbox works, and how much it may send.

use crate::client::requested_wait;
use crate::edge::intercom::rate_budget::{Allowance, RateBudget};
use crate::edge::outbox::protocol::{SenderOutcome, SenderReply};
use crate::edge::runtime;
use crate::edge::runtime::sql::now;
use std::cell::Cell;
use std::time::Duration;
use worker::{Result, Storage};

/// The delay of an alarm that still counts as set, in milliseconds. A later one was set before the clock
/// was changed, and doesn't fire.
const TOLERANCE_MS: i64 = 5_000;

/// The most messages in delivery at once.
const MAX_DELIVERIES: usize = 48;

/// Sets the object's alarm, and knows the rate budget.
pub struct Scheduler {
    storage: Storage,
    /// The time of the alarm that this instance has set, in milliseconds since 1970.
    alarm: Cell<Option<i64>>,
    /// The latest time that the clock has shown, in milliseconds since 1970.
    latest: Cell<i64>,
    budget: Cell<RateBudget>,
}

/// The most requests that a message takes: one finds its recipient, one sends it.
const REQUESTS_PER_MESSAGE: u32 = 2;

impl Scheduler {
    /// Schedules by the alarm of an object.
    pub fn new(storage: Storage) -> Self {
        let budget = Cell::new(RateBudget::new(REQUESTS_PER_MESSAGE));
        Self { storage, alarm: Cell::default(), latest: Cell::default(), budget }
    }

    /// Checks for an alarm that will fire.
    pub fn is_set(&self) -> bool {
        self.alarm.get().is_some_and(|at| at >= now() - TOLERANCE_MS)
    }

    /// Checks if the alarm is unset or fires before a time.
    pub fn is_unset_or_before(&self, at: i64) -> bool {
        self.alarm.get().is_none_or(|alarm| alarm < at)
    }

    /// Makes sure that the alarm fires by a time.
    pub async fn wake_by(&self, at: i64) -> Result<()> {
        let is_due =
            self.alarm.get().is_some_and(|known| (now() - TOLERANCE_MS..=at).contains(&known));
        if is_due { Ok(()) } else { self.wake_at(at).await }
    }

    /// Sets the alarm to a time.
    pub async fn wake_at(&self, at: i64) -> Result<()> {
        self.alarm.set(Some(at));
        // The object's clock stands still while it computes: an alarm that is due fires at once.
        let left = u64::try_from(at.saturating_sub(now())).unwrap_or_default();
        self.storage.set_alarm(Duration::from_millis(left)).await
    }

    /// Detects a clock that was set back. The rate budget by the old time is forgotten then: it would stop all
    /// sending until the clock is there again.
    pub fn clock_was_set_back(&self) -> bool {
        let is_set_back = now() < self.latest.get() - TOLERANCE_MS;
        if is_set_back {
            self.budget.set(RateBudget::new(REQUESTS_PER_MESSAGE));
            self.latest.set(now());
        } else {
            self.latest.set(self.latest.get().max(now()));
        }
        is_set_back
    }

    /// Computes the number of messages that may start besides those in delivery. `free_share`: the share of the
    /// rate limit that stays free, from 0 to 1.
    pub fn allowance(&self, in_delivery: usize, free_share: f64) -> Allowance {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match self.budget.get().allowance(count(in_delivery), free_share, runtime::now()) {
            Allowance::Jobs(messages) => {
                let most = MAX_DELIVERIES.saturating_sub(in_delivery);
                Allowance::Jobs(messages.min(count(most)))
            }
            none => none,
        }
    }

    /// Returns the time since 1970 before which no request may go to Intercom.
    pub fn paused_until(&self) -> Duration {
        self.budget.get().paused_until()
    }

    /// Updates the rate budget from a sender's reply.
    pub fn learn(&self, reply: &SenderReply) {
        let mut budget = self.budget.get();
        if let Some(limit) = reply.limit() {
            budget.learn(limit);
        }
        if let SenderOutcome::Answered(response) | SenderOutcome::Rejected(response) =
            &reply.outcome
            && response.upstream
            && response.status == 429
        {
            let now = runtime::now();
            let wait = requested_wait(now, |name| response.header(name).map(str::to_owned));
            budget.pause(wait, now);
        }
        self.budget.set(budget);
    }
}
