//! The topics of contacts, and `company.contact.*`, which are changes of a contact.

use crate::call::Call;
use crate::companies;
use crate::contacts::contact::Contact;
use crate::contacts::subscriptions::SubscriptionTypes;
use crate::contacts::table::row;
use crate::contacts::view::ContactView;
use crate::http::body::set;
use crate::http::response::ApiError;
use crate::resource::table;
use crate::tags;
use crate::webhooks::change;
use crate::webhooks::topics::event::Event;
use serde::Deserialize;
use serde_json::{Value, json};

/// A row of the table of contacts, as the triggers write it.
#[derive(Deserialize)]
struct ContactState {
    state: String,
    merged_into: Option<String>,
    contact: Contact,
}

/// Returns the events of a contact that changed.
pub(crate) fn events(
    call: &Call,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<Vec<Event>, ApiError> {
    let read = |row: Option<Value>| row.map(serde_json::from_value::<ContactState>).transpose();
    Ok(match (read(before)?, read(after)?) {
        (None, None) => Vec::new(),
        (None, Some(after)) => {
            let topic = format!("contact.{}.created", after.contact.role);
            vec![Event::new(topic, view(call, &after.contact)?)]
        }
        (Some(before), None) => {
            let Contact { id, external_id, .. } = before.contact;
            let item =
                json!({"type": "contact", "id": id, "external_id": external_id, "deleted": true});
            vec![Event::new("contact.deleted", item)]
        }
        (Some(before), Some(after)) => {
            let mut events = differences(call, &before.contact, &after.contact)?;
            events.extend(state_change(call, &before.state, &after)?);
            events
        }
    })
}

/// Returns the event of a contact that was archived, restored or merged.
fn state_change(
    call: &Call,
    before: &str,
    after: &ContactState,
) -> Result<Option<Event>, ApiError> {
    let contact = view(call, &after.contact)?;
    Ok(match (before, after.state.as_str()) {
        (before, after) if before == after => None,
        (_, "archived") => Some(Event::new("contact.archived", contact)),
        (_, "active") => Some(Event::new("contact.unarchived", contact)),
        _ => {
            let into = row(call, after.merged_into.as_deref().unwrap_or_default())?;
            let into = into.map(|row| row.active()).transpose()?.flatten();
            let mut item = into.map(|into| view(call, &into)).transpose()?.unwrap_or(Value::Null);
            let from = json!({"type": "contact", "id": after.contact.id});
            set(&mut item, "merged_from", from);
            Some(Event::new("contact.merged", item))
        }
    })
}

/// Returns an event for each kind of difference between two states of a contact.
fn differences(call: &Call, before: &Contact, after: &Contact) -> Result<Vec<Event>, ApiError> {
    let contact = view(call, after)?;
    let role = &after.role;
    let mut events = Vec::new();
    if before.role != *role && role == "user" {
        events.push(Event::new("contact.lead.signed_up", contact.clone()));
    }
    if before.email != after.email {
        let is_first = role == "lead" && before.email.is_none();
        let topic = if is_first { "contact.lead.added_email" } else { "contact.email.updated" };
        events.push(Event::new(topic, contact.clone()));
    }
    for (id, verb) in changed(&before.tags, &after.tags, ["created", "deleted"]) {
        let topic = format!("contact.{role}.tag.{verb}");
        let item = json!({
            "type": "contact_tag", "created_at": call.now(), "tag": tag(call, id)?,
            "contact": contact,
        });
        events.push(Event::new(topic, item));
    }
    for (id, verb) in changed(&before.companies, &after.companies, ["attached", "detached"]) {
        let company = companies::table::find(call.store, id).ok();
        let company = match company {
            Some(company) => Some(company),
            None => change::deleted(call.store, "company", id)?,
        };
        let item = json!({"company": company, "contact": contact});
        events.push(Event::new(format!("company.contact.{verb}"), item));
    }
    events.extend(subscriptions(call, before, after, &contact)?);
    if has_other_differences(before, after) {
        events.push(Event::new(format!("contact.{role}.updated"), contact));
    }
    Ok(events)
}

/// Returns the events of a contact's subscriptions: to e-mails, and to single types of messages.
fn subscriptions(
    call: &Call,
    before: &Contact,
    after: &Contact,
    contact: &Value,
) -> Result<Vec<Event>, ApiError> {
    let item = |item_type: &str, types: Vec<Value>| {
        json!({
            "type": item_type, "contact": contact, "created_at": call.now(),
            "subscription_types": {"type": "list", "data": types},
        })
    };
    let mut events = Vec::new();
    if before.unsubscribed_from_emails != after.unsubscribed_from_emails {
        events.push(if after.unsubscribed_from_emails {
            Event::new("contact.unsubscribed", item("contact_unsubscribe", Vec::new()))
        } else {
            Event::new("contact.subscribed", item("contact_subscribe", Vec::new()))
        });
    }
    let opted_in = changed(&before.opted_in, &after.opted_in, ["subscribe", "unsubscribe"]);
    let opted_out = changed(&before.opted_out, &after.opted_out, ["unsubscribe", "subscribe"]);
    let mut opted: Vec<(&str, &str)> = opted_in.chain(opted_out).collect();
    // A type that leaves one list and enters the other is one change.
    opted.dedup();
    for (id, verb) in opted {
        let subscription_type = table::find::<SubscriptionTypes>(call.store, id)?;
        let item = item(&format!("granular_{verb}"), vec![subscription_type]);
        events.push(Event::new(format!("granular.{verb}"), item));
    }
    Ok(events)
}

/// Returns the ids that were added to a list or removed from it, each with its word.
fn changed<'a>(
    before: &'a [String],
    after: &'a [String],
    [added, removed]: [&'a str; 2],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let new = after.iter().filter(|id| !before.contains(id)).map(move |id| (id.as_str(), added));
    let old = before.iter().filter(|id| !after.contains(id)).map(move |id| (id.as_str(), removed));
    new.chain(old)
}

/// Returns true if a field changed that has no topic of its own.
fn has_other_differences(before: &Contact, after: &Contact) -> bool {
    let without = |contact: &Contact| Contact {
        role: String::new(),
        email: None,
        tags: Vec::new(),
        companies: Vec::new(),
        opted_in: Vec::new(),
        opted_out: Vec::new(),
        unsubscribed_from_emails: false,
        updated_at: 0,
        ..contact.clone()
    };
    without(before) != without(after)
}

/// Returns a contact as API 2.x shows it.
fn view(call: &Call, contact: &Contact) -> Result<Value, ApiError> {
    Ok(serde_json::to_value(ContactView { contact, version: &call.version })?)
}

/// Returns a tag, also if this request deleted it.
fn tag(call: &Call, id: &str) -> Result<Value, ApiError> {
    match tags::table::find(call.store, id) {
        Ok(tag) => Ok(serde_json::to_value(tag)?),
        Err(_) => Ok(change::deleted(call.store, "tag", id)?.unwrap_or(Value::Null)),
    }
}
