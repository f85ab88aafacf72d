//! Runs a sequence of operations on two directories, finds the first difference, and makes the sequence smaller.

use super::json::Json;
use super::operation::{Answer, Engine, Operation};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The first operation whose answers differ.
pub struct Difference {
    pub at: usize,
    pub operation: Operation,
    pub expected: Answer,
    /// The other answer, or the message of a panic.
    pub found: Result<Answer, String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(out, "operation {}: {:.300}", self.at, self.operation.line())?;
        let expected = format!("{:?}", self.expected);
        let found = match &self.found {
            Ok(answer) => format!("{answer:?}"),
            Err(panic) => format!("a panic: {panic}"),
        };
        // The first difference, with what is before it.
        let same =
            expected.chars().zip(found.chars()).take_while(|(left, right)| left == right).count();
        let part =
            |text: &str| text.chars().skip(same.saturating_sub(200)).take(500).collect::<String>();
        write!(out, "  expected: {}\n  found:    {}", part(&expected), part(&found))
    }
}

/// Creates the two directories: the reference, and the one to test.
pub type Pair<'a> = &'a dyn Fn() -> (Box<dyn Engine>, Box<dyn Engine>);

/// Runs operations on both. Returns the first difference.
pub fn first_difference(pair: Pair, operations: &[Operation]) -> Option<Difference> {
    let (mut reference, mut tested) = pair();
    for (at, operation) in operations.iter().enumerate() {
        let expected = reference.apply(operation);
        let found = catch_unwind(AssertUnwindSafe(|| tested.apply(operation)));
        let found = found.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()))
                .unwrap_or_default()
        });
        if found.as_ref() != Ok(&expected) {
            return Some(Difference { at, operation: operation.clone(), expected, found });
        }
    }
    None
}

/// Makes a sequence smaller while it still has a difference: fewer operations, fewer contacts, fewer members.
pub fn shrink(pair: Pair, operations: &[Operation], most: Duration) -> Vec<Operation> {
    let started = Instant::now();
    let differs =
        |operations: &[Operation]| first_difference(pair, operations).map(|found| found.at);
    let mut operations = operations.to_vec();
    if let Some(at) = differs(&operations) {
        operations.truncate(at + 1);
    }
    let joined = join_feeds(&operations);
    if differs(&joined).is_some() {
        operations = joined;
    }
    let mut size = operations.len() / 2;
    while size > 0 && started.elapsed() < most {
        let mut start = 0;
        let mut removed = false;
        while start < operations.len() && started.elapsed() < most {
            let mut fewer = operations.clone();
            fewer.drain(start..(start + size).min(operations.len()));
            match differs(&fewer) {
                Some(at) => {
                    fewer.truncate(at + 1);
                    operations = fewer;
                    removed = true;
                }
                None => start += size,
            }
        }
        if size > 1 || !removed {
            size /= 2;
        }
    }
    let mut at = 0;
    while at < operations.len() && started.elapsed() < most {
        let smaller = smaller(&operations[at]).into_iter().find_map(|one| {
            let mut fewer = operations.clone();
            fewer[at] = one;
            differs(&fewer).map(|at| {
                fewer.truncate(at + 1);
                fewer
            })
        });
        match smaller {
            Some(fewer) => operations = fewer,
            None => at += 1,
        }
    }
    operations
}

/// Joins the chunks that follow each other, so that their lines can be removed.
fn join_feeds(operations: &[Operation]) -> Vec<Operation> {
    let mut joined: Vec<Operation> = Vec::new();
    for operation in operations {
        match (joined.last_mut(), operation) {
            (Some(Operation::Feed(before)), Operation::Feed(bytes)) => before.extend(bytes),
            _ => joined.push(operation.clone()),
        }
    }
    joined
}

/// Returns the ways to make an operation smaller by one step.
fn smaller(operation: &Operation) -> Vec<Operation> {
    let json = |bytes: &[u8]| {
        let variants = Json::parse(bytes).map(|json| json_smaller(&json)).unwrap_or_default();
        variants.into_iter().map(|json| json.write().into_bytes())
    };
    let text = |text: &str| json(text.as_bytes()).filter_map(|json| String::from_utf8(json).ok());
    match operation {
        Operation::Feed(bytes) => {
            let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            if let [line] = &*lines {
                return json(line)
                    .map(|json| Operation::Feed([&json, &b"\n"[..]].concat()))
                    .collect();
            }
            let mut halves =
                vec![lines[..lines.len() / 2].concat(), lines[lines.len() / 2..].concat()];
            halves.extend(
                (0..lines.len())
                    .map(|without| [&lines[..without], &lines[without + 1..]].concat().concat()),
            );
            halves.into_iter().map(Operation::Feed).collect()
        }
        Operation::Put(bytes) => json(bytes).map(Operation::Put).collect(),
        Operation::Names { set, json: names } => {
            json(names).map(|json| Operation::Names { set: set.clone(), json }).collect()
        }
        Operation::Members { segment, json: ids } => {
            json(ids).map(|json| Operation::Members { segment: segment.clone(), json }).collect()
        }
        Operation::Open { slot, request } => {
            text(request).map(|request| Operation::Open { slot: *slot, request }).collect()
        }
        Operation::Counts { slot, request } => {
            text(request).map(|request| Operation::Counts { slot: *slot, request }).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns JSON without one of its items, its halves, or with one of its parts in place of the whole.
fn json_smaller(json: &Json) -> Vec<Json> {
    match json {
        Json::List(items, _) => {
            let half = items.len() / 2;
            let mut out = Vec::new();
            if items.len() > 2 {
                out.extend([
                    Json::list(items[..half].to_vec()),
                    Json::list(items[half..].to_vec()),
                ]);
            }
            for at in 0..items.len() {
                let without = [&items[..at], &items[at + 1..]].concat();
                out.push(Json::list(without));
                out.extend(json_smaller(&items[at]).into_iter().map(|one| {
                    let mut items = items.clone();
                    items[at] = one;
                    Json::list(items)
                }));
            }
            out
        }
        Json::Object(members, _) => {
            let mut out = Vec::new();
            // A group of filters becomes one of its filters.
            out.extend(json.get("value").and_then(Json::items).unwrap_or_default().iter().cloned());
            for at in 0..members.len() {
                let without = [&members[..at], &members[at + 1..]].concat();
                out.push(Json::object(without));
                out.extend(json_smaller(&members[at].1).into_iter().map(|one| {
                    let mut members = members.clone();
                    members[at].1 = one;
                    Json::object(members)
                }));
            }
            out
        }
        Json::Text(text) => {
            let text = String::from_utf8_lossy(text).into_owned();
            let chars: Vec<char> = text.chars().collect();
            let without = |at: usize| {
                [&chars[..at], &chars[at + 1..]].concat().into_iter().collect::<String>()
            };
            (0..chars.len().min(40)).map(|at| Json::text(without(at))).collect()
        }
        _ => Vec::new(),
    }
}
