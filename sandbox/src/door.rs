//! The door: what every request needs before anything is looked up.

use super::answer::Refusal;
use super::version::Version;

/// The only access token that the sandbox knows.
pub(super) const TOKEN: &str = "sandbox-token";

/// Lets a request in, or says why not. The first of Intercom's checks that fails answers.
pub(super) fn open(
    authorization: Option<&str>,
    accept: Option<&str>,
    version: Option<&str>,
    media: Media,
) -> Result<Version, Refusal> {
    if !authorization.is_some_and(is_ours) {
        return Err(Refusal::new(401, "unauthorized", "Access Token Invalid"));
    }
    if !accept.is_none_or(|accept| media.is_welcome(accept)) {
        return Err(Refusal::new(
            406,
            "media_type_not_acceptable",
            format!("The Accept header should send a media type of {}", media.name()),
        ));
    }
    Version::read(version)
}

fn is_ours(authorization: &str) -> bool {
    authorization.split_once(' ').is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && token.trim() == TOKEN
    })
}

/// What the answer to a path is.
#[derive(Clone, Copy)]
pub(super) enum Media {
    /// JSON.
    Json,
    /// The file of an export.
    File,
}

impl Media {
    /// Returns what the answer to a path is.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/download/") { Self::File } else { Self::Json }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::File => "application/octet-stream",
        }
    }

    /// Returns whether one of the ranges of an `Accept` header takes it.
    fn is_welcome(self, accept: &str) -> bool {
        accept.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let takes = parts.next().is_some_and(|kind| {
                [self.name(), "application/*", "*/*"]
                    .iter()
                    .any(|taken| kind.eq_ignore_ascii_case(taken))
            });
            let refused = parts.any(|part| {
                part.split_once('=').is_some_and(|(name, weight)| {
                    name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0)
                })
            });
            takes && !refused
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Option<&str> = Some("Bearer sandbox-token");

    #[test]
    fn only_the_sandbox_token_opens() {
        assert_eq!(open(KEY, None, None, Media::Json), Ok(Version::Two(14)));
        assert!(open(Some("bearer sandbox-token"), None, None, Media::Json).is_ok());
        for wrong in [None, Some("Bearer x"), Some("sandbox-token"), Some("Basic sandbox-token")] {
            assert_eq!(
                open(wrong, None, None, Media::Json).map_err(|refusal| refusal.status),
                Err(401)
            );
        }
    }

    #[test]
    fn an_answer_in_json_must_be_welcome() {
        for accept in
            ["*/*", "application/json", "text/html, application/JSON; q=0.5", "application/*"]
        {
            assert!(open(KEY, Some(accept), None, Media::Json).is_ok(), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "application/xml, image/*", ""] {
            let refused =
                open(KEY, Some(accept), None, Media::Json).map_err(|refusal| refusal.status);
            assert_eq!(refused, Err(406), "{accept}");
        }
    }

    #[test]
    fn a_file_is_asked_for_as_a_stream_of_bytes() {
        let file = Media::of("/download/content/data/1");
        for accept in ["application/octet-stream", "*/*"] {
            assert!(open(KEY, Some(accept), None, file).is_ok(), "{accept}");
        }
        let refused = open(KEY, Some("application/json"), None, file);
        assert_eq!(refused.map_err(|refusal| refusal.status), Err(406));
    }

    #[test]
    fn the_token_is_asked_for_before_all_else() {
        let refused = open(None, Some("text/html"), Some("1.4"), Media::Json)
            .map_err(|refusal| refusal.status);
        assert_eq!(refused, Err(401));
    }
}
