//! InvalidField arguments of calls.

/// An argument that cannot be part of a request. Its message does not quote the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: expected {expected}")]
pub struct InvalidArgument {
    /// Name of the argument, such as the path parameter `contact_id`.
    pub name: &'static str,
    /// Description of a valid value.
    pub expected: &'static str,
}
