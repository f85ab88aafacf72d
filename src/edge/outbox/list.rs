//! Lists of messages, newest first. A list reads about as many rows as it shows, however many are stored.
//!
//! Each state and kind of message is a range of an index that is sorted by time. One statement merges the
//! ranges of the states; the kinds are merged here, because a Durable Object merges five ranges at most.

use crate::client::Timer;
use crate::edge::outbox::command::Filter;
use crate::edge::outbox::message::{Message, MessageKind, State};
use crate::edge::outbox::table::ROW;
use crate::edge::outbox::{Inner, goes_on};
use crate::edge::response::Rejection;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::sql::now;
use std::cmp::Reverse;
use std::time::Duration;
use worker::{Result, SqlStorageValue as Value};

/// Whose messages a list has. Each owner has an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Everybody,
    Caller,
    Batch,
}

/// Where a list starts, going back in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Below a number, among the messages of one millisecond. `?2` is the millisecond, `?3` the number.
    Number,
    /// Before a time, and after another one: `?2` and `?3`.
    Time,
}

/// A message's place in the order of lists: when it was created, and its number.
type Place = (i64, i64);

/// The latest time that JavaScript's numbers hold exactly.
const END_OF_TIME: i64 = (1 << 53) - 1;

/// The statement that gives the places of at most `?1` messages. `?4` is the owner.
fn places(owner: Owner, kind: MessageKind, states: &[State], start: Start) -> String {
    let (index, owned) = match owner {
        Owner::Everybody => ("listed", ""),
        Owner::Caller => ("listed_by_caller", "caller = ?4 AND "),
        Owner::Batch => ("listed_by_batch", "batch = ?4 AND "),
    };
    let within = match start {
        Start::Number => "created = ?2 AND number < ?3",
        Start::Time => "created < ?2 AND created > ?3",
    };
    let kind = kind.name();
    let range = |state: &State| {
        let state = state.name();
        format!(
            "SELECT json_array(created, number), created, number FROM message INDEXED BY {index}
             WHERE {owned}state = '{state}' AND kind = '{kind}' AND {within}"
        )
    };
    let ranges: Vec<String> = states.iter().map(range).collect();
    format!("{} ORDER BY created DESC, number DESC LIMIT ?1", ranges.join("\nUNION ALL "))
}

/// How far apart lists begin, in milliseconds: the object computes one thing at a time, and whoever reads must
/// not keep those who send waiting.
const APART: i64 = 20;

/// How long a list waits for its turn at most, in milliseconds.
const PATIENCE: i64 = 5000;

/// When a list may begin that comes at `now`, where the one before it began or will begin at `last`. `None`:
/// it would wait too long.
fn turn(last: i64, now: i64) -> Option<i64> {
    let latest = now.saturating_add(PATIENCE);
    // A clock that was set back doesn't hold lists up.
    let at = if last > latest { now } else { now.max(last.saturating_add(APART)) };
    (at <= latest).then_some(at)
}

impl Inner {
    /// Waits until a list may begin.
    pub(super) async fn wait_to_list(&self) -> std::result::Result<(), Rejection> {
        let now = now();
        let at = turn(self.last_list.get(), now).ok_or_else(|| {
            let words = "Too many lists are being read: the outbox's own limit, not Intercom's";
            Rejection::new(429, "rate_limit_exceeded", words).with("retry-after", "1")
        })?;
        self.last_list.set(at);
        if let Some(wait) = u64::try_from(at - now).ok().filter(|wait| *wait > 0) {
            Clock.sleep(Duration::from_millis(wait)).await;
        }
        Ok(())
    }

    /// The messages that a filter lets pass, newest first, and the id of the last one if there are more.
    pub(super) fn listed(
        &self,
        filter: &Filter,
    ) -> std::result::Result<(Vec<Message>, Option<String>), Rejection> {
        let after = match &filter.starting_after {
            Some(id) => Some(self.place_of(id, filter)?),
            None => None,
        };
        let state = filter.state.map(|state| [state]);
        let states = state.as_ref().map_or(&State::ALL[..], |state| &state[..]);
        let mut places = self.places(filter, states, after, filter.per_page + 1)?;
        let more = goes_on(&mut places, filter.per_page);
        let numbers: Vec<i64> = places.into_iter().map(|(_, number)| number).collect();
        let mut messages: Vec<Message> = self.store.all(
            &format!("{ROW} WHERE number IN (SELECT value FROM json_each(?))"),
            vec![serde_json::to_string(&numbers)?.into()],
        )?;
        messages.sort_unstable_by_key(|message| Reverse((message.created, message.number)));
        let last = messages.last().filter(|_| more).map(|message| message.id.clone());
        Ok((messages, last))
    }

