//! Filters in Intercom's query language.

use super::super::fold::fold;
use super::super::json::Json;
use super::text::contains;
use super::value::{Cell, Value, number};
use super::{Contact, Failure, Field, Reference};
use std::cmp::Ordering;

const LEVELS: usize = 2;
const FILTERS: usize = 15;

/// A filter, or a group of filters.
pub enum Filter {
    /// All children must match, or any.
    Group { all: bool, children: Vec<Filter> },
    /// A comparison of a field with one value, or with a list of values.
    Leaf { field: Field, operator: Vec<u8>, values: Vec<Operand> },
}

/// A value of a query, and its text folded.
pub struct Operand {
    json: Json,
    folded: Vec<u8>,
}

/// The verdict of a filter about a contact. `unknown`: it depends on members of a set that are not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    pub matches: bool,
    pub unknown: bool,
}

impl Reference {
    /// Reads the filter of a search. Without one, all contacts match.
    pub(super) fn read_filter(&self, query: Option<&Json>) -> Result<Filter, Failure> {
        match query {
            None | Some(Json::Null) => Ok(Filter::Group { all: true, children: Vec::new() }),
            Some(query) => self.node(query, 0),
        }
    }

    fn node(&self, query: &Json, level: usize) -> Result<Filter, Failure> {
        let operator = query.get("operator").and_then(Json::as_text).ok_or(Failure::Query)?;
        let value = query.get("value").ok_or(Failure::Query)?;
        let all = match operator {
            b"AND" => true,
            b"OR" => false,
            _ => return self.leaf(self.field(query.get("field"))?, operator, value),
        };
        let children = value.items().ok_or(Failure::Query)?;
        if level == LEVELS || children.len() > FILTERS {
            return Err(Failure::Query);
        }
        let children =
            children.iter().map(|child| self.node(child, level + 1)).collect::<Result<_, _>>()?;
        Ok(Filter::Group { all, children })
    }

    fn leaf(&self, field: Field, operator: &[u8], value: &Json) -> Result<Filter, Failure> {
        let values = match (operator, value) {
            (b"IN" | b"NIN", Json::List(items, _)) => items.as_slice(),
            (b"IN" | b"NIN", _) => return Err(Failure::Query),
            (_, one) => std::slice::from_ref(one),
        };
        let operators: &[&[u8]] = match field {
            Field::Set(_) => &[b"=", b"!=", b"IN", b"NIN"],
            Field::Column(_) => &[b"=", b"!=", b"IN", b"NIN", b">", b"<", b"~", b"!~", b"^", b"$"],
        };
        let is_list = values.iter().any(|value| matches!(value, Json::List(..) | Json::Object(..)));
        if is_list || !operators.contains(&operator) {
            return Err(Failure::Query);
        }
        let operand = |json: &Json| {
            let folded = scalar_text(json).map(|text| fold(&text)).unwrap_or_default();
            Operand { json: json.clone(), folded }
        };
        let values = values.iter().map(operand).collect();
        Ok(Filter::Leaf { field, operator: operator.to_vec(), values })
    }
}

impl Filter {
    /// Tests a contact.
    pub fn test(&self, contact: &Contact) -> Verdict {
        match self {
            Self::Group { all, children } => {
                let verdicts: Vec<_> = children.iter().map(|child| child.test(contact)).collect();
                // A known false decides AND, a known true decides OR.
                let decided =
                    verdicts.iter().any(|verdict| !verdict.unknown && verdict.matches != *all);
                Verdict {
                    matches: match all {
                        true => verdicts.iter().all(|verdict| verdict.matches),
                        false => verdicts.iter().any(|verdict| verdict.matches),
                    },
                    unknown: !decided && verdicts.iter().any(|verdict| verdict.unknown),
                }
            }
            Self::Leaf { field, operator, values } => {
                let negated = matches!(&**operator, b"!=" | b"NIN" | b"!~");
                let verdict = match field {
                    Field::Set(set) => in_set(contact, *set, values),
                    Field::Column(path) => {
                        let exact = matches!(&**path, b"id" | b"owner_id");
                        let matches = compare(&contact.cell(path), exact, operator, values);
                        Verdict { matches, unknown: false }
                    }
                };
                Verdict { matches: verdict.matches != negated, ..verdict }
            }
        }
    }
}

fn in_set(contact: &Contact, set: usize, values: &[Operand]) -> Verdict {
    let members = &contact.sets[set];
    let holds = values.iter().any(|value| match &value.json {
        Json::Null => members.ids.is_empty() && !members.incomplete,
        value => scalar_text(value).is_some_and(|id| members.ids.contains(&id)),
    });
    let asks_for_id = values.iter().any(|value| scalar_text(&value.json).is_some());
    Verdict { matches: holds, unknown: !holds && members.incomplete && asks_for_id }
}

/// Tests a value with an operator, or with the one that it negates.
fn compare(cell: &Cell, exact: bool, operator: &[u8], values: &[Operand]) -> bool {
    let searched = |test: fn(&[u8], &[u8]) -> bool| {
        let is_text = matches!(values[0].json, Json::Text(_) | Json::Number(_));
        is_text && cell.searched().is_some_and(|value| test(value, &values[0].folded))
    };
    match operator {
        b"=" | b"!=" | b"IN" | b"NIN" => values.iter().any(|value| equals(cell, exact, value)),
        b"~" | b"!~" => searched(contains),
        b"^" => searched(<[u8]>::starts_with),
        b"$" => searched(<[u8]>::ends_with),
        b">" => order(cell, &values[0]) == Some(Ordering::Greater),
        _ => order(cell, &values[0]) == Some(Ordering::Less),
    }
}

fn equals(cell: &Cell, exact: bool, value: &Operand) -> bool {
    match (&cell.value, &value.json) {
        (Value::Missing, value) => matches!(value, Json::Null),
        (Value::Text(text), other) if exact => scalar_text(other).as_ref() == Some(text),
        (Value::Number(text), other) if exact => {
            scalar_text(other).as_deref() == Some(text.as_bytes())
        }
        (Value::Bool(bool), Json::Bool(other)) => bool == other,
        (Value::Number(text), other) => query_number(other) == Some(number(text)),
        (Value::Text(_), Json::Text(_)) => cell.folded == value.folded,
        (Value::Json(written), Json::Text(text)) => written == text,
        _ => false,
    }
}

fn order(cell: &Cell, value: &Operand) -> Option<Ordering> {
    match (&cell.value, &value.json) {
        (Value::Number(text), other) => number(text).partial_cmp(&query_number(other)?),
        (Value::Text(_), Json::Text(_)) => Some(cell.folded.cmp(&value.folded)),
        _ => None,
    }
}

/// Returns the text of a text or a number.
fn scalar_text(value: &Json) -> Option<Vec<u8>> {
    match value {
        Json::Text(text) => Some(text.clone()),
        Json::Number(text) => Some(text.clone().into_bytes()),
        _ => None,
    }
}

/// Returns the number of a query's value: a number, or a text that is one.
fn query_number(value: &Json) -> Option<f64> {
    let text = scalar_text(value)?;
    // A text with white space around is no number.
    let blank = text.iter().any(|byte| byte.is_ascii_whitespace());
    match Json::parse(&text) {
        Ok(Json::Number(text)) if !blank => Some(number(&text)),
        _ => None,
    }
}
