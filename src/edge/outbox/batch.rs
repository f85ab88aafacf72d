//! The outbox's table of batches: one template to many people, a message each.

use crate::client::{DEADLINE, Timer};
use crate::edge::config::outbox::Usage;
use crate::edge::outbox::command::NewBatch;
use crate::edge::outbox::delivery::Spent;
use crate::edge::outbox::message::{Message, State, Step, Version};
use crate::edge::outbox::sender::{Order, Outcome};
use crate::edge::outbox::{Inner, Reply, goes_on, page};
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::sql::now;
use crate::model::{Cursor, Field, MAX_RECIPIENTS, Object, Recipient, To};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use worker::{Response, Result};

const ROW: &str = "SELECT json_object(
    'number', number, 'id', id, 'caller', caller, 'fingerprint', fingerprint, 'created', created,
    'finished', finished, 'paused', json(iif(paused, 'true', 'false')),
    'cancelled', json(iif(cancelled, 'true', 'false')), 'template', json(template),
    'sender', sender, 'variables', json(variables), 'search', json(search), 'after', after,
    'duplicates', duplicates, 'cause', cause) FROM batch";

/// People a page of a search: the most that Intercom gives at once.
const PAGE: i64 = 150;

/// How many recipients are written at once, and how many bytes of them: SQLite takes 2 MB in one value on
/// Cloudflare, and quotes may double what is in them.
const ROWS_AT_ONCE: usize = 1000;
const MOST_AT_ONCE: usize = 256 << 10;

/// Over how long the rate is counted, in milliseconds.
const OF_LATE: i64 = 10_000;

/// How often in a row a page of people may fail before its batch is cancelled: for ten minutes.
const MOST_FAILURES: u32 = 60;

/// A batch.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    number: i64,
    id: String,
    caller: String,
    fingerprint: String,
    created: i64,
    finished: Option<i64>,
    paused: bool,
    cancelled: bool,
    template: Version,
    /// The admin who sends.
    sender: String,
    variables: Object,
    /// The search whose people are still being found.
    search: Option<Object>,
    /// The cursor of its next page.
    after: Option<String>,
    duplicates: i64,
    cause: Option<String>,
}

impl Batch {
    /// The notification of one recipient.
    pub fn notification(&self, recipient: &[u8]) -> Vec<u8> {
        let mut variables = self.variables.clone();
        let mut notification = Object::new();
        if let Ok(recipient) = Recipient::read(recipient) {
            variables.extend(recipient.variables);
            notification.insert("to".to_owned(), recipient.to.into());
        }
        notification.insert("template".to_owned(), self.template.name.as_str().into());
        notification.insert("variables".to_owned(), variables.into());
        notification.insert("from".to_owned(), json!({ "type": "admin", "id": self.sender }));
        serde_json::to_vec(&notification).unwrap_or_default()
    }

    const fn state(&self) -> &'static str {
        match self {
            Self { cancelled: true, .. } => "cancelled",
            Self { finished: Some(_), .. } => "done",
            Self { paused: true, .. } => "paused",
            Self { search: Some(_), .. } => "collecting",
            _ => "sending",
        }
    }
}

/// What can be done to a batch.
const CHANGES: [(&str, &str); 3] = [
    ("pause", "UPDATE batch SET paused = 1 WHERE id = ? AND finished IS NULL"),
    ("resume", "UPDATE batch SET paused = 0 WHERE id = ? AND finished IS NULL"),
    ("cancel", "UPDATE batch SET cancelled = 1, search = NULL WHERE id = ? AND finished IS NULL"),
];

