//! The formats of files that the Worker writes.

use serde::{Deserialize, Serialize};

/// The format of a file with one line for each object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Format {
    /// Comma-separated values with a header line (RFC 4180), as spreadsheets read them.
    Csv,
    /// One JSON object per line.
    #[default]
    Ndjson,
}
