//! Cursors: where a page ended, so that the next begins behind it whatever was added meanwhile.

use super::answer::Refusal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The place behind the last item of a page. Callers see opaque base64, as Intercom's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// What the last item was sorted by.
    pub key: Value,
    /// The last item's id, which breaks ties.
    pub id: String,
    /// Number of the page to come.
    pub page: u64,
    scope: Scope,
}

/// What a cursor is good for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scope {
    /// Field and direction of the sort.
    pub order: String,
    /// Which of the sandbox's resets the people are from: a reset expires every cursor.
    pub generation: u64,
}

impl Cursor {
    /// The place behind an item.
    pub fn behind(key: Value, id: String, page: u64, scope: &Scope) -> Self {
        Self { key, id, page, scope: scope.clone() }
    }

    /// As callers see it.
    pub fn encode(&self) -> Result<String, Refusal> {
        Ok(STANDARD.encode(serde_json::to_vec(self)?))
    }

    /// Reads what a caller sent back. A cursor of another order or from before a reset is refused
    /// like one that was never given out.
    pub fn decode(text: &str, scope: &Scope) -> Result<Self, Refusal> {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .filter(|cursor| {
                cursor.scope == *scope && (cursor.key.is_string() || cursor.key.is_i64())
            })
            .ok_or_else(|| {
                Refusal::invalid(
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

    fn scope(order: &str, generation: u64) -> Scope {
        Scope { order: order.into(), generation }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let scope = scope("name ascending", 3);
        let cursor = Cursor::behind("山田太郎".into(), "5bb2".into(), 2, &scope);
        let text = cursor.encode().unwrap_or_default();
        assert_eq!(Cursor::decode(&text, &scope), Ok(cursor));
    }

    #[test]
    fn a_cursor_is_good_for_its_own_order_and_reset_only() {
        let cursor = Cursor::behind(7.into(), "5bb2".into(), 2, &scope("created_at descending", 3));
        let text = cursor.encode().unwrap_or_default();
        for other in [scope("created_at ascending", 3), scope("created_at descending", 4)] {
            let field = Cursor::decode(&text, &other).map_err(|refusal| refusal.field);
            assert_eq!(field, Err(Some("starting_after".into())));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let forged = STANDARD
            .encode(r#"{"key":{},"id":"5bb2","page":2,"scope":{"order":"a","generation":1}}"#);
        for text in ["", "!!!", "bm9uc2Vuc2U=", "W10=", forged.as_str()] {
            assert!(Cursor::decode(text, &scope("a", 1)).is_err(), "{text}");
        }
    }
}