impl Inner {
    /// Makes a batch, or finds the one that the same request made.
    pub(super) async fn new_batch(
        self: &Rc<Self>,
        new: NewBatch,
        body: &[u8],
    ) -> std::result::Result<Reply, Rejection> {
        if let Some(known) = self.same_batch(&new)? {
            if new.key.is_some() && known.fingerprint != new.fingerprint {
                return Err(crate::edge::outbox::reused());
            }
            return Ok(Reply { replayed: true, ..self.made_batch(&known.id)? });
        }
        let template = self.template(&new.template, new.version)?.which();
        let id = runtime::random_uuid();
        let people: Vec<Value> = match new.search {
            None => serde_json::from_slice(body)?,
            Some(_) => Vec::new(),
        };
        let variables = serde_json::to_string(&new.variables)?;
        let bytes = variables.len() + body.len();
        self.check_room(&new.caller, Usage::of(people.len().max(new.found), bytes))?;
        self.store.transaction(|| {
        self.store.run(
            "INSERT INTO batch (id, caller, key, fingerprint, created, template, sender, variables, search)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                id.as_str().into(),
                new.caller.as_str().into(),
                new.key.as_deref().into(),
                new.fingerprint.as_str().into(),
                now().into(),
                serde_json::to_string(&template)?.into(),
                new.sender.as_str().into(),
                variables.into(),
                new.search.as_ref().map(serde_json::to_string).transpose()?.into(),
            ],
        )?;
            self.add(&id, people.into_iter().filter_map(|one| Recipient::try_from(one).ok()))
        })?;
        self.wake_at(now()).await?;
        self.made_batch(&id)
    }

    fn made_batch(&self, id: &str) -> std::result::Result<Reply, Rejection> {
        let mut reply = self.show_batch(id)?;
        reply.response.status = 202;
        reply.response = reply.response.with("location", format!("/edge/messages/batch/{id}"));
        Ok(reply)
    }

    fn same_batch(&self, new: &NewBatch) -> Result<Option<Batch>> {
        if let Some(key) = &new.key {
            return self.store.first(
                &format!("{ROW} WHERE caller = ? AND key = ?"),
                vec![new.caller.as_str().into(), key.as_str().into()],
            );
        }
        match self.config.outbox.dedupe() {
            0 => Ok(None),
            repeats => self.store.first(
                &format!(
                    "{ROW} WHERE caller = ? AND fingerprint = ? AND NOT cancelled
                     AND (finished IS NULL OR finished > ?) ORDER BY number DESC LIMIT 1"
                ),
                vec![
                    new.caller.as_str().into(),
                    new.fingerprint.as_str().into(),
                    (now() - repeats).into(),
                ],
            ),
        }
    }

    /// Adds recipients; one who is there already counts as a duplicate.
    fn add(&self, id: &str, people: impl Iterator<Item = Recipient>) -> Result<()> {
        let before = self.people(id)?;
        let mut count = 0;
        let mut rows = Vec::new();
        let mut bytes = 0;
        for recipient in people {
            count += 1;
            let body = serde_json::to_string(&recipient)?;
            bytes += body.len();
            rows.push(json!([runtime::random_uuid(), recipient.key(), body]));
            if bytes > MOST_AT_ONCE || rows.len() >= ROWS_AT_ONCE {
                self.add_rows(id, &std::mem::take(&mut rows))?;
                bytes = 0;
            }
        }
        self.add_rows(id, &rows)?;
        self.count_duplicates(id, count - (self.people(id)? - before))
    }

    fn add_rows(&self, id: &str, rows: &[Value]) -> Result<()> {
        let history = [Step { state: State::Queued, at: now(), cause: None }];
        self.store.run(
            "INSERT OR IGNORE INTO message
               (id, caller, state, waits, created, history, job, made, batch, template, recipient, body)
             SELECT row.value ->> '$[0]', batch.caller, 'queued', 0, ?2, ?3, '\"notification\"', 0,
               batch.id, batch.template, row.value ->> '$[1]', CAST(row.value ->> '$[2]' AS BLOB)
             FROM json_each(?4) AS row, batch WHERE batch.id = ?1",
            vec![
                id.into(),
                now().into(),
                serde_json::to_string(&history)?.into(),
                serde_json::to_string(rows)?.into(),
            ],
        )
    }

    fn people(&self, id: &str) -> Result<i64> {
        let query = "SELECT count(*) FROM message WHERE batch = ?";
        Ok(self.store.first(query, vec![id.into()])?.unwrap_or_default())
    }

    fn count_duplicates(&self, id: &str, more: i64) -> Result<()> {
        let query = "UPDATE batch SET duplicates = duplicates + ? WHERE id = ?";
        self.store.run(query, vec![more.into(), id.into()])
    }

    /// Whether a batch has another message to the same reader.
    pub(super) fn is_duplicate(
        &self,
        number: i64,
        id: &str,
        contact: Option<&str>,
    ) -> Result<bool> {
        let found: Option<i64> = self.store.first(
            "SELECT 1 FROM message WHERE batch = ? AND contact = ? AND number <> ?",
            vec![id.into(), contact.into(), number.into()],
        )?;
        Ok(found.is_some())
    }

    /// Takes a message out of its batch whose reader has one there already.
    pub(super) fn drop_duplicate(&self, number: i64, id: &str) -> Result<()> {
        self.store.run("DELETE FROM message WHERE number = ?", vec![number.into()])?;
        self.count_duplicates(id, 1)
    }

    /// A batch by its name.
    pub(super) fn batch(&self, id: &str) -> std::result::Result<Batch, Rejection> {
        let found = self.store.first(&format!("{ROW} WHERE id = ?"), vec![id.into()])?;
        found.ok_or_else(|| Rejection::not_found("There is no such batch"))
    }

    pub(super) fn show_batch(&self, id: &str) -> std::result::Result<Reply, Rejection> {
        Ok(Reply::json(200, &self.progress(&self.batch(id)?)?))
    }

    pub(super) fn list_batches(
        &self,
        per_page: i64,
        starting_after: Option<&str>,
    ) -> std::result::Result<Reply, Rejection> {
        let before = match starting_after {
            Some(id) => {
                let unlisted =
                    |_| Rejection::parameter("starting_after", "No such batch is listed");
                Some(self.batch(id).map_err(unlisted)?.number)
            }
            None => None,
        };
        let mut batches: Vec<Batch> = self.store.all(
            &format!("{ROW} WHERE (?1 IS NULL OR number < ?1) ORDER BY number DESC LIMIT ?2"),
            vec![before.into(), (per_page + 1).into()],
        )?;
        let more = goes_on(&mut batches, per_page);
        let next = batches.last().filter(|_| more).map(|batch| batch.id.clone());
        let data = batches.iter().map(|batch| self.progress(batch)).collect::<Result<_>>()?;
        Ok(Reply::json(200, &page(data, per_page, next)))
    }

    /// Pauses, resumes or cancels a batch.
    pub(super) async fn change_batch(
        self: &Rc<Self>,
        id: &str,
        change: &str,
    ) -> std::result::Result<Reply, Rejection> {
        let batch = self.batch(id)?;
        let Some((_, query)) = CHANGES.iter().find(|(name, _)| *name == change) else {
            return Err(Rejection::not_found("A batch can be paused, resumed and cancelled"));
        };
        if batch.finished.is_some() && change != "cancel" {
            let words = format!("The batch is {}", batch.state());
            return Err(Rejection::new(409, "conflict", words));
        }
        self.store.run(query, vec![id.into()])?;
        if change == "cancel" && batch.finished.is_none() {
            self.give_up(id)?;
        }
        self.close_batches()?;
        self.wake_at(now()).await?;
        self.show_batch(id)
    }

    /// Gives up what is left of a message's batch, if that was cancelled.
    pub(super) fn give_up_cancelled(&self, message: &Message) -> Result<()> {
        match message.batch.as_deref().map(|id| self.batch(id)) {
            Some(Ok(batch)) if batch.cancelled => self.give_up(&batch.id),
            _ => Ok(()),
        }
    }

    /// Gives up the messages of a cancelled batch that haven't gone out. None of them was unknown
    /// before: somebody waits for one that is retried.
    fn give_up(&self, id: &str) -> Result<()> {
        let cause = "The batch was cancelled before the message went out".to_owned();
        let step = Step { state: State::Failed, at: now(), cause: Some(cause) };
        self.store.run(
            "UPDATE message SET state = 'failed', finished = ?, body = NULL,
                 history = json_insert(history, '$[#]', json(?))
                 WHERE batch = ? AND state = 'queued' AND NOT waits",
            vec![now().into(), serde_json::to_string(&step)?.into(), id.into()],
        )
    }

    /// Writes down which batches have come to their end.
    pub(super) fn close_batches(&self) -> Result<()> {
        self.store.run(
            "UPDATE batch SET finished = ?, paused = 0 WHERE finished IS NULL AND search IS NULL
                 AND NOT EXISTS (SELECT 1 FROM message
                                 WHERE batch = batch.id AND state IN ('queued', 'sending'))",
            vec![now().into()],
        )
    }

    /// Whether the people of a batch are still to be found.
    pub(super) fn collects(&self) -> Result<bool> {
        let query =
            "SELECT 1 FROM batch WHERE search IS NOT NULL AND NOT paused AND finished IS NULL";
        let found: Option<i64> = self.store.first(query, vec![])?;
        Ok(found.is_some())
    }

    /// Finds the people of batches that are given by a search, a page at a time, in the order in
    /// which the batches were made. Returns `false` if a page couldn't be had: it is asked for again
    /// a little later.
    pub(super) async fn collect(&self) -> Result<bool> {
        let batches: Vec<Batch> = self.store.all(
            &format!(
                "{ROW} WHERE search IS NOT NULL AND NOT paused AND finished IS NULL ORDER BY number"
            ),
            vec![],
        )?;
        let mut collected = true;
        for Batch { id, .. } in batches {
            // Someone may have paused or cancelled it meanwhile.
            while let Ok(batch) = self.batch(&id)
                && let Some(search) = batch.search.clone().filter(|_| !batch.paused)
            {
                if !self.collect_page(&batch, search).await? {
                    collected = false;
                    break;
                }
            }
        }
        Ok(collected)
    }

    /// Finds the next page of a batch's people. Returns `false` if it is to be asked for again.
    async fn collect_page(&self, batch: &Batch, mut search: Object) -> Result<bool> {
        let page = Cursor {
            per_page: PAGE.into(),
            starting_after: batch.after.clone().map_or(Field::Absent, Into::into),
            ..Cursor::default()
        };
        search.insert("pagination".to_owned(), serde_json::to_value(page)?);
        let order = Order::Page { milliseconds: DEADLINE.as_millis() as u64 };
        let body = serde_json::to_vec(&search)?;
        let outcome = self.order(&order, &body, &Cell::new(Spent::default())).await;
        if self.batch(&batch.id).map_or(true, |batch| batch.search.is_none()) {
            return Ok(true);
        }
        let status = match outcome {
            Ok((Outcome::Page { people, next }, _)) => {
                self.collect_failures.borrow_mut().remove(&batch.number);
                let room = MAX_RECIPIENTS.saturating_sub(self.people(&batch.id)? as usize);
                let people: Vec<Recipient> =
                    people.into_iter().map(|id| To::Id(id).into()).take(room).collect();
                if self.check_room(&batch.caller, Usage::of(people.len(), 0)).is_err() {
                    self.stop(&batch.id, "The outbox has no room for more recipients")?;
                    return Ok(true);
                }
                self.add(&batch.id, people.into_iter())?;
                // A cursor that leads nowhere ends the list.
                let after = next.filter(|next| batch.after.as_ref() != Some(next));
                self.store.run(
                    "UPDATE batch SET after = ?1, search = iif(?1 IS NULL, NULL, search),
                         cause = NULL
                     WHERE id = ?2",
                    vec![after.into(), batch.id.as_str().into()],
                )?;
                return Ok(true);
            }
            Ok((Outcome::Refused(response), _)) => Some(response.status),
            _ => None,
        };
        let failures = self.count_failure(batch);
        let answered = status.map_or("not answered".to_owned(), |it| format!("answered {it}"));
        let cause = format!("The search was {answered}");
        if failures < MOST_FAILURES && !status.is_some_and(|it| (400..429).contains(&it)) {
            // It is a read: it is asked again.
            let query = "UPDATE batch SET cause = ? WHERE id = ?";
            self.store.run(query, vec![cause.into(), batch.id.as_str().into()])?;
            return Ok(false);
        }
        self.collect_failures.borrow_mut().remove(&batch.number);
        self.stop(&batch.id, &cause)?;
        Ok(true)
    }

    /// Counts a page that couldn't be had. Returns how many there were in a row.
    fn count_failure(&self, batch: &Batch) -> u32 {
        let mut failures = self.collect_failures.borrow_mut();
        let count = failures.entry(batch.number).or_default();
        *count += 1;
        *count
    }

    /// Cancels a batch whose people can't be found.
    fn stop(&self, id: &str, cause: &str) -> Result<()> {
        self.store.run(
            "UPDATE batch SET cancelled = 1, search = NULL, cause = ? WHERE id = ?",
            vec![cause.into(), id.into()],
        )?;
        self.give_up(id)
    }

    /// How a batch stands.
    fn progress(&self, batch: &Batch) -> Result<Value> {
        let counts: Vec<(String, i64)> = self.store.all(
            "SELECT json_array(state, count(*)) FROM message WHERE batch = ? GROUP BY state",
            vec![batch.id.as_str().into()],
        )?;
        let seconds = |at: i64| at.div_euclid(1000);
        let mut shown = json!({
            "type": "edge.batch",
            "id": batch.id,
            "caller": batch.caller,
            "state": batch.state(),
            "created_at": seconds(batch.created),
            "finished_at": batch.finished.map(seconds),
            "template": batch.template,
            "total": counts.iter().map(|(_, count)| count).sum::<i64>(),
            "duplicates": batch.duplicates,
        });
        let count = |state: State| {
            let found = counts.iter().find(|(name, _)| name == state.name());
            found.map_or(0, |(_, count)| *count)
        };
        let late: i64 = self
            .store
            .first(
                "SELECT count(*) FROM message WHERE batch = ? AND finished > ?
                 AND state IN ('sent', 'failed', 'unknown')",
                vec![batch.id.as_str().into(), (now() - OF_LATE).into()],
            )?
            .unwrap_or_default();
        // A batch that is younger than the time that is looked at.
        let time = OF_LATE.min(now() - batch.created).max(1000);
        let rate = late as f64 * 1000.0 / time as f64;
        let left = count(State::Queued) + count(State::Sending);
        let goes_on = !batch.paused && batch.finished.is_none() && rate > 0.0;
        let end = goes_on.then(|| seconds(now()) + (left as f64 / rate).ceil() as i64);
        if let Some(fields) = shown.as_object_mut() {
            for state in State::ALL {
                fields.insert(state.name().to_owned(), count(state).into());
            }
            fields.insert("rate".to_owned(), ((rate * 10.0).round() / 10.0).into());
            fields.insert("estimated_end_at".to_owned(), end.into());
            if let Some(cause) = &batch.cause {
                fields.insert("cause".to_owned(), cause.as_str().into());
            }
        }
        Ok(shown)
    }

    /// A batch's progress as an event stream (HTML standard, "Server-sent events"): an event whenever
    /// it has changed, looked at each second, and a comment now and then so that nothing in between
    /// takes the silence for an end.
    pub(super) fn watch(self: &Rc<Self>, id: &str) -> std::result::Result<Response, Rejection> {
        self.batch(id)?;
        let start = Watch { id: id.to_owned(), response: String::new(), silent: 0, over: false };
        let inner = Rc::clone(self);
        let events = stream::unfold(start, move |mut watch| {
            let inner = Rc::clone(&inner);
            async move {
                if watch.over {
                    return None;
                }
                loop {
                    let batch = inner.batch(&watch.id).ok()?;
                    let progress = inner.progress(&batch).ok()?.to_string();
                    watch.over = batch.finished.is_some();
                    if progress != watch.response {
                        let event = format!("event: progress\ndata: {progress}\n\n");
                        watch.response = progress;
                        watch.silent = 0;
                        return Some((Ok::<_, worker::Error>(event.into_bytes()), watch));
                    }
                    if watch.over {
                        return None;
                    }
                    if watch.silent >= SILENCE {
                        watch.silent = 0;
                        return Some((Ok(b": still here\n\n".to_vec()), watch));
                    }
                    watch.silent += 1;
                    Clock.sleep(Duration::from_secs(1)).await;
                }
            }
        });
        Ok(Response::from_stream(Box::pin(events))?)
    }

    /// What became of each recipient, in the order in which they were listed.
    pub(super) fn result(
        self: &Rc<Self>,
        id: &str,
        format: Format,
    ) -> std::result::Result<Response, Rejection> {
        self.batch(id)?;
        let inner = Rc::clone(self);
        let id = id.to_owned();
        let rows = stream::unfold(Some(0), move |after| {
            let (inner, id) = (Rc::clone(&inner), id.clone());
            async move {
                let after = after?;
                let rows: Vec<(i64, Object)> =
                    inner.store.all(RESULT, vec![id.into(), after.into()]).ok()?;
                let mut text = match (format, after) {
                    (Format::Csv, 0) => format!("{}\r\n", COLUMNS.join(",")),
                    _ => String::new(),
                };
                for (_, row) in &rows {
                    match format {
                        Format::Csv => text.push_str(&csv(row)),
                        Format::Ndjson => text.push_str(&Value::from(row.clone()).to_string()),
                    }
                    text.push_str(if format == Format::Csv { "\r\n" } else { "\n" });
                }
                let next = rows.last().map(|(number, _)| *number);
                (!text.is_empty()).then(|| (Ok::<_, worker::Error>(text.into_bytes()), next))
            }
        });
        Ok(Response::from_stream(Box::pin(rows))?)
    }
}

/// Who watches a batch.
struct Watch {
    id: String,
    /// What they were told last.
    response: String,
    /// For how many seconds nothing has changed.
    silent: u32,
    over: bool,
}

/// After how many seconds without a change a comment is sent.
const SILENCE: u32 = 15;

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A JSON object a line.
    Ndjson,
}

const COLUMNS: [&str; 7] =
    ["recipient", "contact_id", "state", "id", "message_id", "cause", "finished_at"];

const RESULT: &str = "SELECT json_array(number, json_object(
    'recipient', recipient, 'contact_id', contact, 'state', state, 'id', id,
    'message_id', message, 'cause', history ->> '$[#-1].cause', 'finished_at', finished / 1000))
  FROM message WHERE batch = ? AND number > ? ORDER BY number LIMIT 500";

fn csv(row: &Object) -> String {
    let cell = |name: &&str| match row.get(*name) {
        Some(Value::String(text)) => quoted(text),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// A text as a cell. One that a spreadsheet would take for a formula begins with an apostrophe
/// (OWASP, "CSV Injection").
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n', ';', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("+44", "'+44"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            ("=HYPERLINK(\"http://evil\",\"x\")", "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}
