//! The directory, compared with a naive reference on generated contacts and operations.
//!
//! `npm run soak -- directory` compares for longer, in `soak.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod compare;
mod core;
mod dice;
mod fold;
mod generate;
mod hostile;
mod json;
mod operation;
mod people;
mod queries;
mod reference;
mod soak;

use compare::{first_difference, shrink};
use dice::Dice;
use generate::{OPTIONS, Plan, sequence};
use operation::{Answer, Engine, Failure, Operation};
use reference::Reference;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn ten_thousand_generated_queries_have_the_answers_of_the_reference() {
    let mut queries = 0;
    let mut seed = 1;
    while queries < 10_000 {
        let people = [5, 60, 150, 300][seed as usize % 4];
        queries += soak::compare(seed, &Plan { operations: 500, people, first: people });
        seed += 1;
    }
}

#[test]
fn contacts_in_several_segments_have_the_answers_of_the_reference() {
    soak::compare(7, &Plan { operations: 100, people: 12_000, first: 18_000 });
}

#[test]
fn generated_queries_have_every_kind_of_outcome() {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..12 {
        let mut dice = Dice::new(seed);
        let options = OPTIONS[dice.below(OPTIONS.len())];
        let mut reference = Reference::new(options);
        for operation in
            sequence(&mut dice, options, &Plan { operations: 500, people: 100, first: 100 })
        {
            let answer = reference.apply(&operation);
            let mut note = |kind| *outcomes.entry(kind).or_default() += 1;
            let has = |text: &str| answer.as_ref().is_ok_and(|answer| answer.contains(text));
            match &operation {
                Operation::Open { request, .. } => {
                    if answer.is_err() {
                        note("a wrong query");
                    } else if has("\"typo\":true") {
                        note("similar words");
                    } else if has("\"total\":0") {
                        note("nothing");
                    } else if request.contains("\"where\":{") {
                        note(if has("\"incomplete\":0") {
                            "a filter"
                        } else {
                            "an incomplete set"
                        });
                    } else {
                        note("some contacts");
                    }
                }
                Operation::Slice { .. } if answer == Err(Failure::Result) => note("no result"),
                Operation::Slice { .. } if has("1\"}") => note("a changed row"),
                Operation::Slice { .. } if has("2\"}") => note("a removed row"),
                Operation::Counts { .. } if has("-0") => note("counts of times"),
                Operation::Counts { .. } if has("\"name\"") => note("counts of sets"),
                Operation::Counts { .. } if has("\"value\"") => note("counts of values"),
                Operation::Remove(_) if has("true") => note("a removal"),
                _ => {}
            }
        }
    }
    assert_eq!(outcomes.len(), 13, "{outcomes:?}");
    assert!(outcomes.values().all(|times| *times >= 10), "{outcomes:?}");
}

/// A directory with a mistake: it forgets one contact.
struct Forgetful(Reference);

impl Engine for Forgetful {
    fn apply(&mut self, operation: &Operation) -> Answer {
        self.0.apply(operation).map(|answer| match operation {
            Operation::Ids { .. } => answer.replace(&format!("\"{}\"", people::id(7)), "\"\""),
            _ => answer,
        })
    }
}

#[test]
fn a_mistake_is_found_and_its_sequence_is_made_smaller() {
    let pair = || -> (Box<dyn Engine>, Box<dyn Engine>) {
        let reference = || Reference::new(OPTIONS[0]);
        (Box::new(reference()), Box::new(Forgetful(reference())))
    };
    let operations =
        sequence(&mut Dice::new(1), OPTIONS[0], &Plan { operations: 100, people: 10, first: 40 });
    assert!(first_difference(&pair, &operations).is_some());
    let fewer = shrink(&pair, &operations, Duration::from_secs(20));
    // The contact, the search and its ids.
    assert_eq!(fewer.len(), 3, "{:?}", fewer.iter().map(Operation::line).collect::<Vec<_>>());
}
