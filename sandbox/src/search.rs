//! The query of a search, read and turned into a condition in SQL.
//!
//! Requests are read as plain JSON and not by the crate's models, so that a mistake in those shows.

use super::answer::Refusal;
use super::body;
use super::field::{Field, Kind, Resource};
use serde_json::Value;

/// How many groups may lie in one another.
const MAX_LEVELS: usize = 2;

/// How many filters a group may have.
const MAX_FILTERS: usize = 15;

const DAY: i64 = 86_400;

/// How long a search doesn't find something new, in milliseconds; Intercom's takes minutes.
pub(super) const SEARCH_DELAY_MS: u64 = 2_000;

/// A condition in SQL. Its values stay apart: all of them are bound as one JSON array, `?1`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Condition {
    /// What is looked for.
    pub resource: Resource,
    /// SQL that is true of one that matches.
    pub sql: String,
    /// What `?1` holds.
    pub values: Vec<Value>,
}

impl Condition {
    /// Everybody who is in lists: neither the archived nor the merged.
    pub fn everybody() -> Self {
        Self { sql: "state = 'active'".into(), ..Self::default() }
    }

    /// All conversations.
    pub fn every_conversation() -> Self {
        Self { resource: Resource::Conversation, sql: "TRUE".into(), values: Vec::new() }
    }

    /// All tickets.
    pub fn every_ticket() -> Self {
        Self { resource: Resource::Ticket, sql: "kind = 'ticket'".into(), values: Vec::new() }
    }

    /// Leaves out what is too new for the search's index.
    pub fn indexed(mut self, now_ms: u64) -> Self {
        self.and(&format!("made_at_ms <= {}", now_ms.saturating_sub(SEARCH_DELAY_MS)));
        self
    }

    /// SQL for a value.
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
    pub fn and_query(&mut self, query: &Value) -> Result<(), Refusal> {
        let sql = self.query(query, 1)?;
        self.and(&sql);
        Ok(())
    }

    fn query(&mut self, query: &Value, level: usize) -> Result<String, Refusal> {
        let operator = query.get("operator").and_then(Value::as_str).unwrap_or_default();
        let joint = match operator {
            "AND" => " AND ",
            "OR" => " OR ",
            _ => return self.filter(query, operator),
        };
        if level > MAX_LEVELS {
            let message = format!("Queries can be nested {MAX_LEVELS} levels deep at most");
            return Err(Refusal::invalid("query", message));
        }
        let filters = query.get("value").and_then(Value::as_array);
        match filters.map_or(0, Vec::len) {
            0 => {
                let message = format!("{operator} needs an array of filters as its value");
                return Err(Refusal::invalid("query", message));
            }
            1..=MAX_FILTERS => {}
            _ => {
                let message = format!("{operator} can have {MAX_FILTERS} filters at most");
                return Err(Refusal::invalid("query", message));
            }
        }
        let filters: Result<Vec<String>, Refusal> =
            filters.into_iter().flatten().map(|filter| self.query(filter, level + 1)).collect();
        Ok(format!("({})", filters?.join(joint)))
    }

    fn filter(&mut self, filter: &Value, operator: &str) -> Result<String, Refusal> {
        let name = filter.get("field").and_then(Value::as_str).unwrap_or_default();
        let field = self.resource.field(name).ok_or_else(|| {
            Refusal::invalid("field", format!("'{name}' is not a searchable field"))
        })?;
        let value = filter.get("value").ok_or_else(|| {
            Refusal::invalid("value", format!("The filter on '{name}' has no value"))
        })?;
        let unsupported = || {
            let message = format!("Operator '{operator}' is not supported for field '{name}'");
            Refusal::invalid("operator", message)
        };
        let (positive, negated) = match operator {
            "!=" => ("=", true),
            "NIN" => ("IN", true),
            "!~" => ("~", true),
            positive => (positive, false),
        };
        let many = matches!(operator, "IN" | "NIN");
        // Intercom's reference: dates know neither, and tags only the same and not the same.
        if (field.kind == Kind::Date && (negated || many)) || (name == "tag_id" && many) {
            return Err(unsupported());
        }
        let sql = if many {
            let values = value.as_array().filter(|values| !values.is_empty()).ok_or_else(|| {
                Refusal::invalid("value", format!("{operator} needs an array of values"))
            })?;
            self.one_of(&field, name, values)?
        } else {
            self.compare(&field, name, positive, value)?.ok_or_else(unsupported)?
        };
        // Who has no value doesn't have that value either.
        Ok(if negated { format!("(({sql}) IS NOT TRUE)") } else { sql })
    }

