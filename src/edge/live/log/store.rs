//! The tables of the event log.

use crate::edge::live::event::{ItemState, NewEvent, RemovalChange, RemovalChangeReason};
use crate::edge::live::log::schema;
use crate::edge::live::protocol::{Position, REMOVALS_KEPT_MS, Removals};
use crate::edge::runtime::sql::{SchemaError, Store};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use worker::{Result, State};

/// The time that an event is stored, in milliseconds. For this time readers can resume, and repeats are recognized.
const KEEP_MS: i64 = 2 * DAY_MS;

const DAY_MS: i64 = 86_400_000;

const HOUR_MS: i64 = 3_600_000;

/// The size of the tables in bytes above which the oldest events are deleted early: an object may store 10 GB,
/// and all objects of the free plan 5 GB.
const MAX_SIZE_BYTES: usize = 3_000_000_000;

/// The most events that are deleted at once.
const MAX_DELETED_EVENTS: i64 = 1_000;

/// The bytes after which a read ends: an event may have 1 MiB, and an object 128 MB of memory.
const MAX_READ_BYTES: usize = 1 << 20;

/// The tables of the event log.
#[derive(Debug)]
pub struct EventStore {
    sql: Store,
}

/// The row of the table `log`.
#[derive(Deserialize)]
struct Row {
    id: String,
    newest: i64,
    invalidated: i64,
    notified: Option<i64>,
}

/// The members of an event's JSON that are stored.
#[derive(Serialize)]
struct Text<'a> {
    topic: &'a str,
    created_at: i64,
    notification_id: Option<&'a str>,
    outdated: bool,
    item: &'a RawValue,
}

impl EventStore {
    /// Uses the tables of an object. [`open`](Self::open) creates them.
    pub fn new(state: &State) -> Self {
        Self { sql: Store::new(state) }
    }

    /// Brings the tables to the newest schema.
    pub fn open(&self) -> std::result::Result<(), SchemaError> {
        self.sql.migrate(schema::STEPS)
    }

    /// Stores the events that are not repeats of stored ones: all of them, or none if this fails. Returns their
    /// number. `now`: milliseconds since 1970.
    pub fn add(&self, events: &[NewEvent], now: i64) -> Result<usize> {
        self.sql.transaction(|| {
            let mut log = self.log()?;
            let before = log.newest;
            for event in events {
                self.add_one(&mut log, event, now)?;
            }
            let added = usize::try_from(log.newest - before).unwrap_or_default();
            if added > 0 {
                self.sql.run(
                    "UPDATE log SET newest = ?, invalidated = ?, notified = ?",
                    vec![log.newest.into(), log.invalidated.into(), log.notified.into()],
                )?;
            }
            Ok(added)
        })
    }

    fn add_one(&self, log: &mut Row, event: &NewEvent, now: i64) -> Result<()> {
        let is_outdated = match &event.state {
            Some(state) => self.newest_state(&state.item)?.is_some_and(|at| at > state.at),
            None => false,
        };
        let sequence = log.newest + 1;
        let text = text(event, is_outdated)?;
        let added: Option<i64> = self.sql.first(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO NOTHING RETURNING sequence",
            vec![
                sequence.into(),
                event.key.as_str().into(),
                now.into(),
                event.app_id.as_deref().into(),
                event.topic.as_str().into(),
                event.needs.as_str().into(),
                event.owner.as_deref().into(),
                text.into(),
            ],
        )?;
        if added.is_none() {
            return Ok(());
        }
        log.newest = sequence;
        if event.invalidates {
            log.invalidated = sequence;
        }
        if event.notification_id.is_some() {
            log.notified = log.notified.or(Some(now));
        }
        if let Some(state) = event.state.as_ref().filter(|_| !is_outdated) {
            self.set_state(&state.item, state.at, now)?;
        }
        match &event.removal {
            // The state of a merge is that of the contact that remains.
            Some(removal) if !is_outdated || removal.reason == RemovalChangeReason::Merged => {
                self.set_removal(removal, now)
            }
            _ => Ok(()),
        }
    }

    /// Finds the time of the newest known state of an item.
    fn newest_state(&self, item: &str) -> Result<Option<i64>> {
        self.sql.first("SELECT at FROM item WHERE item = ?", vec![item.into()])
    }

