//! Tokens that callers keep: where an interrupted export continues, and where an export of later changes begins.
//!
//! A token is JSON in base64url. It names the workspace and has a hash of the query, so that it isn't used for another
//! export. It isn't signed: a forged one changes only what its caller gets, and is checked like any other input.

use crate::edge::export::pending::Remainder;
use crate::edge::sha256;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest token, in bytes. The runtime accepts addresses of 16 KB.
const MAX_LENGTH: usize = 15_000;

/// A token that continues an interrupted export.
#[derive(Debug, Deserialize, Serialize)]
pub struct Resume {
    /// The origin of the export.
    #[serde(rename = "o")]
    pub origin: Origin,
    /// The number of rows that were written.
    #[serde(rename = "n")]
    pub rows: u64,
    /// The expected number of rows.
    #[serde(rename = "m")]
    pub total: Option<u64>,
    /// The ranges that are left.
    #[serde(rename = "p")]
    pub remainder: Remainder,
}

/// The origin of a token. It is itself the token that begins an export of the changes since an earlier export.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Origin {
    /// Intercom's id of the workspace.
    #[serde(rename = "w")]
    pub workspace: String,
    /// A hash of the query.
    #[serde(rename = "q")]
    pub query: String,
    /// The time when the export began, in seconds since 1970.
    #[serde(rename = "t")]
    pub began: i64,
}

/// The version of the tokens' format.
const VERSION: u8 = 2;

/// A token with its version before it: an array of two.
#[derive(Deserialize, Serialize)]
struct Versioned<T>(u8, T);

/// Writes a token.
pub fn write(token: &impl Serialize) -> String {
    let versioned = Versioned(VERSION, token);
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&versioned).unwrap_or_default())
}

/// Reads a token; `None` for any other text, and for a token of another version.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text = Some(text).filter(|text| text.len() <= MAX_LENGTH)?;
    let token = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let Versioned(version, token) = serde_json::from_slice(&token).ok()?;
    (version == VERSION).then_some(token)
}

/// Returns the hash of a query by the parts that must stay the same.
pub fn query_hash(parts: &[&str]) -> String {
    sha256::short_hex(parts.join("\n").as_bytes(), 8)
}

#[cfg(test)]
mod tests {
    use super::{BASE64_URL_SAFE_NO_PAD, Engine, Origin, Resume, read, write};
    use crate::edge::export::pending::Pending;
    use crate::edge::export::range::Span;

    fn origin() -> Origin {
        Origin { workspace: "ecahpwf5".to_owned(), query: "acdb90203b810e27".to_owned(), began: 7 }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let pending = Pending::of(vec![Span::of_all(0, 864_000, 3000)]);
        let remainder = pending.remainder().unwrap();
        let text = write(&Resume { origin: origin(), rows: 5, total: Some(9), remainder });
        let resume: Resume = read(&text).unwrap();
        assert_eq!((resume.origin, resume.rows, resume.total), (origin(), 5, Some(9)));
        let pending = Pending::resume(resume.remainder).unwrap();
        assert_eq!(pending.counts(), (0, 4));
    }

    #[test]
    fn another_text_or_version_is_no_token() {
        let text = write(&origin());
        assert!(read::<Origin>(&text).is_some() && read::<Resume>(&text).is_none());
        let json = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap()).unwrap();
        let newer = BASE64_URL_SAFE_NO_PAD.encode(json.replacen("[2,", "[3,", 1));
        for other in [&*newer, "", "abc", &text[1..], &text.repeat(2), "💥", &"A".repeat(20_000)]
        {
            assert!(read::<Origin>(other).is_none(), "{other}");
        }
    }
}