    /// SQL that is true of a field that has one of the values.
    fn one_of(&mut self, field: &Field, name: &str, values: &[Value]) -> Result<String, Refusal> {
        let sql = &field.sql;
        let operands: Result<Vec<Value>, Refusal> =
            values.iter().map(|value| operand(field.kind, name, value)).collect();
        let operands = operands?;
        if matches!(field.kind, Kind::Members | Kind::Words) {
            let any: Vec<String> = operands
                .into_iter()
                .map(|id| format!("instr({sql}, {}) > 0", self.bind(id)))
                .collect();
            return Ok(format!("({})", any.join(" OR ")));
        }
        let is_id = matches!(field.kind, Kind::Id | Kind::NumberId);
        let case = if is_id { "" } else { " COLLATE NOCASE" };
        let list = self.values.len();
        self.values.push(operands.into());
        Ok(format!("({sql}{case} IN (SELECT value FROM json_each(?1, '$[{list}]')))"))
    }

    /// SQL for one comparison; `None` if the field doesn't compare so.
    fn compare(
        &mut self,
        field: &Field,
        name: &str,
        operator: &str,
        value: &Value,
    ) -> Result<Option<String>, Refusal> {
        let sql = &field.sql;
        if value.is_null() && field.kind != Kind::Assignee {
            return Ok((operator == "=").then(|| format!("({sql} IS NULL)")));
        }
        let kind = match (field.kind, operator, value) {
            (Kind::Attribute, "<" | ">" | "<=" | ">=", _)
            | (Kind::Attribute, "=", Value::Number(_) | Value::Bool(_)) => Kind::Integer,
            (Kind::Attribute, ..) => Kind::Text,
            (kind, ..) => kind,
        };
        let operand = match value {
            Value::Bool(flag) if field.kind == Kind::Attribute => u8::from(*flag).into(),
            value => operand(kind, name, value)?,
        };
        Ok(match kind {
            Kind::Date => {
                let day = operand.as_i64().unwrap_or(0).div_euclid(DAY).saturating_mul(DAY);
                let next_day = day.saturating_add(DAY);
                match operator {
                    "=" => Some(format!("({sql} >= {day} AND {sql} < {next_day})")),
                    ">" => Some(format!("({sql} >= {next_day})")),
                    "<" => Some(format!("({sql} < {day})")),
                    _ => None,
                }
            }
            Kind::NumberId if matches!(operator, "<" | ">") => {
                let id = self.bind(operand);
                Some(format!("(CAST({sql} AS INTEGER) {operator} CAST({id} AS INTEGER))"))
            }
            // Tickets know `<=` and `>=` besides, which are the same.
            Kind::Time if self.resource == Resource::Ticket && matches!(operator, "<=" | ">=") => {
                Some(format!("({sql} {operator} {})", self.bind(operand)))
            }
            Kind::Time if matches!(operator, "<" | ">") => {
                Some(format!("({sql} {operator}= {})", self.bind(operand)))
            }
            Kind::Integer | Kind::Assignee if matches!(operator, "=" | "<" | ">" | "<=" | ">=") => {
                Some(format!("({sql} {operator} {})", self.bind(operand)))
            }
            Kind::Flag | Kind::Id | Kind::NumberId | Kind::Time if operator == "=" => {
                Some(format!("({sql} = {})", self.bind(operand)))
            }
            Kind::Members if operator == "=" => {
                Some(format!("(instr({sql}, {}) > 0)", self.bind(operand)))
            }
            Kind::Words => {
                let word = operand.as_str().unwrap_or_default();
                let after_quote = word.strip_prefix('"').unwrap_or(word);
                let part = match operator {
                    "=" => word,
                    "~" => after_quote.strip_suffix('"').unwrap_or(after_quote),
                    "^" => word.strip_suffix('"').unwrap_or(word),
                    "$" => after_quote,
                    _ => return Ok(None),
                };
                Some(format!("(instr({sql}, {}) > 0)", self.bind(part)))
            }
            Kind::Id | Kind::NumberId | Kind::Text | Kind::Attribute => {
                let text = self.bind(operand);
                match operator {
                    "=" => Some(format!("({sql} = {text} COLLATE NOCASE)")),
                    "~" => Some(format!("(instr(lower({sql}), lower({text})) > 0)")),
                    "^" => {
                        Some(format!("(substr({sql}, 1, length({text})) = {text} COLLATE NOCASE)"))
                    }
                    "$" => Some(format!(
                        "(length({sql}) >= length({text}) AND \
                         substr({sql}, 1 + length({sql}) - length({text})) = {text} COLLATE NOCASE)"
                    )),
                    _ => None,
                }
            }
            _ => None,
        })
    }
}

