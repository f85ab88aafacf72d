//! The search for the people of batches, a page at a time.

use crate::client::DEADLINE;
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::batches::store::{Batch, BatchStore, RecipientStore};
use crate::edge::outbox::protocol::{SenderCommand, SenderOutcome};
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::sender_pool::{SenderPool, UpstreamUsage};
use crate::edge::request::log;
use crate::edge::runtime::sql::{Store, now};
use crate::model::{Cursor, Field, MAX_RECIPIENTS, Object, Recipient, To};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use worker::Result;

/// The people on a page: the most that Intercom gives at once.
const PAGE: i64 = 150;

/// The pause before a page that failed is requested again, in milliseconds.
const RETRY_PAUSE_MS: i64 = 10_000;

/// The most failures in a row of a page before its batch is cancelled: for ten minutes.
const MAX_FAILURES: u32 = 60;

/// Finds the people of batches.
pub struct Collector {
    batches: BatchStore,
    recipients: RecipientStore,
    quota: Rc<Quota>,
    senders: Rc<SenderPool>,
    /// Set while people are being found.
    is_running: Cell<bool>,
    /// The time when a failed page may be requested again, in milliseconds since 1970.
    paused_until: Cell<i64>,
    /// The failures in a row of a batch's page, by the batch's number.
    failures: RefCell<HashMap<i64, u32>>,
}

impl Collector {
    /// Finds people through the senders.
    pub fn new(sql: &Rc<Store>, quota: &Rc<Quota>, senders: &Rc<SenderPool>) -> Self {
        Self {
            batches: BatchStore::new(Rc::clone(sql)),
            recipients: RecipientStore::new(Rc::clone(sql)),
            quota: Rc::clone(quota),
            senders: Rc::clone(senders),
            is_running: Cell::default(),
            paused_until: Cell::default(),
            failures: RefCell::default(),
        }
    }

    /// Checks if people are being found.
    pub const fn is_running(&self) -> bool {
        self.is_running.get()
    }

    /// Finds the time when the next page may be requested, in milliseconds since 1970; `None` if there is none.
    pub fn next_page_at(&self) -> Result<Option<i64>> {
        let at = self.paused_until.get().max(now());
        Ok(self.batches.is_collecting()?.then_some(at))
    }

    /// Ends the pause after a failed page.
    pub fn end_pause(&self) {
        self.paused_until.take();
    }

    /// Starts to find people, if there are people to find. It goes on by itself.
    pub fn start(self: &Rc<Self>) -> Result<()> {
        let is_paused = self.paused_until.get() > now();
        if self.is_running.get() || is_paused || !self.batches.is_collecting()? {
            return Ok(());
        }
        self.is_running.set(true);
        let this = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            // A failure of the storage counts like one of Intercom's: the page is requested again.
            let is_complete = this.run().await.inspect_err(log::fault).unwrap_or(false);
            this.paused_until.set(if is_complete { 0 } else { now() + RETRY_PAUSE_MS });
            this.is_running.set(false);
        });
        Ok(())
    }

    /// Finds the people of all batches, in the order in which the batches were created. Returns `false` if a
    /// page failed and is to be requested again.
    async fn run(&self) -> Result<bool> {
        let mut is_complete = true;
        for Batch { id, .. } in self.batches.collecting()? {
            // Someone may have paused or cancelled it meanwhile.
            while let Some(batch) = self.batches.by_id(&id)?
                && let Some(search) = batch.search.clone().filter(|_| !batch.paused)
            {
                if !self.page(&batch, search).await? {
                    is_complete = false;
                    break;
                }
            }
        }
        Ok(is_complete)
    }

    /// Requests the next page of a batch's people. Returns `false` if it is to be requested again.
    async fn page(&self, batch: &Batch, search: Object) -> Result<bool> {
        let body = with_cursor(search, batch.after.as_deref())?;
        let milliseconds = DEADLINE.as_millis().try_into().unwrap_or(u64::MAX);
        let command = SenderCommand::FindPeople { milliseconds };
        let usage = Cell::new(UpstreamUsage::default());
        let outcome = self.senders.send(&command, &body, &usage).await;
        if self.batches.by_id(&batch.id)?.is_none_or(|batch| batch.search.is_none()) {
            return Ok(true);
        }
        match outcome {
            Ok((SenderOutcome::People { ids, next }, _)) => {
                self.failures.borrow_mut().remove(&batch.number);
                self.add(batch, ids, next)?;
                Ok(true)
            }
            Ok((SenderOutcome::Rejected(response), _)) => self.fail(batch, Some(response.status)),
            _ => self.fail(batch, None),
        }
    }

    /// Adds a page of people.
    fn add(&self, batch: &Batch, ids: Vec<String>, next: Option<String>) -> Result<()> {
        let known = usize::try_from(self.recipients.count(&batch.id)?).unwrap_or(usize::MAX);
        let room = MAX_RECIPIENTS.saturating_sub(known);
        let people: Vec<Recipient> =
            ids.into_iter().map(|id| To::Id(id).into()).take(room).collect();
        if self.quota.check(&batch.caller, Usage::of(people.len(), 0)).is_err() {
            return self.abort(batch, "The outbox has no room for more recipients");
        }
        self.batches.add_recipients(&batch.id, people.into_iter())?;
        // A cursor that doesn't advance ends the list.
        let after = next.filter(|next| batch.after.as_ref() != Some(next));
        self.batches.save_cursor(&batch.id, after)
    }

    /// Counts a page that failed. Returns `false` if it is to be requested again; otherwise the batch is
    /// cancelled.
    fn fail(&self, batch: &Batch, status: Option<u16>) -> Result<bool> {
        let failures = {
            let mut failures = self.failures.borrow_mut();
            let count = failures.entry(batch.number).or_default();
            *count += 1;
            *count
        };
        let answered = status.map_or("not answered".to_owned(), |it| format!("answered {it}"));
        let cause = format!("The search was {answered}");
        if failures < MAX_FAILURES && !status.is_some_and(|it| (400..429).contains(&it)) {
            self.batches.save_cause(&batch.id, &cause)?;
            return Ok(false);
        }
        self.failures.borrow_mut().remove(&batch.number);
        self.abort(batch, &cause)?;
        Ok(true)
    }

    fn abort(&self, batch: &Batch, cause: &str) -> Result<()> {
        self.batches.abort(&batch.id, cause)?;
        self.recipients.cancel(&batch.id)
    }
}

/// Writes the body of a search for the page after a cursor.
fn with_cursor(mut search: Object, after: Option<&str>) -> Result<Vec<u8>> {
    let page = Cursor {
        per_page: PAGE.into(),
        starting_after: after.map_or(Field::Absent, Into::into),
        ..Cursor::default()
    };
    search.insert("pagination".to_owned(), serde_json::to_value(page)?);
    Ok(serde_json::to_vec(&search)?)
}
