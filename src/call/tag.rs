//! Tags.

use super::Call;
use crate::model::{List, Object, Tag};

/// Lists the workspace's tags (`GET /tags`), all on one page.
pub fn list() -> Call<List<Tag>> {
    Call::get(&["tags"])
}

/// Gets one tag (`GET /tags/{id}`).
pub fn get(id: &str) -> Call<Tag> {
    Call::get(&["tags", id])
}

/// Creates or renames a tag, or puts one on people or companies, all in one call (`POST /tags`).
/// People are named by Intercom's id; untagging works for companies only.
pub fn save(tag: &Object) -> Call<Tag> {
    Call::post(&["tags"], tag)
}

/// Removes a tag from the workspace (`DELETE /tags/{id}`).
pub fn delete(id: &str) -> Call<Object> {
    Call::delete(&["tags", id])
}
