//! `/articles`: the articles of the help center.

use crate::admins::admin::{ADMIN_ID, Admin};
use crate::call::Call;
use crate::help_center::collections::Collections;
use crate::help_center::help_centers::{URL, slug};
use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::resource::fields::FieldType;
use crate::resource::{ListShape, Resource, table};
use crate::workspace::{APP_ID, CREATED_AT};
use serde_json::{Value, json};

/// The error message for an article without an author.
pub(crate) const NO_AUTHOR: &str =
    "author_id must be in the main body or default locale translated_content object";

/// The articles of the help center.
pub(crate) struct Articles;

/// Returns an article of the seed data.
fn article(id: &str, title: &str, body: &str, state: &str, parent_id: Option<u64>) -> Value {
    let mut article = json!({
        "id": id, "type": "article", "workspace_id": APP_ID, "title": title, "description": "",
        "body": body, "author_id": Admin::first().number(), "state": state, "parent_id": parent_id,
        "created_at": CREATED_AT, "updated_at": CREATED_AT,
    });
    set_derived_fields(&mut article);
    article
}

/// Sets the URL and the type of the parent.
fn set_derived_fields(article: &mut Value) {
    let field = |name: &str| text(article, name).unwrap_or_default();
    let url = (field("state") == "published")
        .then(|| format!("{URL}/articles/{}-{}", field("id"), slug(field("title"))));
    let parent = article.get("parent_id").filter(|parent| !parent.is_null()).map(|_| "collection");
    set(article, "url", url);
    set(article, "parent_type", parent);
}

impl Resource for Articles {
    const NAME: &'static str = "article";
    const LIST: ListShape = ListShape::Pages(25);
    const FIELDS: &'static [(&'static str, FieldType)] = &[
        ("title", FieldType::Text),
        ("description", FieldType::Text),
        ("body", FieldType::Html),
        ("author_id", ADMIN_ID),
        ("state", FieldType::OneOf(&["published", "draft"])),
        ("parent_id", FieldType::Id),
        ("translated_content", FieldType::Object),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("title", "title is a required parameter"), ("author_id", NO_AUTHOR)];

    fn seed() -> Vec<Value> {
        vec![
            article("41", "Getting started", "<p>Sign in first.</p>", "published", Some(151)),
            article("42", "Invite your team", "<p>An admin invites.</p>", "published", Some(151)),
            article("43", "請求書について", "<p>毎月届きます。</p>", "published", Some(152)),
            article("44", "Roadmap", "<p>Not yet.</p>", "draft", None),
        ]
    }

    fn blank(call: &Call, id: &str) -> Value {
        json!({
            "id": id, "type": Self::NAME, "workspace_id": APP_ID, "description": "", "body": "",
            "state": "draft", "parent_id": null, "created_at": call.now(), "updated_at": call.now(),
        })
    }

    fn finish(call: &Call, article: &mut Value) -> Result<(), ApiError> {
        // Callers write a number or a string. It is stored as a number, as responses show it.
        if let Some(Value::String(id)) = article.get("parent_id") {
            let parent = table::find::<Collections>(call.store, id);
            let parent = parent.ok().and(id.parse::<u64>().ok()).ok_or_else(|| {
                ApiError::invalid("parent_id", "parent_id must be the id of a collection")
            })?;
            set(article, "parent_id", parent);
        }
        set_derived_fields(article);
        Ok(())
    }

    fn to_json(call: &Call, article: Value) -> Result<Value, ApiError> {
        let mut article = Self::to_list_json(call, article)?;
        let statistics = json!({
            "type": "article_statistics", "views": 0, "conversations": 0, "reactions": 0,
            "happy_reaction_percentage": 0, "neutral_reaction_percentage": 0,
            "sad_reaction_percentage": 0,
        });
        set(&mut article, "statistics", statistics);
        Ok(article)
    }

    fn to_list_json(_: &Call, mut article: Value) -> Result<Value, ApiError> {
        set(&mut article, "parent_ids", json!([]));
        set(&mut article, "tags", json!({"type": "tag.list", "tags": []}));
        Ok(article)
    }
}
