//! Tags.

use super::Call;
use crate::model::{List, Tag};

/// Lists the workspace's tags (`GET /tags`), all on one page.
pub fn list() -> Call<List<Tag>> {
    Call::get(&["tags"])
}
