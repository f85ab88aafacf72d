//! A request, read completely, so that a handler needs no I/O.

use crate::http::response::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use worker::Url;

/// How many bytes of a body the request log keeps: a row holds 2 MB at most.
const MAX_LOGGED_BODY: usize = 256 * 1024;

/// A request.
pub(crate) struct ApiRequest {
    /// The method, in upper case.
    pub method: String,
    /// The URL.
    pub url: Url,
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// When the request arrived, in milliseconds since 1970.
    pub received_at_ms: u64,
}

/// A request as `GET /_sandbox/requests` shows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct RequestRecord {
    /// The method.
    pub method: String,
    /// The path and the query, unchanged.
    pub path: String,
    /// The headers, with their names in lower case.
    pub headers: Map<String, Value>,
    /// The first 256 KB of the body as text.
    pub body: String,
    /// When the request arrived, in milliseconds since 1970.
    #[serde(rename = "at_ms")]
    pub received_at_ms: u64,
}

impl ApiRequest {
    /// Returns the path without one slash at its end: for Intercom, `/contacts/` is `/contacts`.
    pub fn path(&self) -> &str {
        let path = self.url.path();
        path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path)
    }

    /// Returns the first header of a name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first query parameter of a name.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns a query parameter that is an integer within bounds; `default` if it is absent.
    pub fn number(
        &self,
        name: &str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, ApiError> {
        let Some(text) = self.query(name) else { return Ok(default) };
        within(name, text.parse().ok(), range)
    }

    /// Returns the body, which must be a JSON object. An empty body is an empty object.
    pub fn object(&self) -> Result<Value, ApiError> {
        if self.body.trim().is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        match serde_json::from_str(&self.body) {
            Ok(body @ Value::Object(_)) => Ok(body),
            Ok(_) => Err(ApiError::new(400, "bad_request", "The body must be a JSON object")),
            Err(error) => Err(ApiError::new(
                400,
                "bad_request",
                format!("Malformed JSON in the body: {error}"),
            )),
        }
    }

    /// Returns the request as the request log keeps it.
    pub fn record(&self) -> RequestRecord {
        let path = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into()));
        let cut = self.body.floor_char_boundary(MAX_LOGGED_BODY);
        RequestRecord {
            method: self.method.clone(),
            path,
            headers: headers.collect(),
            body: self.body.get(..cut).unwrap_or_default().to_owned(),
            received_at_ms: self.received_at_ms,
        }
    }
}

/// Returns a number within bounds, or 400 `parameter_invalid` with the name of the field.
pub(crate) fn within(
    name: &str,
    number: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, ApiError> {
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let message = format!("{name} must be a number from {} to {}", range.start(), range.end());
        ApiError::invalid(name, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, body: &str) -> Option<ApiRequest> {
        Some(ApiRequest {
            method: "GET".into(),
            url: Url::parse(url).ok()?,
            headers: vec![("accept".into(), "*/*".into())],
            body: body.into(),
            received_at_ms: 7,
        })
    }

    #[test]
    fn the_request_log_has_the_path_unchanged() {
        let record =
            request("http://x/contacts/a%2Fb?starting_after=W10%3D", "").map(|a| a.record());
        assert_eq!(
            record.map(|record| record.path).as_deref(),
            Some("/contacts/a%2Fb?starting_after=W10%3D")
        );
    }

    #[test]
    fn one_slash_at_the_end_of_a_path_is_ignored() {
        let path = |path: &str| {
            request(&format!("http://x{path}"), "").map(|request| request.path().to_owned())
        };
        for (sent, read) in [("/tags/", "/tags"), ("/tags", "/tags"), ("/", "/"), ("/a//", "/a/")] {
            assert_eq!(path(sent).as_deref(), Some(read), "{sent}");
        }
    }

    #[test]
    fn a_number_of_the_query_has_bounds() {
        let number = |query: &str| {
            request(&format!("http://x/contacts{query}"), "")
                .map(|request| request.number("per_page", 10, 1..=150).map_err(|r| r.field))
        };
        assert_eq!(number(""), Some(Ok(10)));
        assert_eq!(number("?per_page=150"), Some(Ok(150)));
        for bad in ["?per_page=151", "?per_page=0", "?per_page=x", "?per_page="] {
            assert_eq!(number(bad), Some(Err(Some("per_page".into()))), "{bad}");
        }
    }

    #[test]
    fn a_body_is_an_object_or_empty() {
        let status = |body: &str| {
            request("http://x/", body)
                .map(|request| request.object().map_err(|r| r.status).map(|_| 200))
        };
        assert_eq!(status(""), Some(Ok(200)));
        assert_eq!(status("{}"), Some(Ok(200)));
        for bad in ["{", "[]", "7", "null", "a=b"] {
            assert_eq!(status(bad), Some(Err(400)), "{bad}");
        }
    }
}
