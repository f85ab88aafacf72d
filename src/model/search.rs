//! A search for contacts, as `POST /contacts/search` takes it.

use super::Id;
use super::shape::{model, words};
use super::{Json, Shape, list::Cursor};
use serde_json::{Number, Value};

words! {
    /// How a filter compares, or how a group joins its filters.
    pub enum Operator {
        /// Every filter of the group matches.
        And = "AND",
        /// A filter of the group matches.
        Or = "OR",
        /// The same.
        Equals = "=",
        /// Not the same.
        NotEquals = "!=",
        /// One of.
        In = "IN",
        /// None of.
        NotIn = "NIN",
        /// Greater; dates compare by whole day.
        GreaterThan = ">",
        /// Less; dates compare by whole day.
        LessThan = "<",
        /// Contains.
        Contains = "~",
        /// Doesn't contain.
        NotContains = "!~",
        /// Starts with.
        StartsWith = "^",
        /// Ends with.
        EndsWith = "$",
    }
}

words! {
    /// Which end of a sort comes first.
    pub enum Order {
        /// Smallest first.
        Ascending = "ascending",
        /// Largest first.
        Descending = "descending",
    }
}

model! {
    /// The body of a search. At most two levels of groups and 15 filters a group.
    pub struct Search {
        /// What to find.
        query: Group,
        /// In which order.
        sort: Sort,
        /// Which page. The cursor works here only: in the query string it is ignored.
        pagination: Cursor,
    }
}

model! {
    /// A filter, or filters joined by `AND` or `OR`.
    pub struct Group {
        /// A filter's field.
        field: String,
        /// How to compare or to join.
        operator: Operator,
        /// What to compare with, or the filters joined.
        value: Filter,
    }
}

/// What a filter compares with, or the filters that a group joins.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Filter {
    /// A text, or a date as digits.
    Text(String),
    /// A number or a date.
    Number(Number),
    /// True or false.
    Bool(bool),
    /// Filters and groups.
    All(Vec<Group>),
    /// Values for `IN` and `NIN`.
    Ids(Vec<Id>),
}

impl Shape for Filter {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Bool(bool) => Ok(Self::Bool(bool)),
            Value::Number(number) => Ok(Self::Number(number)),
            Value::String(text) => Ok(Self::Text(text)),
            // Groups are objects and ids are not: whichever the array isn't of gives it back.
            array => Vec::from_value(array)
                .map(Self::All)
                .or_else(|array| Vec::from_value(array).map(Self::Ids)),
        }
    }

    fn json(&self) -> Json<'_> {
        match self {
            Self::Text(text) => Json::Text(text),
            Self::Number(number) => Json::Number(number),
            Self::Bool(bool) => Json::Bool(*bool),
            Self::All(groups) => groups.json(),
            Self::Ids(ids) => ids.json(),
        }
    }
}

model! {
    /// In which order a search answers.
    pub struct Sort {
        /// The field to sort by.
        field: String,
        /// Which end comes first.
        order: Order,
    }
}

impl Group {
    /// A filter.
    ///
    /// ```
    /// use intercom_edge::model::{Filter, Group, Operator};
    /// let filter = Group::filter("role", Operator::Equals, Filter::Text("user".into()));
    /// assert_eq!(
    ///     serde_json::to_value(&filter)?,
    ///     serde_json::json!({"field": "role", "operator": "=", "value": "user"}),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn filter(field: &str, operator: Operator, value: Filter) -> Self {
        Self {
            field: field.into(),
            operator: operator.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// A filter for the same text.
    pub fn equals(field: &str, value: impl Into<String>) -> Self {
        Self::filter(field, Operator::Equals, Filter::Text(value.into()))
    }

    /// Filters that all must match.
    pub fn all(filters: Vec<Self>) -> Self {
        Self {
            operator: Operator::And.into(),
            value: Filter::All(filters).into(),
            ..Self::default()
        }
    }
}

impl Search {
    /// One page of the same search: how many people, and after which cursor.
    #[must_use]
    pub fn page(&self, per_page: i64, starting_after: Option<&str>) -> Self {
        let mut page = Cursor { per_page: per_page.into(), ..Cursor::default() };
        if let Some(cursor) = starting_after {
            page.starting_after = cursor.into();
        }
        Self { pagination: page.into(), ..self.clone() }
    }
}