/// What a value is compared as. A value of another kind than its field is refused.
fn operand(kind: Kind, name: &str, value: &Value) -> Result<Value, Refusal> {
    let (operand, wanted) = match kind {
        Kind::Id | Kind::Text => (value.as_str().map(Value::from), "a text"),
        Kind::NumberId if value.is_number() => (Some(value.to_string().into()), "an id"),
        Kind::NumberId => (value.as_str().map(Value::from), "an id"),
        Kind::Assignee if value.is_null() => (Some(0.into()), "a number"),
        Kind::Integer | Kind::Assignee => (number(value), "a number"),
        Kind::Date | Kind::Time => (body::seconds(value).map(Value::from), "a UNIX timestamp"),
        Kind::Flag => {
            let flag = match value {
                Value::Bool(flag) => Some(*flag),
                Value::String(text) => text.parse::<bool>().ok(),
                _ => None,
            };
            (flag.map(|flag| u8::from(flag).into()), "true or false")
        }
        // As a member of a JSON array looks.
        Kind::Members => match value {
            Value::String(_) => (Some(value.to_string().into()), "an id"),
            Value::Number(_) => (Some(format!("\"{value}\"").into()), "an id"),
            _ => (None, "an id"),
        },
        Kind::Words => {
            let word = value.as_str().map(|word| Value::from(word.to_lowercase()).to_string());
            (word.map(Value::from), "a text")
        }
        Kind::Attribute => {
            let scalar = value.is_string() || value.is_number() || value.is_boolean();
            (scalar.then(|| value.clone()), "a text, a number, true or false")
        }
    };
    operand.ok_or_else(|| {
        Refusal::invalid("value", format!("The value for '{name}' must be {wanted}"))
    })
}

/// A number, or digits in a text as Intercom's own examples have them.
fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(number.into()),
            Err(_) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from),
        },
        _ => None,
    }
}

/// In which order a search answers.
#[derive(Debug, PartialEq)]
pub(super) struct Order {
    /// What a cursor of this order says of it.
    pub name: String,
    /// SQL that gives what is sorted by.
    pub key: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// The latest first, where nothing else is asked for.
    pub fn usual(resource: Resource) -> Self {
        let field = resource.usual_order();
        let key = resource.sort_key(field).unwrap_or_default();
        Self { name: format!("{field} descending"), key, descending: true }
    }

