//! A request as it arrived, read whole so that deciding what to answer needs no I/O.

use super::answer::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use worker::Url;

/// How much of a body the record of arrivals keeps: a row holds 2 MB at most.
const KEPT: usize = 256 * 1024;

/// A request.
pub(super) struct Arrival {
    /// The method, in capitals.
    pub method: String,
    /// The address.
    pub url: Url,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// When it arrived, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A request as `GET /_sandbox/requests` tells it.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    /// The method.
    pub method: String,
    /// Path and query, as they came.
    pub path: String,
    /// The headers, their names in small letters.
    pub headers: Map<String, Value>,
    /// The body as text, its first 256 KB.
    pub body: String,
    /// When it arrived, in milliseconds since 1970.
    pub at_ms: u64,
}

impl Arrival {
    /// Returns the path without one slash at its end: Intercom takes `/contacts/` for `/contacts`.
    pub fn path(&self) -> &str {
        let path = self.url.path();
        path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path)
    }

    /// The first header of a name, given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name in the query.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A whole number of the query, within bounds.
    pub fn number(
        &self,
        name: &str,
        otherwise: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Refusal> {
        let Some(text) = self.query(name) else { return Ok(otherwise) };
        within(name, text.parse().ok(), range)
    }

    /// The body, which must be a JSON object; no body at all is an empty one.
    pub fn object(&self) -> Result<Value, Refusal> {
        if self.body.trim().is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        match serde_json::from_str(&self.body) {
            Ok(body @ Value::Object(_)) => Ok(body),
            Ok(_) => Err(Refusal::new(400, "bad_request", "The body must be a JSON object")),
            Err(error) => Err(Refusal::new(
                400,
                "bad_request",
                format!("Malformed JSON in the body: {error}"),
            )),
        }
    }

    /// What is kept of it.
    pub fn record(&self) -> Record {
        let path = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into()));
        let cut = self.body.floor_char_boundary(KEPT);
        Record {
            method: self.method.clone(),
            path,
            headers: headers.collect(),
            body: self.body.get(..cut).unwrap_or_default().to_owned(),
            at_ms: self.at_ms,
        }
    }
}

/// A number within bounds, or a refusal that names the field.
pub(super) fn within(
    name: &str,
    number: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, Refusal> {
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let message = format!("{name} must be a number from {} to {}", range.start(), range.end());
        Refusal::invalid(name, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(url: &str, body: &str) -> Option<Arrival> {
        Some(Arrival {
            method: "GET".into(),
            url: Url::parse(url).ok()?,
            headers: vec![("accept".into(), "*/*".into())],
            body: body.into(),
            at_ms: 7,
        })
    }

    #[test]
    fn the_record_keeps_the_path_as_it_came() {
        let record =
            arrival("http://x/contacts/a%2Fb?starting_after=W10%3D", "").map(|a| a.record());
        assert_eq!(
            record.map(|record| record.path).as_deref(),
            Some("/contacts/a%2Fb?starting_after=W10%3D")
        );
    }

    #[test]
    fn one_slash_at_the_end_of_a_path_means_nothing() {
        let path = |path: &str| {
            arrival(&format!("http://x{path}"), "").map(|arrival| arrival.path().to_owned())
        };
        for (sent, read) in [("/tags/", "/tags"), ("/tags", "/tags"), ("/", "/"), ("/a//", "/a/")] {
            assert_eq!(path(sent).as_deref(), Some(read), "{sent}");
        }
    }

    #[test]
    fn a_number_of_the_query_has_bounds() {
        let number = |query: &str| {
            arrival(&format!("http://x/contacts{query}"), "")
                .map(|arrival| arrival.number("per_page", 10, 1..=150).map_err(|r| r.field))
        };
        assert_eq!(number(""), Some(Ok(10)));
        assert_eq!(number("?per_page=150"), Some(Ok(150)));
        for bad in ["?per_page=151", "?per_page=0", "?per_page=x", "?per_page="] {
            assert_eq!(number(bad), Some(Err(Some("per_page".into()))), "{bad}");
        }
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        let status = |body: &str| {
            arrival("http://x/", body)
                .map(|arrival| arrival.object().map_err(|r| r.status).map(|_| 200))
        };
        assert_eq!(status(""), Some(Ok(200)));
        assert_eq!(status("{}"), Some(Ok(200)));
        for bad in ["{", "[]", "7", "null", "a=b"] {
            assert_eq!(status(bad), Some(Err(400)), "{bad}");
        }
    }
}
