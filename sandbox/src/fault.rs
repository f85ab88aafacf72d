//! Faults on demand: what goes wrong between a caller and Intercom, asked for by a test.

use super::answer::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong.
///
/// With `status:…`, `html403` and `hang` the request is lost before its work is done; with all
/// others the work is done and the answer is lost or spoilt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) enum Kind {
    /// `status:503`: this status, with an `error.list`.
    Status(u16),
    /// `accept_then:502`: the work is done, and this status answers.
    AcceptThen(u16),
    /// `hang`: no answer.
    Hang,
    /// `truncate`: the body breaks off in the middle.
    Truncate,
    /// `reset`: the connection is reset. A Worker can't do that: the answer carries a header, and
    /// `scripts/sandbox-front.mjs` resets the connection when it sees it.
    Reset,
    /// `html403`: the load balancer's page, without the limit headers.
    Html403,
    /// `empty200`: 200 with nothing in it.
    Empty200,
}

impl TryFrom<String> for Kind {
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

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Status(status) => format!("status:{status}"),
            Kind::AcceptThen(status) => format!("accept_then:{status}"),
            Kind::Hang => "hang".into(),
            Kind::Truncate => "truncate".into(),
            Kind::Reset => "reset".into(),
            Kind::Html403 => "html403".into(),
            Kind::Empty200 => "empty200".into(),
        }
    }
}

/// A fault that waits for the requests it is meant for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    /// The method, or `*` for any.
    pub method: String,
    /// The pathname as it arrives; with `*` at its end, everything that begins so.
    pub path: String,
    /// How many requests it still meets.
    pub times: u64,
    /// What goes wrong.
    pub kind: Kind,
}

impl Fault {
    /// Reads the body of `POST /_sandbox/faults`.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let text = |field: &str| match body.get(field) {
            None | Some(Value::Null) => Ok("*".to_owned()),
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(Refusal::invalid(field, format!("{field} must be a text"))),
        };
        let times = match body.get("times") {
            None | Some(Value::Null) => 1,
            Some(times) => times.as_u64().filter(|times| *times > 0).ok_or_else(|| {
                Refusal::invalid("times", "times must be a whole number of 1 or more")
            })?,
        };
        let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            method: text("method")?.to_ascii_uppercase(),
            path: text("path")?,
            times,
            kind: Kind::try_from(kind).map_err(|why| Refusal::invalid("kind", why))?,
        })
    }

    /// Whether the fault is meant for a request.
    pub fn meets(&self, method: &str, path: &str) -> bool {
        let path_fits = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        };
        path_fits && (self.method == "*" || self.method == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_reads_back_as_it_was_written() {
        for text in
            ["status:429", "accept_then:502", "hang", "truncate", "reset", "html403", "empty200"]
        {
            assert_eq!(Kind::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_bad_field_is_named() {
        let field = |body: Value| Fault::read(&body).map_err(|refusal| refusal.field);
        for kind in ["status:200", "status", "status:x", "accept_then:404", "hang:1", "", "fire"] {
            assert_eq!(field(json!({ "kind": kind })), Err(Some("kind".into())), "{kind}");
        }
        assert_eq!(field(json!({})), Err(Some("kind".into())));
        assert_eq!(field(json!({"kind": "hang", "times": 0})), Err(Some("times".into())));
        assert_eq!(field(json!({"kind": "hang", "path": 7})), Err(Some("path".into())));
        assert_eq!(field(json!({"kind": "hang", "method": ""})), Err(Some("method".into())));
    }

    #[test]
    fn a_fault_meets_the_method_and_the_path_that_it_names() {
        let fault = |method: &str, path: &str| Fault {
            method: method.into(),
            path: path.into(),
            times: 1,
            kind: Kind::Hang,
        };
        assert!(fault("*", "*").meets("GET", "/me"));
        assert!(fault("POST", "/messages").meets("POST", "/messages"));
        assert!(!fault("POST", "/messages").meets("GET", "/messages"));
        assert!(!fault("*", "/contacts").meets("GET", "/contacts/1"));
        assert!(fault("*", "/contacts/*").meets("GET", "/contacts/1"));
        assert!(!fault("*", "/contacts/*").meets("GET", "/contacts"));
    }
}
