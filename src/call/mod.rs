//! The calls of Intercom's API 2.x and of the Worker: one file per resource, one function per call.
//! No other place defines a call. A call is a value; nothing here does I/O.

pub mod admin;
mod argument;
pub mod batch;
mod body;
pub mod caller;
pub mod company;
pub mod contact;
pub mod conversation;
pub mod data_attribute;
pub mod event;
pub mod export;
mod format;
mod idempotency;
pub mod live;
pub mod note;
pub mod notify;
mod operation;
pub mod outbox;
mod page;
mod path;
mod raw;
pub mod segment;
pub mod tag;
pub mod template;
pub mod visitor;

pub use argument::InvalidArgument;
pub use body::{Body, JsonText};
pub use format::Format;
pub use idempotency::IdempotencyKey;
pub use operation::{Method, Operation, is_repeatable, replied_to, takes_key};
pub use page::PageRequest;
pub use raw::raw;

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use std::marker::PhantomData;

/// A call: a request, and the type `T` of its response.
///
/// A call with an invalid argument, such as an empty id, is never sent:
/// [`Client::send`](crate::client::Client::send) returns the [`InvalidArgument`].
///
/// ```
/// use intercom_edge::call::contact;
/// let call = contact::get("63a07ddf05a32042dffac965");
/// assert_eq!(call.target(), Ok("/contacts/63a07ddf05a32042dffac965"));
/// assert!(contact::get("..").target().is_err());
/// ```
#[derive(Debug)]
pub struct Call<T> {
    /// Not generic: the same code makes the requests of all types of calls.
    parts: Box<Parts>,
    response: PhantomData<fn() -> T>,
}

/// The parts of a call's request.
#[derive(Clone, Debug)]
struct Parts {
    operation: Operation,
    /// Path and query, percent-encoded.
    target: Result<String, InvalidArgument>,
    body: Option<String>,
    key: Option<IdempotencyKey>,
    accept: Accept,
}

/// A response without a body, or with a body that is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// The format of a call's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// A JSON body.
    Json,
    /// A JSON body, or an empty body.
    JsonOrNothing,
    /// A stream of events (`text/event-stream`).
    Events,
    /// A file of any type.
    File,
}

impl Accept {
    /// Returns the value of the header field `Accept`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json | Self::JsonOrNothing => "application/json",
            Self::Events => "text/event-stream",
            Self::File => "*/*",
        }
    }

    /// Returns true if the body is returned unread, as a stream.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Events | Self::File)
    }
}

/// A response whose body is a stream: the transport's response itself is the result.
#[derive(Clone, Copy, Debug)]
pub enum Stream {}

impl<T> Call<T> {
    fn new(method: Method, pattern: &'static str, values: &[&str]) -> Self {
        Self::of(Parts::new(Operation { method, pattern }, path::fill(pattern, values)))
    }

    fn of(parts: Box<Parts>) -> Self {
        Self { parts, response: PhantomData }
    }

    /// Makes a `GET` call; `values` fill the path parameters.
    fn get(pattern: &'static str, values: &[&str]) -> Self {
        Self::new(Method::Get, pattern, values)
    }

    /// Makes a `POST` call.
    fn post(pattern: &'static str, values: &[&str]) -> Self {
        Self::new(Method::Post, pattern, values)
    }

    /// Makes a `PUT` call.
    fn put(pattern: &'static str, values: &[&str]) -> Self {
        Self::new(Method::Put, pattern, values)
    }

    /// Makes a `DELETE` call.
    fn delete(pattern: &'static str, values: &[&str]) -> Self {
        Self::new(Method::Delete, pattern, values)
    }

    fn with_body(mut self, body: &impl Body) -> Self {
        self.parts.set_body(body.to_json());
        self
    }

    fn accepting(mut self, accept: Accept) -> Self {
        self.parts.accept = accept;
        self
    }

    /// Adds a required parameter. Without it, the response would be a list of all objects.
    fn with_required(self, name: &'static str, value: &str) -> Self {
        self.requiring(name, value).with_query(name, Some(value))
    }

    /// Rejects an empty id that goes into the body or the query.
    fn requiring(mut self, name: &'static str, value: &str) -> Self {
        if value.is_empty() {
            let expected = "a text of 1 to 2048 characters";
            self.parts.target = Err(InvalidArgument { name, expected });
        }
        self
    }

    /// Adds a parameter to the query, if it has a value.
    pub(crate) fn with_query(mut self, name: &str, value: Option<&str>) -> Self {
        self.parts.add_parameter(name, value);
        self
    }

    /// Adds a number to the query, if there is one.
    fn with_number(mut self, name: &str, number: Option<i64>) -> Self {
        self.parts.add_number(name, number);
        self
    }

    /// Adds a page to the query. A cursor never replaces the call's own parameters.
    fn with_page(mut self, page: &PageRequest<'_>) -> Self {
        self.parts.add_page(page);
        self
    }

