//! The tickets of the seed data. The same seed gives the same tickets, with the same ids.
//!
//! The first tickets are the same with every seed; tests may rely on them:
//!
//! | id | contact | ticket type and state |
//! |---|---|---|
//! | `2001` | `john_doe` | `301`, submitted, not assigned |
//! | `2002` | `twin_one` | `302`, in progress, assigned to the second admin |
//! | `2003` | `collector` | `303`, resolved |

use crate::admins::admin::ADMINS;
use crate::contacts::seed::{LAST_DAY, SeedContacts};
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::random::Random;
use crate::resource::{Resource, table};
use crate::store::Store;
use crate::tickets::table::Tickets;
use crate::tickets::ticket::{
    NewTicket, admin_author, assign, bot_author, contacts_of, new_ticket, set_state,
};
use crate::tickets::types::{TicketStates, TicketTypes};
use serde_json::Value;

/// The number of tickets, if there are contacts.
const TICKETS: u64 = 12;

/// The id of the first ticket.
const FIRST_ID: u64 = 2_001;

/// Inserts the tickets of the seed data.
pub(crate) fn insert_seed(store: &Store, seed: u64, contacts: u64) -> Result<(), ApiError> {
    let tickets = tickets(seed, contacts)?;
    tickets.iter().try_for_each(|ticket| table::insert::<Tickets>(store, ticket, 0))
}

/// Returns the tickets of a seed, in a sandbox with this many contacts.
fn tickets(seed: u64, contacts: u64) -> Result<Vec<Value>, ApiError> {
    let count = if contacts == 0 { 0 } else { TICKETS };
    let mut tickets = Vec::new();
    let seed_contacts = SeedContacts::new(seed);
    let (types, states) = (TicketTypes::seed(), TicketStates::seed());
    for number in 0..count {
        // Another sequence than those of contacts and conversations.
        let mut random = Random::new(seed, u64::MAX / 2 - number);
        let (contact, ticket_type, state) = match number {
            0 => (0, 0, 0),
            1 => (1, 1, 1),
            2 => (5, 2, 3),
            _ => (random.next(), random.below(3), random.below(4)),
        };
        let contact = seed_contacts.contact(contact % contacts);
        let at = contact.created_at.max(LAST_DAY - 86_400 * (20 - number.cast_signed()));
        let get = |values: &[Value], index: u64| values.get(index as usize).cloned();
        let (Some(ticket_type), Some(state)) = (get(&types, ticket_type), get(&states, state))
        else {
            continue;
        };
        let title = random.pick(&["The export stops", "No e-mail arrives", "請求書がない"]);
        let attributes = [("_default_title_", title), ("_default_description_", "Please help.")];
        let mut ticket = new_ticket(NewTicket {
            id: &(FIRST_ID + number).to_string(),
            number: number + 1,
            ticket_type: &ticket_type,
            contacts: contacts_of(&contact),
            attributes: attributes
                .map(|(name, text)| (name.to_owned(), text.into()))
                .into_iter()
                .collect(),
            opening: None,
            at,
        });
        if let (1, Some(admin)) = (number, ADMINS.get(1)) {
            assign(&mut ticket, "admin", admin.id, &admin_author(admin), at)?;
        }
        let category = text(&state, "category").unwrap_or_default();
        if category != "submitted" {
            let id = text(&state, "id").unwrap_or_default();
            set_state(&mut ticket, id, category, &bot_author(), at);
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
    fn the_same_seed_gives_the_same_tickets_and_the_first_are_fixed() {
        let all = tickets(1, 500).unwrap();
        assert_eq!(all, tickets(1, 500).unwrap());
        assert_ne!(all, tickets(2, 500).unwrap());
        for seed in [1, 2, 99] {
            let fields = |one: &Value| {
                ["id", "ticket_type_id", "state"].map(|name| text(one, name).unwrap().to_owned())
            };
            let first: Vec<_> = tickets(seed, 6).unwrap().iter().take(3).map(fields).collect();
            assert_eq!(
                first,
                [
                    ["2001", "301", "submitted"],
                    ["2002", "302", "in_progress"],
                    ["2003", "303", "resolved"]
                ]
            );
        }
        assert!(tickets(1, 0).unwrap().is_empty());
        let late = |one: &Value| one["updated_at"].as_i64().unwrap() > LAST_DAY;
        assert!(!all.iter().any(late));
    }
}
