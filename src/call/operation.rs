//! What the method and the path of a call tell of it.

/// Whether a call changes nothing, so that it may be sent again: every `GET`, and what is searched,
/// listed or previewed by a `POST`.
///
/// ```
/// use intercom_edge::call::is_read;
/// assert!(is_read("GET", "/contacts"));
/// assert!(is_read("POST", "/conversations/search?per_page=5"));
/// assert!(!is_read("POST", "/contacts"));
/// ```
pub fn is_read(method: &str, target: &str) -> bool {
    let path = path_of(target);
    let posted = path.ends_with("/search")
        || path == "/companies/list"
        || (path.starts_with("/edge/templates/") && path.ends_with("/preview"));
    method == "GET" || (method == "POST" && posted)
}

/// Whether the Worker's outbox takes a call, which with an idempotency key acts once.
///
/// ```
/// use intercom_edge::call::is_of_outbox;
/// assert!(is_of_outbox("POST", "/messages"));
/// assert!(!is_of_outbox("POST", "/contacts"));
/// ```
pub fn is_of_outbox(method: &str, target: &str) -> bool {
    method == "POST"
        && matches!(path_of(target), "/messages" | "/edge/notify" | "/edge/messages/batch")
}

fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}
