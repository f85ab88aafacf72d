//! Events: the same in both dialects, but for the addresses of further pages.

use super::super::answer::{Answer, Refusal};
use super::Bridge;
use super::body::{self, missing, well_formed};
use super::query::{self, last};
use crate::call::{PageRequest, event};
use crate::model::{Field, Object, Party};
use serde_json::Value;

/// The parameters that a list of events takes; the last four also come in the addresses that it
/// gives.
const PARAMETERS: [&str; 7] =
    ["user_id", "email", "summary", "intercom_user_id", "per_page", "before", "since"];

impl Bridge<'_> {
    /// Records an event. Intercom judges it: what it takes is the same in both.
    pub(super) async fn create_event(&self) -> Result<Answer, Refusal> {
        let event: Object = body::object(self.visit).await?;
        let party = Party {
            id: Field::of(&event, "id"),
            user_id: Field::of(&event, "user_id"),
            email: Field::of(&event, "email"),
            ..Party::default()
        };
        well_formed("", party.misshapen())?;
        if !["id", "user_id", "email"].iter().any(|name| has(&event, name)) {
            return Err(missing("user_id", "Say whose event: give id, user_id or email"));
        }
        if !has(&event, "event_name") {
            return Err(missing("event_name", "event_name is required"));
        }
        self.pass(&event::create(&event)).await
    }

    /// A page of a person's events.
    pub(super) async fn events(&self, parameters: &[(String, String)]) -> Result<Answer, Refusal> {
        if last(parameters, "type").is_some_and(|kind| kind != "user") {
            return Err(Refusal::parameter("type", "type is user"));
        }
        let given: Vec<(&str, &str)> = PARAMETERS
            .iter()
            .filter_map(|name| last(parameters, name).map(|value| (*name, value)))
            .collect();
        for (name, value) in &given {
            query::text(name, value)?;
        }
        let named =
            |(name, _): &(&str, &str)| matches!(*name, "user_id" | "email" | "intercom_user_id");
        if !given.iter().any(named) {
            let words = "Say whose events: give user_id, email or intercom_user_id";
            return Err(Refusal::new(400, "parameter_not_found", words).naming("user_id"));
        }
        let mut list = self
            .intercom
            .ask(&event::list(&given, &PageRequest::default()).answering::<Object>())
            .await?;
        if let Some(Value::Object(pages)) = list.get_mut("pages") {
            for name in ["next", "since"] {
                if let Some(Value::String(address)) = pages.get_mut(name) {
                    *address = here(self.origin, address);
                }
            }
        }
        self.json(&list)
    }
}

/// The same page on this Worker: a caller key is nothing to Intercom.
fn here(origin: &str, address: &str) -> String {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    format!("{origin}/events?{query}")
}

fn has(object: &Object, name: &str) -> bool {
    match object.get(name) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Number(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn further_pages_are_on_this_worker() {
        let address = "https://api.intercom.io/events?type=user&before=1";
        assert_eq!(super::here("http://w", address), "http://w/events?type=user&before=1");
    }
}
