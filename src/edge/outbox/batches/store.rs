//! The table of batches, and the messages of a batch. SQL only.

use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::{BatchChange, BatchSubmission, TemplateKey};
use crate::edge::outbox::transition::Step;
use crate::edge::runtime;
use crate::edge::runtime::sql::{Store, now};
use crate::model::{
    Audience, BatchState, Content, MessageState, NewBatch, Notification, Object, Recipient,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;
use worker::Result;

const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'fingerprint', fingerprint, 'created', created,
    'finished', finished, 'paused', json(iif(paused, 'true', 'false')),
    'cancelled', json(iif(cancelled, 'true', 'false')), 'template', json(template),
    'sender', sender, 'variables', json(variables), 'search', json(search), 'after', after,
    'duplicates', duplicates, 'cause', cause) FROM batch";

/// The batches whose people are still being found.
const COLLECTING: &str = "search IS NOT NULL AND NOT paused AND finished IS NULL";

/// The most recipients in one statement, and the most bytes of them: SQLite takes 2 MB in one value on
/// Cloudflare, and quotes may double a recipient's length.
const MAX_ROWS: usize = 1000;
const MAX_BYTES: usize = 256 << 10;

const RESULTS: &str = "SELECT json_array(number, json_object(
    'recipient', recipient, 'contact_id', contact, 'state', state, 'id', id,
    'message_id', message, 'cause', history ->> '$[#-1].cause', 'finished_at', finished / 1000))
  FROM message WHERE batch = ? AND number > ? ORDER BY number LIMIT 500";

/// A row of the table of batches.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// The row's number, in order of creation.
    pub number: i64,
    /// The id that callers use.
    pub id: String,
    /// The caller who owns the batch.
    pub caller: String,
    /// A hash of the request; the same request has the same one.
    pub fingerprint: String,
    /// The time of creation, in milliseconds since 1970.
    pub created: i64,
    /// The time when it was done or cancelled, in milliseconds since 1970.
    pub finished: Option<i64>,
    /// Set while it is paused.
    pub paused: bool,
    /// Set once it is cancelled.
    pub cancelled: bool,
    /// The template that is sent.
    pub template: TemplateKey,
    /// Intercom's id of the admin who sends.
    pub sender: String,
    /// The template's variables for all recipients.
    pub variables: Object,
    /// The search whose people are still being found.
    pub search: Option<Object>,
    /// The cursor of the search's next page.
    pub after: Option<String>,
    /// The number of recipients that were listed again.
    pub duplicates: i64,
    /// The reason why the search failed.
    pub cause: Option<String>,
}

impl Batch {
    /// Makes the notification to one recipient, as JSON.
    pub fn notification(&self, recipient: &[u8]) -> Vec<u8> {
        let Ok(Recipient { to, variables, .. }) = Recipient::read(recipient) else {
            return Vec::new();
        };
        let mut all = self.variables.clone();
        all.extend(variables);
        let content = Content::Template { name: self.template.name.clone(), variables: all };
        let notification = Notification { to, content, from: Some(self.sender.clone()) };
        serde_json::to_vec(&notification).unwrap_or_default()
    }

    /// Returns the state of the batch.
    pub const fn state(&self) -> BatchState {
        match self {
            Self { cancelled: true, .. } => BatchState::Cancelled,
            Self { finished: Some(_), .. } => BatchState::Done,
            Self { paused: true, .. } => BatchState::Paused,
            Self { search: Some(_), .. } => BatchState::Collecting,
            _ => BatchState::Sending,
        }
    }
}

/// Reads and writes the table of batches.
#[derive(Clone, Debug)]
pub struct BatchStore {
    sql: Rc<Store>,
    recipients: RecipientStore,
}

impl BatchStore {
    /// Reads and writes the tables of an object.
    pub fn new(sql: Rc<Store>) -> Self {
        Self { recipients: RecipientStore::new(Rc::clone(&sql)), sql }
    }

    /// Finds the batch with an id.
    pub fn by_id(&self, id: &str) -> Result<Option<Batch>> {
        self.sql.first(&format!("{ROW} WHERE id = ?"), vec![id.into()])
    }

    /// Finds the batch with an idempotency key.
    pub fn by_key(&self, caller: &str, key: &str) -> Result<Option<Batch>> {
        self.sql
            .first(&format!("{ROW} WHERE caller = ? AND key = ?"), vec![caller.into(), key.into()])
    }

    /// Finds the newest batch of the same request that counts as its repeat: unfinished, or finished after
    /// `finished_since`.
    pub fn by_fingerprint(
        &self,
        caller: &str,
        fingerprint: &str,
        finished_since: i64,
    ) -> Result<Option<Batch>> {
        self.sql.first(
            &format!(
                "{ROW} WHERE caller = ? AND fingerprint = ? AND NOT cancelled
                 AND (finished IS NULL OR finished > ?) ORDER BY number DESC LIMIT 1"
            ),
            vec![caller.into(), fingerprint.into(), finished_since.into()],
        )
    }

