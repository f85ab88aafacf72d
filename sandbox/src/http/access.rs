//! The checks of the request headers, before the path is looked up: access token, `Accept` and
//! `Intercom-Version`.

use crate::http::response::ApiError;
use crate::http::version::Version;

/// The only access token that the sandbox accepts.
pub(crate) const TOKEN: &str = "sandbox-token";

/// Checks the headers and returns the version of the API. The first check that fails answers: 401,
/// 406, then 400.
pub(crate) fn check(
    authorization: Option<&str>,
    accept: Option<&str>,
    version: Option<&str>,
    media: MediaType,
) -> Result<Version, ApiError> {
    if !authorization.is_some_and(has_token) {
        return Err(ApiError::new(401, "unauthorized", "Access Token Invalid"));
    }
    if !accept.is_none_or(|accept| media.is_accepted(accept)) {
        return Err(ApiError::new(
            406,
            "media_type_not_acceptable",
            format!("The Accept header should send a media type of {}", media.name()),
        ));
    }
    Version::read(version)
}

fn has_token(authorization: &str) -> bool {
    authorization.split_once(' ').is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && token.trim() == TOKEN
    })
}

/// The media type of a response.
#[derive(Clone, Copy)]
pub(crate) enum MediaType {
    /// JSON.
    Json,
    /// The file of an export.
    File,
}

impl MediaType {
    /// Returns the media type of the response to a path.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/download/") { Self::File } else { Self::Json }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::File => "application/octet-stream",
        }
    }

    /// Returns true if an `Accept` header has a range that matches and is not excluded.
    fn is_accepted(self, accept: &str) -> bool {
        accept.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let matches = parts.next().is_some_and(|range| {
                [self.name(), "application/*", "*/*"]
                    .iter()
                    .any(|name| range.eq_ignore_ascii_case(name))
            });
            let is_excluded = parts.any(|part| {
                part.split_once('=').is_some_and(|(name, weight)| {
                    name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0)
                })
            });
            matches && !is_excluded
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Option<&str> = Some("Bearer sandbox-token");

    #[test]
    fn only_the_sandbox_token_is_accepted() {
        assert_eq!(check(KEY, None, None, MediaType::Json), Ok(Version::Two(14)));
        assert!(check(Some("bearer sandbox-token"), None, None, MediaType::Json).is_ok());
        for wrong in [None, Some("Bearer x"), Some("sandbox-token"), Some("Basic sandbox-token")] {
            assert_eq!(
                check(wrong, None, None, MediaType::Json).map_err(|error| error.status),
                Err(401)
            );
        }
    }

    #[test]
    fn the_accept_header_must_allow_json() {
        for accept in
            ["*/*", "application/json", "text/html, application/JSON; q=0.5", "application/*"]
        {
            assert!(check(KEY, Some(accept), None, MediaType::Json).is_ok(), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "application/xml, image/*", ""] {
            let refused =
                check(KEY, Some(accept), None, MediaType::Json).map_err(|error| error.status);
            assert_eq!(refused, Err(406), "{accept}");
        }
    }

    #[test]
    fn a_file_needs_a_stream_of_bytes_in_accept() {
        let file = MediaType::of("/download/content/data/1");
        for accept in ["application/octet-stream", "*/*"] {
            assert!(check(KEY, Some(accept), None, file).is_ok(), "{accept}");
        }
        let refused = check(KEY, Some("application/json"), None, file);
        assert_eq!(refused.map_err(|error| error.status), Err(406));
    }

    #[test]
    fn the_token_is_checked_first() {
        let refused = check(None, Some("text/html"), Some("1.4"), MediaType::Json)
            .map_err(|error| error.status);
        assert_eq!(refused, Err(401));
    }
}
