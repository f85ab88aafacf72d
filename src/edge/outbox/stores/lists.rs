//! Lists of messages, newest first. A list reads about as many rows as it shows, however many are stored.
//!
//! Each state and kind of message is a range of an index that is sorted by time. One statement merges the
//! ranges of the states; the kinds are merged here, because a Durable Object merges five ranges at most.

use crate::call::outbox::MessageFilter;
use crate::edge::outbox::message::Message;
use crate::edge::outbox::stores::messages::ROW;
use crate::edge::runtime::sql::Store;
use crate::model::{MessageKind, MessageState};
use std::cmp::Reverse;
use std::rc::Rc;
use worker::{Result, SqlStorageValue as Value};

/// The owner of the messages in a list. Each kind of owner has an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Anyone,
    Caller,
    Batch,
}

/// The start of a list, which goes back in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Below a number, among the messages of one millisecond. `?2` is the millisecond, `?3` the number.
    Number,
    /// Before a time, and after another one: `?2` and `?3`.
    Time,
}

/// A message's position in lists: when it was created, and its number.
pub type Position = (i64, i64);

/// The latest time that JavaScript's numbers hold exactly.
const END_OF_TIME: i64 = (1 << 53) - 1;

/// Writes the statement that selects the positions of at most `?1` messages. `?4` is the owner.
fn positions_query(
    owner: Owner,
    kind: &MessageKind,
    states: &[MessageState],
    start: Start,
) -> String {
    let (index, owned) = match owner {
        Owner::Anyone => ("listed", ""),
        Owner::Caller => ("listed_by_caller", "caller = ?4 AND "),
        Owner::Batch => ("listed_by_batch", "batch = ?4 AND "),
    };
    let within = match start {
        Start::Number => "created = ?2 AND number < ?3",
        Start::Time => "created < ?2 AND created > ?3",
    };
    let kind = kind.as_str();
    let range = |state: &MessageState| {
        let state = state.as_str();
        format!(
            "SELECT json_array(created, number), created, number FROM message INDEXED BY {index}
             WHERE {owned}state = '{state}' AND kind = '{kind}' AND {within}"
        )
    };
    let ranges: Vec<String> = states.iter().map(range).collect();
    format!("{} ORDER BY created DESC, number DESC LIMIT ?1", ranges.join("\nUNION ALL "))
}

/// Lists the table of messages.
#[derive(Clone, Debug)]
pub struct MessageLists {
    sql: Rc<Store>,
}

impl MessageLists {
    /// Lists the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Finds the position of the message with an id, if a filter's caller and kind select it.
    pub fn position(&self, id: &str, filter: &MessageFilter) -> Result<Option<Position>> {
        self.sql.first(
            "SELECT json_array(created, number) FROM message
             WHERE id = ?1 AND (?2 IS NULL OR caller = ?2) AND (?3 IS NULL OR kind = ?3)",
            vec![
                id.into(),
                filter.caller.as_deref().into(),
                filter.kind.as_ref().map(MessageKind::as_str).into(),
            ],
        )
    }

    /// Reads the messages at some positions, newest first.
    pub fn messages(&self, positions: &[Position]) -> Result<Vec<Message>> {
        let numbers: Vec<i64> = positions.iter().map(|(_, number)| *number).collect();
        let mut messages: Vec<Message> = self.sql.all(
            &format!("{ROW} WHERE number IN (SELECT value FROM json_each(?))"),
            vec![serde_json::to_string(&numbers)?.into()],
        )?;
        messages.sort_unstable_by_key(|message| Reverse((message.created, message.number)));
        Ok(messages)
    }

    /// Finds the positions of at most `limit` messages in these states that a filter selects, newest first, after
    /// a position.
    pub fn positions(
        &self,
        filter: &MessageFilter,
        states: &[MessageState],
        after: Option<Position>,
        limit: i64,
    ) -> Result<Vec<Position>> {
        let (owner, name) = match (&filter.batch_id, &filter.caller) {
            (Some(batch), caller) => {
                let owner: Option<String> = self.sql.first(
                    "SELECT json_quote(caller) FROM batch WHERE id = ?",
                    vec![batch.as_str().into()],
                )?;
                // A batch has one caller.
                match owner.is_some() && caller.as_ref().is_none_or(|it| owner.as_ref() == Some(it))
                {
                    true => (Owner::Batch, Some(batch)),
                    false => return Ok(Vec::new()),
                }
            }
            (None, Some(caller)) => (Owner::Caller, Some(caller)),
            (None, None) => (Owner::Anyone, None),
        };
        let kinds = filter.kind.as_ref().map_or(MessageKind::ALL, std::slice::from_ref);
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
            let mut positions = Vec::new();
            for kind in kinds {
                let values = [limit, first, second].map(Value::from).into_iter();
                let values = values.chain(name.map(|name| name.as_str().into())).collect();
                let query = positions_query(owner, kind, states, start);
                positions.extend(self.sql.all::<Position>(&query, values)?);
            }
            positions.sort_unstable_by_key(|position| Reverse(*position));
            found.extend(positions);
        }
        found.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageKind, MessageState, Owner, Start, positions_query};
    use std::fmt::Write;

    /// `tests/edge/outbox-lists.test.mjs` has SQLite explain these statements.
    #[test]
    fn the_statements_of_lists_are_those_that_are_explained() {
        let mut statements = String::new();
        let mut lists: Vec<Vec<MessageState>> =
            MessageState::ALL.iter().map(|state| vec![state.clone()]).collect();
        lists.push(MessageState::ALL.to_vec());
        lists.push(vec![MessageState::Sent, MessageState::Failed]);
        for owner in [Owner::Anyone, Owner::Caller, Owner::Batch] {
            for kind in MessageKind::ALL {
                for states in &lists {
                    for start in [Start::Number, Start::Time] {
                        writeln!(statements, "{};\n", positions_query(owner, kind, states, start))
                            .unwrap();
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