    /// Lists at most `limit` batches, newest first, created before the one with the number `before`; with a
    /// caller, only that caller's.
    pub fn list(
        &self,
        caller: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Batch>> {
        const PAGE: &str = "(?1 IS NULL OR number < ?1) ORDER BY number DESC LIMIT ?2";
        let Some(caller) = caller else {
            return self.sql.all(&format!("{ROW} WHERE {PAGE}"), vec![before.into(), limit.into()]);
        };
        // The numbers come from the index of (caller, key) alone: other callers' batches aren't read.
        let numbers = format!("SELECT number FROM batch WHERE caller = ?3 AND {PAGE}");
        self.sql.all(
            &format!("{ROW} WHERE number IN ({numbers}) ORDER BY number DESC"),
            vec![before.into(), limit.into(), caller.into()],
        )
    }

    /// Inserts a batch with its recipients, and returns its id.
    pub fn insert(
        &self,
        submission: &BatchSubmission,
        batch: &NewBatch,
        template: &TemplateKey,
        recipients: Vec<Recipient>,
    ) -> Result<String> {
        let id = runtime::random_uuid();
        let search = match &batch.audience {
            Audience::To(_) => None,
            Audience::Search(search) => Some(serde_json::to_string(search)?),
        };
        self.sql.transaction(|| {
            self.sql.run(
                "INSERT INTO batch (id, caller, key, fingerprint, created, template, sender, variables, search)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                vec![
                    id.as_str().into(),
                    submission.caller.as_str().into(),
                    submission.key.as_deref().into(),
                    submission.fingerprint.as_str().into(),
                    now().into(),
                    serde_json::to_string(template)?.into(),
                    batch.from.as_deref().unwrap_or_default().into(),
                    serde_json::to_string(&batch.variables)?.into(),
                    search.into(),
                ],
            )?;
            self.add_recipients(&id, recipients.into_iter())
        })?;
        Ok(id)
    }

    /// Adds recipients; one that the batch has already counts as a duplicate.
    pub fn add_recipients(
        &self,
        id: &str,
        recipients: impl Iterator<Item = Recipient>,
    ) -> Result<()> {
        let duplicates = self.recipients.insert(id, recipients)?;
        self.add_duplicates(id, duplicates)
    }

    /// Counts more duplicates.
    pub fn add_duplicates(&self, id: &str, more: i64) -> Result<()> {
        let query = "UPDATE batch SET duplicates = duplicates + ? WHERE id = ?";
        self.sql.run(query, vec![more.into(), id.into()])
    }

    /// Pauses, resumes or cancels a batch that has not ended.
    pub fn change(&self, id: &str, change: BatchChange) -> Result<()> {
        let set = match change {
            BatchChange::Pause => "paused = 1",
            BatchChange::Resume => "paused = 0",
            BatchChange::Cancel => "cancelled = 1, search = NULL",
        };
        let query = format!("UPDATE batch SET {set} WHERE id = ? AND finished IS NULL");
        self.sql.run(&query, vec![id.into()])
    }

    /// Marks the batches as finished that have no more messages to send.
    pub fn close_finished(&self) -> Result<()> {
        self.sql.run(
            "UPDATE batch SET finished = ?, paused = 0 WHERE finished IS NULL AND search IS NULL
                 AND NOT EXISTS (SELECT 1 FROM message
                                 WHERE batch = batch.id AND state IN ('queued', 'sending'))",
            vec![now().into()],
        )
    }

    /// Checks for a batch whose people are still to be found.
    pub fn is_collecting(&self) -> Result<bool> {
        let query = format!("SELECT 1 FROM batch WHERE {COLLECTING}");
        Ok(self.sql.first::<i64>(&query, vec![])?.is_some())
    }

    /// Lists the batches whose people are still to be found, in the order in which they were created.
    pub fn collecting(&self) -> Result<Vec<Batch>> {
        self.sql.all(&format!("{ROW} WHERE {COLLECTING} ORDER BY number"), vec![])
    }

    /// Stores the cursor of the search's next page; without one the search has ended.
    pub fn save_cursor(&self, id: &str, after: Option<String>) -> Result<()> {
        self.sql.run(
            "UPDATE batch SET after = ?1, search = iif(?1 IS NULL, NULL, search), cause = NULL
             WHERE id = ?2",
            vec![after.into(), id.into()],
        )
    }

    /// Stores the reason why the search failed.
    pub fn save_cause(&self, id: &str, cause: &str) -> Result<()> {
        self.sql.run("UPDATE batch SET cause = ? WHERE id = ?", vec![cause.into(), id.into()])
    }

    /// Cancels a batch whose people can't be found.
    pub fn abort(&self, id: &str, cause: &str) -> Result<()> {
        self.sql.run(
            "UPDATE batch SET cancelled = 1, search = NULL, cause = ? WHERE id = ?",
            vec![cause.into(), id.into()],
        )
    }

    /// Deletes the batches that finished before a time.
    pub fn delete_old(&self, before: i64) -> Result<()> {
        self.sql.run("DELETE FROM batch WHERE finished <= ?", vec![before.into()])
    }
}

