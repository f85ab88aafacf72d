//! Generates sequences of operations. Ids come from a small pool, so contacts are often updated and removed.

use super::dice::Dice;
use super::json::quoted;
use super::operation::Operation;
use super::people::{self, SETS};
use super::queries::{self, Kept};

/// The slots of open results.
const SLOTS: usize = 4;

/// The kinds of directories that sequences run on.
pub const OPTIONS: [&str; 5] = [
    r#"{"fields":null,"search":[]}"#,
    r#"{"search":["custom_attributes.plan","custom_attributes.notes","custom_attributes.mrr","location.city"]}"#,
    concat!(
        r#"{"fields":["name","email","phone","external_id","role","owner_id","created_at","tags","companies","#,
        r#""segments","custom_attributes","location","browser","avatar","location.continent_code"],"#,
        r#""search":["browser","location.country","role"]}"#,
    ),
    concat!(
        r#"{"fields":["id","name","created_at","companies","custom_attributes.plan","custom_attributes.seats","#,
        r#""location.country"],"search":["custom_attributes.plan"]}"#,
    ),
    concat!(
        r#"{"fields":["email","custom_attributes","tags","segments"],"#,
        r#""search":["custom_attributes.mixed","custom_attributes.a.b"]}"#,
    ),
];

/// What a sequence is made of.
pub struct Plan {
    /// The number of operations.
    pub operations: usize,
    /// The number of ids.
    pub people: usize,
    /// The number of contacts that are fed at first.
    pub first: usize,
}

/// Returns a sequence for a directory with these options.
pub fn sequence(dice: &mut Dice, options: &str, plan: &Plan) -> Vec<Operation> {
    let kept = Kept::of(options);
    // One locale: a directory's weights do not change.
    let weights = dice.bits() % 4;
    let mut operations = Vec::new();
    weigh(dice, &kept, weights, &mut operations);
    for set in SETS {
        operations.push(names(dice, set));
    }
    let lines = lines(dice, plan.first, plan.people);
    chunks(dice, &lines, &mut operations);
    while operations.len() < plan.operations {
        step(dice, &kept, weights, plan.people, &mut operations);
    }
    operations
}

fn step(
    dice: &mut Dice,
    kept: &Kept,
    weights: u64,
    people: usize,
    operations: &mut Vec<Operation>,
) {
    let slot = dice.below(SLOTS);
    match dice.below(100) {
        0..34 => {
            operations.push(Operation::Open { slot, request: queries::search(dice, kept) });
            operations.push(Operation::Ids { slot });
            operations.push(slice(dice, slot));
        }
        34..44 => operations.push(slice(dice, slot)),
        44..50 => operations.push(Operation::Ids { slot }),
        50..60 => {
            let slot = dice.chance(60).then_some(slot);
            operations.push(Operation::Counts { slot, request: queries::counts(dice, kept) });
        }
        60..64 => operations.push(Operation::Changes { slot }),
        64..68 => {
            operations.push(Operation::Refresh { slot });
            operations.push(Operation::Ids { slot });
        }
        68..70 => operations.push(Operation::Close { slot }),
        70..76 => operations.push(Operation::Put(page(dice, people))),
        76..80 => {
            let many = dice.below(30);
            let lines = lines(dice, many, people);
            chunks(dice, &lines, operations);
        }
        80..88 => operations.push(Operation::Remove(people::id(dice.below(people)))),
        88..90 => {
            let set = dice.one(&SETS);
            operations.push(names(dice, set));
        }
        90..92 => operations.push(members(dice, people)),
        92..94 => operations.push(Operation::Compact),
        94..96 => operations.push(Operation::Stats),
        96 => {
            operations.push(if dice.chance(50) { Operation::BeginLoad } else { Operation::EndLoad })
        }
        97 => operations.push(if dice.chance(50) { Operation::Flush } else { Operation::Discard }),
        98 if dice.chance(50) => {
            operations.push(Operation::Restore);
            weigh(dice, kept, weights, operations);
        }
        _ => operations.push(Operation::Put(people::bad_line(dice))),
    }
}

/// Gives weights to some columns, before any result is open.
fn weigh(dice: &mut Dice, kept: &Kept, seed: u64, operations: &mut Vec<Operation>) {
    for _ in 0..dice.below(5) {
        operations.push(Operation::Weigh { field: queries::column(dice, kept), seed });
    }
}

