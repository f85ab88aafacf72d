//! Operations: a method and a path, with one name everywhere: in scopes, logs, hooks, errors and
//! the OpenAPI document. Also the rules that depend on the method and path alone.

use std::fmt;

/// The HTTP methods that Intercom's API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads an object or a list.
    Get,
    /// Creates an object, or searches.
    Post,
    /// Updates an object.
    Put,
    /// Deletes an object.
    Delete,
}

impl Method {
    /// Returns the method's name, such as `GET`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// An operation of the API. Its text is its name, such as `GET /contacts/{contact_id}`.
///
/// ```
/// use intercom_edge::call::contact;
/// assert_eq!(contact::get("5").operation().to_string(), "GET /contacts/{contact_id}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path as Intercom's reference writes it, `{name}` for each path parameter.
    pub pattern: &'static str,
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.method.as_str())?;
        formatter.write_str(" ")?;
        formatter.write_str(self.pattern)
    }
}

/// Returns true if a request can be repeated although an earlier attempt may have succeeded: all
/// requests that read, except the workspace's one scroll, which each request advances.
///
/// ```
/// use intercom_edge::call::is_repeatable;
/// assert!(is_repeatable("GET", "/companies"));
/// assert!(is_repeatable("POST", "/conversations/search?per_page=5"));
/// assert!(!is_repeatable("POST", "/custom_object_instances/search"), "a type with the name `search`");
/// assert!(!is_repeatable("GET", "/companies/scroll?scroll_param=1"));
/// assert!(!is_repeatable("POST", "/companies"));
/// ```
pub fn is_repeatable(method: &str, target: &str) -> bool {
    is_read(method, target) && path_of(target) != "/companies/scroll"
}

/// Returns true if a request changes nothing: every `GET`, and a `POST` that searches, lists or
/// previews.
fn is_read(method: &str, target: &str) -> bool {
    let path = path_of(target);
    let posted = matches!(
        path,
        "/admins/activity_logs/search"
            | "/calls/search"
            | "/companies/list"
            | "/companies/search"
            | "/contacts/merge/preview"
            | "/contacts/search"
            | "/conversations/search"
            | "/tickets/search"
    ) || (path.starts_with("/edge/templates/") && path.ends_with("/preview"));
    method == "GET" || (method == "POST" && posted)
}

/// Returns true if a request accepts an idempotency key: requests that the Worker's outbox sends.
pub fn takes_key(method: &str, target: &str) -> bool {
    let sent = match path_of(target) {
        "/messages" | "/conversations" | "/edge/notify" | "/edge/messages/batch" => true,
        path => replied_to(path).is_some() || is_resend(path),
    };
    method == "POST" && sent
}

/// Returns the id of the conversation or ticket from the path of its replies.
pub fn replied_to(path: &str) -> Option<&str> {
    let id = path.strip_suffix("/reply")?;
    let id = id.strip_prefix("/conversations/").or_else(|| id.strip_prefix("/tickets/"))?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Checks for the path of a call that sends a copy of a message.
fn is_resend(path: &str) -> bool {
    let id = path.strip_prefix("/edge/messages/").and_then(|path| path.strip_suffix("/resend"));
    id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}
