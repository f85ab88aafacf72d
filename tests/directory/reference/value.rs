//! Values of contacts.

use super::super::fold::fold;
use super::super::json::{Json, points};
use super::super::operation::weight;
use std::cmp::Ordering;

/// A value of a contact.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    /// A number as it was written.
    Number(String),
    Text(Vec<u8>),
    /// An object or a list as it was written.
    Json(Vec<u8>),
    Missing,
}

/// A value, and its text folded.
#[derive(Clone)]
pub struct Cell {
    pub value: Value,
    pub folded: Vec<u8>,
}

impl Cell {
    /// Folds the text of a value: of a number, too. Other values have no text to search.
    pub fn new(value: Value) -> Self {
        let folded = match &value {
            Value::Text(text) => fold(text),
            Value::Number(text) => fold(text.as_bytes()),
            _ => Vec::new(),
        };
        Self { value, folded }
    }

    /// Compares values by type, then by value, and texts by weights of their characters, then folded, then as they are.
    /// Missing values are last.
    pub fn compare(&self, other: &Self, seed: Option<u64>) -> Ordering {
        match (&self.value, &other.value) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => {
                number(left).partial_cmp(&number(right)).unwrap_or(Ordering::Equal)
            }
            (Value::Text(left), Value::Text(right)) => {
                let weights = seed
                    .map_or(Ordering::Equal, |seed| weights(left, seed).cmp(&weights(right, seed)));
                weights.then_with(|| self.folded.cmp(&other.folded)).then_with(|| left.cmp(right))
            }
            (Value::Json(left), Value::Json(right)) => left.cmp(right),
            (left, right) => left.type_order().cmp(&right.type_order()),
        }
    }

    /// Returns the folded text that is searched, or none.
    pub fn searched(&self) -> Option<&[u8]> {
        matches!(self.value, Value::Text(_) | Value::Number(_)).then_some(&self.folded)
    }
}

impl Value {
    /// Returns the value of JSON. `text`: of a column whose values are all texts.
    pub fn of(json: &Json, text: bool) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::Bool(_) | Json::Number(_) if text => Self::Text(json.write().into_bytes()),
            Json::List(..) | Json::Object(..) if text => Self::Missing,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => Self::Number(number.clone()),
            Json::Text(text) => Self::Text(text.clone()),
            Json::List(_, written) | Json::Object(_, written) => Self::Json(written.clone()),
        }
    }

    /// Returns the value as JSON.
    pub fn json(&self) -> Json {
        match self {
            Self::Missing => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(text) => Json::Number(text.clone()),
            Self::Text(text) => Json::Text(text.clone()),
            Self::Json(text) => Json::parse(text).unwrap_or(Json::Null),
        }
    }

    fn type_order(&self) -> usize {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Json(_) => 3,
            Self::Missing => 4,
        }
    }
}

/// Returns the number of a text as JavaScript has it: beyond the largest number it is infinite.
pub fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// Returns the weights of the characters of a text. Lone surrogates have none: they are after all characters.
fn weights(text: &[u8], seed: u64) -> Vec<(bool, u32)> {
    let weigh = |point| match char::from_u32(point) {
        Some(_) => (false, weight(seed, point)),
        None => (true, point),
    };
    points(text).into_iter().map(weigh).collect()
}
