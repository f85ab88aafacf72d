//! The errors of the directory.

use std::collections::TryReserveError;

/// An error of the directory. It stays usable after each of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The memory budget is used up, or the system has no more memory.
    #[error("the directory has no more memory: keep fewer fields, or set a larger budget")]
    Memory,
    /// A part of a query is invalid.
    #[error("{field}: {message}")]
    Query {
        /// The part, such as `where.value[0].field`.
        field: String,
        /// What the part must be.
        message: String,
    },
    /// The result is closed, or never existed.
    #[error("the result is closed: search again")]
    UnknownResult,
}

impl Error {
    /// Creates the error of an invalid part of a query.
    pub fn query(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Query { field: field.into(), message: message.into() }
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::Memory
    }
}

impl From<hashbrown::TryReserveError> for Error {
    fn from(_: hashbrown::TryReserveError) -> Self {
        Self::Memory
    }
}
