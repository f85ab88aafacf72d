//! Rejections: errors in Intercom's shape, with the cause for the log.

use crate::call::InvalidArgument;
use crate::client;
use crate::edge::response::failure::identifier;
use crate::edge::response::headers::Headers;
use crate::edge::response::{Answer, StoredResponse, header, is_storage_full, kind};
use crate::edge::runtime;
use crate::edge::runtime::sql::SchemaError;
use crate::model::{ErrorDetail, ErrorList, InvalidField};
use std::borrow::Cow;
use std::panic::Location;
use wasm_bindgen::{JsCast, JsValue};

/// The reason why a request isn't served: an error of the Worker, or Intercom's response unchanged.
#[derive(Debug)]
pub struct Rejection {
    status: u16,
    reason: Reason,
    headers: Headers,
    /// Intercom may have carried out the request.
    uncertain: bool,
    cause: Option<String>,
}

#[derive(Debug)]
enum Reason {
    Own(Box<ErrorDetail>),
    Stored(Box<StoredResponse>),
}

impl Rejection {
    /// Makes an error with one of Intercom's codes and a sentence that says what to do. The sentence must have no
    /// personal data, and nothing that the caller didn't send.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let reason = Reason::Own(Box::new(ErrorDetail::new(code, message)));
        Self { status, reason, headers: Vec::new(), uncertain: false, cause: None }
    }

    /// Intercom's response is missing, or doesn't say whether the request was carried out: 502 or 504.
    pub fn uncertain(status: u16, message: impl Into<String>) -> Self {
        let code = if status == 504 { "gateway_timeout" } else { "bad_gateway" };
        Self { uncertain: true, ..Self::new(status, code, message) }
    }

    /// Intercom's response has an undocumented shape: 502. `reason` must not quote it.
    pub fn unreadable(reason: impl std::fmt::Display) -> Self {
        let message = format!("Intercom's answer can't be read: {reason}");
        Self::uncertain(502, message.as_str()).caused(message)
    }

    /// A parameter or a field is wrong: 400.
    pub fn parameter(field: &str, message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message).naming(field)
    }

    /// The path has no such method: 405. `allow` lists the path's methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(405, "method_not_allowed", format!("This path takes {allow}"))
            .with("allow", allow)
    }

    /// The path or the person doesn't exist: 404.
    pub fn not_found(message: &str) -> Self {
        Self::new(404, "not_found", message)
    }

    /// The caller isn't authenticated: 401.
    pub fn unauthorized(message: &str) -> Self {
        Self::new(401, "unauthorized", message).with("www-authenticate", "Bearer")
    }

    /// The caller is authenticated, and may not do this: 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// A setting or a binding is missing or malformed: 503. `what` names the setting and quotes no secret.
    pub fn not_set_up(what: &str) -> Self {
        let message = format!("The Worker is not set up: {what}");
        Self::new(503, "service_unavailable", message).caused(what)
    }

    /// The Worker has a bug: 500 without detail. The log has the place.
    #[track_caller]
    pub fn broken() -> Self {
        Self::broken_by("a check")
    }

    /// The Worker failed: 500 without detail. The log has the kind of the failure and the place.
    #[track_caller]
    fn broken_by(kind: &str) -> Self {
        Self::new(500, "server_error", "The Worker failed; this is a bug in intercom-edge")
            .caused_by(kind)
    }

    /// An object's storage is full: 507. `done` says what was done nevertheless.
    pub fn storage_full(done: &str) -> Self {
        let message = format!(
            "The outbox's storage is full: {done}. Make room on the disk, or remove messages with DELETE \
             /edge/messages"
        );
        Self::new(507, "outbox_full", message).caused("SQLITE_FULL")
    }

    /// Sends a stored response again.
    pub fn response(response: StoredResponse) -> Self {
        let status = response.status;
        let reason = Reason::Stored(Box::new(response));
        Self { status, reason, headers: Vec::new(), uncertain: false, cause: None }
    }

    /// Passes Intercom's error on.
    pub fn upstream(answer: client::BufferedResponse) -> Self {
        Self::response(StoredResponse::of_upstream(answer))
    }

    /// Names the field of the request that is wrong.
    #[must_use]
    pub fn naming(self, field: &str) -> Self {
        self.detailed(|error| error.field = field.into())
    }

    /// Adds what a write may have done, if the response doesn't say.
    #[must_use]
    pub fn of_write(self, may_have: &str) -> Self {
        if !self.uncertain {
            return self;
        }
        self.detailed(|error| {
            let sentence = error.message.as_str().unwrap_or_default();
            error.message = format!("{sentence}; {may_have}").into();
        })
    }

    /// Adds a member to the error for programs.
    #[must_use]
    pub fn holding(self, key: &str, value: serde_json::Value) -> Self {
        self.detailed(|error| drop(error.extra.insert(key.to_owned(), value)))
    }

    /// Adds a header. `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds the cause for the log. It must have no personal data.
    #[must_use]
    pub fn caused(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Takes over the cause of another rejection.
    #[must_use]
    pub fn caused_like(self, other: &Self) -> Self {
        Self { cause: other.cause.clone(), ..self }
    }

    /// Adds the kind of the error and the place in the code for the log.
    #[must_use]
    #[track_caller]
    pub fn caused_by(self, kind: &str) -> Self {
        self.caused(format!("{kind} at {}", Location::caller()))
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&str> {
        let stored = match &self.reason {
            Reason::Stored(response) => response.cause.as_deref(),
            Reason::Own(_) => None,
        };
        self.cause.as_deref().or(stored)
    }

    /// Gives the HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Finds the value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name).or_else(|| match &self.reason {
            Reason::Stored(response) => response.header(name),
            Reason::Own(_) => None,
        })
    }

    /// Gives the first message of Intercom's error.
    pub fn upstream_message(&self) -> Option<String> {
        let Reason::Stored(response) = &self.reason else { return None };
        let details = ErrorList::read(&response.body).details();
        details.into_iter().next()?.message.into_known()
    }

    fn detailed(mut self, change: impl FnOnce(&mut ErrorDetail)) -> Self {
        if let Reason::Own(error) = &mut self.reason {
            change(error);
        }
        self
    }

    /// Gives the message of the Worker's error.
    pub fn message(&self) -> Option<&str> {
        match &self.reason {
            Reason::Own(error) => error.message.as_str(),
            Reason::Stored(_) => None,
        }
    }

    /// Makes the answer to the caller.
    pub fn into_answer(self) -> Answer {
        self.into_stored().into()
    }

    /// Makes the answer to the caller in plain data.
    pub fn into_stored(self) -> StoredResponse {
        let response = match self.reason {
            Reason::Own(error) => {
                let id = runtime::random_uuid();
                let body = ErrorList::new(Some(&id), vec![*error]);
                StoredResponse::json(self.status, &body).with("x-request-id", id)
            }
            Reason::Stored(response) => *response,
        };
        let response = self
            .headers
            .into_iter()
            .fold(response, |response, (name, value)| response.with(&name, value));
        StoredResponse { cause: self.cause.or(response.cause.clone()), ..response }
    }
}