    fn place_of(&self, id: &str, filter: &Filter) -> std::result::Result<Place, Rejection> {
        let found = self.find(id, filter.caller.as_deref()).ok();
        let found = found.filter(|message| filter.kind.is_none_or(|kind| kind == message.kind));
        let message = found
            .ok_or_else(|| Rejection::parameter("starting_after", "No such message is listed"))?;
        Ok((message.created, message.number))
    }

    /// The places of at most `most` messages in one of these states, newest first, that come after a place.
    pub(super) fn places(
        &self,
        filter: &Filter,
        states: &[State],
        after: Option<Place>,
        most: i64,
    ) -> Result<Vec<Place>> {
        let (owner, name) = match (&filter.batch, &filter.caller) {
            (Some(batch), caller) => {
                let whose: Option<String> = self.store.first(
                    "SELECT json_quote(caller) FROM batch WHERE id = ?",
                    vec![batch.as_str().into()],
                )?;
                // A batch has one caller.
                match whose.is_some() && caller.as_ref().is_none_or(|it| whose.as_ref() == Some(it))
                {
                    true => (Owner::Batch, Some(batch)),
                    false => return Ok(Vec::new()),
                }
            }
            (None, Some(caller)) => (Owner::Caller, Some(caller)),
            (None, None) => (Owner::Everybody, None),
        };
        let kind = filter.kind.map(|kind| [kind]);
        let kinds = kind.as_ref().map_or(&MessageKind::ALL[..], |kind| &kind[..]);
        // A second is over when the next has begun.
        let since =
            filter.created_after.map_or(-1, |at| at.saturating_mul(1000).saturating_add(999));
        let end = filter.created_before.map_or(END_OF_TIME, |at| at.saturating_mul(1000));
        let [since, end] = [since, end].map(|at| at.min(END_OF_TIME));
        let starts = match after {
            Some((at, _)) if at <= since => return Ok(Vec::new()),
            Some((at, number)) if at < end => {
                vec![(Start::Number, at, number), (Start::Time, at, since)]
            }
            _ => vec![(Start::Time, end, since)],
        };
        let mut found = Vec::new();
        for (start, first, second) in starts {
            let mut places = Vec::new();
            for kind in kinds {
                let values = [most, first, second].map(Value::from).into_iter();
                let values = values.chain(name.map(|name| name.as_str().into())).collect();
                let places_of_kind: Vec<Place> =
                    self.store.all(&self::places(owner, *kind, states, start), values)?;
                places.extend(places_of_kind);
            }
            places.sort_unstable_by_key(|place| Reverse(*place));
            found.extend(places);
        }
        found.truncate(usize::try_from(most).unwrap_or_default());
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{APART, MessageKind, Owner, PATIENCE, Start, State, places, turn};
    use std::fmt::Write;

    #[test]
    fn lists_take_turns_and_wait_only_so_long() {
        assert_eq!(turn(0, 1000), Some(1000));
        assert_eq!(turn(1000, 1000), Some(1000 + APART));
        assert_eq!(turn(1000 + PATIENCE - APART, 1000), Some(1000 + PATIENCE));
        assert_eq!(turn(1000 + PATIENCE, 1000), None);
        assert_eq!(turn(1_000_000, 1000), Some(1000));
        let mut last = 0;
        let begun = std::iter::from_fn(|| turn(last, 0).inspect(|at| last = *at));
        assert_eq!(begun.count() as i64, PATIENCE / APART);
    }

    /// `tests/edge/outbox-lists.test.mjs` asks SQLite how it carries these statements out.
    #[test]
    fn the_statements_of_lists_are_those_that_are_explained() {
        let mut statements = String::new();
        let mut lists: Vec<Vec<State>> = State::ALL.iter().map(|state| vec![*state]).collect();
        lists.push(State::ALL.to_vec());
        lists.push(vec![State::Sent, State::Failed]);
        for owner in [Owner::Everybody, Owner::Caller, Owner::Batch] {
            for kind in MessageKind::ALL {
                for states in &lists {
                    for start in [Start::Number, Start::Time] {
                        writeln!(statements, "{};\n", places(owner, kind, states, start)).unwrap();
                    }
                }
            }
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/edge/outbox-lists.sql");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file, &statements).unwrap();
        }
        let explained = std::fs::read_to_string(file).unwrap();
        assert_eq!(
            explained, statements,
            "write the file anew: UPDATE=1 cargo test --features edge --lib lists"
        );
    }
}
