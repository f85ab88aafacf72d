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
    /// The version of the format.
    v: u8,
    /// The origin of the export.
    #[serde(flatten)]
    pub origin: Origin,
    /// The number of rows that were written.
    #[serde(rename = "n")]
    pub rows: u64,
    /// The expected number of rows.
    #[serde(rename = "m")]
    pub total: Option<u64>,
    /// The ranges that are left.
    #[serde(flatten)]
    pub remainder: Remainder,
}

/// A token that begins an export of the changes since an earlier export.
#[derive(Debug, Deserialize, Serialize)]
pub struct Next {
    /// The version of the format.
    v: u8,
    /// The origin of the earlier export.
    #[serde(flatten)]
    pub origin: Origin,
}

/// The origin of a token.
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

impl Resume {
    /// Makes a token.
    pub const fn new(origin: Origin, rows: u64, total: Option<u64>, remainder: Remainder) -> Self {
        Self { v: 1, origin, rows, total, remainder }
    }
}

impl Next {
    /// Makes a token.
    pub const fn new(origin: Origin) -> Self {
        Self { v: 1, origin }
    }
}

/// Writes a token.
pub fn write(token: &impl Serialize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).unwrap_or_default())
}

/// Reads a token; `None` for any other text.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text = Some(text).filter(|text| text.len() <= MAX_LENGTH)?;
    let token = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&token).ok()
}

/// Returns the hash of a query by the parts that must stay the same.
pub fn query_hash(parts: &[&str]) -> String {
    sha256::short_hex(parts.join("\n").as_bytes(), 8)
}