    /// Reads `sort`.
    pub fn read(resource: Resource, sort: Option<&Value>) -> Result<Self, Refusal> {
        let Some(sort) = sort.filter(|sort| !sort.is_null()) else {
            return Ok(Self::usual(resource));
        };
        let text = |of: &str, otherwise: &str| match sort.get(of) {
            None | Some(Value::Null) => otherwise.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let field = text("field", resource.usual_order());
        let order = text("order", "descending");
        let key = resource.sort_key(&field).ok_or_else(|| {
            Refusal::invalid("sort.field", format!("'{field}' is not a field to sort by"))
        })?;
        if order != "ascending" && order != "descending" {
            return Err(Refusal {
                field: Some("sort.order".into()),
                ..Refusal::new(
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

    fn condition(query: &Value) -> Result<Condition, Refusal> {
        let mut condition = Condition::default();
        condition.sql = condition.query(query, 1)?;
        Ok(condition)
    }

    fn sql(field: &str, operator: &str, value: Value) -> String {
        condition(&json!({"field": field, "operator": operator, "value": value}))
            .map_or_else(|refusal| refusal.message, |condition| condition.sql)
    }

    fn refused(query: &Value) -> Option<(u16, &'static str, Option<String>)> {
        condition(query).err().map(|refusal| (refusal.status, refusal.code, refusal.field))
    }

    fn invalid(field: &str) -> Option<(u16, &'static str, Option<String>)> {
        Some((400, "parameter_invalid", Some(field.into())))
    }

    #[test]
    fn values_stay_out_of_the_sql() {
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
    fn a_time_may_be_a_float_or_a_digit_string() {
        let day = "(updated_at >= 946771200)";
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
    fn dates_know_neither_unequal_nor_lists() {
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
    fn who_has_no_value_does_not_have_that_value() {
        assert_eq!(sql("owner_id", "!=", 7.into()), "(((owner_id = (?1 ->> '$[0]'))) IS NOT TRUE)");
    }

    #[test]
    fn a_value_must_fit_its_field() {
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
    fn two_levels_and_fifteen_filters_and_no_more() {
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
        let mut condition = Condition::every_conversation();
        condition
            .query(&json!({"field": field, "operator": operator, "value": value}), 1)
            .map_or_else(|refusal| refusal.message, |sql| format!("{sql} {:?}", condition.values))
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
    fn each_word_of_a_body_compares_for_itself() {
        let sql = |operator| of_conversations("source.body", operator, "SupPort".into());
        let bound = |word| format!("(instr(words, (?1 ->> '$[0]')) > 0) [String({word:?})]");
        assert_eq!(sql("="), bound("\"support\""));
        assert_eq!(sql("~"), bound("support"));
        assert_eq!(sql("^"), bound("\"support"));
        assert_eq!(sql("$"), bound("support\""));
        assert!(sql(">").contains("not supported"));
    }

    #[test]
    fn nobody_is_null_and_0() {
        let nobody = of_conversations("admin_assignee_id", "=", 0.into());
        assert!(nobody.starts_with("(coalesce(body ->> '$.admin_assignee_id', 0) = (?1"));
        assert_eq!(of_conversations("admin_assignee_id", "=", Value::Null), nobody);
    }

    #[test]
    fn an_order_is_ascending_or_descending() {
        assert_eq!(Order::read(Resource::Contact, None), Ok(Order::usual(Resource::Contact)));
        let order =
            Order::read(Resource::Contact, Some(&json!({"field": "name", "order": "ascending"})));
        assert_eq!(
            order.map(|order| (order.name, order.descending)),
            Ok(("name ascending".into(), false))
        );
        let refusal =
            Order::read(Resource::Contact, Some(&json!({"field": "name", "order": "desc"}))).err();
        assert_eq!(
            refusal.map(|refusal| (refusal.code, refusal.message)),
            Some((
                "invalid_sort_order",
                "Invalid sort order 'desc'. Must be one of: ascending, descending".into()
            ))
        );
        let refusal = Order::read(Resource::Contact, Some(&json!({"field": "tag_id"}))).err();
        assert_eq!(refusal.map(|refusal| refusal.field), Some(Some("sort.field".into())));
    }
}
