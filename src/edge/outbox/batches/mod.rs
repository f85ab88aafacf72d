//! Batches: one template to many people, a message for each.

pub mod collect;
pub mod progress;
pub mod results;
pub mod store;

use crate::call::Format;
use crate::edge::config::Config;
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::batches::progress::ProgressReader;
use crate::edge::outbox::batches::results::stream_results;
use crate::edge::outbox::batches::store::{Batch, BatchStore, RecipientStore};
use crate::edge::outbox::idempotency::check_reuse;
use crate::edge::outbox::list_pacer::ListPacer;
use crate::edge::outbox::page::{has_more, list_page};
use crate::edge::outbox::protocol::{BatchChange, BatchSubmission, PageQuery, Reply};
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::templates::Templates;
use crate::edge::response::Rejection;
use crate::edge::runtime::sql::now;
use crate::model::{Audience, NewBatch};
use std::rc::Rc;
use worker::Response;

/// Answers the commands about batches.
pub struct Batches {
    pub config: Rc<Config>,
    pub batches: BatchStore,
    pub recipients: RecipientStore,
    pub templates: Templates,
    pub quota: Rc<Quota>,
    pub scheduler: Rc<Scheduler>,
    pub pacer: Rc<ListPacer>,
}

impl Batches {
    /// Creates a batch, or returns the one that the same request created.
    pub async fn create(
        &self,
        submission: &BatchSubmission,
        body: &[u8],
    ) -> Result<Reply, Rejection> {
        if let Some(known) = self.repeated(submission)? {
            let BatchSubmission { key, fingerprint, .. } = submission;
            check_reuse(key.as_deref(), fingerprint, Some(&known.fingerprint))?;
            return Ok(Reply { replayed: true, ..self.created(&known)? });
        }
        let mut batch = NewBatch::read(body).map_err(|_| Rejection::broken())?;
        let version = batch.version.map(i64::from);
        let template = self.templates.find(&batch.template, version)?.key();
        let people = match &mut batch.audience {
            Audience::To(people) => std::mem::take(people),
            Audience::Search(_) => Vec::new(),
        };
        let count = people.len().max(submission.found);
        self.quota.check(&submission.caller, Usage::of(count, body.len()))?;
        let id = self.batches.insert(submission, &batch, &template, people)?;
        self.scheduler.wake_by(now()).await?;
        self.created(&self.find(&id, None)?)
    }

    /// Finds the batch that the same request created.
    fn repeated(&self, submission: &BatchSubmission) -> worker::Result<Option<Batch>> {
        let BatchSubmission { caller, key, fingerprint, .. } = submission;
        match (key, self.config.outbox.dedupe()) {
            (Some(key), _) => self.batches.by_key(caller, key),
            (None, 0) => Ok(None),
            (None, dedupe) => self.batches.by_fingerprint(caller, fingerprint, now() - dedupe),
        }
    }

    fn created(&self, batch: &Batch) -> Result<Reply, Rejection> {
        let mut reply = Reply::json(202, &self.progress().read(batch)?);
        let location = format!("/edge/messages/batch/{}", batch.id);
        reply.response = reply.response.with("location", location);
        Ok(reply)
    }

    fn progress(&self) -> ProgressReader {
        ProgressReader { batches: self.batches.clone(), recipients: self.recipients.clone() }
    }

    /// Finds a batch; with a caller, only one of that caller's.
    fn find(&self, id: &str, caller: Option<&str>) -> Result<Batch, Rejection> {
        let found = self.find_owned(id, caller)?;
        found.ok_or_else(|| Rejection::not_found("There is no such batch"))
    }

    fn find_owned(&self, id: &str, caller: Option<&str>) -> worker::Result<Option<Batch>> {
        let found = self.batches.by_id(id)?;
        Ok(found.filter(|batch| caller.is_none_or(|caller| batch.caller == caller)))
    }

    /// Shows a batch with its progress; with a caller, only one of that caller's.
    pub fn show(&self, id: &str, caller: Option<&str>) -> Result<Reply, Rejection> {
        Ok(Reply::json(200, &self.progress().read(&self.find(id, caller)?)?))
    }

    /// Lists batches, newest first; with a caller, only that caller's.
    pub async fn list(&self, caller: Option<&str>, page: PageQuery) -> Result<Reply, Rejection> {
        self.pacer.wait().await?;
        let PageQuery { per_page, starting_after } = page;
        let before = match &starting_after {
            Some(id) => {
                let found = self.find_owned(id, caller)?.ok_or_else(|| {
                    Rejection::parameter("starting_after", "No such batch is listed")
                });
                Some(found?.number)
            }
            None => None,
        };
        let mut batches = self.batches.list(caller, before, per_page + 1)?;
        let more = has_more(&mut batches, per_page);
        let next = batches.last().filter(|_| more).map(|batch| batch.id.clone());
        let progress = self.progress();
        let items = batches.iter().map(|batch| progress.read(batch));
        let items = items.collect::<worker::Result<Vec<_>>>()?;
        Ok(Reply::json(200, &list_page(items, per_page, next)))
    }

    /// Pauses, resumes or cancels a batch; with a caller, only one of that caller's.
    pub async fn change(
        &self,
        id: &str,
        caller: Option<&str>,
        change: BatchChange,
    ) -> Result<Reply, Rejection> {
        let batch = self.find(id, caller)?;
        if batch.finished.is_some() && change != BatchChange::Cancel {
            let words = format!("The batch is {}", batch.state().as_str());
            return Err(Rejection::new(409, "conflict", words));
        }
        self.batches.change(id, change)?;
        if change == BatchChange::Cancel && batch.finished.is_none() {
            self.recipients.cancel(id)?;
        }
        self.batches.close_finished()?;
        self.scheduler.wake_by(now()).await?;
        self.show(id, caller)
    }

    /// Streams the progress of a batch; with a caller, only of one of that caller's.
    pub fn watch(&self, id: &str, caller: Option<&str>) -> Result<Response, Rejection> {
        self.find(id, caller)?;
        Ok(self.progress().watch(id)?)
    }

    /// Streams the results of a batch; with a caller, only of one of that caller's.
    pub fn results(
        &self,
        id: &str,
        caller: Option<&str>,
        format: Format,
    ) -> Result<Response, Rejection> {
        self.find(id, caller)?;
        Ok(stream_results(&self.recipients, id, format)?)
    }
}
