//! Errors of calls.

use super::Failure;
use crate::call::InvalidArgument;

/// The error of a call. `R` is the transport's response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error<R> {
    /// An argument cannot be part of a request; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidArgument),
    /// No response arrived.
    #[error(transparent)]
    Failed(Failure),
    /// The response's status is outside 200–299.
    #[error("the response's status is an error")]
    Status(R),
    /// The response's body cannot be read.
    #[error("the response can't be read: {reason}")]
    Unreadable {
        /// Reason, without quoting the body.
        reason: String,
        /// The unchanged response.
        response: R,
    },
    /// A list returned the same cursor twice, or too many empty pages in a row.
    #[error("the list has no end")]
    Endless,
}
