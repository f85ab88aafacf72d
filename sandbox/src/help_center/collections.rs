//! `/help_center/collections`: the collections of articles.

use crate::call::Call;
use crate::help_center::help_centers::{HELP_CENTER, URL, slug};
use crate::http::body::{set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::fields::FieldType;
use crate::resource::{ListShape, Resource, handlers, table};
use crate::workspace::{APP_ID, CREATED_AT};
use serde_json::{Value, json};

/// The collections of articles.
pub(crate) struct Collections;

/// Returns a collection of the seed data.
fn seeded(id: &str, name: &str, order: u64) -> Value {
    json!({
        "id": id, "workspace_id": APP_ID, "name": name, "url": format!("{URL}/collections/{id}"),
        "order": order, "created_at": CREATED_AT, "updated_at": CREATED_AT, "description": "",
        "icon": "book-bookmark", "parent_id": null, "help_center_id": HELP_CENTER,
    })
}

impl Resource for Collections {
    const NAME: &'static str = "collection";
    const LIST: ListShape = ListShape::Pages(20);
    const FIELDS: &'static [(&'static str, FieldType)] = &[
        ("name", FieldType::Text),
        ("description", FieldType::Text),
        ("translated_content", FieldType::Object),
        ("parent_id", FieldType::Id),
        ("help_center_id", FieldType::Id),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("name", "Name is a required parameter.")];

    fn seed() -> Vec<Value> {
        vec![seeded("151", "First steps", 1), seeded("152", "請求", 2)]
    }

    fn blank(call: &Call, id: &str) -> Value {
        json!({
            "id": id, "workspace_id": APP_ID, "order": 1, "created_at": call.now(),
            "updated_at": call.now(), "description": "", "icon": "book-bookmark",
            "parent_id": null, "help_center_id": HELP_CENTER,
        })
    }

    fn finish(call: &Call, collection: &mut Value) -> Result<(), ApiError> {
        if let Some(Value::String(parent)) = collection.get("parent_id") {
            let is_itself = text(collection, "id") == Some(parent);
            if is_itself || table::find::<Self>(call.store, parent).is_err() {
                let message = "parent_id must be the id of another collection";
                return Err(ApiError::invalid("parent_id", message));
            }
        }
        // Stored as a number, as responses show it. `null` is the default help center.
        match collection.get("help_center_id") {
            Some(Value::String(id)) if *id != HELP_CENTER.to_string() => {
                let message = "help_center_id must be the id of a help center";
                return Err(ApiError::invalid("help_center_id", message));
            }
            _ => set(collection, "help_center_id", HELP_CENTER),
        }
        let (id, name) = (
            text(collection, "id").unwrap_or_default(),
            text(collection, "name").unwrap_or_default(),
        );
        let url = format!("{URL}/collections/{id}-{}", slug(name));
        set(collection, "url", url);
        Ok(())
    }
}

/// Answers `DELETE /help_center/collections/{id}`. Its articles and collections remain, without a
/// parent.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    let response = handlers::delete::<Collections>(call)?;
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.parent_id', NULL)
         WHERE resource IN ('article', 'collection')
         AND CAST(body ->> '$.parent_id' AS TEXT) = (?1 ->> '$[0]')",
        &[call.param.as_str().into()],
    )?;
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.parent_type', NULL)
         WHERE resource = 'article' AND body ->> '$.parent_id' IS NULL",
        &[],
    )?;
    Ok(response)
}
