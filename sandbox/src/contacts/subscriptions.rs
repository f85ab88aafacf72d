//! Subscription types, and the subscriptions of contacts: `/subscription_types` and
//! `/contacts/{id}/subscriptions`.

use crate::call::Call;
use crate::contacts::table::{from_path, save};
use crate::http::body::{required_id, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::resource::{Resource, table};
use serde_json::{Value, json};

/// The types of messages that a contact can opt in to or out of.
pub(crate) struct SubscriptionTypes;

fn seeded(id: &str, name: &str, consent_type: &str, content_type: &str) -> Value {
    let translation = json!({"name": name, "description": format!("About {name}"), "locale": "en"});
    json!({
        "type": "subscription", "id": id, "state": "live", "consent_type": consent_type,
        "default_translation": translation, "translations": [translation],
        "content_types": [content_type],
    })
}

impl Resource for SubscriptionTypes {
    const NAME: &'static str = "subscription";

    fn seed() -> Vec<Value> {
        vec![
            seeded("91", "Newsletters", "opt_out", "email"),
            seeded("92", "Announcements", "opt_out", "email"),
            seeded("37846", "Text messages", "opt_in", "sms_message"),
        ]
    }
}

/// Answers `GET /contacts/{id}/subscriptions`: the types that a contact opted in to or out of.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    let mut types = table::all::<SubscriptionTypes>(call.store)?;
    types.retain(|subscription_type| {
        text(subscription_type, "id").is_some_and(|id| {
            contact.opted_in.iter().chain(&contact.opted_out).any(|opted| opted == id)
        })
    });
    ApiResponse::ok(&List::whole(types))
}

/// Answers `POST /contacts/{id}/subscriptions`.
pub(crate) fn attach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let body = call.request.object()?;
    let id = required_id(&body, "id")?;
    let subscription_type = table::find::<SubscriptionTypes>(call.store, &id)?;
    let opts_in = match text(&body, "consent_type") {
        Some("opt_in") => true,
        Some("opt_out") => false,
        _ => {
            let message = "consent_type must be opt_in or opt_out";
            return Err(ApiError::invalid("consent_type", message));
        }
    };
    contact.opted_in.retain(|opted| *opted != id);
    contact.opted_out.retain(|opted| *opted != id);
    if opts_in {
        contact.opted_in.push(id)
    } else {
        contact.opted_out.push(id)
    }
    save(call, &mut contact)?;
    ApiResponse::ok(&subscription_type)
}

/// Answers `DELETE /contacts/{id}/subscriptions/{subscription_id}`; 404 if the contact opted
/// neither in nor out.
pub(crate) fn detach(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut contact = from_path(call)?;
    let subscription_type = table::find::<SubscriptionTypes>(call.store, &call.second_param)?;
    let before = contact.opted_in.len() + contact.opted_out.len();
    contact.opted_in.retain(|opted| *opted != call.second_param);
    contact.opted_out.retain(|opted| *opted != call.second_param);
    if contact.opted_in.len() + contact.opted_out.len() == before {
        return Err(ApiError::not_found());
    }
    save(call, &mut contact)?;
    ApiResponse::ok(&subscription_type)
}
