//! Segments.

use super::Call;
use crate::model::{List, Segment};

/// Lists the workspace's segments (`GET /segments`), all on one page.
pub fn list() -> Call<List<Segment>> {
    Call::get(&["segments"])
}

/// The same, each with how many people it holds (`GET /segments?include_count=true`).
pub fn list_with_counts() -> Call<List<Segment>> {
    list().with_query("include_count", Some(true))
}

/// Gets one segment (`GET /segments/{id}`).
pub fn get(id: &str) -> Call<Segment> {
    Call::get(&["segments", id])
}
