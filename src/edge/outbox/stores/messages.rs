//! The table of messages.

use crate::edge::outbox::message::Message;
use crate::edge::outbox::protocol::{MessageSubmission, MessageSummary, TemplateKey};
use crate::edge::outbox::transition::{Event, Step};
use crate::edge::response::StoredResponse;
use crate::edge::runtime;
use crate::edge::runtime::sql::{Store, integer, now};
use crate::model::MessageState;
use std::rc::Rc;
use worker::{Result, SqlStorageValue};

/// Selects messages without their bytes, as [`Message`] reads them.
pub const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'key', key, 'fingerprint', fingerprint,
    'state', state, 'created', created, 'history', json(history), 'job', json(job),
    'made', json(iif(made, 'true', 'false')), 'contact', contact, 'message', message,
    'batch', batch, 'template', json(template), 'answer', json(answer),
    'kind', kind, 'conversation', conversation,
    'email', email, 'name', name, 'subject', subject, 'copy_of', copy_of
  ) FROM message";

/// The final states, in the words of an index.
const ENDED: &str = "state IN ('sent', 'failed', 'unknown')";

/// A message of a batch prevents a second one to the same recipient: it stays until its batch has ended.
const SINGLE_OR_OVER: &str = "(batch IS NULL OR EXISTS (
    SELECT 1 FROM batch WHERE id = message.batch AND finished IS NOT NULL))";

/// The number of messages whose columns are filled at once.
const FILL_STEP: i64 = 500;

/// Fills the columns of schema 3 from the texts of older rows.
const FILL: &str = "UPDATE message SET
    template_name = template ->> '$.name',
    subject = substr(coalesce(subject, old.request ->> '$.subject', old.response ->> '$.subject'), 1, 1000),
    email = coalesce(email, iif(recipient LIKE 'email:%', substr(recipient, 7), NULL)),
    contact = coalesce(contact, iif(batch IS NULL,
      coalesce(iif(json_type(old.request, '$.to.id') = 'text', old.request ->> '$.to.id', NULL),
               old.response ->> '$.contacts.contacts[0].id'), NULL))
  FROM (
    SELECT number AS n,
      iif(json_valid(CAST(body AS TEXT)), CAST(body AS TEXT), NULL) AS request,
      iif(json_valid(CAST(answer_body AS TEXT)), CAST(answer_body AS TEXT), NULL) AS response
    FROM message WHERE number > ?1 AND number <= ?2
  ) AS old WHERE number = old.n";

/// A request to store as a row.
#[derive(Debug)]
pub struct NewRow<'a> {
    /// The request.
    pub submission: &'a MessageSubmission,
    /// The version of its template.
    pub template: Option<TemplateKey>,
    /// Set if the body is ready to send.
    pub is_prepared: bool,
    /// The request's bytes, or the body that goes out.
    pub body: &'a [u8],
    /// The id of the failed message that it sends again.
    pub copy_of: Option<&'a str>,
}

/// The columns that a request fills: in a new row, and in one that the same idempotency key sends again.
const REQUEST: &str = "kind, conversation, fingerprint, waits, job, made, body, template, \
                       template_name, contact, email, name, subject, copy_of";

