//! The query parameters of lists of people in API 1.x, and their search in API 2.x.

use crate::edge::bridge::pages::CursorPage;
use crate::edge::request::values::{alone, text, user_id, whole_number};
use crate::edge::response::Rejection;
use crate::model::{FilterValue, Group, Operator, Order, Search, Sort};
use crate::v1::PersonKind;
use std::time::Duration;

const DAY: u64 = 86_400;

/// The query parameters of a list of people.
#[derive(Debug, PartialEq)]
pub struct ListQuery {
    /// The page.
    pub page: CursorPage,
    /// The id of the caller's own product, of one person.
    pub user_id: Option<String>,
    /// The filters have an e-mail address.
    pub by_email: bool,
    /// The company whose people are listed: `company_id` or `company_name`, and its value.
    pub company: Option<(&'static str, String)>,
    created_since: Option<u64>,
    filters: Vec<(&'static str, String)>,
    sort: &'static str,
    order: Order,
    /// The parameters that the next page's address repeats.
    pub repeated: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads the parameters. Of several with one name, the last counts.
    pub fn read(kind: PersonKind, parameters: &[(String, String)]) -> Result<Self, Rejection> {
        let mut query = Self {
            page: CursorPage::read(parameters, 50)?,
            user_id: None,
            by_email: false,
            company: None,
            created_since: None,
            filters: Vec::new(),
            sort: "created_at",
            order: Order::Descending,
            repeated: Vec::new(),
        };
        for (name, value) in parameters {
            match name.as_str() {
                "order" => query.order = order(value)?,
                "sort" => query.sort = sort(value)?,
                "created_since" => {
                    query.created_since =
                        Some(whole_number(name, value, 0, 36_500)?.unsigned_abs());
                }
                "user_id" => query.user_id = Some(user_id(name, value)?.to_owned()),
                "email" => query.filter("email", name, value)?,
                "phone" => query.filter("phone", name, value)?,
                "tag_id" => query.filter("tag_id", name, value)?,
                "segment_id" => query.filter("segment_id", name, value)?,
                "company_id" => query.company = Some(("company_id", text(name, value)?.to_owned())),
                "company_name" => {
                    query.company = Some(("company_name", text(name, value)?.to_owned()));
                }
                "type" => only_kind(kind, value)?,
                _ => continue,
            }
            query.repeated.retain(|(known, _)| known != name);
            query.repeated.push((name.clone(), value.clone()));
        }
        query.by_email = query.filters.iter().any(|(field, _)| *field == "email");
        alone(parameters, "user_id", &SELECTING)?;
        for name in ["company_id", "company_name"] {
            alone(parameters, name, &SELECTING)?;
            alone(parameters, name, &["order", "sort"])?;
        }
        Ok(query)
    }

    fn filter(&mut self, field: &'static str, name: &str, value: &str) -> Result<(), Rejection> {
        text(name, value)?;
        self.filters.retain(|(known, _)| *known != field);
        self.filters.push((field, value.to_owned()));
        Ok(())
    }

    /// Makes the search that finds these people. `now` is the time since 1970.
    pub fn search(&self, kind: PersonKind, now: Duration) -> Search {
        let mut filters = vec![Group::equals("role", kind.role().as_str())];
        filters.extend(self.filters.iter().map(|(field, value)| Group::equals(field, value)));
        if let Some(days) = self.created_since {
            // API 2.x compares whole days and excludes the given day: give the start of the day
            // before, so that the list stays the same until midnight.
            let day = (now.as_secs() / DAY).saturating_sub(days + 1) * DAY;
            filters.push(Group::filter(
                "created_at",
                Operator::GreaterThan,
                FilterValue::Number(day.into()),
            ));
        }
        Search {
            query: Group::all(filters).into(),
            sort: Sort {
                field: self.sort.into(),
                order: self.order.clone().into(),
                ..Sort::default()
            }
            .into(),
            ..Search::default()
        }
    }
}

/// The parameters that select people.
const SELECTING: [&str; 9] = [
    "user_id",
    "company_id",
    "company_name",
    "email",
    "phone",
    "tag_id",
    "segment_id",
    "created_since",
    "starting_after",
];

/// Rejects a `type` other than the kind that the path names.
fn only_kind(kind: PersonKind, value: &str) -> Result<(), Rejection> {
    if value == kind.type_name() || value == kind.plural() {
        return Ok(());
    }
    Err(Rejection::parameter("type", format!("type is {} here", kind.type_name())))
}

fn order(value: &str) -> Result<Order, Rejection> {
    match value {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(Rejection::parameter("order", "order is asc or desc")),
    }
}

fn sort(value: &str) -> Result<&'static str, Rejection> {
    match value {
        "created_at" => Ok("created_at"),
        "last_request_at" => Ok("last_seen_at"),
        "signed_up_at" => Ok("signed_up_at"),
        "updated_at" => Ok("updated_at"),
        _ => Err(Rejection::parameter(
            "sort",
            "sort is created_at, last_request_at, signed_up_at or updated_at",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::ListQuery;
    use crate::v1::PersonKind;
    use std::time::Duration;

    fn read(parameters: &[(&str, &str)]) -> Result<ListQuery, ()> {
        let owned: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ListQuery::read(PersonKind::User, &owned).map_err(|_| ())
    }

    #[test]
    fn defaults_are_those_of_2018() {
        let query = read(&[]).unwrap();
        let search = query.search(PersonKind::User, Duration::ZERO);
        let page = query.page.page;
        assert_eq!((page.number, page.per_page, page.offset()), (1, 50, 0));
        assert_eq!(
            serde_json::to_value(search).unwrap(),
            serde_json::json!({
                "query": {"operator": "AND", "value": [{"field": "role", "operator": "=", "value": "user"}]},
                "sort": {"field": "created_at", "order": "descending"},
            })
        );
    }

    #[test]
    fn created_since_asks_from_the_start_of_the_day_before() {
        let day = 86_400;
        let search = |seconds| {
            let query = read(&[("created_since", "2")]).unwrap();
            serde_json::to_value(query.search(PersonKind::Lead, Duration::from_secs(seconds)))
                .unwrap()
        };
        assert_eq!(search(10 * day + 5)["query"]["value"][1]["value"], 7 * day);
        assert_eq!(search(10 * day), search(11 * day - 1), "the same list all day");
    }

    #[test]
    fn bad_values_are_refused() {
        for (name, value) in [
            ("page", "0"),
            ("page", "-1"),
            ("page", "abc"),
            ("page", ""),
            ("page", "+1"),
            ("page", "99999999999999999999"),
            ("per_page", "0"),
            ("per_page", "61"),
            ("per_page", "abc"),
            ("order", "up"),
            ("sort", "name"),
            ("created_since", "-1"),
            ("email", ""),
            ("user_id", ""),
            ("user_id", "a/b"),
            ("user_id", "💥"),
            ("starting_after", ""),
            ("type", "company"),
            ("company_id", ""),
        ] {
            assert!(read(&[(name, value)]).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn a_parameter_that_could_only_be_ignored_is_rejected() {
        for (names, fits) in [
            (&["tag_id", "email", "created_since"][..], true),
            (&["user_id", "per_page", "order"], true),
            (&["company_id", "page", "per_page"], true),
            (&["user_id", "email"], false),
            (&["company_id", "tag_id"], false),
            (&["company_id", "company_name"], false),
            (&["company_name", "sort"], false),
            (&["starting_after"], false),
            (&["starting_after", "page"], true),
        ] {
            let value = |name: &str| match name {
                "order" => "asc",
                "sort" => "created_at",
                _ => "1",
            };
            let parameters: Vec<_> = names.iter().map(|name| (*name, value(name))).collect();
            assert_eq!(read(&parameters).is_ok(), fits, "{names:?}");
        }
    }
}
