//! A request's path and query, checked so that Intercom reads the same path as the scope check.

use crate::edge::operation;
use crate::edge::response::Rejection;
use std::borrow::Cow;

/// The parts of a request's address. The path is [`canonical`]: the same text is looked up, authorised and
/// forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The scheme, host and port, without a slash.
    pub origin: &'a str,
    path: &'a str,
    /// The query with its question mark; empty if there is none.
    pub query: &'a str,
    /// The path and query as they came.
    as_sent: &'a str,
}

impl<'a> Target<'a> {
    /// Splits an absolute address.
    pub fn of(url: &'a str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (address, query) = match url.find('?') {
            Some(at) => url.split_at(at),
            None => (url, ""),
        };
        let host = address.find("://").map_or(0, |at| at + 3);
        let slash = address.get(host..).and_then(|rest| rest.find('/')).map(|at| host + at);
        let (origin, path) = address.split_at(slash.unwrap_or(address.len()));
        let as_sent = url.get(origin.len()..).unwrap_or_default();
        Self { origin, path: canonical(path), query, as_sent }
    }

    /// Gives the canonical path.
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Gives the canonical path with the query: borrowed if the request's address has the same text.
    pub fn path_and_query(&self) -> Cow<'a, str> {
        if self.path.len() + self.query.len() == self.as_sent.len() {
            Cow::Borrowed(self.as_sent)
        } else {
            Cow::Owned([self.path, self.query].concat())
        }
    }

    /// Rejects a path that another server could read as a different path.
    ///
    /// That is a path with an empty segment, a dot segment, a letter, digit, `-`, `.`, `_` or `~` that is
    /// percent-encoded without need, a `%` that begins nothing, and a segment that holds a slash, a
    /// backslash, a control character, a space at its ends or bytes that aren't UTF-8, decoded once or
    /// twice.
    pub fn check(&self) -> Result<(), Rejection> {
        self.raw_segments().try_for_each(|(at, segment)| decode_segment(at, segment).map(drop))
    }

    /// Gives the path's segments, percent-decoded once. The path must pass [`check`](Self::check).
    pub fn segments(&self) -> Result<Vec<Cow<'a, str>>, Rejection> {
        self.raw_segments().map(|(at, segment)| decode_segment(at, segment)).collect()
    }

    fn raw_segments(&self) -> impl Iterator<Item = (usize, &'a str)> {
        self.path.strip_prefix('/').unwrap_or(self.path).split('/').enumerate()
    }

    /// Gives the query's parameters, percent-decoded, in order. A parameter with two values is an error, because
    /// one of them would be ignored. Of several `per_page` the last counts, because n8n adds its own to the
    /// address of the next page.
    pub fn parameters(&self) -> Result<Vec<(String, String)>, Rejection> {
        let query = self.query.strip_prefix('?').unwrap_or_default();
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = decode_pair(pair)?;
            match parameters.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if name == "per_page" => *known = value,
                Some((_, known)) if *known != value => {
                    return Err(Rejection::parameter(&name, "It has two values: send one"));
                }
                Some(_) => {}
                None => parameters.push((name, value)),
            }
        }
        Ok(parameters)
    }
}

/// Replaces several slashes at the start by one, and removes one at the end. Clients send both: a base URL that
/// ends in a slash doubles the first one, and some write `/users/`.
fn canonical(path: &str) -> &str {
    let doubled = path.len() - path.trim_start_matches('/').len();
    let path = path.get(doubled.saturating_sub(1)..).unwrap_or_default();
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}

fn decode_segment(at: usize, segment: &str) -> Result<Cow<'_, str>, Rejection> {
    let forbidden = |character: char| matches!(character, '/' | '\\') || character.is_control();
    let once = percent_encoding::percent_decode_str(segment).decode_utf8();
    let sound = |text: &str| {
        let twice = percent_encoding::percent_decode_str(text).decode_utf8();
        twice.is_ok_and(|text| {
            !text.contains(forbidden)
                && text != "."
                && text != ".."
                && text.trim() == text
                && !encodes_needlessly(&text)
        })
    };
    match once {
        Ok(text) if text.is_empty() || text == "." || text == ".." => Err(operation::unknown()),
        Ok(text)
            if sound(&text)
                && text.trim() == text
                && !encodes_needlessly(segment)
                && !encodes_needlessly(&text)
                && escapes_are_whole(segment) =>
        {
            Ok(text)
        }
        // The first segment is never an id.
        _ if at == 0 => Err(operation::unknown()),
        _ => Err(Rejection::parameter(
            "id",
            "An id in a path has no slash, backslash, control character, or space at its ends. Percent-encode \
             only characters that need it",
        )),
    }
}

