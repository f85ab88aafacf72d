//! What is wrong with an argument of a call.

/// An argument that no request can carry. Its text quotes no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: expected {expected}")]
pub struct InvalidArgument {
    /// The argument, such as a path parameter `contact_id`.
    pub name: &'static str,
    /// What a valid one is.
    pub expected: &'static str,
}
