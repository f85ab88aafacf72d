//! What the Worker answers: Intercom's answer as it came, or its own words, errors in Intercom's
//! shape. Nothing is sent from here: [`Answer::into_response`] is called once, at the very end.

use super::runtime;
use super::scope::Scope;
use crate::client;
use crate::model::{ErrorDetail, ErrorList};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::panic::Location;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// An answer on its way to the caller.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Who spoke: `upstream` where Intercom's answer passes, `edge` where the Worker answers.
    pub speaker: &'static str,
    /// For the log: what went wrong in the Worker or its settings, without anybody's data.
    pub cause: Option<String>,
    body: Body,
    headers: Headers,
}

/// Names in lower case, and values.
type Headers = Vec<(Cow<'static, str>, String)>;

#[derive(Debug)]
enum Body {
    /// Bytes or text of JavaScript's, or none.
    Kept(JsValue),
    /// JSON of the Worker's own.
    Json(Vec<u8>),
    /// Intercom's answer, its body unread.
    Passing(web_sys::Response),
}

impl Answer {
    /// JSON of the Worker's own. A model always encodes: its keys are texts and its numbers came
    /// from JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = Body::Json(serde_json::to_vec(body).unwrap_or_default());
        Self::new(status, "edge", body).with("content-type", JSON)
    }

    /// A text of the Worker's own.
    pub fn text(media_type: &'static str, text: &str) -> Self {
        let body = Body::Kept(JsValue::from_str(text));
        Self::new(200, "edge", body).with("content-type", media_type)
    }

    /// A stream of the Worker's own.
    pub fn stream(stream: JsValue, media_type: &'static str) -> Self {
        Self::new(200, "edge", Body::Kept(stream)).with("content-type", media_type)
    }

    /// No body.
    pub const fn empty(status: u16) -> Self {
        Self::new(status, "edge", Body::Kept(JsValue::UNDEFINED))
    }

    /// Intercom's answer as it came.
    pub const fn passing(status: u16, answer: web_sys::Response) -> Self {
        Self::new(status, "upstream", Body::Passing(answer))
    }

    /// An answer of Intercom's whose body is in hand: bytes of JavaScript's, or a stream of them.
    pub const fn of_upstream(status: u16, body: JsValue) -> Self {
        Self::new(status, "upstream", Body::Kept(body))
    }

    const fn new(status: u16, speaker: &'static str, body: Body) -> Self {
        Self { status, speaker, cause: None, body, headers: Vec::new() }
    }

    /// Adds a header; `name` is in lower case. A line break in the value ends it.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Adds a header, as [`with`](Self::with) does.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let mut value = value.into();
        value.truncate(value.find(['\r', '\n']).unwrap_or(value.len()));
        self.headers.push((name.into(), value));
    }

    /// Adds headers of Intercom's answer.
    #[must_use]
    pub fn with_all(mut self, headers: &[(String, String)]) -> Self {
        headers.iter().for_each(|(name, value)| self.set(name.clone(), value.as_str()));
        self
    }

    /// The id by which this request is known, Intercom's where it gave one; a new one else.
    pub fn request_id(&mut self) -> String {
        const NAME: &str = "x-request-id";
        if let Some((_, id)) = self.headers.iter().find(|(name, _)| name == NAME) {
            return id.clone();
        }
        let id = runtime::random_uuid();
        self.set(NAME, id.as_str());
        id
    }

    /// How many bytes the body has, where that is known.
    pub fn length(&self) -> Option<usize> {
        match &self.body {
            Body::Json(body) => Some(body.len()),
            Body::Kept(body) => body.dyn_ref::<Uint8Array>().map(|bytes| bytes.length() as usize),
            Body::Passing(_) => None,
        }
    }

    /// The runtime's answer: `shown` is the request, if its page may see the answer, and `took` how
    /// long Intercom and the Worker took.
    pub fn into_response(
        self,
        shown: Option<&web_sys::Request>,
        took: [Duration; 2],
    ) -> web_sys::Response {
        let [upstream, edge] = took.map(|time| time.as_millis().try_into().unwrap_or(u32::MAX));
        let mut lines = String::new();
        for (name, value) in &self.headers {
            lines.extend([name, "\n", value, "\n"]);
        }
        let body = match &self.body {
            Body::Passing(answer) => {
                let more = Some(lines.as_str()).filter(|lines| !lines.is_empty());
                return runtime::pass(answer, shown, upstream, edge, more);
            }
            Body::Kept(body) => body,
            Body::Json(body) => &Uint8Array::from(body.as_slice()).into(),
        };
        lines.extend(["x-intercom-edge\n", self.speaker]);
        runtime::respond(self.status, body, shown, upstream, edge, Some(&lines))
    }
}

