//! Events of API 1.x. Only the addresses of further pages differ from API 2.x.

use crate::call::{PageRequest, event};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::parameters::EVENTS;
use crate::edge::intercom::person::only_one;
use crate::edge::request::values::{self, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::{self, missing, well_formed};
use crate::model::{Field, Object, Party};
use crate::v1::PersonKind;
use serde_json::Value;

impl Bridge<'_> {
    /// Records an event. Intercom checks the rest: it accepts the same fields in both APIs.
    pub(super) async fn create_event(&self) -> Result<Answer, Rejection> {
        let event: Object = body::object(self.context).await?;
        let party = Party {
            id: Field::of(&event, "id"),
            user_id: Field::of(&event, "user_id"),
            email: Field::of(&event, "email"),
            ..Party::default()
        };
        well_formed("", party.invalid_field())?;
        if !["id", "user_id", "email"].iter().any(|name| has(&event, name)) {
            return Err(missing("user_id", "Name the person: give id, user_id or email"));
        }
        if !has(&event, "event_name") {
            return Err(missing("event_name", "event_name is required"));
        }
        if !has(&event, "id") && !has(&event, "user_id") {
            let email = event.get("email").and_then(Value::as_str).unwrap_or_default();
            self.check_only_one_user(email).await?;
        }
        self.intercom.in_time("nothing was recorded")?;
        self.pass(&event::create(&event)).await
    }

    /// Lists a page of a person's events.
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
            let words = "Name the person: give user_id, email or intercom_user_id";
            return Err(Rejection::new(400, "parameter_not_found", words).naming("user_id"));
        }
        if last(parameters, "summary").is_some_and(|summary| !matches!(summary, "true" | "false")) {
            return Err(Rejection::parameter("summary", "summary is true or false"));
        }
        if let [Some(email), None, None] =
            ["email", "user_id", "intercom_user_id"].map(|name| last(parameters, name))
        {
            self.check_only_one_user(email).await?;
        }
        let mut list = self
            .intercom
            .ask(&event::list(&given, &PageRequest::default()).answering::<Object>())
            .await?;
        if let Some(Value::Object(pages)) = list.get_mut("pages") {
            for name in ["next", "since"] {
                if let Some(Value::String(address)) = pages.get_mut(name) {
                    *address = on_worker(self.origin, address);
                }
            }
        }
        self.json(&list)
    }

    /// Rejects an address that several users have, because Intercom would pick one of them. An address that
    /// the search doesn't find passes: Intercom's search finds a new user only after a while.
    async fn check_only_one_user(&self, email: &str) -> Result<(), Rejection> {
        let role = PersonKind::User.role();
        let users = self.intercom.people_with_email(email, Some(&role)).await?;
        only_one(users, "email").map(drop)
    }
}

/// Gives the address of the same page on this Worker: a caller key must not go to Intercom. Parameters that
/// the Worker doesn't read are left out, because it would reject them.
fn on_worker(origin: &str, address: &str) -> String {
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
        assert_eq!(super::on_worker("http://w", address), "http://w/events?type=user&before=1");
    }
}
