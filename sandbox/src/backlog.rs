//! The tickets of a fresh sandbox. The same seed gives the same ones, ids and all.
//!
//! The first ones are always the same, whatever the seed; tests may count on them:
//!
//! | id | with whom | ticket type, and how it stands |
//! |---|---|---|
//! | `2001` | `john_doe` | `301`, submitted, nobody's |
//! | `2002` | `twin_one` | `302`, in progress, the second admin's |
//! | `2003` | `collector` | `303`, resolved |

use super::answer::Refusal;
use super::body::{set, text};
use super::collection::Collection;
use super::dice::Dice;
use super::people::{LAST_DAY, People};
use super::ticket::{Beginning, assign, author, begin, contacts_of, fin, set_state};
use super::ticket_types::{TicketStates, TicketTypes};
use super::workspace::ADMINS;
use serde_json::Value;

/// How many tickets there are at first, if there are people.
const TICKETS: u64 = 12;

/// The id of the first.
const FIRST_ID: u64 = 2_001;

/// Returns the tickets of a seed, in a sandbox with this many contacts.
pub(super) fn fresh(seed: u64, contacts: u64) -> Result<Vec<Value>, Refusal> {
    let count = if contacts == 0 { 0 } else { TICKETS };
    let mut tickets = Vec::new();
    let people = People::of(seed);
    let (types, states) = (TicketTypes::seed(), TicketStates::seed());
    for number in 0..count {
        // Dice of their own, apart from those of people and conversations.
        let mut dice = Dice::new(seed, u64::MAX / 2 - number);
        let (whom, of, state) = match number {
            0 => (0, 0, 0),
            1 => (1, 1, 1),
            2 => (5, 2, 3),
            _ => (dice.next(), dice.under(3), dice.under(4)),
        };
        let contact = people.person(whom % contacts);
        let at = contact.created_at.max(LAST_DAY - 86_400 * (20 - number.cast_signed()));
        let get = |all: &[Value], place: u64| all.get(place as usize).cloned();
        let (Some(of), Some(state)) = (get(&types, of), get(&states, state)) else { continue };
        let title = dice.one_of(&["The export stops", "No e-mail arrives", "請求書がない"]);
        let attributes = [("_default_title_", title), ("_default_description_", "Please help.")];
        let mut ticket = begin(Beginning {
            id: &(FIRST_ID + number).to_string(),
            number: number + 1,
            of: &of,
            contacts: contacts_of(&contact),
            attributes: attributes
                .map(|(name, text)| (name.to_owned(), text.into()))
                .into_iter()
                .collect(),
            opening: None,
            at,
        });
        if let (1, Some(admin)) = (number, ADMINS.get(1)) {
            assign(&mut ticket, "admin", admin.id, &author(admin), at)?;
        }
        let category = text(&state, "category").unwrap_or_default();
        if category != "submitted" {
            let id = text(&state, "id").unwrap_or_default();
            set_state(&mut ticket, id, category, &fin(), at);
            set(&mut ticket, "open", category != "resolved");
        }
        tickets.push(ticket);
    }
    Ok(tickets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_tickets_and_the_first_are_always_there() {
        let tickets = fresh(1, 500).unwrap();
        assert_eq!(tickets, fresh(1, 500).unwrap());
        assert_ne!(tickets, fresh(2, 500).unwrap());
        for seed in [1, 2, 99] {
            let facts = |one: &Value| {
                ["id", "ticket_type_id", "state"].map(|name| text(one, name).unwrap().to_owned())
            };
            let first: Vec<_> = fresh(seed, 6).unwrap().iter().take(3).map(facts).collect();
            assert_eq!(
                first,
                [
                    ["2001", "301", "submitted"],
                    ["2002", "302", "in_progress"],
                    ["2003", "303", "resolved"]
                ]
            );
        }
        assert!(fresh(1, 0).unwrap().is_empty());
        let late = |one: &Value| one["updated_at"].as_i64().unwrap() > LAST_DAY;
        assert!(!tickets.iter().any(late));
    }
}
