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

/// The filter that chooses the index of a list. A contact has so few messages that the other filters read them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Caller,
    Batch,
    /// The messages of a template and a caller.
    Template,
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

impl Start {
    const fn condition(self) -> &'static str {
        match self {
            Self::Number => "created = ?2 AND number < ?3",
            Self::Time => "created < ?2 AND created > ?3",
        }
    }
}

/// Writes the range of an index with the messages of one state and kind. `?4` and `?5` are the selection's values.
fn range(selection: Selection, kind: &MessageKind, state: &MessageState, start: Start) -> String {
    let (index, selected) = match selection {
        Selection::All => ("listed", ""),
        Selection::Caller => ("listed_by_caller", "caller = ?4 AND "),
        Selection::Batch => ("listed_by_batch", "batch = ?4 AND "),
        Selection::Template => ("listed_by_template", "caller = ?4 AND template_name = ?5 AND "),
    };
    let (kind, state, within) = (kind.as_str(), state.as_str(), start.condition());
    format!(
        "FROM message INDEXED BY {index}
             WHERE {selected}state = '{state}' AND kind = '{kind}' AND {within}"
    )
}

/// Writes the statement that selects the positions of at most `?1` messages.
fn positions_query(
    selection: Selection,
    kind: &MessageKind,
    states: &[MessageState],
    start: Start,
) -> String {
    let range = |state: &MessageState| {
        let range = range(selection, kind, state, start);
        format!("SELECT json_array(created, number), created, number {range}")
    };
    let ranges: Vec<String> = states.iter().map(range).collect();
    format!("{} ORDER BY created DESC, number DESC LIMIT ?1", ranges.join("\nUNION ALL "))
}

/// Writes the statement that counts the messages of each state. Its values are those of [`positions_query`].
fn counts_query(selection: Selection, kind: &MessageKind, states: &[MessageState]) -> String {
    let count = |state: &MessageState| {
        let range = range(selection, kind, state, Start::Time);
        format!("SELECT json_array('{}', count(*)) {range} AND ?1 > 0", state.as_str())
    };
    let counts: Vec<String> = states.iter().map(count).collect();
    counts.join("\nUNION ALL ")
}

/// Writes the range with a contact's messages. `?4` is the contact, and `?5` to `?9` are the other filters.
fn range_of_contact(start: Start) -> String {
    format!(
        "FROM message INDEXED BY listed_by_contact WHERE contact = ?4 AND {}
           AND state IN (SELECT value FROM json_each(?5)) AND (?6 IS NULL OR kind = ?6)
           AND (?7 IS NULL OR caller = ?7) AND (?8 IS NULL OR batch = ?8)
           AND (?9 IS NULL OR template_name = ?9)",
        start.condition()
    )
}

/// Writes the statement that selects the positions of at most `?1` messages of a contact.
fn contact_query(start: Start) -> String {
    let range = range_of_contact(start);
    format!(
        "SELECT json_array(created, number) {range} ORDER BY created DESC, number DESC LIMIT ?1"
    )
}

/// Returns the values of the statements about a contact's messages.
fn values_of_contact(
    filter: &MessageFilter,
    states: &[MessageState],
    bounds: [i64; 3],
) -> Result<Vec<Value>> {
    let states: Vec<&str> = states.iter().map(MessageState::as_str).collect();
    let mut values: Vec<Value> = bounds.map(Value::from).into();
    values.extend([
        filter.contact_id.as_deref().into(),
        serde_json::to_string(&states)?.into(),
        filter.kind.as_ref().map(MessageKind::as_str).into(),
        filter.caller.as_deref().into(),
        filter.batch_id.as_deref().into(),
        filter.template.as_deref().into(),
    ]);
    Ok(values)
}

/// Returns the kinds of messages that a filter selects.
fn kinds(filter: &MessageFilter) -> &[MessageKind] {
    filter.kind.as_ref().map_or(MessageKind::ALL, std::slice::from_ref)
}

