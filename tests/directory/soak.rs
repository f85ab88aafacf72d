//! Compares random sequences with the reference for a given time: `npm run soak -- directory`.
//!
//! `DIRECTORY_MINUTES` and `DIRECTORY_SEED` set the time and the first seed. A sequence with a difference is made
//! smaller and written to a file, which `DIRECTORY_REPLAY=<file>` repeats.

use super::compare::{first_difference, shrink};
use super::core::Core;
use super::dice::Dice;
use super::generate::{OPTIONS, Plan, sequence};
use super::json::Json;
use super::operation::{Engine, Operation};
use super::reference::Reference;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const PROGRESS: Duration = Duration::from_secs(10);
const SHRINKING: Duration = Duration::from_secs(120);

/// Returns the reference and the core with the same options.
pub fn pair(options: &str) -> (Box<dyn Engine>, Box<dyn Engine>) {
    (Box::new(Reference::new(options)), Box::new(Core::new(options)))
}

/// Compares the sequence of a seed. Returns its number of searches and counts.
///
/// # Panics
///
/// Panics with the smallest sequence that was found if there is a difference.
pub fn compare(seed: u64, plan: &Plan) -> usize {
    let mut dice = Dice::new(seed);
    let options = OPTIONS[dice.below(OPTIONS.len())];
    let operations = sequence(&mut dice, options, plan);
    let pair = || pair(options);
    if first_difference(&pair, &operations).is_none() {
        return operations.iter().filter(|operation| is_query(operation)).count();
    }
    println!("seed {seed}: a difference; the sequence is made smaller");
    let fewer = shrink(&pair, &operations, SHRINKING);
    let lines: Vec<String> = fewer.iter().map(Operation::line).collect();
    let text = format!("{options}\n{}\n", lines.join("\n"));
    let file = std::env::temp_dir().join(format!("directory-{seed}.jsonl"));
    std::fs::write(&file, &text).unwrap();
    let difference =
        first_difference(&pair, &fewer).map(|found| found.to_string()).unwrap_or_default();
    let lines: String = lines.iter().map(|line| format!("{line:.400}\n")).collect();
    panic!(
        "seed {seed}, again with DIRECTORY_REPLAY={}\n{options}\n{lines}{difference}",
        file.display()
    );
}

fn is_query(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Open { .. } | Operation::Refresh { .. } | Operation::Counts { .. }
    )
}

/// Returns the size of the sequence of a seed. Few are so large that contacts fill several segments.
fn plan(seed: u64) -> Plan {
    let mut dice = Dice::new(!seed);
    match dice.below(300) {
        0 => Plan { operations: 80, people: 14_000, first: 12_000 },
        1..10 => Plan { operations: 2_000, people: 3_000, first: 2_000 },
        10..60 => Plan { operations: 200, people: 1 + dice.below(8), first: dice.below(12) },
        _ => {
            let people = 10 + dice.below(300);
            Plan { operations: 100 + dice.below(700), people, first: dice.below(2 * people) }
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
#[ignore = "runs for DIRECTORY_MINUTES"]
fn soak() {
    let time = Duration::from_secs(60 * number("DIRECTORY_MINUTES").unwrap_or(1));
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 1_000_000;
    let first = number("DIRECTORY_SEED").unwrap_or(clock);
    println!("first seed {first}");
    let started = Instant::now();
    let (mut seed, mut queries, mut shown) = (first, 0, Duration::ZERO);
    while started.elapsed() < time {
        queries += compare(seed, &plan(seed));
        seed += 1;
        if started.elapsed() - shown >= PROGRESS {
            shown = started.elapsed();
            println!(
                "{} s, {} sequences, {queries} queries, seed {seed}: no difference",
                shown.as_secs(),
                seed - first
            );
        }
    }
    println!("{} sequences, {queries} queries: no difference", seed - first);
}

/// Writes sequences with the answers of the reference, for the comparison in WebAssembly (tests/soak/directory.mjs).
#[test]
#[ignore = "writes the file of DIRECTORY_WRITE"]
fn write() {
    let mut out = String::new();
    let first = number("DIRECTORY_SEED").unwrap_or(1);
    for seed in first..first + number("DIRECTORY_SEQUENCES").unwrap_or(100) {
        let mut dice = Dice::new(seed);
        let options = OPTIONS[dice.below(OPTIONS.len())];
        let mut reference = Reference::new(options);
        out.push_str(&Json::object([("options", Json::text(options))]).write());
        for operation in sequence(&mut dice, options, &plan(seed)) {
            let outcome = match reference.apply(&operation) {
                Ok(answer) => format!("\"answer\":{answer}"),
                Err(failure) => format!("\"failure\":\"{failure:?}\""),
            };
            let line = operation.line();
            out.push_str(&format!("\n{},{outcome}}}", line.strip_suffix('}').unwrap()));
        }
        out.push('\n');
    }
    std::fs::write(std::env::var("DIRECTORY_WRITE").unwrap(), out).unwrap();
}

#[test]
#[ignore = "reads the file of DIRECTORY_REPLAY"]
fn replay() {
    let file = std::env::var("DIRECTORY_REPLAY").unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let (options, lines) = text.split_once('\n').unwrap();
    Json::parse(options.as_bytes()).unwrap();
    let operations: Vec<Operation> = lines.lines().filter_map(Operation::parse).collect();
    let found = first_difference(&|| pair(options), &operations);
    assert!(found.is_none(), "{}", found.unwrap());
}
