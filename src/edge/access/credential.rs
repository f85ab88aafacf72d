//! Credentials: their kinds, and the texts in the header `Authorization`.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

/// The kind of credential that authenticated a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    /// A caller key.
    Key,
    /// A token in `Authorization`.
    Token,
    /// Cloudflare Access, whose cookie a browser sends without being asked.
    Access,
}

/// Lists the texts of a header that may be a caller key: one of `Bearer <key>`, several of `Basic`. The
/// scheme's name is case-insensitive (RFC 9110, section 11.1). `None` if the header is malformed.
pub fn texts(header: &str) -> Option<Vec<String>> {
    let (scheme, text) = header.trim().split_once(' ')?;
    let text = text.trim_start();
    let mut texts = if scheme.eq_ignore_ascii_case("bearer") {
        vec![text.to_owned()]
    } else if scheme.eq_ignore_ascii_case("basic") {
        of_basic(&String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?)?
    } else {
        return None;
    };
    texts.retain(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
    (!texts.is_empty()).then_some(texts)
}

/// Lists the keys that `user:password` may contain. Intercom's clients send `<key>:`, `:<key>` or
/// `<app>:<key>`, and a key may contain colons itself.
fn of_basic(pair: &str) -> Option<Vec<String>> {
    let (user, password) = pair.split_once(':')?;
    let whole = pair.strip_suffix(':').unwrap_or_default();
    let mut texts = vec![whole.to_owned(), password.to_owned(), user.to_owned()];
    texts.dedup();
    Some(texts)
}

/// Returns true if a header has the scheme `Basic`. A browser that was once given a name and a password sends
/// them without being asked.
pub fn is_basic(header: &str) -> bool {
    header.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn a_bearer_key_is_the_whole_text() {
        assert_eq!(texts("bearer  a:b"), Some(vec!["a:b".to_owned()]));
        for header in ["", "Bearer", "Bearer ", "Bearer a b", "Basic ====", "Token x"] {
            assert_eq!(texts(header), None, "{header}");
        }
    }
}