/// The text of [`Rejection::storage_full`] for a write that failed.
pub const NOTHING_DONE: &str = "nothing was sent, and nothing has changed";

/// An unexpected JavaScript exception: 500.
impl From<JsValue> for Rejection {
    #[track_caller]
    fn from(error: JsValue) -> Self {
        let name = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.name()));
        Self::broken_by(name.as_deref().and_then(identifier).unwrap_or("a JavaScript error"))
    }
}

impl From<serde_json::Error> for Rejection {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::broken_by(&format!("JSON error ({:?})", error.classify()))
    }
}

impl From<worker::Error> for Rejection {
    #[track_caller]
    fn from(error: worker::Error) -> Self {
        if is_storage_full(&error) {
            return Self::storage_full(NOTHING_DONE);
        }
        Self::broken_by(&kind(&error))
    }
}

/// A field of a body is wrong: 422.
impl From<InvalidField> for Rejection {
    fn from(InvalidField { field, message, .. }: InvalidField) -> Self {
        let field = if field.is_empty() { "body" } else { &field };
        Self::new(422, "parameter_invalid", message).naming(field)
    }
}

/// An argument of a call is wrong: 400.
impl From<InvalidArgument> for Rejection {
    fn from(InvalidArgument { name, expected }: InvalidArgument) -> Self {
        Self::parameter(name, format!("{name}: expected {expected}"))
    }
}

/// The tables can't be opened: 503. No data is lost, and the next request tries again.
impl From<SchemaError> for Rejection {
    #[track_caller]
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Newer { stored, known } => {
                let message = format!(
                    "The stored data has schema {stored}, and this version of the Worker knows schema {known} \
                     at most: deploy the newer version again; nothing is lost"
                );
                Self::new(503, "service_unavailable", message.as_str()).caused(message)
            }
            SchemaError::Failed(error) => Self::new(
                503,
                "service_unavailable",
                "The stored data could not be opened: the Worker's log says why; nothing is lost",
            )
            .caused_by(&kind(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rejection;

    #[test]
    fn a_failure_names_the_place_where_it_was_noticed() {
        let fails = || -> Result<(), Rejection> {
            Err(worker::Error::BodyUsed)?;
            Ok(())
        };
        let cause = fails().unwrap_err().cause.unwrap();
        assert!(cause.starts_with("BodyUsed at src/edge/response/rejection.rs:"), "{cause}");
        let Err(json) = serde_json::from_str::<bool>(r#""Ada""#) else { panic!("no boolean") };
        let cause = Rejection::from(json).cause.unwrap();
        assert!(
            cause.starts_with("JSON error (Data) at src/edge/response/rejection.rs:"),
            "{cause}"
        );
    }
}
