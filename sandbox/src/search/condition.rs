//! Turns the query of a search into a condition in SQL.

use crate::call::Call;
use crate::http::body::seconds;
use crate::http::response::ApiError;
use crate::search::days::Days;
use crate::search::field::{Comparison, Field, Searchable};
use crate::search::operand::operand;
use serde_json::Value;

/// The maximum depth of nested groups.
const MAX_LEVELS: usize = 2;

/// The maximum number of filters in a group.
const MAX_FILTERS: usize = 15;

/// A condition in SQL. Its values are separate: all of them are bound as one JSON array, `?1`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Condition {
    /// The resource that is searched.
    pub resource: Searchable,
    /// The SQL, which is true for a match.
    pub sql: String,
    /// The values that `?1` contains.
    pub values: Vec<Value>,
    /// The difference of the workspace's time zone from UTC. Dates compare by the days of that zone.
    utc_offset_minutes: i64,
}

impl Condition {
    /// Returns the condition for active contacts: not archived, not merged.
    pub fn active_contacts() -> Self {
        Self { sql: "state = 'active'".into(), ..Self::default() }
    }

    /// Returns the condition for all conversations.
    pub fn conversations() -> Self {
        Self { resource: Searchable::Conversation, sql: "TRUE".into(), ..Self::default() }
    }

    /// Returns the condition for all tickets.
    pub fn tickets() -> Self {
        let sql = "resource = 'ticket'".into();
        Self { resource: Searchable::Ticket, sql, ..Self::default() }
    }

    /// Excludes items that are too new for the search index.
    pub fn indexed(mut self, call: &Call) -> Self {
        self.and(&format!("inserted_at_ms <= {}", call.indexed_until_ms()));
        self
    }

    /// Compares dates by the days of the workspace's time zone.
    pub fn in_time_zone(self, utc_offset_minutes: i64) -> Self {
        Self { utc_offset_minutes, ..self }
    }

