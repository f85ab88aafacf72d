//! The subscription: the URL that receives notifications, and their topics.

use crate::http::response::ApiError;
use crate::store::Store;
use crate::workspace::APP_ID;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use worker::Url;

/// The pauses before the second, the third and the fourth attempt, in milliseconds.
const RETRY_DELAYS_MS: [u64; 3] = [1_000, 5_000, 30_000];

/// The maximum number of retries, and the longest pause.
const MAX_RETRIES: usize = 10;
const MAX_RETRY_DELAY_MS: u64 = 3_600_000;

/// A subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Subscription {
    /// The URL that receives notifications.
    pub url: String,
    /// The app's client secret, which signs notifications.
    pub secret: String,
    /// The hub secret of a subscription of API 1.x, which signs notifications of 1.x.
    pub hub_secret: Option<String>,
    /// The topics. A `*` at the end matches any rest.
    pub topics: Vec<String>,
    /// The id of the workspace in notifications.
    pub app_id: String,
    /// The pauses before the retries, in milliseconds.
    pub retry_delays_ms: Vec<u64>,
}

impl Subscription {
    /// Returns the subscription to all topics.
    pub fn new(url: String, secret: String) -> Self {
        Self {
            url,
            secret,
            hub_secret: None,
            topics: vec!["*".to_owned()],
            app_id: APP_ID.to_owned(),
            retry_delays_ms: RETRY_DELAYS_MS.to_vec(),
        }
    }

    /// Reads the body of `POST /_sandbox/webhooks`.
    pub fn read(body: &Value) -> Result<Self, ApiError> {
        let text = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(ApiError::invalid(name, format!("{name} must be a string"))),
        };
        let required = |name: &str| {
            text(name)?.ok_or_else(|| ApiError::invalid(name, format!("{name} is required")))
        };
        let url = required("url")?;
        let is_http = Url::parse(&url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        if !is_http {
            return Err(ApiError::invalid("url", "url must be an http or https URL"));
        }
        let mut subscription = Self::new(url, required("secret")?);
        subscription.hub_secret = text("hub_secret")?;
        if let Some(topics) = list::<String>(body, "topics")? {
            subscription.topics = topics;
        }
        if let Some(app_id) = text("app_id")? {
            subscription.app_id = app_id;
        }
        if let Some(delays) = list::<u64>(body, "retry_delays_ms")? {
            if delays.len() > MAX_RETRIES || delays.iter().any(|ms| *ms > MAX_RETRY_DELAY_MS) {
                let message = format!(
                    "retry_delays_ms must have at most {MAX_RETRIES} numbers from 0 to \
                     {MAX_RETRY_DELAY_MS}"
                );
                return Err(ApiError::invalid("retry_delays_ms", message));
            }
            subscription.retry_delays_ms = delays;
        }
        Ok(subscription)
    }

    /// Returns the subscription that is set, else the one of the start.
    pub fn current(store: &Store, start: Option<&Self>) -> Result<Option<Self>, ApiError> {
        let set: Option<Option<Self>> =
            store.entries("SELECT entry FROM subscription", &[])?.into_iter().next();
        Ok(set.unwrap_or_else(|| start.cloned()))
    }

    /// Sets the subscription, or removes it with `None`.
    pub fn set(store: &Store, subscription: Option<&Self>) -> Result<(), ApiError> {
        store.run("DELETE FROM subscription", &[])?;
        let entry = serde_json::to_string(&subscription)?;
        store.run("INSERT INTO subscription (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])
    }

    /// Returns the subscription without its secrets.
    pub fn without_secrets(&self) -> Value {
        json!({
            "url": self.url, "topics": self.topics, "app_id": self.app_id,
            "retry_delays_ms": self.retry_delays_ms,
        })
    }

    /// Returns true if notifications of a topic are sent.
    pub fn includes(&self, topic: &str) -> bool {
        self.topics.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => topic.starts_with(start),
            None => topic == pattern,
        })
    }
}

/// Reads an array; 400 if it has another type, or a value of another type.
fn list<T: serde::de::DeserializeOwned>(
    body: &Value,
    name: &str,
) -> Result<Option<Vec<T>>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => Vec::deserialize(value)
            .map(Some)
            .map_err(|error| ApiError::invalid(name, format!("{name}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_field_is_named() {
        let field = |change: Value| {
            let mut body = json!({"url": "http://localhost:1", "secret": "s"});
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            Subscription::read(&body).map(|_| ()).map_err(|error| error.field.unwrap())
        };
        assert_eq!(field(json!({})), Ok(()));
        for (name, value) in [
            ("url", json!(null)),
            ("url", json!("localhost")),
            ("url", json!("ftp://localhost")),
            ("secret", json!("")),
            ("hub_secret", json!(7)),
            ("topics", json!("contact.*")),
            ("topics", json!([7])),
            ("app_id", json!(7)),
            ("retry_delays_ms", json!([-1])),
            ("retry_delays_ms", json!([3_600_001])),
            ("retry_delays_ms", json!([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ] {
            assert_eq!(field(json!({ name: value })), Err(name.to_owned()), "{name} {value}");
        }
    }

    #[test]
    fn a_topic_may_end_with_a_star() {
        let includes = |topics: &[&str], topic: &str| {
            let mut subscription = Subscription::new("http://localhost".into(), "s".into());
            subscription.topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
            subscription.includes(topic)
        };
        assert!(includes(&["*"], "contact.deleted"));
        assert!(includes(&["ping", "contact.*"], "contact.user.created"));
        assert!(includes(&["contact.deleted"], "contact.deleted"));
        assert!(!includes(&["contact.*"], "company.created"));
        assert!(!includes(&["contact"], "contact.deleted"));
        assert!(!includes(&[], "contact.deleted"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut subscription = Subscription::new("http://localhost".into(), "secret-1".into());
        subscription.hub_secret = Some("secret-2".into());
        assert!(!subscription.without_secrets().to_string().contains("secret-"));
    }
}