/// Returns the times between which a filter selects messages, both excluded, in milliseconds since 1970.
fn period(filter: &MessageFilter) -> (i64, i64) {
    // A second is over when the next has begun.
    let since = filter.created_after.map_or(-1, |at| at.saturating_mul(1000).saturating_add(999));
    let end = filter.created_before.map_or(END_OF_TIME, |at| at.saturating_mul(1000));
    (since.min(END_OF_TIME), end.min(END_OF_TIME))
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
        let mut messages = self.by_numbers(&numbers)?;
        messages.sort_unstable_by_key(|message| Reverse((message.created, message.number)));
        Ok(messages)
    }

    /// Reads the messages with some numbers, in any order.
    pub fn by_numbers(&self, numbers: &[i64]) -> Result<Vec<Message>> {
        self.sql.all(
            &format!("{ROW} WHERE number IN (SELECT value FROM json_each(?))"),
            vec![serde_json::to_string(numbers)?.into()],
        )
    }

    /// Finds the selections that make up a filter, each with its values.
    fn selections(&self, filter: &MessageFilter) -> Result<Vec<(Selection, Vec<String>)>> {
        let MessageFilter { batch_id, caller, template, .. } = filter;
        Ok(match (batch_id, template, caller) {
            (Some(batch), template, caller) => {
                let found: Option<(String, Option<String>)> = self.sql.first(
                    "SELECT json_array(caller, template ->> '$.name') FROM batch WHERE id = ?",
                    vec![batch.as_str().into()],
                )?;
                // A batch has one caller and one template.
                let selected = found.filter(|(its_caller, its_template)| {
                    caller.as_ref().is_none_or(|caller| caller == its_caller)
                        && (template.is_none() || template == its_template)
                });
                selected.map(|_| (Selection::Batch, vec![batch.clone()])).into_iter().collect()
            }
            (None, Some(template), caller) => {
                let callers = match caller {
                    Some(caller) => vec![caller.clone()],
                    None => self
                        .sql
                        .all("SELECT json_quote(caller) FROM usage WHERE caller <> ''", vec![])?,
                };
                let of_caller = |caller| (Selection::Template, vec![caller, template.clone()]);
                callers.into_iter().map(of_caller).collect()
            }
            (None, None, Some(caller)) => vec![(Selection::Caller, vec![caller.clone()])],
            (None, None, None) => vec![(Selection::All, Vec::new())],
        })
    }

    /// Counts the messages in each state that a filter selects.
    pub fn counts(&self, filter: &MessageFilter) -> Result<Vec<(MessageState, i64)>> {
        let states = filter.state.as_ref().map_or(MessageState::ALL, std::slice::from_ref);
        let (since, end) = period(filter);
        if filter.contact_id.is_some() {
            let query = format!(
                "SELECT json_array(state, count(*)) {} AND ?1 > 0 GROUP BY state",
                range_of_contact(Start::Time)
            );
            return self.sql.all(&query, values_of_contact(filter, states, [1, end, since])?);
        }
        let mut counts = Vec::new();
        for (selection, names) in self.selections(filter)? {
            for kind in kinds(filter) {
                let values = [1, end, since].map(Value::from).into_iter();
                let values = values.chain(names.iter().map(|name| name.as_str().into())).collect();
                counts.extend(self.sql.all(&counts_query(selection, kind, states), values)?);
            }
        }
        Ok(counts)
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
        let selections = match filter.contact_id {
            Some(_) => Vec::new(),
            None => self.selections(filter)?,
        };
        let (since, end) = period(filter);
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
            if filter.contact_id.is_some() {
                let query = contact_query(start);
                let values = values_of_contact(filter, states, [limit, first, second])?;
                positions.extend(self.sql.all::<Position>(&query, values)?);
            }
            for (selection, names) in &selections {
                for kind in kinds(filter) {
                    let values = [limit, first, second].map(Value::from).into_iter();
                    let values =
                        values.chain(names.iter().map(|name| name.as_str().into())).collect();
                    let query = positions_query(*selection, kind, states, start);
                    positions.extend(self.sql.all::<Position>(&query, values)?);
                }
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
    use super::{MessageKind, MessageState, Selection, Start};
    use super::{contact_query, counts_query, positions_query};
    use std::fmt::Write;

    /// `tests/edge/outbox-lists.test.mjs` has SQLite explain these statements.
    #[test]
    fn the_statements_of_lists_are_those_that_are_explained() {
        let mut statements = String::new();
        let mut lists: Vec<Vec<MessageState>> =
            MessageState::ALL.iter().map(|state| vec![state.clone()]).collect();
        lists.push(MessageState::ALL.to_vec());
        lists.push(vec![MessageState::Sent, MessageState::Failed]);
        let mut write = |statement: String| writeln!(statements, "{statement};\n").unwrap();
        let starts = [Start::Number, Start::Time];
        for selection in [Selection::All, Selection::Caller, Selection::Batch, Selection::Template]
        {
            for kind in MessageKind::ALL {
                for states in &lists {
                    starts.iter().for_each(|start| {
                        write(positions_query(selection, kind, states, *start));
                    });
                    write(counts_query(selection, kind, states));
                }
            }
        }
        starts.iter().for_each(|start| write(contact_query(*start)));
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
