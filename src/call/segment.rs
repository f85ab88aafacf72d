//! Segments: groups of people that Intercom keeps up to date.

use super::Call;
use crate::model::{List, Segment};

/// Lists the workspace's segments, all on one page.
pub fn list() -> Call<List<Segment>> {
    Call::get("/segments", &[])
}

/// Lists the workspace's segments, each with its number of people.
pub fn list_with_counts() -> Call<List<Segment>> {
    list().with_query("include_count", Some("true"))
}

/// Gets one segment.
pub fn get(id: &str) -> Call<Segment> {
    Call::get("/segments/{segment_id}", &[id])
}