fn slice(dice: &mut Dice, slot: usize) -> Operation {
    let from = if dice.chance(50) { 0 } else { dice.below(60) };
    Operation::Slice {
        slot,
        from,
        to: if dice.chance(95) { from + dice.below(50) } else { dice.below(60) },
    }
}

fn person(dice: &mut Dice, people: usize) -> String {
    let id = people::id(dice.below(people));
    people::contact(dice, &id)
}

fn page(dice: &mut Dice, people: usize) -> Vec<u8> {
    if dice.chance(40) {
        return person(dice, people).into_bytes();
    }
    let many = dice.below(12);
    let mut contacts: Vec<String> = (0..many).map(|_| person(dice, people)).collect();
    if dice.chance(10) {
        contacts.push(dice.one(&["5", "null", "[]", "{}", "{\"id\":null}", "\"a\"", "{"]).into());
    }
    let list = format!("[{}]", contacts.join(", "));
    match dice.chance(50) {
        true => list.into_bytes(),
        false => format!("{{\"type\":\"list\",\"data\":{list},\"total_count\":7}}").into_bytes(),
    }
}

/// Returns lines of an export: contacts, removals, markers, names, and lines that are skipped.
fn lines(dice: &mut Dice, many: usize, people: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..many {
        match dice.below(60) {
            0 => out.extend(people::bad_line(dice)),
            1 => {
                let id = quoted(people::id(dice.below(people)).as_bytes());
                out.extend(format!("{{\"type\":\"edge.removal\",\"id\":{id},\"at\":7}}").bytes());
            }
            2 => out.extend(b"{\"type\":\"edge.export\",\"state\":\"running\",\"done\":0.50}"),
            3 => {
                let set = dice.one(&SETS);
                if let Operation::Names { json, .. } = names(dice, set) {
                    out.extend(
                        format!("{{\"type\":\"edge.names\",\"set\":\"{set}\",\"data\":").bytes(),
                    );
                    out.extend(json);
                    out.push(b'}');
                }
            }
            _ => out.extend(person(dice, people).bytes()),
        }
        out.extend(dice.one(&["\n", "\n", "\n", "\r\n", "\n\n"]).bytes());
    }
    if dice.chance(20) {
        // The last line has no line break, or breaks off.
        if dice.chance(50) {
            out.extend(person(dice, people).bytes());
        } else {
            // Without numbers: a column remembers how a number was first written, also in a line that breaks off.
            let id = quoted(people::id(dice.below(people)).as_bytes());
            let line = format!(
                "{{\"id\":{id},\"role\":\"lead\",\"custom_attributes\":{{\"plan\":\"cut\"}}}}"
            );
            out.extend(&line.as_bytes()[..dice.below(line.len())]);
        }
    }
    out
}

/// Cuts lines into chunks of odd lengths.
fn chunks(dice: &mut Dice, lines: &[u8], operations: &mut Vec<Operation>) {
    let typical = [7, 100, 4_000, 100_000][dice.below(4)].max(lines.len() / 40);
    let mut rest = lines;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at((1 + dice.below(2 * typical)).min(rest.len()));
        operations.push(Operation::Feed(chunk.to_vec()));
        rest = after;
    }
    if lines.last() != Some(&b'\n') {
        operations.push(if dice.chance(70) { Operation::Flush } else { Operation::Discard });
    }
}

fn names(dice: &mut Dice, set: &str) -> Operation {
    let many = dice.below(12);
    let entry = |dice: &mut Dice| {
        let id = quoted(people::member_id(dice, set).as_bytes());
        format!(
            "{{\"id\":{id},\"name\":{},\"company_id\":\"c\"}}",
            quoted(people::member_name(dice).as_bytes())
        )
    };
    let entries: Vec<String> = (0..many).map(|_| entry(dice)).collect();
    Operation::Names { set: set.into(), json: format!("[{}]", entries.join(",")).into_bytes() }
}

fn members(dice: &mut Dice, people: usize) -> Operation {
    let many = dice.below(people / 2 + 2);
    let ids: Vec<String> =
        (0..many).map(|_| quoted(people::id(dice.below(people)).as_bytes())).collect();
    let segment = people::member_id(dice, "segments");
    Operation::Members { segment, json: format!("[{}]", ids.join(",")).into_bytes() }
}
