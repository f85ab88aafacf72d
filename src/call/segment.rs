//! Segments.

use super::Call;
use crate::model::{List, Segment};

/// Lists the workspace's segments (`GET /segments`), all on one page.
pub fn list() -> Call<List<Segment>> {
    Call::get(&["segments"])
}
