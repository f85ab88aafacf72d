//! Why a call gave no value.

use super::{Failure, Response};

/// Why a call gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error<B> {
    /// There was no answer.
    #[error(transparent)]
    Failed(Failure),
    /// Intercom answered with a status outside 200–299. Status, headers and body are kept.
    #[error("Intercom answered {}", .0.status)]
    Status(Response<B>),
    /// The answer's body can't be read.
    #[error("Intercom's answer can't be read: {reason}")]
    Unreadable {
        /// What is wrong with it, without quoting it.
        reason: String,
    },
    /// A list gave a cursor that it had given before: following it would repeat people.
    #[error("Intercom's list repeats itself")]
    Repeats,
}
