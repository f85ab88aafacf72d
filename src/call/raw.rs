//! Calls of any path, for operations without a function of their own.

use super::{Accept, Body, Call, Method, Operation, Parts, path};
use crate::model::Object;

/// The hosts of Intercom's API, one for each region.
const HOSTS: [&str; 3] =
    ["https://api.intercom.io", "https://api.eu.intercom.io", "https://api.au.intercom.io"];

/// Makes a call of any path. The path is percent-encoded, and may have a query; it may also be an
/// address of Intercom's API, as responses give them. The call's operation has no path: it may name
/// people.
///
/// ```
/// use intercom_edge::call::{JsonText, Method, raw};
/// let call = raw(Method::Get, "https://api.intercom.io/contacts/5/tags?page=2", None::<&JsonText>);
/// assert_eq!(call.target(), Ok("/contacts/5/tags?page=2"));
/// assert_eq!(call.operation().to_string(), "GET /…");
/// assert!(raw(Method::Get, "/contacts/../admins", None::<&JsonText>).target().is_err());
/// ```
pub fn raw(method: Method, target: &str, body: Option<&impl Body>) -> Call<Option<Object>> {
    let target = HOSTS.iter().find_map(|host| target.strip_prefix(host)).unwrap_or(target);
    let operation = Operation { method, pattern: "/…" };
    let mut parts = Parts::new(operation, path::check(target).map(|()| target.to_owned()));
    if let Some(body) = body {
        parts.set_body(body.to_json());
    }
    parts.accept = Accept::JsonOrNothing;
    Call::of(parts)
}