/// An answer in plain data, which can be kept and told again.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// Whether Intercom spoke, and not the Worker.
    pub upstream: bool,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// For the log, as [`Answer::cause`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The body, which is kept apart.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Told {
    /// Intercom's answer.
    pub fn of_upstream(answer: client::BufferedResponse) -> Self {
        let client::BufferedResponse { status, headers, body } = answer;
        Self { status, upstream: true, headers, cause: None, body }
    }

    /// JSON of the Worker's own, as [`Answer::json`].
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body, ..Self::default() }.with("content-type", JSON)
    }

    /// Adds a header; `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header's value; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl From<Told> for Answer {
    fn from(Told { status, upstream, headers, cause, body }: Told) -> Self {
        // Some statuses take no body at all, not even an empty one.
        let body = match body.as_slice() {
            [] => JsValue::UNDEFINED,
            bytes => Uint8Array::from(bytes).into(),
        };
        let speaker = if upstream { "upstream" } else { "edge" };
        Self { cause, ..Self::new(status, speaker, Body::Kept(body)) }.with_all(&headers)
    }
}

const JSON: &str = "application/json; charset=utf-8";

/// Why a request isn't served: the Worker's own reason, or Intercom's answer as it came.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    reason: Reason,
    headers: Headers,
    /// Whether Intercom may have done what it was asked all the same.
    uncertain: bool,
    cause: Option<String>,
}

#[derive(Debug)]
enum Reason {
    Own(Box<ErrorDetail>),
    Told(Box<Told>),
}

impl Refusal {
    /// An error with one of Intercom's codes, and a sentence that says what to do. The sentence must
    /// hold neither a person's data nor anything that the caller didn't send.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let reason = Reason::Own(Box::new(ErrorDetail::new(code, message)));
        Self { status, reason, headers: Vec::new(), uncertain: false, cause: None }
    }

    /// Intercom gave no answer, or none that tells what it did: 502 or 504.
    pub fn uncertain(status: u16, message: impl Into<String>) -> Self {
        let code = if status == 504 { "gateway_timeout" } else { "bad_gateway" };
        Self { uncertain: true, ..Self::new(status, code, message) }
    }

    /// Intercom's answer has another shape than documented: 502. The reason quotes nothing.
    pub fn unreadable(reason: impl std::fmt::Display) -> Self {
        let message = format!("Intercom's answer can't be read: {reason}");
        Self::uncertain(502, message.as_str()).caused(message)
    }

    /// A parameter or field at fault: 400.
    pub fn parameter(field: &str, message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message).naming(field)
    }

    /// The method isn't one that the path knows.
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(405, "method_not_allowed", format!("This path takes {allow}"))
            .with("allow", allow)
    }

    /// Nothing is at the path, or the person isn't there.
    pub fn not_found(message: &str) -> Self {
        Self::new(404, "not_found", message)
    }

    /// The caller is known, and may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// The caller lacks a scope.
    pub fn missing_scope(scope: Scope) -> Self {
        let name = scope.name();
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{name}\"");
        Self::forbidden(format!("The caller doesn't have the scope {name}"))
            .with("www-authenticate", challenge)
    }

    /// A setting or a binding is missing or malformed: 503. It names the setting and no secret.
    pub fn not_set_up(what: &str) -> Self {
        let message = format!("The Worker is not set up: {what}");
        Self::new(503, "service_unavailable", message).caused(what)
    }

    /// The Worker's own fault, said without detail; the log has the place.
    #[track_caller]
    pub fn broken() -> Self {
        Self::broken_by("a check")
    }

    /// The same with the kind of what failed, for the log.
    #[track_caller]
    fn broken_by(kind: &str) -> Self {
        Self::new(500, "server_error", "The Worker failed; this is a bug in intercom-edge")
            .caused_by(kind)
    }

    /// An object can't write: 507. `done` says what was done all the same.
    pub fn storage_full(done: &str) -> Self {
        let words = format!(
            "The outbox's storage is full: {done}. Make room on the disk, or remove messages with DELETE \
             /edge/messages"
        );
        Self::new(507, "outbox_full", words).caused("SQLITE_FULL")
    }

    /// An answer that was kept, told again.
    pub fn told(told: Told) -> Self {
        let status = told.status;
        let reason = Reason::Told(Box::new(told));
        Self { status, reason, headers: Vec::new(), uncertain: false, cause: None }
    }

    /// Intercom's own error, unchanged.
    pub fn upstream(answer: client::BufferedResponse) -> Self {
        Self::told(Told::of_upstream(answer))
    }

    /// The field of the request that is at fault.
    #[must_use]
    pub fn naming(self, field: &str) -> Self {
        self.detailed(|error| error.field = field.into())
    }

    /// Says what a write may have done, where that isn't known.
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

    /// Adds something that programs may read.
    #[must_use]
    pub fn holding(self, key: &str, value: serde_json::Value) -> Self {
        self.detailed(|error| drop(error.extra.insert(key.to_owned(), value)))
    }

    /// Adds a header; `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says for the log what went wrong in the Worker or its settings, without anybody's data.
    #[must_use]
    pub fn caused(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Says for the log what kind of error it was, and at which place in the code it was noticed.
    #[must_use]
    #[track_caller]
    pub fn caused_by(self, kind: &str) -> Self {
        self.caused(format!("{kind} at {}", Location::caller()))
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The value of a header that goes with it; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let own = self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let told = match &self.reason {
            Reason::Told(told) => told.headers.iter().find(|(known, _)| known == name),
            Reason::Own(_) => None,
        };
        own.or(told.map(|(_, value)| value)).map(String::as_str)
    }

    /// The first sentence of an error of Intercom's.
    pub fn upstream_message(&self) -> Option<String> {
        let Reason::Told(told) = &self.reason else { return None };
        let details = ErrorList::read(&told.body).details();
        details.into_iter().next()?.message.into_known()
    }

    fn detailed(mut self, change: impl FnOnce(&mut ErrorDetail)) -> Self {
        if let Reason::Own(error) = &mut self.reason {
            change(error);
        }
        self
    }

    /// The sentence of an error of the Worker's own.
    pub fn message(&self) -> Option<&str> {
        match &self.reason {
            Reason::Own(error) => error.message.as_str(),
            Reason::Told(_) => None,
        }
    }

    /// The answer that says so.
    pub fn into_answer(self) -> Answer {
        self.into_told().into()
    }

    /// The same in plain data.
    pub fn into_told(self) -> Told {
        let told = match self.reason {
            Reason::Own(error) => {
                let id = runtime::random_uuid();
                let body = ErrorList::new(Some(&id), vec![*error]);
                Told::json(self.status, &body).with("x-request-id", id)
            }
            Reason::Told(told) => *told,
        };
        let told =
            self.headers.into_iter().fold(told, |told, (name, value)| told.with(&name, value));
        Told { cause: self.cause.or(told.cause.clone()), ..told }
    }
}

