//! The conversations of the seed data. The same seed gives the same conversations, with the same
//! ids.
//!
//! The first conversations are the same with every seed; tests may rely on them:
//!
//! | id | contact | state |
//! |---|---|---|
//! | `1001` | `john_doe` | open, priority, unread, not assigned; the contact waits for a reply |
//! | `1002` | `twin_one` | closed, assigned to the second admin |
//! | `1003` | the lead | snoozed until 2100, assigned to the team |
//! | `1004` | `collector` | open, assigned to the first admin, who started it; tagged `VIP` |

use crate::admins::admin::{ADMINS, Admin, TEAM};
use crate::admins::assignee::Assignee;
use crate::contacts::contact::Contact;
use crate::contacts::seed::{LAST_DAY, SeedContacts, between};
use crate::conversations::conversation::{
    AdminAction, Author, Conversation, NewConversation, PartContent, Priority, State,
};
use crate::conversations::table::insert;
use crate::http::response::ApiError;
use crate::random::Random;
use crate::store::Store;
use crate::tags::tag::{TAGS, Tag};

/// The number of conversations, if there are contacts.
pub(crate) const CONVERSATIONS: u64 = 48;

/// The id of the first conversation; new conversations come after those of the seed data.
pub(crate) const FIRST_ID: u64 = 1_001;

/// The id of the first conversation's message.
const FIRST_MESSAGE: u64 = 403_910_001;

/// When the snoozed conversations of the seed data open: 2100-01-01.
const SNOOZED_UNTIL: i64 = 4_102_444_800;

/// The numbers of the contacts of the first conversations.
const FIRST_CONTACTS: [u64; 4] = [0, 1, 4, 5];

/// The first messages of contacts.
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

/// The comments of admins.
const QUESTIONS: [&str; 3] =
    ["Which browser is that in?", "Could you send a screenshot?", "Does it happen every time?"];

/// The replies of contacts.
const REPLIES: [&str; 3] =
    ["Yes, every time.", "No, only since yesterday.", "Never mind, it works!"];

/// Inserts the conversations of the seed data.
pub(crate) fn insert_seed(store: &Store, seed: u64, contacts: u64) -> Result<(), ApiError> {
    conversations(seed, contacts).iter().try_for_each(|conversation| insert(store, conversation))
}

/// Returns the conversations of a seed, in a sandbox with this many contacts.
fn conversations(seed: u64, contacts: u64) -> Vec<Conversation> {
    let seed_contacts = SeedContacts::new(seed);
    let count = if contacts == 0 { 0 } else { CONVERSATIONS };
    (0..count)
        .filter_map(|number| {
            // Another sequence than that of the contacts.
            let mut random = Random::new(seed, u64::MAX - number);
            let fixed = usize::try_from(number).ok().and_then(|number| FIRST_CONTACTS.get(number));
            let contact = fixed.copied().unwrap_or_else(|| random.next()) % contacts;
            conversation(&mut random, number, &seed_contacts.contact(contact))
        })
        .collect()
}

/// Returns a conversation; `None` only if the workspace had no admins.
fn conversation(random: &mut Random, number: u64, contact: &Contact) -> Option<Conversation> {
    let [first, second, .., last] = &ADMINS;
    let state = match number {
        0 | 3 => State::Open,
        1 => State::Closed,
        2 => State::Snoozed,
        _ => *[State::Open, State::Open, State::Closed, State::Closed, State::Snoozed]
            .get(usize::try_from(random.below(5)).ok()?)?,
    };
    let admin: &Admin = match number {
        1 => second,
        0 | 3 => first,
        _ => [first, second, last].get(usize::try_from(random.below(3)).ok()?).copied()?,
    };
    let is_by_admin = number == 3 || (number > 3 && random.percent(20));
    let started_at =
        between(random, contact.created_at, LAST_DAY - 172_800).max(contact.created_at);
    let mut conversation = Conversation::new(NewConversation {
        id: FIRST_ID + number,
        message: (FIRST_MESSAGE + number).to_string(),
        author: if is_by_admin { Author::from(admin) } else { Author::from(contact) },
        contact,
        body: if is_by_admin { "How are you getting on?" } else { random.pick(&OPENINGS) },
        at: started_at,
    });
    let mut at = started_at;
    let mut content = |random: &mut Random, body| {
        at += 60 + between(random, 0, 3_600);
        PartContent { body, at, ..PartContent::default() }
    };
    let assignee = match number {
        0 => None,
        1 | 3 => Some(Assignee::Admin(admin.number()?)),
        2 => Some(Assignee::Team(TEAM)),
        _ if random.percent(60) => Some(Assignee::Admin(admin.number()?)),
        _ => None,
    };
    if let Some(assignee) = assignee {
        conversation.act(admin, AdminAction::Assign(assignee), content(random, None));
    }
    if number == 0 {
        conversation.priority = Priority::Priority;
        conversation.act(
            admin,
            AdminAction::Note,
            content(random, Some("He asked the same last week.")),
        );
    } else {
        for _ in 0..random.below(3) {
            let question = random.pick(&QUESTIONS);
            conversation.act(admin, AdminAction::Comment, content(random, Some(question)));
            let reply = random.pick(&REPLIES);
            conversation.reply(contact, content(random, Some(reply)));
        }
        if random.percent(10) {
            conversation.priority = Priority::Priority;
        }
    }
    add_tag_and_attribute(random, number, admin, &mut conversation)?;
    match state {
        State::Open => {}
        State::Closed => conversation.act(admin, AdminAction::Close, content(random, None)),
        State::Snoozed => {
            conversation.act(admin, AdminAction::Snooze(SNOOZED_UNTIL), content(random, None))
        }
    }
    Some(conversation)
}

/// Adds a tag and the attribute `issue_type` to some conversations.
fn add_tag_and_attribute(
    random: &mut Random,
    number: u64,
    admin: &Admin,
    conversation: &mut Conversation,
) -> Option<()> {
    if number == 3 || (number > 3 && random.percent(20)) {
        let tag = if number == 3 { TAGS.first() } else { TAGS.last() }?;
        let tag = Tag::seeded(*tag).applied_by(admin, conversation.created_at);
        conversation.tags.tags.push(tag);
    }
    if number > 3 && random.percent(30) {
        let issue_type = random.pick(&["Billing", "Bug", "Question"]);
        conversation.custom_attributes.insert("issue_type".to_owned(), issue_type.into());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn as_json(seed: u64, contacts: u64) -> Vec<Value> {
        conversations(seed, contacts)
            .iter()
            .map(|conversation| serde_json::to_value(conversation).unwrap())
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_conversations_and_another_gives_others() {
        assert_eq!(as_json(1, 500), as_json(1, 500));
        assert_ne!(as_json(1, 500), as_json(2, 500));
    }

    #[test]
    fn the_first_four_are_the_same_with_every_seed() {
        for seed in [1, 2, 99] {
            let found: Vec<Value> = as_json(seed, 6)
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
                    ["1003", crate::contacts::seed::LEAD_EXTERNAL_ID, "snoozed", null],
                    ["1004", "collector", "open", 1_234_567],
                ])
            );
        }
    }

    #[test]
    fn every_state_exists_and_no_time_is_later_than_the_seed_data() {
        let all = as_json(1, 500);
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
    fn without_contacts_there_are_none_and_one_contact_can_have_all() {
        assert_eq!(as_json(1, 0).len(), 0);
        assert_eq!(as_json(1, 1).len(), 48);
    }
}
