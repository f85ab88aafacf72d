//! The outbox's table of messages.

use super::super::answer::{Refusal, Told};
use super::super::runtime;
use super::super::store::{integer, now};
use super::command::{Filter, New};
use super::message::{Message, State, Step, Version, without_text};
use super::{Inner, Job, OVERDUE, goes_on};
use worker::Result;

/// How long an answer is kept whole, in bytes: a row has 2 MB on Cloudflare, and the message is in it, too.
const LONGEST_ANSWER: usize = 512 << 10;

/// A row without its bytes.
const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'key', key, 'fingerprint', fingerprint,
    'state', state, 'created', created, 'history', json(history), 'job', json(job),
    'made', json(iif(made, 'true', 'false')), 'contact', contact, 'message', message,
    'batch', batch, 'template', json(template), 'answer', json(answer),
    'kind', kind, 'conversation', conversation
  ) FROM message";

/// The final states, in the words of an index.
const ENDED: &str = "state IN ('sent', 'failed', 'unknown')";

impl Inner {
    /// The message that a request asks for again, if there is one.
    pub(super) fn same(&self, new: &New) -> Result<Option<Message>> {
        let kept_since = now() - self.config.outbox.keep();
        if let Some(key) = &new.key {
            // One that is only waiting to be removed is none.
            self.store.run(
                "DELETE FROM message WHERE caller = ? AND key = ? AND created <= ?",
                vec![new.caller.as_str().into(), key.as_str().into(), kept_since.into()],
            )?;
            return self.store.first(
                &format!("{ROW} WHERE caller = ? AND key = ?"),
                vec![new.caller.as_str().into(), key.as_str().into()],
            );
        }
        let repeats = self.config.outbox.dedupe();
        if repeats == 0 {
            return Ok(None);
        }
        self.store.first(
            &format!(
                "{ROW} WHERE caller = ?1 AND fingerprint = ?2 AND created > ?3
                 AND (state IN ('queued', 'sending')
                      OR (state IN ('sent', 'unknown') AND finished > ?4))
                 ORDER BY number DESC LIMIT 1"
            ),
            vec![
                new.caller.as_str().into(),
                new.fingerprint.as_str().into(),
                kept_since.into(),
                (now() - repeats).into(),
            ],
        )
    }

