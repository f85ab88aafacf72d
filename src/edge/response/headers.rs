//! Headers in plain data: names in lower case, and values.

use crate::client::RateLimit;
use std::borrow::Cow;

/// The headers of an answer on its way to the caller.
pub type Headers = Vec<(Cow<'static, str>, String)>;

/// Finds the value of a header by its name in lower case.
pub fn header<'a>(headers: &'a [(impl AsRef<str>, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value.as_str())
}

/// Reads Intercom's rate limit, if the headers have it.
pub fn rate_limit(headers: &[(String, String)]) -> Option<RateLimit> {
    RateLimit::from_headers(|name| header(headers, name).map(str::to_owned))
}
