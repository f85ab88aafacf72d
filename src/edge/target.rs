//! Where a request goes: its path and query, checked so that what the scope check saw is what
//! Intercom sees.

use super::answer::Refusal;
use std::borrow::Cow;

/// The parts of a request's address, as they stood in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Scheme, host and port, without a slash.
    pub origin: &'a str,
    path: &'a str,
    /// The query with its question mark, or nothing.
    pub query: &'a str,
}

impl<'a> Target<'a> {
    /// Takes an absolute address apart.
    pub fn of(url: &'a str) -> Result<Self, Refusal> {
        let url = url.split('#').next().unwrap_or_default();
        let (address, query) = match url.find('?') {
            Some(at) => url.split_at(at),
            None => (url, ""),
        };
        let host = address.find("://").map_or(0, |at| at + 3);
        let slash = address.get(host..).and_then(|rest| rest.find('/')).map(|at| host + at);
        let (origin, path) = address.split_at(slash.unwrap_or(address.len()));
        if origin.is_empty() {
            return Err(Refusal::not_found("Resource Not Found"));
        }
        Ok(Self { origin, path: if path.is_empty() { "/" } else { path }, query })
    }

    /// The path as it stood.
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Path and query as they stood.
    pub fn path_and_query(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    /// The path's segments, percent-decoded.
    ///
    /// An empty segment (`//`, a trailing slash), a dot segment, and a segment that holds a slash,
    /// a backslash, a control character or bytes that aren't UTF-8, decoded once or twice, is
    /// refused: what stands behind Intercom's balancer might decode once more than this does, and
    /// see another path.
    pub fn segments(&self) -> Result<Vec<Cow<'a, str>>, Refusal> {
        let path = self.path.strip_prefix('/').unwrap_or(self.path);
        path.split('/').enumerate().map(|(at, segment)| decode_segment(at, segment)).collect()
    }

    /// The query's parameters, percent-decoded, in order.
    pub fn parameters(&self) -> Result<Vec<(String, String)>, Refusal> {
        let query = self.query.strip_prefix('?').unwrap_or_default();
        query.split('&').filter(|pair| !pair.is_empty()).map(decode_pair).collect()
    }
}

fn decode_segment(at: usize, segment: &str) -> Result<Cow<'_, str>, Refusal> {
    let forbidden = |character: char| matches!(character, '/' | '\\') || character.is_control();
    let once = percent_encoding::percent_decode_str(segment).decode_utf8();
    let sound = |text: &str| {
        let twice = percent_encoding::percent_decode_str(text).decode_utf8();
        twice.is_ok_and(|text| !text.contains(forbidden) && text != "." && text != "..")
    };
    match once {
        Ok(text) if text.is_empty() || text == "." || text == ".." => {
            Err(Refusal::not_found("Resource Not Found"))
        }
        Ok(text) if sound(&text) => Ok(text),
        // A first segment is never an id.
        _ if at == 0 => Err(Refusal::not_found("Resource Not Found")),
        _ => Err(Refusal::parameter(
            "id",
            "An id in a path holds no slash, backslash or control character",
        )),
    }
}

fn decode_pair(pair: &str) -> Result<(String, String), Refusal> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned)
    };
    let name =
        decode(name).map_err(|_| Refusal::parameter("query", "The query's names must be UTF-8"))?;
    let value = decode(value).map_err(|_| Refusal::parameter(&name, "The value must be UTF-8"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::Target;

    fn segments(url: &str) -> Result<Vec<String>, ()> {
        let target = Target::of(url).map_err(|_| ())?;
        let segments = target.segments().map_err(|_| ())?;
        Ok(segments.into_iter().map(std::borrow::Cow::into_owned).collect())
    }

    #[test]
    fn an_address_comes_apart() {
        let target = Target::of("http://localhost:8787/users?page=2&q=a%2Fb").unwrap();
        assert_eq!(target.origin, "http://localhost:8787");
        assert_eq!(target.path(), "/users");
        assert_eq!(target.query, "?page=2&q=a%2Fb");
        assert_eq!(target.parameters().unwrap()[1], ("q".to_owned(), "a/b".to_owned()));
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
            "//users",
            "/users/",
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
            "/%2e",
        ] {
            assert!(segments(&format!("https://a{path}")).is_err(), "{path}");
        }
    }
}
