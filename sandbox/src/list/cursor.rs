//! Cursors: the position after a page's last item. The next page begins there, also if items were
//! added in the meantime.

use crate::http::response::ApiError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The position after the last item of a page. Callers see opaque base64, as with Intercom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The sort key of the last item.
    pub key: Value,
    /// The id of the last item, which decides between equal keys.
    pub id: String,
    /// The number of the next page.
    pub page: u64,
    scope: CursorScope,
}

/// The list that a cursor belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CursorScope {
    /// The field and the direction of the sort.
    pub order: String,
    /// The number of the reset that the data is from. A reset invalidates all cursors.
    pub generation: u64,
}

impl Cursor {
    /// Returns the position after an item.
    pub fn after(key: Value, id: String, page: u64, scope: &CursorScope) -> Self {
        Self { key, id, page, scope: scope.clone() }
    }

    /// Returns the cursor as callers see it.
    pub fn encode(&self) -> Result<String, ApiError> {
        Ok(STANDARD.encode(serde_json::to_vec(self)?))
    }

    /// Reads a cursor from a caller. A cursor of another order, or from before a reset, is invalid.
    pub fn decode(text: &str, scope: &CursorScope) -> Result<Self, ApiError> {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .filter(|cursor| {
                cursor.scope == *scope && (cursor.key.is_string() || cursor.key.is_i64())
            })
            .ok_or_else(|| {
                ApiError::invalid(
                    "starting_after",
                    "Invalid starting_after param. Please try again using a starting_after value \
                     from a paginated response",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(order: &str, generation: u64) -> CursorScope {
        CursorScope { order: order.into(), generation }
    }

    #[test]
    fn a_cursor_decodes_to_what_was_encoded() {
        let scope = scope("name ascending", 3);
        let cursor = Cursor::after("山田太郎".into(), "5bb2".into(), 2, &scope);
        let text = cursor.encode().unwrap_or_default();
        assert_eq!(Cursor::decode(&text, &scope), Ok(cursor));
    }

    #[test]
    fn a_cursor_is_valid_for_its_order_and_reset_only() {
        let cursor = Cursor::after(7.into(), "5bb2".into(), 2, &scope("created_at descending", 3));
        let text = cursor.encode().unwrap_or_default();
        for other in [scope("created_at ascending", 3), scope("created_at descending", 4)] {
            let field = Cursor::decode(&text, &other).map_err(|error| error.field);
            assert_eq!(field, Err(Some("starting_after".into())));
        }
    }

    #[test]
    fn an_invalid_text_is_rejected() {
        let forged = STANDARD
            .encode(r#"{"key":{},"id":"5bb2","page":2,"scope":{"order":"a","generation":1}}"#);
        for text in ["", "!!!", "bm9uc2Vuc2U=", "W10=", forged.as_str()] {
            assert!(Cursor::decode(text, &scope("a", 1)).is_err(), "{text}");
        }
    }
}
