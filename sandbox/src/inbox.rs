//! The conversations of a fresh sandbox. The same seed gives the same ones, ids and all.
//!
//! The first ones are always the same, whatever the seed; tests may count on them:
//!
//! | id | with whom | how it stands |
//! |---|---|---|
//! | `1001` | `john_doe` | open, priority, unread, nobody's: he waits for an answer |
//! | `1002` | `twin_one` | closed, the second admin's |
//! | `1003` | the lead | snoozed until 2100, the team's |
//! | `1004` | `collector` | open, the first admin's, tagged `VIP`, begun by that admin |

use super::conversation::{Act, Assignee, Author, Beginning, Conversation, Priority, Said, State};
use super::dice::Dice;
use super::people::{LAST_DAY, People, between};
use super::person::Person;
use super::tags::Tag;
use super::workspace::{ADMINS, Admin, TAGS, TEAM};

/// How many conversations there are at first, if there are people.
pub(super) const CONVERSATIONS: u64 = 48;

/// The id of the first; those that somebody starts come after them.
pub(super) const FIRST_ID: u64 = 1_001;

/// The id of the first one's message.
const FIRST_MESSAGE: u64 = 403_910_001;

/// When the snoozed ones of the seed wake up: 2100-01-01.
const LATER: i64 = 4_102_444_800;

/// Which of the people the first conversations are with.
const KNOWN: [u64; 4] = [0, 1, 4, 5];

const OPENINGS: [&str; 8] = [
    "Hi, I need support with my invoice.",
    "How do I invite my team?",
    "請求書をもう一度送ってください。",
    "The export stops at 10,000 rows. Is that on purpose?",
    "¿Puedo cambiar de plan a mitad de mes?",
    "Great product 🎉 One question about the API…",
    "My password reset mail never arrives.",
    "Wir brauchen einen AV-Vertrag.",
];

const QUESTIONS: [&str; 3] =
    ["Which browser is that in?", "Could you send a screenshot?", "Does it happen every time?"];

const ANSWERS: [&str; 3] =
    ["Yes, every time.", "No, only since yesterday.", "Never mind, it works!"];

/// The conversations of a seed, in a sandbox with this many contacts.
pub(super) fn fresh(seed: u64, contacts: u64) -> Vec<Conversation> {
    let people = People::of(seed);
    let count = if contacts == 0 { 0 } else { CONVERSATIONS };
    (0..count)
        .filter_map(|number| {
            // Dice of their own, apart from those of the people.
            let mut dice = Dice::new(seed, u64::MAX - number);
            let known = usize::try_from(number).ok().and_then(|number| KNOWN.get(number));
            let whom = known.copied().unwrap_or_else(|| dice.next()) % contacts;
            conversation(&mut dice, number, &people.person(whom))
        })
        .collect()
}

