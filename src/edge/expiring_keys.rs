//! Warns in the log about caller keys that have expired or expire soon, once a day.

use crate::client::decode_json;
use crate::edge::access::keys::ExpiringKey;
use crate::edge::config::Config;
use crate::edge::outbox;
use crate::edge::outbox::protocol::{ClaimedWarnings, Command};
use crate::edge::request::context::RequestContext;
use crate::edge::runtime;
use crate::edge::runtime::clock::day;
use crate::edge::runtime::task;
use serde_json::json;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::Env;

thread_local! {
    /// The day on which this instance of the Worker checked the keys last.
    static CHECKED_DAY: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Returns the keys that have expired or expire soon, the first to expire first.
pub fn list(config: &Config, now: Duration) -> Vec<ExpiringKey> {
    config.credentials.keys.as_ref().map(|keys| keys.expiring(now)).unwrap_or_default()
}

/// Checks the keys if this instance has not done so today. The warnings are written in the background: the request
/// doesn't wait for them. `execution`: the runtime's context of the request.
pub fn check(context: &RequestContext<'_>, execution: &JsValue) {
    let today = Some(day(context.arrived));
    if CHECKED_DAY.replace(today) == today {
        return;
    }
    let keys = list(context.config, context.arrived);
    if !keys.is_empty() {
        task::in_background(execution, warn(context.env.clone(), keys, context.arrived));
    }
}

/// Writes a line for each key, unless another instance has done so today.
async fn warn(env: Env, keys: Vec<ExpiringKey>, now: Duration) {
    let claimed = match outbox::ask(&env, &Command::ClaimExpiryWarnings, &[]).await {
        Ok(reply) => decode_json(&reply.response.body).ok(),
        Err(_) => None,
    };
    // Without the outbox each instance writes the lines: too many are better than none.
    if claimed.is_none_or(|ClaimedWarnings { is_first }| is_first) {
        for key in keys {
            runtime::log(&line(&key, now));
        }
    }
}

fn line(key: &ExpiringKey, now: Duration) -> String {
    let warning = match key.has_expired(now) {
        true => "A caller key has expired",
        false => "A caller key expires soon",
    };
    json!({ "warning": warning, "key": key }).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Duration, ExpiringKey, line};

    #[test]
    fn a_line_has_the_name_and_the_date_of_a_key() {
        let key = ExpiringKey { name: "mailer".to_owned(), expires_at: 1_800_000_000 };
        for (now, warning) in [
            (1_799_999_999, "A caller key expires soon"),
            (1_800_000_000, "A caller key has expired"),
        ] {
            let expected = format!(
                r#"{{"key":{{"expires_at":1800000000,"name":"mailer"}},"warning":"{warning}"}}"#
            );
            assert_eq!(line(&key, Duration::from_secs(now)), expected);
        }
    }
}
