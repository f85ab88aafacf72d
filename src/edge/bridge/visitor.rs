//! Visitors of API 1.x. They have the same shape in API 2.x.

use crate::call::visitor;
use crate::edge::bridge::Bridge;
use crate::edge::request::values::{self, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body;
use crate::model::Object;
use crate::v1::User;
use serde_json::Value;

impl Bridge<'_> {
    /// Gets a visitor by `user_id`.
    pub(super) async fn visitor(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let user_id = last(parameters, "user_id").ok_or_else(|| {
            let words = "API 2.x knows a visitor by user_id only";
            Rejection::new(400, "parameter_not_found", words).naming("user_id")
        })?;
        self.pass(&visitor::find(values::text("user_id", user_id)?)).await
    }

    /// Updates a visitor.
    pub(super) async fn update_visitor(&self) -> Result<Answer, Rejection> {
        let visitor: Object = body::object(self.context).await?;
        body::of_v1("", &visitor, body::PARTY_OF_V2)?;
        self.pass(&visitor::update(&visitor)).await
    }

    /// Converts a visitor to a user or a lead.
    pub(super) async fn convert_visitor(&self) -> Result<Answer, Rejection> {
        let mut conversion: Object = body::object(self.context).await?;
        for name in ["visitor", "user"] {
            if let Some(Value::Object(party)) = conversion.get(name) {
                body::of_v1(name, party, body::PARTY_OF_V2)?;
            }
        }
        // API 2.x needs the lead's names; API 1.x used the visitor's.
        if conversion.get("type").and_then(Value::as_str) == Some("lead")
            && !conversion.contains_key("user")
            && let Some(visitor) = conversion.get("visitor").cloned()
        {
            conversion.insert("user".to_owned(), visitor);
        }
        self.json(&User::from(self.intercom.write(&visitor::convert(&conversion)).await?))
    }
}
