//! What the method and the path of a call tell of it.

/// Whether a call changes nothing: every `GET`, and what is searched, listed or previewed by a
/// `POST`.
///
/// ```
/// use intercom_edge::call::is_read;
/// assert!(is_read("GET", "/contacts"));
/// assert!(is_read("POST", "/conversations/search?per_page=5"));
/// assert!(!is_read("POST", "/contacts"));
/// assert!(!is_read("POST", "/custom_object_instances/search"), "a type that is called so");
/// ```
pub fn is_read(method: &str, target: &str) -> bool {
    let path = path_of(target);
    let posted = matches!(
        path,
        "/admins/activity_logs/search"
            | "/calls/search"
            | "/companies/list"
            | "/contacts/search"
            | "/conversations/search"
            | "/tickets/search"
    ) || (path.starts_with("/edge/templates/") && path.ends_with("/preview"));
    method == "GET" || (method == "POST" && posted)
}

/// Whether a call may be sent again where nobody knows whether it arrived: one that reads, but for
/// the workspace's one scroll, which every request moves on.
///
/// ```
/// use intercom_edge::call::is_repeatable;
/// assert!(is_repeatable("GET", "/companies"));
/// assert!(!is_repeatable("GET", "/companies/scroll?scroll_param=1"));
/// assert!(!is_repeatable("POST", "/companies"));
/// ```
pub fn is_repeatable(method: &str, target: &str) -> bool {
    is_read(method, target) && path_of(target) != "/companies/scroll"
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
