//! Searches, the body of `POST /contacts/search` and `POST /conversations/search`.

use super::Id;
use super::json::{model, open_enum};
use super::{JsonRef, JsonType, list::Cursor};
use serde_json::{Number, Value};

open_enum! {
    /// The operator of a filter, or of a group of filters.
    pub enum Operator {
        /// All filters of the group match.
        And = "AND",
        /// At least one filter of the group matches.
        Or = "OR",
        /// The field equals the value.
        Equals = "=",
        /// The field does not equal the value.
        NotEquals = "!=",
        /// The field equals one of the values.
        In = "IN",
        /// The field equals none of the values.
        NotIn = "NIN",
        /// The field is greater than the value; dates compare by day.
        GreaterThan = ">",
        /// The field is less than the value; dates compare by day.
        LessThan = "<",
        /// The field contains the text.
        Contains = "~",
        /// The field does not contain the text.
        NotContains = "!~",
        /// The field starts with the text.
        StartsWith = "^",
        /// The field ends with the text.
        EndsWith = "$",
    }
}

open_enum! {
    /// The direction of a sort.
    pub enum Order {
        /// The smallest value comes first.
        Ascending = "ascending",
        /// The largest value comes first.
        Descending = "descending",
    }
}

model! {
    /// The body of a search (Intercom's reference, "Search contacts"). Intercom accepts two levels
    /// of groups, and 15 filters in a group.
    pub struct Search {
        /// Filter or group that the results match.
        query: Group,
        /// Order of the results.
        sort: Sort,
        /// Page to return. Intercom ignores a cursor in the query string.
        pagination: Cursor,
    }
}

model! {
    /// A filter, or a group of filters that `AND` or `OR` joins.
    pub struct Group {
        /// Field that a filter compares.
        field: String,
        /// Operator that compares or joins.
        operator: Operator,
        /// Value to compare with, or the filters of a group.
        value: FilterValue,
    }
}

/// The value of a filter, or the filters of a group.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum FilterValue {
    /// A text, or a date as digits.
    Text(String),
    /// A number, or a date in seconds since 1970.
    Number(Number),
    /// True or false.
    Bool(bool),
    /// The filters and groups that a group joins.
    All(Vec<Group>),
    /// The values of `IN` and `NIN`.
    Ids(Vec<Id>),
}

impl JsonType for FilterValue {
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

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Text(text) => JsonRef::Text(text),
            Self::Number(number) => JsonRef::Number(number),
            Self::Bool(bool) => JsonRef::Bool(*bool),
            Self::All(groups) => groups.json(),
            Self::Ids(ids) => ids.json(),
        }
    }
}

model! {
    /// The order of a search's results.
    pub struct Sort {
        /// Field to sort by.
        field: String,
        /// Direction: the smallest or the largest value first.
        order: Order,
    }
}

impl Group {
    /// Makes a filter that compares a field with a value.
    ///
    /// ```
    /// use intercom_edge::model::{FilterValue, Group, Operator};
    /// let filter = Group::filter("role", Operator::Equals, FilterValue::Text("user".into()));
    /// assert_eq!(
    ///     serde_json::to_value(&filter)?,
    ///     serde_json::json!({"field": "role", "operator": "=", "value": "user"}),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn filter(field: &str, operator: Operator, value: FilterValue) -> Self {
        Self {
            field: field.into(),
            operator: operator.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// Makes a filter for fields that equal a text.
    pub fn equals(field: &str, value: impl Into<String>) -> Self {
        Self::filter(field, Operator::Equals, FilterValue::Text(value.into()))
    }

    /// Makes a group of filters that must all match.
    pub fn all(filters: Vec<Self>) -> Self {
        Self::joined(Operator::And, filters)
    }

    /// Makes a group of filters of which at least one must match.
    pub fn any(filters: Vec<Self>) -> Self {
        Self::joined(Operator::Or, filters)
    }

    fn joined(operator: Operator, filters: Vec<Self>) -> Self {
        Self {
            operator: operator.into(),
            value: FilterValue::All(filters).into(),
            ..Self::default()
        }
    }
}

impl Search {
    /// Returns the same search for one page, of at most `per_page` results after a cursor.
    #[must_use]
    pub fn page(&self, per_page: i64, starting_after: Option<&str>) -> Self {
        let mut page = Cursor { per_page: per_page.into(), ..Cursor::default() };
        if let Some(cursor) = starting_after {
            page.starting_after = cursor.into();
        }
        Self { pagination: page.into(), ..self.clone() }
    }
}
