//! The workspace that all resources belong to.

/// The id of the workspace.
pub(crate) const APP_ID: &str = "bdguin94";

/// When the workspace was created, in seconds since 1970: 2018-01-01.
pub(crate) const CREATED_AT: i64 = 1_514_764_800;