    /// Adds a page to the body of a search, the only place where its cursor works.
    fn with_page_in_body(mut self, page: &PageRequest<'_>) -> Self {
        self.parts.add_page_to_body(page);
        self
    }

    /// Makes the Worker's outbox act on the call once, however often it is sent.
    ///
    /// ```
    /// use intercom_edge::call::{IdempotencyKey, contact, outbox};
    /// use intercom_edge::model::NewMessage;
    /// let key = IdempotencyKey::new("order-4711")?;
    /// assert!(outbox::send(&NewMessage::default()).with_key(key.clone()).is_repeatable());
    /// assert!(contact::archive("5").with_key(key).target().is_err(), "only messages and replies take a key");
    /// # Ok::<(), intercom_edge::call::InvalidArgument>(())
    /// ```
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.parts.set_key(key);
        self
    }

    /// Makes the call invalid because of an argument; it is never sent.
    #[cfg(feature = "package")]
    pub(crate) fn rejecting(mut self, invalid: InvalidArgument) -> Self {
        self.parts.target = Err(invalid);
        self
    }

    /// Returns the operation, with its name in the Worker's table.
    pub fn operation(&self) -> Operation {
        self.parts.operation
    }

    /// Returns path and query, percent-encoded.
    ///
    /// # Errors
    /// The invalid argument.
    pub fn target(&self) -> Result<&str, InvalidArgument> {
        self.parts.target.as_deref().map_err(|invalid| *invalid)
    }

    /// Returns the body as JSON.
    pub fn body(&self) -> Option<&str> {
        self.parts.body.as_deref()
    }

    /// Returns the idempotency key.
    pub fn key(&self) -> Option<&str> {
        self.parts.key.as_ref().map(IdempotencyKey::as_str)
    }

    /// Returns the format of the response.
    pub fn accept(&self) -> Accept {
        self.parts.accept
    }

    /// Returns true if the call can be repeated although an earlier attempt may have succeeded: it
    /// changes nothing, or has a key.
    pub fn is_repeatable(&self) -> bool {
        self.parts.is_repeatable()
    }

    /// Returns the same call with another response type.
    pub fn answering<U>(self) -> Call<U> {
        Call { parts: self.parts, response: PhantomData }
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), response: PhantomData }
    }
}

impl Parts {
    fn new(operation: Operation, target: Result<String, InvalidArgument>) -> Box<Self> {
        Box::new(Self { operation, target, body: None, key: None, accept: Accept::Json })
    }

    fn set_body(&mut self, body: Option<String>) {
        if body.is_none() {
            self.target = Err(InvalidArgument { name: "body", expected: "what JSON can say" });
        }
        self.body = body;
    }

    fn add_parameter(&mut self, name: &str, value: Option<&str>) {
        if let (Ok(target), Some(value)) = (&mut self.target, value) {
            path::add_parameter(target, name, value);
        }
    }

    fn add_number(&mut self, name: &str, number: Option<i64>) {
        let text = number.map(|number| number.to_string());
        self.add_parameter(name, text.as_deref());
    }

    fn add_page(&mut self, page: &PageRequest<'_>) {
        let after = page.after.as_deref();
        match (after.and_then(|after| after.strip_prefix('?')), &mut self.target) {
            (Some(query), Ok(target)) => {
                path::add_query(target, query);
                // A page of another size would begin elsewhere.
                if let Some(per_page) = page.per_page {
                    path::add_query(target, &["per_page=", &per_page.to_string()].concat());
                }
            }
            _ => {
                self.add_number("per_page", page.per_page.map(i64::from));
                self.add_parameter("starting_after", after);
            }
        }
    }

    fn add_page_to_body(&mut self, page: &PageRequest<'_>) {
        #[derive(serde::Serialize)]
        struct Pagination<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            per_page: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            starting_after: Option<&'a str>,
        }
        let Some(body) = self.body.as_mut().filter(|_| *page != PageRequest::default()) else {
            return;
        };
        let Some(members) = body.trim_ascii_end().strip_suffix('}') else { return };
        let members = members.trim_ascii_end();
        let pagination =
            Pagination { per_page: page.per_page, starting_after: page.after.as_deref() };
        let comma = if members.ends_with('{') { "" } else { "," };
        let pagination = pagination.to_json().unwrap_or_default();
        *body = [members, comma, "\"pagination\":", &pagination, "}"].concat();
    }

    fn set_key(&mut self, key: IdempotencyKey) {
        let method = self.operation.method;
        if self.target.as_ref().is_ok_and(|target| !takes_key(method.as_str(), target)) {
            let expected = "only for messages: Intercom itself knows no keys";
            self.target = Err(InvalidArgument { name: IdempotencyKey::HEADER, expected });
        }
        self.key = Some(key);
    }

    fn is_repeatable(&self) -> bool {
        let method = self.operation.method.as_str();
        self.key.is_some() || self.target.as_ref().is_ok_and(|target| is_repeatable(method, target))
    }
}
