//! Sort orders.

use super::super::json::Json;
use super::value::Value;
use super::{Contact, Failure, Reference};
use std::cmp::Ordering;

/// A sort key: a column and its direction.
pub struct Key {
    path: Vec<u8>,
    descending: bool,
}

impl Reference {
    pub(super) fn sort_keys(&self, sort: Option<&Json>) -> Result<Vec<Key>, Failure> {
        let items = match sort {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(sort) => sort.items().filter(|items| items.len() <= 2).ok_or(Failure::Query)?,
        };
        let key = |item: &Json| {
            let descending = match item.get("order").map(Json::as_text) {
                None | Some(Some(b"ascending")) => false,
                Some(Some(b"descending")) => true,
                _ => return Err(Failure::Query),
            };
            Ok(Key { path: self.column(item.get("field"))?, descending })
        };
        items.iter().map(key).collect()
    }

    /// Compares contacts by keys. Contacts without a value are last in both directions.
    pub(super) fn compare(&self, keys: &[Key], left: &Contact, right: &Contact) -> Ordering {
        keys.iter().fold(Ordering::Equal, |order, key| {
            order.then_with(|| {
                let [left, right] = [left, right].map(|contact| contact.cell(&key.path));
                let order = left.compare(&right, self.weights.get(&key.path).copied());
                let missing = left.value == Value::Missing || right.value == Value::Missing;
                if key.descending && !missing { order.reverse() } else { order }
            })
        })
    }
}
