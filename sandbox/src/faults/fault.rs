//! A fault: which requests fail, and how.

use crate::http::response::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a request fails. With `status:…`, `html403` and `hang` it fails before it is handled; with
/// all others it is handled, and the response is lost or broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum FaultKind {
    /// `status:503`: this status, with an `error.list`.
    Status(u16),
    /// `accept_then:502`: the request is handled, and the response has this status.
    AcceptThen(u16),
    /// `hang`: no response.
    Hang,
    /// `truncate`: the body ends in the middle.
    Truncate,
    /// `reset`: the connection is reset. A Worker can't do that: the response has a header that
    /// makes `cli/serve/sandbox-front.mjs` reset the connection.
    Reset,
    /// `html403`: a load balancer's page, without the rate limit headers.
    Html403,
    /// `empty200`: 200 with an empty body.
    Empty200,
}

impl TryFrom<String> for FaultKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (word, status) = match text.split_once(':') {
            Some((word, status)) => (word, Some(status)),
            None => (text.as_str(), None),
        };
        let status = status.map(|status| status.parse().unwrap_or(0));
        match (word, status) {
            ("status", Some(status @ 400..=599)) => Ok(Self::Status(status)),
            ("accept_then", Some(status @ 500..=599)) => Ok(Self::AcceptThen(status)),
            ("hang", None) => Ok(Self::Hang),
            ("truncate", None) => Ok(Self::Truncate),
            ("reset", None) => Ok(Self::Reset),
            ("html403", None) => Ok(Self::Html403),
            ("empty200", None) => Ok(Self::Empty200),
            _ => Err("kind must be one of status:<400-599>, accept_then:<500-599>, hang, \
                      truncate, reset, html403, empty200"
                .into()),
        }
    }
}

impl From<FaultKind> for String {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Status(status) => format!("status:{status}"),
            FaultKind::AcceptThen(status) => format!("accept_then:{status}"),
            FaultKind::Hang => "hang".into(),
            FaultKind::Truncate => "truncate".into(),
            FaultKind::Reset => "reset".into(),
            FaultKind::Html403 => "html403".into(),
            FaultKind::Empty200 => "empty200".into(),
        }
    }
}

/// A fault that waits for matching requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The method, or `*` for any.
    pub method: String,
    /// The path; with `*` at its end, every path with this prefix.
    pub path: String,
    /// The number of requests that are still to fail.
    pub times: u64,
    /// How the request fails.
    pub kind: FaultKind,
}

impl Fault {
    /// Reads the body of `POST /_sandbox/faults`.
    pub fn read(body: &Value) -> Result<Self, ApiError> {
        let text = |field: &str| match body.get(field) {
            None | Some(Value::Null) => Ok("*".to_owned()),
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(ApiError::invalid(field, format!("{field} must be a string"))),
        };
        let times = match body.get("times") {
            None | Some(Value::Null) => 1,
            Some(times) => times.as_u64().filter(|times| *times > 0).ok_or_else(|| {
                ApiError::invalid("times", "times must be a whole number of 1 or more")
            })?,
        };
        let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            method: text("method")?.to_ascii_uppercase(),
            path: text("path")?,
            times,
            kind: FaultKind::try_from(kind)
                .map_err(|message| ApiError::invalid("kind", message))?,
        })
    }

    /// Returns true if a request matches the method and the path.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        let path_matches = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        };
        path_matches && (self.method == "*" || self.method == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_fault_kind_survives_a_round_trip() {
        for text in
            ["status:429", "accept_then:502", "hang", "truncate", "reset", "html403", "empty200"]
        {
            assert_eq!(FaultKind::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn an_invalid_field_is_named() {
        let field = |body: Value| Fault::read(&body).map_err(|error| error.field);
        for kind in ["status:200", "status", "status:x", "accept_then:404", "hang:1", "", "fire"] {
            assert_eq!(field(json!({ "kind": kind })), Err(Some("kind".into())), "{kind}");
        }
        assert_eq!(field(json!({})), Err(Some("kind".into())));
        assert_eq!(field(json!({"kind": "hang", "times": 0})), Err(Some("times".into())));
        assert_eq!(field(json!({"kind": "hang", "path": 7})), Err(Some("path".into())));
        assert_eq!(field(json!({"kind": "hang", "method": ""})), Err(Some("method".into())));
    }

    #[test]
    fn a_fault_matches_its_method_and_its_path() {
        let fault = |method: &str, path: &str| Fault {
            method: method.into(),
            path: path.into(),
            times: 1,
            kind: FaultKind::Hang,
        };
        assert!(fault("*", "*").matches("GET", "/me"));
        assert!(fault("POST", "/messages").matches("POST", "/messages"));
        assert!(!fault("POST", "/messages").matches("GET", "/messages"));
        assert!(!fault("*", "/contacts").matches("GET", "/contacts/1"));
        assert!(fault("*", "/contacts/*").matches("GET", "/contacts/1"));
        assert!(!fault("*", "/contacts/*").matches("GET", "/contacts"));
    }
}
