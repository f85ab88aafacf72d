//! `/subscription_types`, and what contacts opted in to and out of.

use super::answer::{Answer, Refusal};
use super::body::{required_id, text};
use super::collection::{self, Collection};
use super::contacts;
use super::operation::Call;
use super::page::List;
use serde_json::{Value, json};

/// The kinds of messages that a contact can opt in to or out of.
pub(super) struct SubscriptionTypes;

fn seeded(id: &str, name: &str, consent_type: &str, content_type: &str) -> Value {
    let translation = json!({"name": name, "description": format!("About {name}"), "locale": "en"});
    json!({
        "type": "subscription", "id": id, "state": "live", "consent_type": consent_type,
        "default_translation": translation, "translations": [translation],
        "content_types": [content_type],
    })
}

impl Collection for SubscriptionTypes {
    const KIND: &'static str = "subscription";

    fn seed() -> Vec<Value> {
        vec![
            seeded("91", "Newsletters", "opt_out", "email"),
            seeded("92", "Announcements", "opt_out", "email"),
            seeded("37846", "Text messages", "opt_in", "sms_message"),
        ]
    }
}

/// Answers `GET /contacts/{id}/subscriptions`: the types that a contact opted in to or out of.
pub(super) fn of_contact(call: &Call) -> Result<Answer, Refusal> {
    let person = contacts::person(call)?;
    let mut types = collection::all::<SubscriptionTypes>(call.store)?;
    types.retain(|known| {
        text(known, "id").is_some_and(|id| {
            person.opted_in.iter().chain(&person.opted_out).any(|opted| opted == id)
        })
    });
    Answer::ok(&List::whole(types))
}

/// Answers `POST /contacts/{id}/subscriptions`.
pub(super) fn attach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = contacts::person(call)?;
    let body = call.arrival.object()?;
    let id = required_id(&body, "id")?;
    let known = collection::find::<SubscriptionTypes>(call.store, &id)?;
    let opts_in = match text(&body, "consent_type") {
        Some("opt_in") => true,
        Some("opt_out") => false,
        _ => {
            let message = "consent_type must be opt_in or opt_out";
            return Err(Refusal::invalid("consent_type", message));
        }
    };
    person.opted_in.retain(|opted| *opted != id);
    person.opted_out.retain(|opted| *opted != id);
    if opts_in {
        person.opted_in.push(id)
    } else {
        person.opted_out.push(id)
    }
    contacts::keep(call, &person)?;
    Answer::ok(&known)
}

/// Answers `DELETE /contacts/{id}/subscriptions/{subscription_id}`; a contact who opted neither in
/// nor out is 404.
pub(super) fn detach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = contacts::person(call)?;
    let known = collection::find::<SubscriptionTypes>(call.store, &call.second)?;
    let before = person.opted_in.len() + person.opted_out.len();
    person.opted_in.retain(|opted| *opted != call.second);
    person.opted_out.retain(|opted| *opted != call.second);
    if person.opted_in.len() + person.opted_out.len() == before {
        return Err(Refusal::not_found());
    }
    contacts::keep(call, &person)?;
    Answer::ok(&known)
}
