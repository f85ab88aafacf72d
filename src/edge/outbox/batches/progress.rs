//! The progress of a batch, once or as a stream of events.

use crate::client::Timer;
use crate::edge::outbox::batches::store::{Batch, BatchStore, RecipientStore};
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::sql::now;
use crate::model::{self, Field, MessageState, Timestamp};
use futures_util::stream;
use serde_json::Number;
use std::time::Duration;
use worker::{Response, Result};

/// The period over which the rate is measured, in milliseconds.
const RATE_PERIOD_MS: i64 = 10_000;

/// The seconds without a change after which a stream sends a comment, so that no proxy closes it.
const MAX_SILENCE_SECS: u32 = 15;

/// Reads the progress of batches.
#[derive(Clone, Debug)]
pub struct ProgressReader {
    pub batches: BatchStore,
    pub recipients: RecipientStore,
}

impl ProgressReader {
    /// Reads the progress of a batch.
    pub fn read(&self, batch: &Batch) -> Result<model::Batch> {
        let counts = self.recipients.count_by_state(&batch.id)?;
        let finished = self.recipients.count_finished(&batch.id, now() - RATE_PERIOD_MS)?;
        Ok(progress(batch, &counts, finished, now()))
    }

    /// Streams the progress of a batch (HTML standard, "Server-sent events"): an event for each change,
    /// which is looked for each second.
    pub fn watch(&self, id: &str) -> Result<Response> {
        let reader = self.clone();
        let watch = Watch { id: id.to_owned(), last: String::new(), silence: 0, is_over: false };
        let events = stream::unfold(watch, move |mut watch| {
            let reader = reader.clone();
            async move {
                let event = watch.next(&reader).await?;
                Some((Ok::<_, worker::Error>(event.into_bytes()), watch))
            }
        });
        Response::from_stream(Box::pin(events))
    }
}

/// A stream of a batch's progress.
struct Watch {
    id: String,
    /// The progress of the last event.
    last: String,
    /// The seconds since the last event or comment.
    silence: u32,
    /// Set once the batch has ended.
    is_over: bool,
}

impl Watch {
    /// Waits for the next event or comment; `None` at the end of the stream.
    async fn next(&mut self, reader: &ProgressReader) -> Option<String> {
        loop {
            if self.is_over {
                return None;
            }
            let batch = reader.batches.by_id(&self.id).ok()??;
            let progress = serde_json::to_string(&reader.read(&batch).ok()?).ok()?;
            self.is_over = batch.finished.is_some();
            if progress != self.last {
                let event = format!("event: progress\ndata: {progress}\n\n");
                self.last = progress;
                self.silence = 0;
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if self.silence >= MAX_SILENCE_SECS {
                self.silence = 0;
                return Some(": still here\n\n".to_owned());
            }
            self.silence += 1;
            Clock.sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Computes the progress of a batch at `now`, in milliseconds since 1970. `counts`: its messages by state.
/// `finished`: those that finished within the last [`RATE_PERIOD_MS`].
pub fn progress(
    batch: &Batch,
    counts: &[(MessageState, i64)],
    finished: i64,
    now: i64,
) -> model::Batch {
    let count = |state: MessageState| {
        let found = counts.iter().find(|(known, _)| *known == state);
        found.map_or(0, |(_, count)| *count)
    };
    // A batch may be younger than the period.
    let period = RATE_PERIOD_MS.min(now - batch.created).max(1000);
    let rate = finished as f64 * 1000.0 / period as f64;
    let [queued, sending] = [MessageState::Queued, MessageState::Sending].map(count);
    let is_running = !batch.paused && batch.finished.is_none() && rate > 0.0;
    let left = ((queued + sending) as f64 / rate).ceil();
    let end = is_running.then(|| Timestamp::of_milliseconds(now + 1000 * left as i64));
    let rounded_rate = Number::from_f64((rate * 10.0).round() / 10.0);
    model::Batch {
        r#type: "edge.batch".into(),
        id: batch.id.as_str().into(),
        caller: batch.caller.as_str().into(),
        state: batch.state().into(),
        created_at: Timestamp::of_milliseconds(batch.created).into(),
        finished_at: Field::nullable(batch.finished.map(Timestamp::of_milliseconds)),
        template: model::TemplateVersion::from(&batch.template).into(),
        total: counts.iter().map(|(_, count)| count).sum::<i64>().into(),
        queued: queued.into(),
        sending: sending.into(),
        sent: count(MessageState::Sent).into(),
        failed: count(MessageState::Failed).into(),
        unknown: count(MessageState::Unknown).into(),
        duplicates: batch.duplicates.into(),
        rate: rounded_rate.unwrap_or_else(|| 0.into()).into(),
        estimated_end_at: Field::nullable(end),
        cause: batch.cause.clone().map_or(Field::Absent, Field::Known),
        ..model::Batch::default()
    }
}