/// One of them; `None` only if the workspace had no admins.
fn conversation(dice: &mut Dice, number: u64, contact: &Person) -> Option<Conversation> {
    let [first, second, .., last] = &ADMINS;
    let fate = match number {
        0 | 3 => State::Open,
        1 => State::Closed,
        2 => State::Snoozed,
        _ => *[State::Open, State::Open, State::Closed, State::Closed, State::Snoozed]
            .get(usize::try_from(dice.under(5)).ok()?)?,
    };
    let admin: &Admin = match number {
        1 => second,
        0 | 3 => first,
        _ => [first, second, last].get(usize::try_from(dice.under(3)).ok()?).copied()?,
    };
    let by_admin = number == 3 || (number > 3 && dice.percent(20));
    let begun_at = between(dice, contact.created_at, LAST_DAY - 172_800).max(contact.created_at);
    let mut conversation = Conversation::begin(Beginning {
        id: FIRST_ID + number,
        message: (FIRST_MESSAGE + number).to_string(),
        author: if by_admin { Author::from(admin) } else { Author::from(contact) },
        contact,
        body: if by_admin { "How are you getting on?" } else { dice.one_of(&OPENINGS) },
        at: begun_at,
    });
    let mut at = begun_at;
    let mut say = |dice: &mut Dice, body| {
        at += 60 + between(dice, 0, 3_600);
        Said { body, at, ..Said::default() }
    };
    let assignee = match number {
        0 => None,
        1 | 3 => Some(Assignee::Admin(admin.id.parse().ok()?)),
        2 => Some(Assignee::Team(TEAM)),
        _ if dice.percent(60) => Some(Assignee::Admin(admin.id.parse().ok()?)),
        _ => None,
    };
    if let Some(assignee) = assignee {
        conversation.manage(admin, Act::Assign(assignee), say(dice, None));
    }
    if number == 0 {
        conversation.priority = Priority::Priority;
        conversation.manage(admin, Act::Note, say(dice, Some("He asked the same last week.")));
    } else {
        for _ in 0..dice.under(3) {
            let question = dice.one_of(&QUESTIONS);
            conversation.manage(admin, Act::Comment, say(dice, Some(question)));
            let answer = dice.one_of(&ANSWERS);
            conversation.answer(contact, say(dice, Some(answer)));
        }
        if dice.percent(10) {
            conversation.priority = Priority::Priority;
        }
    }
    if number == 3 || (number > 3 && dice.percent(20)) {
        let tag = if number == 3 { TAGS.first() } else { TAGS.last() }?;
        conversation.tags.tags.push(Tag::from(*tag).applied_by(admin.id, begun_at));
    }
    if number > 3 && dice.percent(30) {
        let kind = dice.one_of(&["Billing", "Bug", "Question"]);
        conversation.custom_attributes.insert("issue_type".to_owned(), kind.into());
    }
    match fate {
        State::Open => {}
        State::Closed => conversation.manage(admin, Act::Close, say(dice, None)),
        State::Snoozed => conversation.manage(admin, Act::Snooze(LATER), say(dice, None)),
    }
    Some(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shown(seed: u64, contacts: u64) -> Vec<Value> {
        fresh(seed, contacts).iter().map(|one| serde_json::to_value(one).unwrap()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_conversations_and_another_gives_others() {
        assert_eq!(shown(1, 500), shown(1, 500));
        assert_ne!(shown(1, 500), shown(2, 500));
    }

    #[test]
    fn the_first_four_are_the_same_whatever_the_seed() {
        for seed in [1, 2, 99] {
            let found: Vec<Value> = shown(seed, 6)
                .iter()
                .take(4)
                .map(|one| {
                    let contact = &one["contacts"]["contacts"][0]["external_id"];
                    json!([one["id"], contact, one["state"], one["admin_assignee_id"]])
                })
                .collect();
            assert_eq!(
                Value::from(found),
                json!([
                    ["1001", "john_doe", "open", null],
                    ["1002", "twin_one", "closed", 1_234_568],
                    ["1003", crate::people::LEAD_EXTERNAL_ID, "snoozed", null],
                    ["1004", "collector", "open", 1_234_567],
                ])
            );
        }
    }

    #[test]
    fn every_kind_is_there_and_nothing_is_later_than_the_seed() {
        let all = shown(1, 500);
        assert_eq!(all.len(), 48);
        for state in ["open", "closed", "snoozed"] {
            assert!(all.iter().filter(|one| one["state"] == state).count() > 3, "{state}");
        }
        for field in ["admin_assignee_id", "waiting_since", "first_contact_reply", "teammates"] {
            assert!(all.iter().any(|one| one[field].is_null()), "{field}");
            assert!(!all.iter().all(|one| one[field].is_null()), "{field}");
        }
        let times = |one: &Value| [&one["created_at"], &one["updated_at"]].map(|at| at.as_i64());
        assert!(all.iter().flat_map(times).all(|at| at.is_some_and(|at| at <= LAST_DAY)));
    }

    #[test]
    fn without_people_there_are_none_and_few_people_have_them_all() {
        assert_eq!(shown(1, 0).len(), 0);
        assert_eq!(shown(1, 1).len(), 48);
    }
}