    fn set_state(&self, item: &str, at: i64, now: i64) -> Result<()> {
        self.sql.run(
            "INSERT INTO item VALUES (?1, ?2, ?3)
             ON CONFLICT (item) DO UPDATE SET at = max(at, ?2), stored = ?3",
            vec![item.into(), at.into(), now.into()],
        )
    }

    fn set_removal(&self, removal: &RemovalChange, now: i64) -> Result<()> {
        let RemovalChange { id, reason, merged_into, at } = removal;
        let reason = match reason {
            RemovalChangeReason::Restored => {
                return self.sql.run("DELETE FROM removal WHERE id = ?", vec![id.as_str().into()]);
            }
            RemovalChangeReason::Archived => "archived",
            RemovalChangeReason::Deleted => "deleted",
            RemovalChangeReason::Merged => "merged",
        };
        if removal.reason == RemovalChangeReason::Merged {
            self.set_state(&format!("contact/{id}"), ItemState::LAST, now)?;
        }
        // Intercom may also report a merged contact as deleted. The merge is kept, because it has `merged_into`.
        self.sql.run(
            "INSERT INTO removal VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET stored = excluded.stored, reason = excluded.reason,
               merged_into = excluded.merged_into, at = excluded.at
             WHERE reason <> 'merged' OR excluded.reason = 'merged'",
            vec![
                id.as_str().into(),
                now.into(),
                reason.into(),
                merged_into.as_deref().into(),
                (*at).into(),
            ],
        )
    }

    fn log(&self) -> Result<Row> {
        let row = self.sql.first(
            "SELECT json_object('id', id, 'newest', newest, 'invalidated', invalidated,
               'notified', notified) FROM log",
            vec![],
        )?;
        row.ok_or_else(|| "the log has no row".into())
    }

    /// Returns the log's name, and the first and the last event that are stored.
    pub fn position(&self) -> Result<Position> {
        let Row { id, newest, .. } = self.log()?;
        let oldest = self.sql.first("SELECT sequence FROM event ORDER BY 1 LIMIT 1", vec![])?;
        Ok(Position { log: id, oldest: oldest.unwrap_or(newest + 1), newest })
    }

    /// Reads the next events after a sequence number. Each has two lines: its head (`StoredHead` of the protocol), and
    /// its text. Returns true if events may follow.
    pub fn read(&self, after: i64, limit: i64) -> Result<(Vec<String>, bool)> {
        let (lines, is_cut) = self.sql.texts(
            "SELECT json_array(sequence, topic, needs, owner) || char(10) || text FROM event
             WHERE sequence > ? ORDER BY sequence LIMIT ?",
            vec![after.into(), limit.into()],
            MAX_READ_BYTES,
        )?;
        let is_full = i64::try_from(lines.len()).is_ok_and(|count| count >= limit);
        Ok((lines, is_cut || is_full))
    }

    /// Returns the sequence number of the last event after which cached responses may be out of date.
    pub fn invalidated(&self) -> Result<i64> {
        Ok(self.log()?.invalidated)
    }

    /// Returns the workspace of an access token, by the token's hash.
    pub fn workspace(&self, token: &str) -> Result<Option<String>> {
        self.sql.first("SELECT json_quote(id) FROM workspace WHERE token = ?", vec![token.into()])
    }

    /// Stores the workspace of an access token, instead of that of the token before.
    pub fn set_workspace(&self, token: &str, id: &str) -> Result<()> {
        self.sql.transaction(|| {
            let query = "SELECT json_quote(id) FROM workspace";
            let known: Option<String> = self.sql.first(query, vec![])?;
            if known.is_some_and(|known| known != id) {
                self.begin_again()?;
            }
            self.sql.run("DELETE FROM workspace", vec![])?;
            self.sql.run("INSERT INTO workspace VALUES (?, ?)", vec![token.into(), id.into()])
        })
    }

    /// Begins another log, because the events are of another workspace. The sequence numbers continue.
    fn begin_again(&self) -> Result<()> {
        for statement in [
            "DELETE FROM event",
            "DELETE FROM item",
            "DELETE FROM removal",
            "UPDATE log SET id = lower(hex(randomblob(4))), invalidated = newest, notified = NULL",
        ] {
            self.sql.run(statement, vec![])?;
        }
        Ok(())
    }

    /// Reads the removals that were stored since a time in milliseconds since 1970, in the order in which they came.
    /// `after`: the last one of the page before.
    pub fn removals(
        &self,
        since: i64,
        after: Option<(i64, String)>,
        limit: i64,
    ) -> Result<Removals> {
        let (stored, id) = after.unwrap_or((since, String::new()));
        let rows: Vec<(i64, RemovalChange)> = self.sql.all(
            "SELECT json_array(stored, json_object('id', id, 'reason', reason,
               'merged_into', merged_into, 'at', at))
             FROM removal WHERE (stored, id) > (?, ?) ORDER BY stored, id LIMIT ?",
            vec![stored.into(), id.into(), limit.into()],
        )?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < limit);
        let last = rows.last().map(|(stored, removal)| (*stored, removal.id.clone()));
        Ok(Removals {
            removals: rows.into_iter().map(|(_, removal)| removal).collect(),
            next: last.filter(|_| !is_last),
            known_since: self.log()?.notified,
        })
    }

    /// Deletes events at the end of their time, and the oldest ones if the tables are too large; states and removals
    /// once a day. Returns true if events are left to delete. `now`: milliseconds since 1970.
    pub fn delete_old(&self, now: i64) -> Result<bool> {
        let is_too_large = self.sql.size() > MAX_SIZE_BYTES;
        let before = if is_too_large { now } else { now - KEEP_MS };
        // The events are in the order of their times, so only those that are deleted are read.
        let deleted: Vec<i64> = self.sql.all(
            "DELETE FROM event WHERE stored < ?1 AND sequence IN
               (SELECT sequence FROM event ORDER BY sequence LIMIT ?2)
             RETURNING sequence",
            vec![before.into(), MAX_DELETED_EVENTS.into()],
        )?;
        if now.rem_euclid(DAY_MS) < HOUR_MS {
            self.sql.run("DELETE FROM item WHERE stored < ?", vec![(now - KEEP_MS).into()])?;
            let removals = vec![(now - REMOVALS_KEPT_MS).into()];
            self.sql.run("DELETE FROM removal WHERE stored < ?", removals)?;
        }
        Ok(i64::try_from(deleted.len()).is_ok_and(|count| count == MAX_DELETED_EVENTS))
    }
}

