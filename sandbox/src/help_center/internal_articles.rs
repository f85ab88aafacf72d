//! `/internal_articles`: articles that only teammates see.

use crate::admins::admin::{ADMIN_ID, Admin};
use crate::call::Call;
use crate::help_center::articles::NO_AUTHOR;
use crate::http::response::ApiError;
use crate::resource::fields::FieldType;
use crate::resource::{ListShape, Resource};
use crate::workspace::CREATED_AT;
use serde_json::{Value, json};

/// The articles that only teammates see.
pub(crate) struct InternalArticles;

impl Resource for InternalArticles {
    const NAME: &'static str = "internal_article";
    const LIST: ListShape = ListShape::Pages(25);
    const FIELDS: &'static [(&'static str, FieldType)] = &[
        ("title", FieldType::Text),
        ("body", FieldType::Html),
        ("author_id", ADMIN_ID),
        ("owner_id", ADMIN_ID),
        ("locale", FieldType::Text),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] = &[
        ("title", "title is a required parameter"),
        ("author_id", NO_AUTHOR),
        ("owner_id", "owner_id is a required parameter"),
    ];

    fn seed() -> Vec<Value> {
        vec![json!({
            "id": "51", "title": "How we answer invoices", "body": "<p>Within a day.</p>",
            "author_id": Admin::first().number(), "owner_id": Admin::first().number(), "locale": "en",
            "updated_at": CREATED_AT,
        })]
    }

    fn blank(call: &Call, id: &str) -> Value {
        json!({"id": id, "body": "", "locale": "en", "updated_at": call.now()})
    }

    fn to_json(_: &Call, mut article: Value) -> Result<Value, ApiError> {
        if let Some(article) = article.as_object_mut() {
            article.remove("updated_at");
        }
        Ok(article)
    }
}
