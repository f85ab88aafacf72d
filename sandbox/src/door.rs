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
) -> Result<Version, Refusal> {
    if !authorization.is_some_and(is_ours) {
        return Err(Refusal::new(401, "unauthorized", "Access Token Invalid"));
    }
    if !accept.is_none_or(admits_json) {
        return Err(Refusal::new(
            406,
            "media_type_not_acceptable",
            "The Accept header should send a media type of application/json",
        ));
    }
    Version::read(version)
}

fn is_ours(authorization: &str) -> bool {
    authorization.split_once(' ').is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && token.trim() == TOKEN
    })
}

/// Whether one of the ranges of an `Accept` header takes JSON.
fn admits_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let takes = parts.next().is_some_and(|kind| {
            ["application/json", "application/*", "*/*"]
                .iter()
                .any(|json| kind.eq_ignore_ascii_case(json))
        });
        let refused = parts.any(|part| {
            part.split_once('=').is_some_and(|(name, weight)| {
                name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0)
            })
        });
        takes && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Option<&str> = Some("Bearer sandbox-token");

    #[test]
    fn only_the_sandbox_token_opens() {
        assert_eq!(open(KEY, None, None), Ok(Version::Two(14)));
        assert!(open(Some("bearer sandbox-token"), None, None).is_ok());
        for wrong in [None, Some("Bearer x"), Some("sandbox-token"), Some("Basic sandbox-token")] {
            assert_eq!(open(wrong, None, None).map_err(|refusal| refusal.status), Err(401));
        }
    }

    #[test]
    fn an_answer_in_json_must_be_welcome() {
        for accept in
            ["*/*", "application/json", "text/html, application/JSON; q=0.5", "application/*"]
        {
            assert!(open(KEY, Some(accept), None).is_ok(), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "application/xml, image/*", ""] {
            let refused = open(KEY, Some(accept), None).map_err(|refusal| refusal.status);
            assert_eq!(refused, Err(406), "{accept}");
        }
    }

    #[test]
    fn the_token_is_asked_for_before_all_else() {
        let refused = open(None, Some("text/html"), Some("1.4")).map_err(|refusal| refusal.status);
        assert_eq!(refused, Err(401));
    }
}
