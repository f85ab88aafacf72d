//! Why a call gave no value.

use super::Failure;
use crate::call::InvalidArgument;

/// Why a call gave no value. `R` is the transport's response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error<R> {
    /// No request can carry an argument; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidArgument),
    /// There was no response.
    #[error(transparent)]
    Failed(Failure),
    /// The response's status is outside 200–299.
    #[error("the response's status is an error")]
    Status(R),
    /// The response's body can't be read.
    #[error("the response can't be read: {reason}")]
    Unreadable {
        /// What is wrong with the body, without quoting it.
        reason: String,
        /// The response as it came.
        response: R,
    },
    /// A list gave a cursor that it had given before, or too many empty pages in a row.
    #[error("the list has no end")]
    Endless,
}