    /// Writes down a message that is to be sent; gives its number.
    pub(super) fn insert(&self, new: &New, template: Option<&Version>, body: &[u8]) -> Result<i64> {
        let history = [Step { state: State::Queued, at: now(), cause: None }];
        let made = matches!(new.job, Job::Verbatim(_));
        self.store.run(
            "INSERT INTO message (id, caller, key, fingerprint, state, waits, created, history, job, made, body, template,
               kind, conversation)
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
                integer(made),
                body.to_vec().into(),
                template.map(serde_json::to_string).transpose()?.into(),
                new.kind.name().into(),
                new.conversation.as_deref().into(),
            ],
        )?;
        let number = self.store.first("SELECT last_insert_rowid()", vec![])?;
        number.ok_or_else(|| "the message was not written down".into())
    }

    /// A message by its number.
    pub(super) fn by_number(&self, number: i64) -> Result<Message> {
        let row = self.store.first(&format!("{ROW} WHERE number = ?"), vec![number.into()])?;
        row.ok_or_else(|| "the message is gone".into())
    }

    /// A message by its name; with a caller, only one of theirs.
    pub(super) fn find(
        &self,
        id: &str,
        caller: Option<&str>,
    ) -> std::result::Result<Message, Refusal> {
        let row = self.store.first(
            &format!("{ROW} WHERE id = ?1 AND (?2 IS NULL OR caller = ?2)"),
            vec![id.into(), caller.into()],
        )?;
        row.ok_or_else(|| Refusal::not_found("There is no such message"))
    }

    /// The messages that a filter lets pass, the newest first, and the last one's name if there are more.
    pub(super) fn listed(
        &self,
        filter: &Filter,
    ) -> std::result::Result<(Vec<Message>, Option<String>), Refusal> {
        let before = match &filter.starting_after {
            Some(id) => Some(
                self.find(id, filter.caller.as_deref())
                    .map_err(|_| Refusal::parameter("starting_after", "No such message is listed"))?
                    .number,
            ),
            None => None,
        };
        let mut messages: Vec<Message> = self.store.all(
            &format!(
                "{ROW} WHERE (?1 IS NULL OR caller = ?1) AND (?2 IS NULL OR state = ?2)
                 AND (?3 IS NULL OR batch = ?3) AND (?4 IS NULL OR created > ?4)
                 AND (?5 IS NULL OR created < ?5) AND (?6 IS NULL OR number < ?6)
                 ORDER BY number DESC LIMIT ?7"
            ),
            vec![
                filter.caller.as_deref().into(),
                filter.state.map(State::name).into(),
                filter.batch.as_deref().into(),
                // A second is over when the next has begun.
                filter.created_after.map(|at| at.saturating_mul(1000).saturating_add(999)).into(),
                filter.created_before.map(|at| at.saturating_mul(1000)).into(),
                before.into(),
                (filter.per_page + 1).into(),
            ],
        )?;
        let more = goes_on(&mut messages, filter.per_page);
        let last = messages.last().filter(|_| more).map(|message| message.id.clone());
        Ok((messages, last))
    }

    /// A message's bytes: what was asked for, and once it is made, what goes out.
    pub(super) fn body(&self, number: i64) -> Result<Option<Vec<u8>>> {
        self.store.bytes("SELECT body FROM message WHERE number = ?", vec![number.into()])
    }

    /// The bytes of what a message's callers are answered.
    pub(super) fn answer_body(&self, number: i64) -> Result<Vec<u8>> {
        let query = "SELECT answer_body FROM message WHERE number = ?";
        Ok(self.store.bytes(query, vec![number.into()])?.unwrap_or_default())
    }

    /// Writes down what was made of a message: what goes out, and to whom.
    pub(super) fn made(&self, number: i64, contact: Option<&str>, body: &[u8]) -> Result<()> {
        let query = "UPDATE message SET made = 1, contact = ?, body = ? WHERE number = ?";
        self.store.run(query, vec![contact.into(), body.to_vec().into(), number.into()])
    }

    /// Writes down that a message is in a state that isn't final.
    pub(super) fn step(&self, number: i64, state: State, cause: Option<String>) -> Result<()> {
        self.store.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?))
                 WHERE number = ?",
            vec![state.name().into(), step(state, cause)?.into(), number.into()],
        )
    }

    /// Writes down that a message's bytes are about to go out; unless a person has paused or cancelled
    /// its batch meanwhile, and nobody waits for this one.
    pub(super) fn begin(&self, number: i64) -> Result<bool> {
        let begun: Option<i64> = self.store.first(
            "UPDATE message SET state = 'sending', history = json_insert(history, '$[#]', json(?))
             WHERE number = ? AND state = 'queued'
               AND (waits OR batch IS NULL
                    OR batch IN (SELECT id FROM batch WHERE NOT paused AND NOT cancelled))
             RETURNING number",
            vec![step(State::Sending, None)?.into(), number.into()],
        )?;
        Ok(begun.is_some())
    }

    /// Puts a message back, to be sent again.
    pub(super) fn queue(
        &self,
        message: &Message,
        waits: bool,
        cause: Option<String>,
    ) -> Result<()> {
        self.step(message.number, State::Queued, cause)?;
        self.store.run(
            "UPDATE message SET waits = ?, finished = NULL, answer = NULL, answer_body = NULL
                 WHERE number = ?",
            vec![integer(waits), message.number.into()],
        )
    }

    /// Writes down what became of a message.
    pub(super) fn finish(
        &self,
        number: i64,
        state: State,
        cause: &str,
        id: Option<&str>,
        told: Told,
    ) -> Result<Told> {
        // What is unknown may have to be sent again, for which its text is needed.
        let keep = self.config.outbox.keep_body || state == State::Unknown;
        let whole = keep && told.body.len() <= LONGEST_ANSWER;
        let body = if whole { told.body.clone() } else { without_text(&told.body) };
        self.step(number, state, Some(cause.to_owned()))?;
        self.store
            .run(
                "UPDATE message SET finished = ?, message = ?, answer = ?, answer_body = ?,
                 body = iif(?, body, NULL) WHERE number = ?",
                vec![
                    now().into(),
                    id.into(),
                    serde_json::to_string(&told)?.into(),
                    body.into(),
                    integer(keep),
                    number.into(),
                ],
            )
            .map(|()| told)
    }

    /// Gives up what was on its way when the object was stopped, and what somebody waited for.
    pub(super) fn recover(&self) -> Result<()> {
        for message in self.open("state = 'sending'")? {
            let cause = "The Worker was stopped while the message was on its way";
            self.lose(&message, 502, cause)?;
        }
        for message in self.open("state = 'queued' AND waits")? {
            let cause = "The Worker was stopped before the message went out";
            let told = Refusal::new(503, "service_unavailable", cause).into_told();
            self.finish(message.number, State::Failed, cause, None, told)?;
        }
        Ok(())
    }

    /// Gives up what a sender has had in hand for too long.
    pub(super) fn give_up_overdue(&self) -> Result<()> {
        for message in self.open("state = 'sending'")? {
            let begun = message.history.last().map_or(0, |step| step.at);
            if begun < now() - OVERDUE {
                self.lose(&message, 504, "Nothing was heard of the message in time")?;
            }
        }
        Ok(())
    }

    fn open(&self, which: &str) -> Result<Vec<Message>> {
        self.store.all(&format!("{ROW} WHERE {which}"), vec![])
    }

    /// Writes down that nobody can tell what became of a message.
    pub(super) fn lose(&self, message: &Message, status: u16, cause: &str) -> Result<Option<Told>> {
        let told = unknown(message, status, cause);
        self.finish(message.number, State::Unknown, cause, None, told).map(Some)
    }

    /// The next messages that nobody waits for, single ones before those of batches.
    pub(super) fn waiting(&self, room: u32) -> Result<Vec<i64>> {
        let deliveries = self.deliveries.borrow();
        let most = i64::from(room) + i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
        let numbers: Vec<i64> = self.store.all(
            "SELECT number FROM message WHERE state = 'queued' AND NOT waits
             AND (batch IS NULL
                  OR batch IN (SELECT id FROM batch WHERE NOT paused AND finished IS NULL))
             ORDER BY batch, number LIMIT ?",
            vec![most.into()],
        )?;
        let new = numbers.into_iter().filter(|number| !deliveries.contains_key(number));
        Ok(new.take(room as usize).collect())
    }

    /// When the alarm is needed next. `queued`: when a message that waits may go out, if not at once.
    pub(super) fn next_work(&self, queued: Option<i64>) -> Result<i64> {
        let keep = self.config.outbox.keep();
        let mut at = now() + keep;
        if !self.waiting(1)?.is_empty() {
            at = at.min(queued.unwrap_or_else(now));
        }
        if self.collects()? {
            at = at.min(self.collect_at.get().max(now()));
        }
        if !self.open("state = 'sending' LIMIT 1")?.is_empty() {
            at = at.min(now() + OVERDUE);
        }
        let oldest: Option<i64> = self.store.first(
            &format!("SELECT created FROM message WHERE {ENDED} ORDER BY created LIMIT 1"),
            vec![],
        )?;
        Ok(oldest.map_or(at, |created| at.min(created + keep)))
    }

    /// Removes what is old enough.
    pub(super) fn remove_old(&self) -> Result<()> {
        let since = now() - self.config.outbox.keep();
        for query in [
            &format!("DELETE FROM message WHERE created <= ? AND {ENDED}"),
            "DELETE FROM batch WHERE finished <= ?",
            "DELETE FROM template WHERE removed <= ?",
        ] {
            self.store.run(query, vec![since.into()])?;
        }
        Ok(())
    }
}

/// What callers are answered where nobody can tell what became of a message.
pub fn unknown(message: &Message, status: u16, cause: &str) -> Told {
    let words = format!(
        "{cause}: whether it was sent is unknown, and it is not sent again by itself. Look in \
         Intercom; POST /edge/messages/{}/retry sends it once more",
        message.id
    );
    Refusal::new(status, "message_unknown", words)
        .holding("state", "unknown".into())
        .holding("id", message.id.as_str().into())
        .into_told()
}

fn step(state: State, cause: Option<String>) -> Result<String> {
    Ok(serde_json::to_string(&Step { state, at: now(), cause })?)
}
