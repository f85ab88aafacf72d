//! The table of messages.

use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::{Job, MessageSubmission, TemplateKey};
use crate::edge::outbox::transition::{Event, Step};
use crate::edge::response::StoredResponse;
use crate::edge::runtime;
use crate::edge::runtime::sql::{Store, integer, now};
use crate::model::MessageState;
use std::rc::Rc;
use worker::Result;

/// Selects messages without their bytes, as [`Message`] reads them.
pub const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'key', key, 'fingerprint', fingerprint,
    'state', state, 'created', created, 'history', json(history), 'job', json(job),
    'made', json(iif(made, 'true', 'false')), 'contact', contact, 'message', message,
    'batch', batch, 'template', json(template), 'answer', json(answer),
    'kind', kind, 'conversation', conversation
  ) FROM message";

/// The final states, in the words of an index.
const ENDED: &str = "state IN ('sent', 'failed', 'unknown')";

/// A message of a batch prevents a second one to the same recipient: it stays until its batch has ended.
const SINGLE_OR_OVER: &str = "(batch IS NULL OR EXISTS (
    SELECT 1 FROM batch WHERE id = message.batch AND finished IS NOT NULL))";

/// Reads and writes the table of messages.
#[derive(Clone, Debug)]
pub struct MessageStore {
    sql: Rc<Store>,
}

/// The end of an attempt to send a message, as it is stored.
#[derive(Debug)]
pub struct Ending<'a> {
    /// The state that the message reached.
    pub state: MessageState,
    /// The reason.
    pub cause: &'a str,
    /// Intercom's id of the message.
    pub id: Option<&'a str>,
    /// The response to the message's callers, without its body.
    pub response: &'a StoredResponse,
    /// The body of the response.
    pub response_body: Vec<u8>,
    /// Keeps the message's own body.
    pub keeps_body: bool,
}

impl MessageStore {
    /// Reads and writes the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Finds the message with an idempotency key. One that was created before `kept_since` is deleted.
    pub fn by_key(&self, caller: &str, key: &str, kept_since: i64) -> Result<Option<Message>> {
        self.sql.run(
            "DELETE FROM message WHERE caller = ? AND key = ? AND created <= ?",
            vec![caller.into(), key.into(), kept_since.into()],
        )?;
        self.sql
            .first(&format!("{ROW} WHERE caller = ? AND key = ?"), vec![caller.into(), key.into()])
    }

    /// Finds the newest message of the same request that counts as its repeat: unfinished, or finished after
    /// `finished_since`.
    pub fn by_fingerprint(
        &self,
        caller: &str,
        fingerprint: &str,
        kept_since: i64,
        finished_since: i64,
    ) -> Result<Option<Message>> {
        self.sql.first(
            &format!(
                "{ROW} WHERE caller = ?1 AND fingerprint = ?2 AND created > ?3
                 AND (state IN ('queued', 'sending')
                      OR (finished > ?4 AND (state = 'unknown'
                                             OR (state = 'sent' AND kind = 'message'))))
                 ORDER BY number DESC LIMIT 1"
            ),
            vec![caller.into(), fingerprint.into(), kept_since.into(), finished_since.into()],
        )
    }

    /// Finds the id of a request's message that was created after a time and didn't fail.
    pub fn recent_id(&self, caller: &str, fingerprint: &str, since: i64) -> Result<Option<String>> {
        self.sql.first(
            "SELECT json_quote(id) FROM message
             WHERE caller = ? AND fingerprint = ? AND created > ? AND state <> 'failed'",
            vec![caller.into(), fingerprint.into(), since.into()],
        )
    }