/// Writes the stored members of an event's JSON, in one line.
fn text(event: &NewEvent, is_outdated: bool) -> Result<String> {
    let text = serde_json::to_string(&Text {
        topic: &event.topic,
        created_at: event.created_at,
        notification_id: event.notification_id.as_deref(),
        outdated: is_outdated,
        item: &event.item,
    })?;
    // Line breaks in JSON are white space: those within texts are escaped.
    let line = match text.contains(['\n', '\r']) {
        true => Cow::Owned(text.replace(['\n', '\r'], " ")),
        false => Cow::Borrowed(&*text),
    };
    Ok(line.strip_prefix('{').unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::edge::live::event::NewEvent;
    use serde_json::value::RawValue;

    #[test]
    fn an_item_passes_unchanged_in_one_line() {
        let item = "{\"big\": 12345678901234567890.10,\r\n \"text\":\"a\\nb\"}";
        let event = NewEvent {
            topic: "contact.created".to_owned(),
            created_at: 1_700_000_000,
            key: "notif_1".to_owned(),
            notification_id: Some("notif_1".to_owned()),
            app_id: Some("ws1".to_owned()),
            needs: "contacts:read".to_owned(),
            owner: None,
            state: None,
            removal: None,
            invalidates: false,
            item: RawValue::from_string(item.to_owned()).unwrap(),
        };
        let expected = r#""topic":"contact.created","created_at":1700000000,"#.to_owned()
            + r#""notification_id":"notif_1","outdated":true,"#
            + r#""item":{"big": 12345678901234567890.10,   "text":"a\nb"}}"#;
        assert_eq!(text(&event, true).unwrap(), expected);
    }
}