    /// Adds a value, and returns the SQL for it.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        let sql = format!("(?1 ->> '$[{}]')", self.values.len());
        self.values.push(value.into());
        sql
    }

    /// Adds another condition.
    pub fn and(&mut self, sql: &str) {
        self.sql = format!("{} AND ({sql})", self.sql);
    }

    /// Adds the query of a search.
    pub fn and_query(&mut self, query: &Value) -> Result<(), ApiError> {
        let sql = self.query(query, 1)?;
        self.and(&sql);
        Ok(())
    }

    /// Returns the SQL of a filter or a group of filters.
    fn query(&mut self, query: &Value, level: usize) -> Result<String, ApiError> {
        let operator = query.get("operator").and_then(Value::as_str).unwrap_or_default();
        let separator = match operator {
            "AND" => " AND ",
            "OR" => " OR ",
            _ => return self.filter(query, operator),
        };
        if level > MAX_LEVELS {
            let message = format!("Queries can be nested {MAX_LEVELS} levels deep at most");
            return Err(ApiError::invalid("query", message));
        }
        let filters = query.get("value").and_then(Value::as_array);
        match filters.map_or(0, Vec::len) {
            0 => {
                let message = format!("{operator} needs an array of filters as its value");
                return Err(ApiError::invalid("query", message));
            }
            1..=MAX_FILTERS => {}
            _ => {
                let message = format!("{operator} can have {MAX_FILTERS} filters at most");
                return Err(ApiError::invalid("query", message));
            }
        }
        if let Some(days) = filters.filter(|_| operator == "OR").and_then(|f| self.joined_days(f)) {
            return Ok(days);
        }
        let filters: Result<Vec<String>, ApiError> =
            filters.into_iter().flatten().map(|filter| self.query(filter, level + 1)).collect();
        Ok(format!("({})", filters?.join(separator)))
    }

    /// Returns one comparison for filters on the same date whose days have no gap, as `<` and `=` of
    /// one day; `None` for any others. SQLite uses an index for it, but not for their `OR`.
    fn joined_days(&self, filters: &[Value]) -> Option<String> {
        let mut joined: Option<(String, Days)> = None;
        for filter in filters {
            let Field { sql, comparison } = self.resource.field(filter.get("field")?.as_str()?)?;
            let operator = filter.get("operator")?.as_str()?;
            let time = seconds(filter.get("value")?).filter(|_| comparison == Comparison::Date)?;
            let days = Days::of(operator, time, self.utc_offset_minutes)?;
            joined = Some(match joined {
                None => (sql, days),
                Some((first, joined)) if first == sql => (sql, joined.union(days)?),
                Some(_) => return None,
            });
        }
        joined.map(|(sql, days)| days.sql(&sql))
    }

    /// Returns the SQL of one filter.
    fn filter(&mut self, filter: &Value, operator: &str) -> Result<String, ApiError> {
        let name = filter.get("field").and_then(Value::as_str).unwrap_or_default();
        let field = self.resource.field(name).ok_or_else(|| {
            ApiError::invalid("field", format!("'{name}' is not a searchable field"))
        })?;
        let value = filter.get("value").ok_or_else(|| {
            ApiError::invalid("value", format!("The filter on '{name}' has no value"))
        })?;
        let unsupported = || {
            let message = format!("Operator '{operator}' is not supported for field '{name}'");
            ApiError::invalid("operator", message)
        };
        let (positive, is_negated) = match operator {
            "!=" => ("=", true),
            "NIN" => ("IN", true),
            "!~" => ("~", true),
            positive => (positive, false),
        };
        let is_list = matches!(operator, "IN" | "NIN");
        // Intercom's reference: dates take neither of them, and tags take `=` and `!=` only.
        if (field.comparison == Comparison::Date && (is_negated || is_list))
            || (name == "tag_id" && is_list)
        {
            return Err(unsupported());
        }
        let sql = if is_list {
            let values = value.as_array().filter(|values| !values.is_empty()).ok_or_else(|| {
                ApiError::invalid("value", format!("{operator} needs an array of values"))
            })?;
            self.one_of(&field, name, values)?
        } else {
            self.compare(&field, name, positive, value)?.ok_or_else(unsupported)?
        };
        // An item without a value matches the negated filter.
        Ok(if is_negated { format!("(({sql}) IS NOT TRUE)") } else { sql })
    }

    /// Returns SQL that is true if a field has one of several values.
    fn one_of(&mut self, field: &Field, name: &str, values: &[Value]) -> Result<String, ApiError> {
        let sql = &field.sql;
        let operands: Result<Vec<Value>, ApiError> =
            values.iter().map(|value| operand(field.comparison, name, value)).collect();
        let operands = operands?;
        if matches!(field.comparison, Comparison::Members | Comparison::Words) {
            let any: Vec<String> = operands
                .into_iter()
                .map(|id| format!("instr({sql}, {}) > 0", self.bind(id)))
                .collect();
            return Ok(format!("({})", any.join(" OR ")));
        }
        let is_id = matches!(field.comparison, Comparison::Id | Comparison::NumberId);
        let collation = if is_id { "" } else { " COLLATE NOCASE" };
        let list = self.values.len();
        self.values.push(operands.into());
        Ok(format!("({sql}{collation} IN (SELECT value FROM json_each(?1, '$[{list}]')))"))
    }

    /// Returns the SQL of one comparison; `None` if the field does not support the operator.
    fn compare(
        &mut self,
        field: &Field,
        name: &str,
        operator: &str,
        value: &Value,
    ) -> Result<Option<String>, ApiError> {
        let sql = &field.sql;
        if value.is_null() && field.comparison != Comparison::Assignee {
            return Ok((operator == "=").then(|| format!("({sql} IS NULL)")));
        }
        let comparison = match (field.comparison, operator, value) {
            (Comparison::Attribute, "<" | ">" | "<=" | ">=", _)
            | (Comparison::Attribute, "=", Value::Number(_) | Value::Bool(_)) => {
                Comparison::Integer
            }
            (Comparison::Attribute, ..) => Comparison::Text,
            (comparison, ..) => comparison,
        };
        let operand = match value {
            Value::Bool(flag) if field.comparison == Comparison::Attribute => {
                u8::from(*flag).into()
            }
            value => operand(comparison, name, value)?,
        };
        let is_ticket = self.resource == Searchable::Ticket;
        Ok(match (comparison, operator) {
            (Comparison::Date, _) => operand
                .as_i64()
                .and_then(|time| Days::of(operator, time, self.utc_offset_minutes))
                .map(|days| days.sql(sql)),
            (Comparison::NumberId, "<" | ">") => {
                let id = self.bind(operand);
                Some(format!("(CAST({sql} AS INTEGER) {operator} CAST({id} AS INTEGER))"))
            }
            // Tickets also take `<=` and `>=`, with the same meaning as `<` and `>`.
            (Comparison::Time, "<=" | ">=") if is_ticket => {
                Some(format!("({sql} {operator} {})", self.bind(operand)))
            }
            (Comparison::Time, "<" | ">") => {
                Some(format!("({sql} {operator}= {})", self.bind(operand)))
            }
            (Comparison::Integer | Comparison::Assignee, "=" | "<" | ">" | "<=" | ">=")
            | (Comparison::Flag | Comparison::Id | Comparison::NumberId | Comparison::Time, "=") => {
                Some(format!("({sql} {operator} {})", self.bind(operand)))
            }
            (Comparison::Members, "=") => {
                Some(format!("(instr({sql}, {}) > 0)", self.bind(operand)))
            }
            (Comparison::Words, _) => part_of_word(operator, &operand)
                .map(|part| format!("(instr({sql}, {}) > 0)", self.bind(part))),
            (
                Comparison::Id | Comparison::NumberId | Comparison::Text | Comparison::Attribute,
                _,
            ) => {
                let text = self.bind(operand);
                compare_text(sql, operator, &text)
            }
            _ => None,
        })
    }
}