/// What [`Refusal::storage_full`] says of a write that failed.
pub const NOTHING_DONE: &str = "nothing was sent, and nothing has changed";

/// Whether SQLite found no room on the disk, or below the limit of an object's storage.
pub fn is_storage_full(error: &worker::Error) -> bool {
    kind(error) == "SQLITE_FULL"
}

/// Something JavaScript threw where nothing should.
impl From<JsValue> for Refusal {
    #[track_caller]
    fn from(error: JsValue) -> Self {
        let name = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.name()));
        Self::broken_by(name.as_deref().and_then(identifier).unwrap_or("a JavaScript error"))
    }
}

impl From<serde_json::Error> for Refusal {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::broken_by(&format!("JSON error ({:?})", error.classify()))
    }
}

impl From<worker::Error> for Refusal {
    #[track_caller]
    fn from(error: worker::Error) -> Self {
        if is_storage_full(&error) {
            return Self::storage_full(NOTHING_DONE);
        }
        Self::broken_by(&kind(&error))
    }
}

/// The kind of an error of the runtime's, without its text, which may quote values: a binding that isn't
/// there, or SQLite's code if the text names one (such as `SQLITE_FULL`), or else the variant.
pub fn kind(error: &worker::Error) -> String {
    let text = error.to_string();
    if let Some(name) = text.split('`').nth(1).filter(|_| text.starts_with("Binding `")) {
        return missing_binding(name);
    }
    let code = text.split(|character: char| !character.is_ascii_uppercase() && character != '_');
    match code.into_iter().find(|word| word.starts_with("SQLITE_")) {
        Some(code) => code.to_owned(),
        None => identifier(<&str>::from(error)).unwrap_or("an error").to_owned(),
    }
}

/// What is said of a binding that isn't there.
pub fn missing_binding(name: &str) -> String {
    format!("the binding {name} is missing")
}

/// A name, if it is one: a text that somebody wrote is none.
fn identifier(name: &str) -> Option<&str> {
    let is_name = |name: &&str| {
        (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    Some(name).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::{Refusal, kind};

    #[test]
    fn the_kind_of_an_error_is_in_the_log_and_its_text_is_not() {
        for (text, expected) in [
            ("no such column: template: SQLITE_ERROR", "SQLITE_ERROR"),
            ("database or disk is full: SQLITE_FULL", "SQLITE_FULL"),
            ("ada@example.com", "JsError"),
            ("Binding `SENDERS` is undefined.", "the binding SENDERS is missing"),
        ] {
            let error = worker::Error::JsError(text.to_owned());
            assert_eq!(kind(&error), expected, "{text}");
        }
    }

    #[test]
    fn a_failure_names_the_place_where_it_was_noticed() {
        let fails = || -> Result<(), Refusal> {
            Err(worker::Error::BodyUsed)?;
            Ok(())
        };
        let cause = fails().unwrap_err().cause.unwrap();
        assert!(cause.starts_with("BodyUsed at src/edge/answer.rs:"), "{cause}");
        let Err(json) = serde_json::from_str::<bool>(r#""Ada""#) else { panic!("no boolean") };
        let cause = Refusal::from(json).cause.unwrap();
        assert!(cause.starts_with("JSON error (Data) at src/edge/answer.rs:"), "{cause}");
    }
}
