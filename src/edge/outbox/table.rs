//! The outbox's table of messages.

use crate::edge::access::scope::Scope;
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::command::New;
use crate::edge::outbox::message::{Message, MessageKind, State, Step, Version, kept_answer};
use crate::edge::outbox::transition::Event;
use crate::edge::outbox::{Inner, Job, OVERDUE};
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::edge::runtime::sql::{integer, now};
use worker::Result;

/// How long an answer is kept whole, in bytes: a row has 2 MB on Cloudflare, and the message is in it, too.
const LONGEST_ANSWER: usize = 512 << 10;

/// How long the answer to a message that was not sent is kept whole.
const LONGEST_ERROR: usize = 4 << 10;

/// A row without its bytes.
pub const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'key', key, 'fingerprint', fingerprint,
    'state', state, 'created', created, 'history', json(history), 'job', json(job),
    'made', json(iif(made, 'true', 'false')), 'contact', contact, 'message', message,
    'batch', batch, 'template', json(template), 'answer', json(answer),
    'kind', kind, 'conversation', conversation
  ) FROM message";

/// The final states, in the words of an index.
pub const ENDED: &str = "state IN ('sent', 'failed', 'unknown')";

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
                      OR (finished > ?4 AND (state = 'unknown'
                                             OR (state = 'sent' AND kind = 'message'))))
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

    /// The id of a request's message that came within the last minutes and didn't fail.
    pub(super) fn sent_lately(&self, caller: &str, fingerprint: &str) -> Result<Option<String>> {
        self.store.first(
            "SELECT json_quote(id) FROM message
             WHERE caller = ? AND fingerprint = ? AND created > ? AND state <> 'failed'",
            vec![caller.into(), fingerprint.into(), (now() - 2 * OVERDUE).into()],
        )
    }

    /// Writes down a message that is to be sent; gives its number.
    pub(super) fn insert(
        &self,
        new: &New,
        template: Option<&Version>,
        body: &[u8],
    ) -> std::result::Result<i64, Rejection> {
        let job = serde_json::to_string(&new.job)?;
        self.check_room(&new.caller, Usage::of(1, job.len() + body.len()))?;
        let history = [Step { state: State::Queued, at: now(), cause: None }];
        let made = matches!(new.job, Job::Verbatim(_));
        self.store.run(
            "INSERT INTO message (id, caller, key, fingerprint, state, waits, created, history, job, made, body,
               template, kind, conversation)
             VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                runtime::random_uuid().into(),
                new.caller.as_str().into(),
                new.key.as_deref().into(),
                new.fingerprint.as_str().into(),
                integer(new.deadline.is_some()),
                now().into(),
                serde_json::to_string(&history)?.into(),
                job.into(),
                integer(made),
                body.to_vec().into(),
                template.map(serde_json::to_string).transpose()?.into(),
                new.kind.name().into(),
                new.conversation.as_deref().into(),
            ],
        )?;
        let number = self.store.first("SELECT last_insert_rowid()", vec![])?;
        number.ok_or_else(Rejection::broken)
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
    ) -> std::result::Result<Message, Rejection> {
        let row: Option<Message> =
            self.store.first(&format!("{ROW} WHERE id = ?"), vec![id.into()])?;
        row.filter(|message| caller.is_none_or(|caller| message.caller == caller))
            .ok_or_else(|| Rejection::not_found("There is no such message"))
    }

    /// A message as [`find`](Self::find) has it, if its asker may see what it is.
    pub(super) fn find_shown(
        &self,
        id: &str,
        caller: Option<&str>,
        conversations: bool,
    ) -> std::result::Result<Message, Rejection> {
        let message = self.find(id, caller)?;
        match message.kind {
            MessageKind::Conversation if !conversations => Err(Scope::ConversationsRead.missing()),
            _ => Ok(message),
        }
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

    /// Writes down an event that leaves a message open. Returns `false` if it can't happen to it.
    pub(super) fn happened(
        &self,
        number: i64,
        event: Event,
        cause: Option<String>,
    ) -> Result<bool> {
        let Some(state) = self.by_number(number)?.after(event) else { return Ok(false) };
        self.store.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?))
             WHERE number = ?",
            vec![state.name().into(), step(state, cause)?.into(), number.into()],
        )?;
        Ok(true)
    }

    /// Writes down that a message's bytes are about to go out. Returns `false` if it may not: its
    /// batch was paused or cancelled meanwhile, and nobody waits for it.
    pub(super) fn begin(&self, number: i64) -> Result<bool> {
        let may_begin: Option<i64> = self.store.first(
            "SELECT 1 FROM message WHERE number = ?
               AND (waits OR batch IS NULL
                    OR batch IN (SELECT id FROM batch WHERE NOT paused AND NOT cancelled))",
            vec![number.into()],
        )?;
        Ok(may_begin.is_some() && self.happened(number, Event::Begin, None)?)
    }

    /// Puts an unknown message back, to be sent again. Returns `false` if it is in another state.
    pub(super) fn requeue(&self, number: i64, waits: bool, cause: String) -> Result<bool> {
        if !self.happened(number, Event::Retry, Some(cause))? {
            return Ok(false);
        }
        self.store.run(
            "UPDATE message SET waits = ?, finished = NULL, answer = NULL, answer_body = NULL
             WHERE number = ?",
            vec![integer(waits), number.into()],
        )?;
        Ok(true)
    }

    /// Takes a message up again whose key came once more and is not used up. The request that came
    /// now is what is sent.
    pub(super) fn resend(
        &self,
        number: i64,
        new: &New,
        template: Option<&Version>,
        body: &[u8],
    ) -> std::result::Result<(), Rejection> {
        let job = serde_json::to_string(&new.job)?;
        self.check_room(&new.caller, Usage::of(0, job.len() + body.len()))?;
        let cause = "The same Idempotency-Key came again, and nothing had been sent".to_owned();
        self.happened(number, Event::Resend, Some(cause))?;
        Ok(self.store.run(
            "UPDATE message SET fingerprint = ?, waits = ?, job = ?, made = ?, body = ?,
                 template = ?, contact = NULL, finished = NULL, answer = NULL, answer_body = NULL
             WHERE number = ?",
            vec![
                new.fingerprint.as_str().into(),
                integer(new.deadline.is_some()),
                job.into(),
                integer(matches!(new.job, Job::Verbatim(_))),
                body.to_vec().into(),
                template.map(serde_json::to_string).transpose()?.into(),
                number.into(),
            ],
        )?)
    }

    /// Writes down how an attempt to send a message ended. Returns what its callers are answered;
    /// `None` if the event can't happen to it.
    pub(super) fn finish(
        &self,
        number: i64,
        event: Event,
        cause: &str,
        id: Option<&str>,
        response: StoredResponse,
    ) -> Result<Option<StoredResponse>> {
        let message = self.by_number(number)?;
        let Some(state) = message.after(event) else { return Ok(None) };
        // A retry that failed says nothing about the attempt before it.
        let response = match state {
            State::Unknown if event != Event::Lose => {
                let cause = format!("{cause} to the retry. An earlier attempt may have been sent");
                unknown(&message, 502, &cause)
            }
            _ => response,
        };
        let keep_body = self.config.outbox.keep_body;
        let (keep, with_text, longest) = match state {
            // What is unknown may have to be sent again, for which its text is needed.
            State::Unknown => (true, true, LONGEST_ANSWER),
            State::Failed => (false, keep_body, LONGEST_ERROR),
            _ => {
                let keep = keep_body && !self.is_scarce(&message.caller)?;
                (keep, keep, LONGEST_ANSWER)
            }
        };
        // One statement: a row never holds half of it.
        self.store.run(
            "UPDATE message SET state = ?, history = json_insert(history, '$[#]', json(?)),
                 finished = ?, message = ?, answer = ?, answer_body = ?, body = iif(?, body, NULL)
             WHERE number = ?",
            vec![
                state.name().into(),
                step(state, Some(cause.to_owned()))?.into(),
                now().into(),
                id.into(),
                serde_json::to_string(&response)?.into(),
                kept_answer(&response.body, with_text, longest, message.kind).into(),
                integer(keep),
                number.into(),
            ],
        )?;
        Ok(Some(response))
    }

    /// Gives up what was on its way when the object was stopped, and what somebody waited for.
    pub(super) fn recover(&self) -> Result<()> {
        for message in self.open("state = 'sending'")? {
            let cause = "The Worker was stopped while the message was on its way";
            self.lose(&message, 502, cause)?;
        }
        for message in self.open("state = 'queued' AND waits")? {
            let cause = "The Worker was stopped before the message went out";
            let response = Rejection::new(503, "service_unavailable", cause).into_stored();
            self.finish(message.number, Event::Abandon, cause, None, response)?;
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
    pub(super) fn lose(
        &self,
        message: &Message,
        status: u16,
        cause: &str,
    ) -> Result<Option<StoredResponse>> {
        let response = unknown(message, status, cause);
        self.finish(message.number, Event::Lose, cause, None, response)
    }

    /// The next messages that nobody waits for: single ones before those of batches, and batches in
    /// the order in which they were made.
    pub(super) fn waiting(&self, room: u32) -> Result<Vec<i64>> {
        let deliveries = self.deliveries.borrow();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let batches = self.store.all::<String>(
            "SELECT json_quote(id) FROM batch
             WHERE NOT paused AND NOT cancelled AND finished IS NULL ORDER BY number",
            vec![],
        )?;
        for batch in std::iter::once(None).chain(batches.into_iter().map(Some)) {
            if found.len() >= room {
                break;
            }
            let most = room.saturating_add(deliveries.len());
            let numbers: Vec<i64> = self.store.all(
                "SELECT number FROM message AS one WHERE state = 'queued' AND NOT waits AND batch IS ?
                   AND (conversation IS NULL
                        OR NOT EXISTS (SELECT 1 FROM message WHERE conversation = one.conversation
                                       AND number < one.number AND state IN ('queued', 'sending')))
                 ORDER BY number LIMIT ?",
                vec![batch.into(), i64::try_from(most).unwrap_or(i64::MAX).into()],
            )?;
            found.extend(numbers.into_iter().filter(|number| !deliveries.contains_key(number)));
        }
        found.truncate(room);
        Ok(found)
    }

    /// The reply before this one to the same conversation that hasn't come to its end.
    pub(super) fn earlier_reply(&self, message: &Message) -> Result<Option<i64>> {
        let Some(conversation) = &message.conversation else { return Ok(None) };
        self.store.first(
            "SELECT number FROM message WHERE conversation = ? AND number < ?
               AND state IN ('queued', 'sending') ORDER BY number DESC LIMIT 1",
            vec![conversation.as_str().into(), message.number.into()],
        )
    }

    /// Whether a reply to the same conversation that nobody waits for was held up by this one.
    pub(super) fn has_later_reply(&self, message: &Message) -> Result<bool> {
        let Some(conversation) = &message.conversation else { return Ok(false) };
        let later: Option<i64> = self.store.first(
            "SELECT 1 FROM message WHERE conversation = ? AND number > ?
               AND state IN ('queued', 'sending') AND NOT waits LIMIT 1",
            vec![conversation.as_str().into(), message.number.into()],
        )?;
        Ok(later.is_some())
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
pub fn unknown(message: &Message, status: u16, cause: &str) -> StoredResponse {
    let words = format!(
        "{cause}: whether it was sent is unknown, and it is not sent again by itself. Look in \
         Intercom; POST /edge/messages/{}/retry sends it once more",
        message.id
    );
    Rejection::new(status, "message_unknown", words)
        .holding("state", "unknown".into())
        .holding("id", message.id.as_str().into())
        .into_stored()
}

fn step(state: State, cause: Option<String>) -> Result<String> {
    Ok(serde_json::to_string(&Step { state, at: now(), cause })?)
}