    /// Inserts a message that is to be sent, and returns its number.
    pub fn insert(
        &self,
        new: &MessageSubmission,
        template: Option<&TemplateKey>,
        body: &[u8],
    ) -> Result<i64> {
        let history = [Step { state: MessageState::Queued, at: now(), cause: None }];
        self.sql.run(
            "INSERT INTO message (id, caller, key, fingerprint, state, waits, created, history, job, made,
               body, template, kind, conversation)
             VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                runtime::random_uuid().into(),
                new.caller.as_str().into(),
                new.key.as_deref().into(),
                new.fingerprint.as_str().into(),
                integer(new.deadline.is_some()),
                now().into(),
                serde_json::to_string(&history)?.into(),
                serde_json::to_string(&new.job)?.into(),
                integer(matches!(new.job, Job::Verbatim(_))),
                body.to_vec().into(),
                template.map(serde_json::to_string).transpose()?.into(),
                new.kind.as_str().into(),
                new.conversation.as_deref().into(),
            ],
        )?;
        let number = self.sql.first("SELECT last_insert_rowid()", vec![])?;
        number.ok_or_else(|| "the message was not inserted".into())
    }

    /// Gets the message with a number.
    pub fn by_number(&self, number: i64) -> Result<Message> {
        let row = self.sql.first(&format!("{ROW} WHERE number = ?"), vec![number.into()])?;
        row.ok_or_else(|| "the message is gone".into())
    }

    /// Finds the message with an id.
    pub fn by_id(&self, id: &str) -> Result<Option<Message>> {
        self.sql.first(&format!("{ROW} WHERE id = ?"), vec![id.into()])
    }

    /// Finds the messages that are being sent.
    pub fn sending(&self) -> Result<Vec<Message>> {
        self.sql.all(&format!("{ROW} WHERE state = 'sending'"), vec![])
    }

    /// Checks for a message that is being sent.
    pub fn is_sending(&self) -> Result<bool> {
        let query = "SELECT number FROM message WHERE state = 'sending' LIMIT 1";
        Ok(self.sql.first::<i64>(query, vec![])?.is_some())
    }

    /// Finds the queued messages that a caller waits for.
    pub fn awaited(&self) -> Result<Vec<Message>> {
        self.sql.all(&format!("{ROW} WHERE state = 'queued' AND waits"), vec![])
    }

    /// Reads the bytes of a message: the request, or once it is prepared, the body that goes out.
    pub fn body(&self, number: i64) -> Result<Option<Vec<u8>>> {
        self.sql.bytes("SELECT body FROM message WHERE number = ?", vec![number.into()])
    }

    /// Reads the body of the response to a message's callers.
    pub fn response_body(&self, number: i64) -> Result<Vec<u8>> {
        let query = "SELECT answer_body FROM message WHERE number = ?";
        Ok(self.sql.bytes(query, vec![number.into()])?.unwrap_or_default())
    }

    /// Stores the body that goes out, and its recipient.
    pub fn save_prepared(&self, number: i64, contact: Option<&str>, body: &[u8]) -> Result<()> {
        let query = "UPDATE message SET made = 1, contact = ?, body = ? WHERE number = ?";
        self.sql.run(query, vec![contact.into(), body.to_vec().into(), number.into()])
    }

    /// Records an event that leaves a message unfinished. Returns `false` if it can't happen to it.
    pub fn record(&self, number: i64, event: Event, cause: Option<String>) -> Result<bool> {
        let Some(state) = self.by_number(number)?.after(event) else { return Ok(false) };
        self.sql.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?))
             WHERE number = ?",
            vec![state.as_str().into(), step(&state, cause)?.into(), number.into()],
        )?;
        Ok(true)
    }

    /// Records that a message's bytes are about to go out. Returns `false` if they may not: its batch was
    /// paused or cancelled meanwhile, and no caller waits for it.
    pub fn begin(&self, number: i64) -> Result<bool> {
        let may_begin: Option<i64> = self.sql.first(
            "SELECT 1 FROM message WHERE number = ?
               AND (waits OR batch IS NULL
                    OR batch IN (SELECT id FROM batch WHERE NOT paused AND NOT cancelled))",
            vec![number.into()],
        )?;
        Ok(may_begin.is_some() && self.record(number, Event::Begin, None)?)
    }

    /// Queues an `unknown` message to be sent again. Returns `false` if it is in another state.
    pub fn retry(&self, number: i64, waits: bool, cause: String) -> Result<bool> {
        if !self.record(number, Event::Retry, Some(cause))? {
            return Ok(false);
        }
        self.sql.run(
            "UPDATE message SET waits = ?, finished = NULL, answer = NULL, answer_body = NULL
             WHERE number = ?",
            vec![integer(waits), number.into()],
        )?;
        Ok(true)
    }

    /// Queues a failed message again whose idempotency key came once more: the new request is sent.
    pub fn resend(
        &self,
        number: i64,
        new: &MessageSubmission,
        template: Option<&TemplateKey>,
        body: &[u8],
    ) -> Result<()> {
        let cause = "The same Idempotency-Key came again, and nothing had been sent".to_owned();
        self.record(number, Event::Resend, Some(cause))?;
        self.sql.run(
            "UPDATE message SET fingerprint = ?, waits = ?, job = ?, made = ?, body = ?,
                 template = ?, contact = NULL, finished = NULL, answer = NULL, answer_body = NULL
             WHERE number = ?",
            vec![
                new.fingerprint.as_str().into(),
                integer(new.deadline.is_some()),
                serde_json::to_string(&new.job)?.into(),
                integer(matches!(new.job, Job::Verbatim(_))),
                body.to_vec().into(),
                template.map(serde_json::to_string).transpose()?.into(),
                number.into(),
            ],
        )
    }

    /// Stores the end of an attempt, in one statement: a row never holds half of it.
    pub fn finish(&self, number: i64, ending: Ending<'_>) -> Result<()> {
        let Ending { state, cause, id, response, response_body, keeps_body } = ending;
        self.sql.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?)),
                 finished = ?, message = ?, answer = ?, answer_body = ?, body = iif(?, body, NULL)
             WHERE number = ?",
            vec![
                state.as_str().into(),
                step(&state, Some(cause.to_owned()))?.into(),
                now().into(),
                id.into(),
                serde_json::to_string(response)?.into(),
                response_body.into(),
                integer(keeps_body),
                number.into(),
            ],
        )
    }

    /// Finds the creation time of the oldest finished message, in milliseconds since 1970.
    pub fn oldest_finished(&self) -> Result<Option<i64>> {
        self.sql.first(
            &format!("SELECT created FROM message WHERE {ENDED} ORDER BY created LIMIT 1"),
            vec![],
        )
    }

    /// Deletes the finished messages that were created before a time.
    pub fn delete_old(&self, before: i64) -> Result<()> {
        let query = format!("DELETE FROM message WHERE created <= ? AND {ENDED}");
        self.sql.run(&query, vec![before.into()])
    }

    /// Deletes messages by their numbers if they may be removed, and returns how many it deleted.
    pub fn delete(&self, numbers: &[i64]) -> Result<usize> {
        let removed: Vec<i64> = self.sql.all(
            &format!(
                "DELETE FROM message WHERE number IN (SELECT value FROM json_each(?))
                 AND {ENDED} AND {SINGLE_OR_OVER} RETURNING number"
            ),
            vec![serde_json::to_string(numbers)?.into()],
        )?;
        Ok(removed.len())
    }
}

fn step(state: &MessageState, cause: Option<String>) -> Result<String> {
    Ok(serde_json::to_string(&Step { state: state.clone(), at: now(), cause })?)
}
