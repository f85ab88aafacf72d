//! Events: the same in both dialects, but for the addresses of further pages.

use crate::call::{PageRequest, event};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::parameters::EVENTS;
use crate::edge::request::values::{self, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, missing, well_formed};
use crate::edge::translation::person::only_one;
use crate::model::{Field, Object, Party};
use crate::v1::Kind;
use serde_json::Value;

impl Bridge<'_> {
    /// Records an event. Intercom judges it: what it takes is the same in both.
    pub(super) async fn create_event(&self) -> Result<Answer, Rejection> {
        let event: Object = body::object(self.context).await?;
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
        if !has(&event, "id") && !has(&event, "user_id") {
            let email = event.get("email").and_then(Value::as_str).unwrap_or_default();
            self.rule_out_twins(email).await?;
        }
        self.intercom.in_time("nothing was recorded")?;
        self.pass(&event::create(&event)).await
    }

    /// A page of a person's events.
    pub(super) async fn events(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        if last(parameters, "type").is_some_and(|kind| kind != "user") {
            return Err(Rejection::parameter("type", "type is user"));
        }
        let names = EVENTS.carried.iter().filter(|name| **name != "type");
        let given: Vec<(&str, &str)> =
            names.filter_map(|name| last(parameters, name).map(|value| (*name, value))).collect();
        for (name, value) in &given {
            match *name {
                "before" | "since" => values::cursor(name, value)?,
                _ => values::text(name, value)?,
            };
        }
        let named =
            |(name, _): &(&str, &str)| matches!(*name, "user_id" | "email" | "intercom_user_id");
        if !given.iter().any(named) {
            let words = "Say whose events: give user_id, email or intercom_user_id";
            return Err(Rejection::new(400, "parameter_not_found", words).naming("user_id"));
        }
        if last(parameters, "summary").is_some_and(|summary| !matches!(summary, "true" | "false")) {
            return Err(Rejection::parameter("summary", "summary is true or false"));
        }
        if let [Some(email), None, None] =
            ["email", "user_id", "intercom_user_id"].map(|name| last(parameters, name))
        {
            self.rule_out_twins(email).await?;
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

    /// Rejects an address that several users have: Intercom would choose one of them. One that nobody
    /// has is Intercom's to judge, because its search learns of a new user late.
    async fn rule_out_twins(&self, email: &str) -> Result<(), Rejection> {
        let users = self.intercom.with_address(Kind::User, email).await?;
        only_one("", users).map(drop)
    }
}

/// The same page on this Worker: a caller key is nothing to Intercom. A parameter that the Worker doesn't
/// read is left out, so that it takes its own address.
fn here(origin: &str, address: &str) -> String {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let known = |pair: &&str| EVENTS.carried.contains(&pair.split('=').next().unwrap_or_default());
    let pairs: Vec<&str> = query.split('&').filter(known).collect();
    format!("{origin}/events?{}", pairs.join("&"))
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
        let address = "https://api.intercom.io/events?type=user&x=1&before=1";
        assert_eq!(super::here("http://w", address), "http://w/events?type=user&before=1");
    }
}