impl NewRow<'_> {
    /// Returns the values of the columns [`REQUEST`].
    fn values(&self) -> Result<Vec<SqlStorageValue>> {
        let new = self.submission;
        let MessageSummary { contact, email, name, subject } = &new.summary;
        let template = self.template.as_ref();
        Ok(vec![
            new.kind.as_str().into(),
            new.conversation.as_deref().into(),
            new.fingerprint.as_str().into(),
            integer(new.deadline.is_some()),
            serde_json::to_string(&new.job)?.into(),
            integer(self.is_prepared),
            self.body.to_vec().into(),
            template.map(serde_json::to_string).transpose()?.into(),
            template.map(|template| template.name.as_str()).into(),
            contact.as_deref().into(),
            email.as_deref().into(),
            name.as_deref().into(),
            subject.as_deref().into(),
            self.copy_of.into(),
        ])
    }
}

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
    /// Intercom's id of the contact, if only the response has it.
    pub contact: Option<&'a str>,
    /// The response to the message's callers, without its body.
    pub response: &'a StoredResponse,
    /// The body of the response.
    pub response_body: Vec<u8>,
    /// Keeps the message's own body.
    pub keeps_body: bool,
    /// Keeps the message's subject.
    pub keeps_subject: bool,
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
    pub fn insert(&self, row: &NewRow<'_>) -> Result<i64> {
        let new = row.submission;
        let history = [Step::new(MessageState::Queued, now(), None)];
        let mut values = vec![
            runtime::random_uuid().into(),
            new.caller.as_str().into(),
            new.key.as_deref().into(),
            now().into(),
            serde_json::to_string(&history)?.into(),
        ];
        values.extend(row.values()?);
        self.sql.run(
            &format!(
                "INSERT INTO message (id, caller, key, created, history, state, {REQUEST})
                 VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            ),
            values,
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

    /// Stores the body that goes out, its recipient and its subject.
    pub fn save_prepared(&self, number: i64, summary: &MessageSummary, body: &[u8]) -> Result<()> {
        let MessageSummary { contact, email, name, subject } = summary;
        self.sql.run(
            "UPDATE message SET made = 1, body = ?, contact = coalesce(?, contact),
                 email = coalesce(?, email), name = coalesce(?, name), subject = coalesce(?, subject)
             WHERE number = ?",
            vec![
                body.to_vec().into(),
                contact.as_deref().into(),
                email.as_deref().into(),
                name.as_deref().into(),
                subject.as_deref().into(),
                number.into(),
            ],
        )
    }

    /// Records an event that leaves a message unfinished. Returns `false` if it can't happen to it.
    pub fn record(&self, number: i64, event: Event, cause: Option<String>) -> Result<bool> {
        let Some(state) = self.by_number(number)?.after(event) else { return Ok(false) };
        self.sql.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?))
             WHERE number = ?",
            vec![state.as_str().into(), step(&state, cause, None)?.into(), number.into()],
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
    pub fn renew(&self, number: i64, row: &NewRow<'_>) -> Result<()> {
        let cause = "The same Idempotency-Key came again, and nothing had been sent".to_owned();
        self.record(number, Event::Renew, Some(cause))?;
        let mut values = row.values()?;
        values.push(number.into());
        self.sql.run(
            &format!(
                "UPDATE message SET ({REQUEST}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?),
                     finished = NULL, answer = NULL, answer_body = NULL
                 WHERE number = ?"
            ),
            values,
        )
    }

    /// Stores the end of an attempt, in one statement: a row never holds half of it.
    pub fn finish(&self, number: i64, ending: Ending<'_>) -> Result<()> {
        let Ending { state, cause, id, contact, response, .. } = ending;
        self.sql.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?)),
                 finished = ?, message = ?, contact = coalesce(contact, ?), answer = ?,
                 answer_body = ?, body = iif(?, body, NULL), subject = iif(?, subject, NULL)
             WHERE number = ?",
            vec![
                state.as_str().into(),
                step(&state, Some(cause.to_owned()), None)?.into(),
                now().into(),
                id.into(),
                contact.into(),
                serde_json::to_string(response)?.into(),
                ending.response_body.into(),
                integer(ending.keeps_body),
                integer(ending.keeps_subject),
                number.into(),
            ],
        )
    }

    /// Records that a message with an unknown outcome arrived. Returns `false` if it is in another state. The
    /// response that reported the unknown outcome is deleted.
    pub fn confirm(
        &self,
        message: &Message,
        by: &str,
        keeps_body: bool,
        keeps_subject: bool,
    ) -> Result<bool> {
        let Some(state) = message.after(Event::Confirm) else { return Ok(false) };
        let cause = "It was found in Intercom".to_owned();
        self.sql.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?)),
                 answer = NULL, answer_body = NULL, body = iif(?, body, NULL),
                 subject = iif(?, subject, NULL)
             WHERE number = ?",
            vec![
                state.as_str().into(),
                step(&state, Some(cause), Some(by.to_owned()))?.into(),
                integer(keeps_body),
                integer(keeps_subject),
                message.number.into(),
            ],
        )?;
        Ok(true)
    }

    /// Finds the newest message with the text of another one that did not fail: the original, or a copy of it.
    pub fn unfailed_copy(&self, message: &Message) -> Result<Option<Message>> {
        self.sql.first(
            &format!(
                "{ROW} WHERE (id = ?1 OR copy_of = ?1) AND state <> 'failed'
                 ORDER BY number DESC LIMIT 1"
            ),
            vec![message.original().into()],
        )
    }

    /// Fills the columns of some messages that an older version of the Worker stored, as far as their texts have
    /// the values. Returns `false` once all are filled.
    pub fn fill_old(&self) -> Result<bool> {
        let Some(last) = self.sql.first::<i64>("SELECT number FROM unfilled", vec![])? else {
            return Ok(false);
        };
        let next = last - FILL_STEP;
        self.sql.run(FILL, vec![next.into(), last.into()])?;
        if next <= 0 {
            self.sql.run("DELETE FROM unfilled", vec![])?;
            return Ok(false);
        }
        self.sql.run("UPDATE unfilled SET number = ?", vec![next.into()])?;
        Ok(true)
    }

    /// Checks for messages whose columns are to be filled.
    pub fn has_unfilled(&self) -> Result<bool> {
        Ok(self.sql.first::<i64>("SELECT number FROM unfilled", vec![])?.is_some())
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

fn step(
    state: &MessageState,
    cause: Option<String>,
    confirmed_by: Option<String>,
) -> Result<String> {
    Ok(serde_json::to_string(&Step { confirmed_by, ..Step::new(state.clone(), now(), cause) })?)
}