/// Returns SQL that compares two texts, without regard to case.
fn compare_text(sql: &str, operator: &str, text: &str) -> Option<String> {
    match operator {
        "=" => Some(format!("({sql} = {text} COLLATE NOCASE)")),
        "~" => Some(format!("(instr(lower({sql}), lower({text})) > 0)")),
        "^" => Some(format!("(substr({sql}, 1, length({text})) = {text} COLLATE NOCASE)")),
        "$" => Some(format!(
            "(length({sql}) >= length({text}) AND \
             substr({sql}, 1 + length({sql}) - length({text})) = {text} COLLATE NOCASE)"
        )),
        _ => None,
    }
}

/// Returns the part of a quoted word that the operator compares: without its quotes for `~`, with
/// the first for `^`, with the last for `$`.
fn part_of_word<'a>(operator: &str, word: &'a Value) -> Option<&'a str> {
    let word = word.as_str().unwrap_or_default();
    let without_first = word.strip_prefix('"').unwrap_or(word);
    match operator {
        "=" => Some(word),
        "~" => Some(without_first.strip_suffix('"').unwrap_or(without_first)),
        "^" => Some(word.strip_suffix('"').unwrap_or(word)),
        "$" => Some(without_first),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn condition(query: &Value) -> Result<Condition, ApiError> {
        let mut condition = Condition::default();
        condition.sql = condition.query(query, 1)?;
        Ok(condition)
    }

    fn sql(field: &str, operator: &str, value: Value) -> String {
        condition(&json!({"field": field, "operator": operator, "value": value}))
            .map_or_else(|error| error.message, |condition| condition.sql)
    }

    fn refused(query: &Value) -> Option<(u16, &'static str, Option<String>)> {
        condition(query).err().map(|error| (error.status, error.code, error.field))
    }

    fn invalid(field: &str) -> Option<(u16, &'static str, Option<String>)> {
        Some((400, "parameter_invalid", Some(field.into())))
    }

    #[test]
    fn values_are_not_in_the_sql() {
        let query = json!({"operator": "AND", "value": [
            {"field": "email", "operator": "=", "value": "'; DROP TABLE contact; --"},
            {"field": "role", "operator": "=", "value": "user"},
        ]});
        let condition = condition(&query).unwrap_or_default();
        assert_eq!(
            condition.sql,
            "((email = (?1 ->> '$[0]') COLLATE NOCASE) AND (role = (?1 ->> '$[1]')))"
        );
        assert_eq!(condition.values, [json!("'; DROP TABLE contact; --"), json!("user")]);
    }

    #[test]
    fn dates_compare_by_whole_day() {
        let noon = 1_577_880_000;
        assert_eq!(
            sql("created_at", "=", noon.into()),
            "(created_at >= 1577836800 AND created_at < 1577923200)"
        );
        assert_eq!(sql("created_at", ">", noon.into()), "(created_at >= 1577923200)");
        assert_eq!(sql("created_at", "<", "1577880000".into()), "(created_at < 1577836800)");
        assert_eq!(sql("last_seen_at", "=", Value::Null), "(last_seen_at IS NULL)");
        assert!(!sql("created_at", ">", i64::MAX.into()).is_empty());
    }

    #[test]
    fn dates_compare_by_the_days_of_the_time_zone() {
        let filter = |field, value| json!({"field": field, "operator": "<", "value": value});
        let sql = |field, value| {
            let mut condition = Condition::default().in_time_zone(540);
            condition.query(&filter(field, value), 1).unwrap_or_else(|error| error.message)
        };
        // 15:00 UTC is midnight in Japan.
        assert_eq!(sql("created_at", 1_577_890_799), "(created_at < 1577804400)");
        assert_eq!(sql("created_at", 1_577_890_800), "(created_at < 1577890800)");
        assert!(sql("custom_attributes.renewal_at", 1_577_890_800).ends_with(" < 1577890800)"));
    }

    #[test]
    fn an_or_of_adjacent_days_of_one_date_is_one_comparison() {
        let filter = |field: &str, by: &str, value: i64| json!({"field": field, "operator": by, "value": value});
        let or = |filters: Vec<Value>| {
            condition(&json!({"operator": "OR", "value": filters}))
                .map_or_else(|error| error.message, |condition| condition.sql)
        };
        let (day, next) = (1_577_836_800, 1_577_923_200);
        let pair = vec![filter("created_at", "<", day), filter("created_at", "=", day)];
        assert_eq!(or(pair.into_iter().rev().collect()), "(created_at < 1577923200)");
        // Other fields, a gap, and other kinds of fields keep their `OR`.
        for pair in [
            vec![filter("created_at", "<", day), filter("signed_up_at", "=", day)],
            vec![filter("created_at", "<", day), filter("created_at", "=", next)],
            vec![filter("owner_id", "<", 7), filter("owner_id", "=", 7)],
        ] {
            assert!(or(pair).contains(" OR "));
        }
        let pair = vec![filter("created_at", "<", day), filter("created_at", ">=", day)];
        assert!(or(pair).contains("not supported"));
    }

    #[test]
    fn a_time_may_be_a_float_or_a_digit_string() {
        let day = "(indexed_updated_at >= 946771200)";
        for time in [json!(946_684_800), json!(946_684_800.0), json!("946684800")] {
            assert_eq!(sql("updated_at", ">", time.clone()), day, "{time}");
            assert!(of_conversations("updated_at", "=", time).ends_with("[Number(946684800)]"));
        }
    }

    #[test]
    fn the_ids_of_conversations_compare_as_numbers() {
        for (operator, id) in [(">", ""), ("<", "1004")] {
            let sql = of_conversations("id", operator, id.into());
            let start = format!("(CAST((body ->> '$.id') AS INTEGER) {operator} CAST((?1");
            assert!(sql.starts_with(&start), "{sql}");
        }
        assert!(sql("id", ">", "".into()).contains("not supported"));
    }

    #[test]
    fn dates_support_neither_unequal_nor_lists() {
        for operator in ["!=", "IN", "NIN", "~", ">=", "<="] {
            let query = json!({"field": "created_at", "operator": operator, "value": [1]});
            let query = if operator.ends_with("IN") {
                query
            } else {
                json!({"field": "created_at", "operator": operator, "value": 1})
            };
            assert_eq!(refused(&query), invalid("operator"), "{operator}");
        }
    }

    #[test]
    fn an_item_without_a_value_matches_unequal() {
        assert_eq!(sql("owner_id", "!=", 7.into()), "(((owner_id = (?1 ->> '$[0]'))) IS NOT TRUE)");
    }

    #[test]
    fn a_value_must_have_the_type_of_its_field() {
        for (field, value) in [
            ("created_at", json!("foobar")),
            ("owner_id", json!("x")),
            ("email", json!(7)),
            ("unsubscribed_from_emails", json!("yes")),
            ("tag_id", json!(true)),
        ] {
            let query = json!({"field": field, "operator": "=", "value": value});
            assert_eq!(refused(&query), invalid("value"), "{field}");
        }
        assert_eq!(refused(&json!({"field": "email", "operator": "="})), invalid("value"));
        let query = json!({"field": "email", "operator": "IN", "value": "x"});
        assert_eq!(refused(&query), invalid("value"));
    }

    #[test]
    fn fields_and_operators_must_be_known() {
        assert_eq!(
            refused(&json!({"field": "foo", "operator": "=", "value": 1})),
            invalid("field")
        );
        assert_eq!(refused(&json!({})), invalid("field"));
        for operator in ["==", "", "and", "LIKE", ">", "<"] {
            let query = json!({"field": "email", "operator": operator, "value": "x"});
            assert_eq!(refused(&query), invalid("operator"), "{operator}");
        }
        let query = json!({"field": "tag_id", "operator": "IN", "value": ["1"]});
        assert_eq!(refused(&query), invalid("operator"));
    }

    #[test]
    fn two_levels_and_fifteen_filters_are_the_maximum() {
        let filter = json!({"field": "role", "operator": "=", "value": "user"});
        let group = |value: Vec<Value>| json!({"operator": "OR", "value": value});
        let fifteen = group(vec![filter.clone(); 15]);
        assert_eq!(refused(&group(vec![fifteen.clone(), filter.clone()])), None);
        assert_eq!(refused(&group(vec![filter.clone(); 16])), invalid("query"));
        assert_eq!(refused(&group(vec![group(vec![fifteen])])), invalid("query"));
        assert_eq!(refused(&group(Vec::new())), invalid("query"));
        assert_eq!(refused(&json!({"operator": "AND", "value": "x"})), invalid("query"));
    }

    #[test]
    fn an_attribute_compares_as_its_value() {
        let field = "custom_attributes.seats";
        assert!(sql(field, ">", "10".into()).contains(" > (?1"));
        assert!(sql(field, "=", 10.into()).ends_with(" = (?1 ->> '$[0]'))"));
        assert!(sql(field, "=", true.into()).ends_with(" = (?1 ->> '$[0]'))"));
        assert!(sql(field, "IN", json!([1, "a", true])).contains("json_each"));
        assert!(sql(field, "~", "x".into()).contains("instr"));
    }

    fn of_conversations(field: &str, operator: &str, value: Value) -> String {
        let mut condition = Condition::conversations();
        condition
            .query(&json!({"field": field, "operator": operator, "value": value}), 1)
            .map_or_else(|error| error.message, |sql| format!("{sql} {:?}", condition.values))
    }

    #[test]
    fn a_conversations_times_compare_by_the_second_and_include_it() {
        let time = "(body ->> '$.created_at')";
        let bound = "(?1 ->> '$[0]')) [Number(7)]";
        assert_eq!(of_conversations("created_at", ">", 7.into()), format!("({time} >= {bound}"));
        assert_eq!(of_conversations("created_at", "=", "7".into()), format!("({time} = {bound}"));
        assert!(of_conversations("created_at", "IN", json!([7])).contains("json_each"));
        assert!(of_conversations("created_at", ">=", 7.into()).contains("not supported"));
        assert!(of_conversations("email", "=", "x".into()).contains("not a searchable field"));
    }

    #[test]
    fn each_word_of_a_body_compares_separately() {
        let sql = |operator| of_conversations("source.body", operator, "SupPort".into());
        let bound = |word| format!("(instr(words, (?1 ->> '$[0]')) > 0) [String({word:?})]");
        assert_eq!(sql("="), bound("\"support\""));
        assert_eq!(sql("~"), bound("support"));
        assert_eq!(sql("^"), bound("\"support"));
        assert_eq!(sql("$"), bound("support\""));
        assert!(sql(">").contains("not supported"));
    }

    #[test]
    fn null_and_0_are_not_assigned() {
        let unassigned = of_conversations("admin_assignee_id", "=", 0.into());
        assert!(unassigned.starts_with("(coalesce(body ->> '$.admin_assignee_id', 0) = (?1"));
        assert_eq!(of_conversations("admin_assignee_id", "=", Value::Null), unassigned);
    }
}