/// Returns true if each `%` begins a percent-encoded byte.
fn escapes_are_whole(segment: &str) -> bool {
    segment.split('%').skip(1).all(|rest| {
        rest.get(..2).is_some_and(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

/// Returns true if a letter, digit, `-`, `.`, `_` or `~` is percent-encoded. That is never needed (RFC 3986,
/// section 2.3), and decoded it could be the literal of another path.
fn encodes_needlessly(segment: &str) -> bool {
    segment.split('%').skip(1).any(|rest| {
        let byte = rest.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
}

fn decode_pair(pair: &str) -> Result<(String, String), Rejection> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned)
    };
    let name = decode(name)
        .map_err(|_| Rejection::parameter("query", "The query's names must be UTF-8"))?;
    let value =
        decode(value).map_err(|_| Rejection::parameter(&name, "The value must be UTF-8"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::{Cow, Target};

    fn segments(url: &str) -> Result<Vec<String>, ()> {
        let target = Target::of(url);
        let segments = target.segments().map_err(|_| ())?;
        Ok(segments.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn an_address_comes_apart() {
        let target = Target::of("http://localhost:8787/users?page=2&q=a%2Fb");
        assert_eq!(target.origin, "http://localhost:8787");
        assert_eq!(target.path(), "/users");
        assert_eq!(target.query, "?page=2&q=a%2Fb");
        assert_eq!(target.parameters().unwrap()[1], ("q".to_owned(), "a/b".to_owned()));
        assert!(matches!(target.path_and_query(), Cow::Borrowed("/users?page=2&q=a%2Fb")));
    }

    #[test]
    fn slashes_at_the_ends_of_a_path_are_removed_before_anything_reads_it() {
        for (sent, path, forwarded) in [
            ("/users/", "/users", "/users"),
            ("//users", "/users", "/users"),
            ("///users/?page=2", "/users", "/users?page=2"),
            ("//contacts/5/tags/?a=/", "/contacts/5/tags", "/contacts/5/tags?a=/"),
            ("/edge/whoami/", "/edge/whoami", "/edge/whoami"),
            ("/users?next=//x/", "/users", "/users?next=//x/"),
            ("/users//", "/users/", "/users/"),
            ("/contacts//5", "/contacts//5", "/contacts//5"),
            ("/", "/", "/"),
            ("//", "/", "/"),
            ("///?a=1", "/", "/?a=1"),
            ("", "", ""),
        ] {
            let url = format!("https://a{sent}");
            let target = Target::of(&url);
            assert_eq!((target.path(), &*target.path_and_query()), (path, forwarded), "{sent}");
        }
    }

    #[test]
    fn segments_are_decoded_once() {
        assert_eq!(segments("https://a/contacts/a%20b").unwrap(), ["contacts", "a b"]);
        assert_eq!(segments("https://a/contacts/a%2520b").unwrap(), ["contacts", "a%20b"]);
    }

    #[test]
    fn a_path_that_could_mean_another_is_refused() {
        for path in [
            "/",
            "//",
            "/users//",
            "/users//1",
            "/contacts/a%2Fb",
            "/contacts/a%5Cb",
            "/contacts/%2e%2e",
            "/contacts/%252e%252e",
            "/contacts/a%252Fb",
            "/contacts/..",
            "/contacts/%00",
            "/contacts/%0a",
            "/contacts/%ff",
            "/contacts%2F1",
            "/contacts/%73earch",
            "/contacts/%2573earch",
            "/contacts/a%2Eb",
            "/contacts/%",
            "/contacts/%zz",
            "/contacts/%20search",
            "/contacts/search%C2%A0",
            "/contacts/%2520a",
            "/%2e",
        ] {
            assert!(segments(&format!("https://a{path}")).is_err(), "{path}");
        }
    }
}
