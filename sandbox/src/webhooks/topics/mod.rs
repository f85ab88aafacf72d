//! The topic and the item of each change, according to the tables of Intercom's reference
//! ("Webhook models" of API 2.16) and to notifications that Intercom sent in 2026. A change without
//! a topic there sends nothing, for example a new tag.

mod contact;
mod conversation;
mod event;
mod ticket;

use crate::admins::admin::Admins;
use crate::call::Call;
use crate::companies;
use crate::help_center::articles::Articles;
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::resource::Resource;
use crate::tickets::jobs;
use crate::webhooks::change::Change;
use crate::webhooks::topics::event::Event;
use serde_json::{Value, json};

/// Returns the events of a change.
pub(crate) fn of(call: &Call, change: Change) -> Result<Vec<Event>, ApiError> {
    let Change { resource, before, after, .. } = change;
    Ok(match (resource.as_str(), before, after) {
        ("contact", before, after) => contact::events(call, before, after)?,
        ("conversation", before, after) => conversation::events(call, before, after)?,
        ("ticket", before, Some(after)) => ticket::events(call, before, after)?,
        ("company" | "article", Some(before), None) => {
            // Only identifiers.
            let item = json!({"type": resource, "id": before.get("id"), "deleted": true});
            vec![Event::new(format!("{resource}.deleted"), item)]
        }
        ("company", before, Some(after)) => {
            let id = text(&after, "id").unwrap_or_default();
            let topic = if before.is_none() { "company.created" } else { "company.updated" };
            vec![Event::new(topic, companies::table::find(call.store, id)?)]
        }
        ("article", before, Some(after)) => {
            let topic = article_topic(before.as_ref(), &after);
            vec![Event::new(topic, Articles::to_json(call, after)?)]
        }
        ("admin", Some(_), Some(after)) => {
            vec![Event::new("admin.away_mode_updated", Admins::to_json(call, after)?)]
        }
        ("activity_log", None, Some(mut entry)) => {
            set(&mut entry, "type", "admin_activity_log_event");
            vec![Event::new("admin.activity_log_event.created", entry)]
        }
        ("event", None, Some(event)) => vec![Event::new("event.created", event)],
        ("visitor", Some(visitor), None) => vec![Event::new("visitor.signed_up", visitor)],
        ("job", None, Some(job)) => {
            let completed = Event::new("job.completed", jobs::completed(call, &job));
            vec![Event { delay_ms: jobs::PENDING_MS, ..completed }]
        }
        _ => Vec::new(),
    })
}

/// Returns the topic of an article that is new or was changed.
fn article_topic(before: Option<&Value>, after: &Value) -> &'static str {
    let is_published = |article: &Value| text(article, "state") == Some("published");
    match before.map(is_published) {
        None => "article.created",
        Some(false) if is_published(after) => "article.published",
        Some(true) if !is_published(after) => "article.unpublished",
        Some(_) => "article.updated",
    }
}
