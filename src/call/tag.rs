//! Tags.

use super::{Accept, Body, Call, Nothing};
use crate::model::{List, Tag};

/// Lists the workspace's tags, all on one page.
pub fn list() -> Call<List<Tag>> {
    Call::get("/tags", &[])
}

/// Gets one tag.
pub fn get(id: &str) -> Call<Tag> {
    Call::get("/tags/{tag_id}", &[id])
}

/// Creates or renames a tag, or tags people or companies, all in one call. People are named by
/// Intercom's id; untagging works for companies only.
pub fn save(tag: &impl Body) -> Call<Tag> {
    Call::post("/tags", &[]).with_body(tag)
}

/// Deletes a tag from the workspace. The response has no body.
pub fn delete(id: &str) -> Call<Nothing> {
    Call::delete("/tags/{tag_id}", &[id]).accepting(Accept::JsonOrNothing)
}
