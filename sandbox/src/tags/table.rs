//! The table of tags.

use crate::http::response::ApiError;
use crate::store::Store;
use crate::tags::tag::{TAGS, Tag};
use serde_json::Value;

/// Returns all tags, oldest first.
pub(crate) fn all(store: &Store) -> Result<Vec<Tag>, ApiError> {
    let select = "SELECT json_object('type', 'tag', 'id', CAST(id AS TEXT), 'name', name) AS entry
         FROM tag ORDER BY id";
    store.entries(select, &[])
}

/// Returns the tag of an id, or 404.
pub(crate) fn find(store: &Store, id: &str) -> Result<Tag, ApiError> {
    all(store)?.into_iter().find(|tag| tag.id == id).ok_or_else(ApiError::not_found)
}

/// Returns the tag whose id is in the field `id` of a body.
pub(crate) fn from_body(store: &Store, body: &Value) -> Result<Tag, ApiError> {
    match body.get("id") {
        Some(Value::String(id)) => find(store, id),
        Some(Value::Number(id)) => find(store, &id.to_string()),
        _ => Err(ApiError::new(400, "parameter_not_found", "tag not specified")),
    }
}

/// Inserts the tags of the seed data.
pub(crate) fn insert_seed(store: &Store) -> Result<(), ApiError> {
    store.run_with(
        "INSERT INTO tag (id, name) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each(?1)",
        &TAGS,
    )
}
