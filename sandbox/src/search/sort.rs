//! The order of a list or a search.

use crate::http::response::ApiError;
use crate::search::field::Searchable;
use serde_json::Value;

/// The order of a list or a search.
#[derive(Debug, PartialEq)]
pub(crate) struct Sort {
    /// The name of the order, which cursors contain.
    pub name: String,
    /// The SQL of the sort key.
    pub key: String,
    /// True if the largest key comes first.
    pub descending: bool,
}

impl Sort {
    /// Returns the default order: the latest first.
    pub fn default_for(resource: Searchable) -> Self {
        let field = resource.default_sort_field();
        let key = resource.sort_key(field).unwrap_or_default();
        Self { name: format!("{field} descending"), key, descending: true }
    }

    /// Reads the field `sort` of a search.
    pub fn read(resource: Searchable, sort: Option<&Value>) -> Result<Self, ApiError> {
        let Some(sort) = sort.filter(|sort| !sort.is_null()) else {
            return Ok(Self::default_for(resource));
        };
        let text = |name: &str, default: &str| match sort.get(name) {
            None | Some(Value::Null) => default.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let field = text("field", resource.default_sort_field());
        let order = text("order", "descending");
        let key = resource.sort_key(&field).ok_or_else(|| {
            ApiError::invalid("sort.field", format!("'{field}' is not a field to sort by"))
        })?;
        if order != "ascending" && order != "descending" {
            return Err(ApiError {
                field: Some("sort.order".into()),
                ..ApiError::new(
                    400,
                    "invalid_sort_order",
                    format!("Invalid sort order '{order}'. Must be one of: ascending, descending"),
                )
            });
        }
        Ok(Self { name: format!("{field} {order}"), key, descending: order == "descending" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_is_ascending_or_descending() {
        assert_eq!(
            Sort::read(Searchable::Contact, None),
            Ok(Sort::default_for(Searchable::Contact))
        );
        let order =
            Sort::read(Searchable::Contact, Some(&json!({"field": "name", "order": "ascending"})));
        assert_eq!(
            order.map(|order| (order.name, order.descending)),
            Ok(("name ascending".into(), false))
        );
        let error =
            Sort::read(Searchable::Contact, Some(&json!({"field": "name", "order": "desc"}))).err();
        assert_eq!(
            error.map(|error| (error.code, error.message)),
            Some((
                "invalid_sort_order",
                "Invalid sort order 'desc'. Must be one of: ascending, descending".into()
            ))
        );
        let error = Sort::read(Searchable::Contact, Some(&json!({"field": "tag_id"}))).err();
        assert_eq!(error.map(|error| error.field), Some(Some("sort.field".into())));
    }
}