/// Reads and writes the messages of batches.
#[derive(Clone, Debug)]
pub struct RecipientStore {
    sql: Rc<Store>,
}

impl RecipientStore {
    /// Reads and writes the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Inserts a message for each recipient, and returns how many of them the batch has already.
    pub fn insert(&self, batch: &str, recipients: impl Iterator<Item = Recipient>) -> Result<i64> {
        let before = self.count(batch)?;
        let mut listed = 0;
        let mut rows = Vec::new();
        let mut bytes = 0;
        for recipient in recipients {
            listed += 1;
            let body = serde_json::to_string(&recipient)?;
            bytes += body.len();
            rows.push(json!([runtime::random_uuid(), recipient.key(), body]));
            if bytes > MAX_BYTES || rows.len() >= MAX_ROWS {
                self.insert_rows(batch, &std::mem::take(&mut rows))?;
                bytes = 0;
            }
        }
        self.insert_rows(batch, &rows)?;
        Ok(listed - (self.count(batch)? - before))
    }

    fn insert_rows(&self, batch: &str, rows: &[Value]) -> Result<()> {
        let history = [Step::new(MessageState::Queued, now(), None)];
        self.sql.run(
            "INSERT OR IGNORE INTO message
               (id, caller, state, waits, created, history, job, made, batch, template, template_name,
                recipient, body, email)
             SELECT row.value ->> '$[0]', batch.caller, 'queued', 0, ?2, ?3, '\"notification\"', 0,
               batch.id, batch.template, batch.template ->> '$.name', row.value ->> '$[1]',
                CAST(row.value ->> '$[2]' AS BLOB),
               json(row.value ->> '$[2]') ->> '$.email'
             FROM json_each(?4) AS row, batch WHERE batch.id = ?1",
            vec![
                batch.into(),
                now().into(),
                serde_json::to_string(&history)?.into(),
                serde_json::to_string(rows)?.into(),
            ],
        )
    }

    /// Counts the messages of a batch.
    pub fn count(&self, batch: &str) -> Result<i64> {
        let query = "SELECT count(*) FROM message WHERE batch = ?";
        Ok(self.sql.first(query, vec![batch.into()])?.unwrap_or_default())
    }

    /// Counts the messages of a batch in each state.
    pub fn count_by_state(&self, batch: &str) -> Result<Vec<(MessageState, i64)>> {
        self.sql.all(
            "SELECT json_array(state, count(*)) FROM message WHERE batch = ? GROUP BY state",
            vec![batch.into()],
        )
    }

    /// Counts the messages of a batch that finished after a time.
    pub fn count_finished(&self, batch: &str, since: i64) -> Result<i64> {
        let finished: Option<i64> = self.sql.first(
            "SELECT count(*) FROM message WHERE batch = ? AND finished > ?
             AND state IN ('sent', 'failed', 'unknown')",
            vec![batch.into(), since.into()],
        )?;
        Ok(finished.unwrap_or_default())
    }

    /// Checks for another message of a batch to the same contact.
    pub fn is_duplicate(&self, number: i64, batch: &str, contact: Option<&str>) -> Result<bool> {
        let found: Option<i64> = self.sql.first(
            "SELECT 1 FROM message WHERE batch = ? AND contact = ? AND number <> ?",
            vec![batch.into(), contact.into(), number.into()],
        )?;
        Ok(found.is_some())
    }

    /// Deletes a message whose contact the batch has already.
    pub fn delete_duplicate(&self, number: i64) -> Result<()> {
        self.sql.run("DELETE FROM message WHERE number = ?", vec![number.into()])
    }

    /// Fails the queued messages of a message's batch if the batch was cancelled.
    pub fn cancel_if_cancelled(&self, message: &Message) -> Result<()> {
        let Some(batch) = message.batch.as_deref() else { return Ok(()) };
        let query = "SELECT 1 FROM batch WHERE id = ? AND cancelled";
        match self.sql.first::<i64>(query, vec![batch.into()])? {
            Some(_) => self.cancel(batch),
            None => Ok(()),
        }
    }

    /// Fails the queued messages of a batch, except one that a caller retried. None of the others was ever
    /// `unknown`.
    pub fn cancel(&self, batch: &str) -> Result<()> {
        let cause = "The batch was cancelled before the message went out".to_owned();
        let step = Step::new(MessageState::Failed, now(), Some(cause));
        self.sql.run(
            "UPDATE message SET state = 'failed', finished = ?, body = NULL, subject = NULL,
                 history = json_insert(history, '$[#]', json(?))
                 WHERE batch = ? AND state = 'queued' AND NOT waits",
            vec![now().into(), serde_json::to_string(&step)?.into(), batch.into()],
        )
    }

    /// Reads the next rows of a batch's results, each with its number, after the row with the number `after`.
    pub fn results(&self, batch: &str, after: i64) -> Result<Vec<(i64, Object)>> {
        self.sql.all(RESULTS, vec![batch.into(), after.into()])
    }
}
