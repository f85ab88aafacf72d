//! The query parameters of lists in API 1.x, and the search of API 2.x that they mean.

use crate::call::PageRequest;
use crate::edge::bridge::pages::CursorPage;
use crate::edge::request::values::{alone, last, text, user_id, whole};
use crate::edge::response::Rejection;
use crate::model::{Field, Filter, Group, List, Operator, Order, Pages, Search, Sort};
use crate::v1::{self, Kind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

const DAY: u64 = 86_400;

/// A list's parameters.
#[derive(Debug, PartialEq)]
pub struct ListQuery {
    /// Which page.
    pub page: CursorPage,
    /// The one person who has this id.
    pub user_id: Option<String>,
    /// Set where people are looked up by e-mail.
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
    /// Reads the parameters of a list of such people; the last of the same name counts.
    pub fn read(kind: Kind, parameters: &[(String, String)]) -> Result<Self, Rejection> {
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
                    query.created_since = Some(whole(name, value, 0, 36_500)?.unsigned_abs());
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
        alone(parameters, "user_id", &CHOOSING)?;
        for name in ["company_id", "company_name"] {
            alone(parameters, name, &CHOOSING)?;
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

    /// The page of a list that Intercom numbers itself.
    pub fn numbered(&self) -> Numbered {
        let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Numbered { page: number(self.page.number), per_page: number(self.page.per_page) }
    }

    /// The search that finds these people, from its start. `now` is the time since 1970.
    pub fn search(&self, kind: Kind, now: Duration) -> Search {
        let mut filters = vec![Group::equals("role", kind.role().as_str())];
        filters.extend(self.filters.iter().map(|(field, value)| Group::equals(field, value)));
        if let Some(days) = self.created_since {
            // API 2.x compares whole days and leaves the named day out: name the day before, at
            // its start, so that the list stays the same one until midnight.
            let day = (now.as_secs() / DAY).saturating_sub(days + 1) * DAY;
            filters.push(Group::filter(
                "created_at",
                Operator::GreaterThan,
                Filter::Number(day.into()),
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

/// A page of a list that Intercom numbers itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Which page, from 1.
    pub page: u32,
    /// Items a page.
    pub per_page: u32,
}

impl Numbered {
    /// Reads `page` and `per_page`.
    pub fn read(parameters: &[(String, String)]) -> Result<Self, Rejection> {
        let number = |name, default: u32, most| {
            let value = last(parameters, name).map(|value| whole(name, value, 1, most));
            let value = value.transpose()?.and_then(|value| u32::try_from(value).ok());
            Ok::<_, Rejection>(value.unwrap_or(default))
        };
        Ok(Self { page: number("page", 1, 1_000_000)?, per_page: number("per_page", 50, 60)? })
    }

    /// The same page of API 2.x.
    pub fn request(&self) -> PageRequest<'static> {
        PageRequest::number(self.page, Some(self.per_page))
    }

    /// Where the page stands, in the envelope of API 1.x, with the next page's address at a path of
    /// this Worker. The address repeats the parameters that chose the list, because clients add theirs
    /// to it.
    pub fn pages<T>(
        &self,
        origin: &str,
        path: &str,
        repeated: &[(&str, &str)],
        list: &List<T>,
    ) -> Pages {
        let (page, per_page) = (i64::from(self.page), i64::from(self.per_page));
        let by_pages =
            |pages: &Pages| pages.total_pages.get().map(|all| all.saturating_mul(per_page));
        let total = list.total_count.get().copied().or_else(|| list.pages.get().and_then(by_pages));
        let more = match (total, list.pages.get().map(|pages| &pages.next)) {
            (Some(total), _) => page.saturating_mul(per_page) < total,
            (None, Some(Field::Null)) => false,
            (None, Some(Field::Known(_))) => true,
            // Nobody says how long the list is: an empty page is better than a lost one.
            (None, _) => i64::try_from(list.items.len()).is_ok_and(|items| items >= per_page),
        };
        let next = more.then(|| {
            let mut url = format!("{origin}/{path}?per_page={per_page}&page={}", page + 1);
            for (name, value) in repeated {
                url.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            }
            url
        });
        v1::pages(page, per_page, total, next)
    }
}

/// What a list of people is chosen by.
const CHOOSING: [&str; 9] = [
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
fn only_kind(kind: Kind, value: &str) -> Result<(), Rejection> {
    if value == kind.word() || value == kind.plural() {
        return Ok(());
    }
    Err(Rejection::parameter("type", format!("type is {} here", kind.word())))
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
    use super::{ListQuery, Numbered, last, user_id};
    use crate::edge::request::target::Target;
    use crate::edge::request::values::id;
    use crate::model::{Field, List, Pages};
    use crate::v1::Kind;
    use std::time::Duration;

    fn read(parameters: &[(&str, &str)]) -> Result<ListQuery, ()> {
        let owned: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ListQuery::read(Kind::User, &owned).map_err(|_| ())
    }

    #[test]
    fn defaults_are_those_of_2018() {
        let query = read(&[]).unwrap();
        let search = query.search(Kind::User, Duration::ZERO);
        assert_eq!((query.page.number, query.page.per_page, query.page.offset()), (1, 50, 0));
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
            serde_json::to_value(query.search(Kind::Lead, Duration::from_secs(seconds))).unwrap()
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
    fn the_next_page_repeats_the_question() {
        let query = read(&[("email", "a+b@c.d"), ("page", "3"), ("per_page", "20")]).unwrap();
        assert_eq!(
            query.page.next_url("http://w", "users", &query.repeated, "a+/="),
            "http://w/users?per_page=20&page=4&email=a%2Bb%40c%2Ed&starting_after=a%2B%2F%3D"
        );
    }

    #[test]
    fn a_numbered_page_tells_the_next_and_keeps_the_filter() {
        let page = Numbered { page: 2, per_page: 50 };
        let list = |total: Option<i64>, pages: i64| List::<()> {
            total_count: total.map_or(Field::Absent, Field::from),
            pages: Pages { total_pages: pages.into(), ..Pages::default() }.into(),
            ..List::default()
        };
        let next = |total, pages| {
            let repeated = [("name", "a&b"), ("type", "user")];
            let pages = page.pages("http://w", "companies", &repeated, &list(total, pages));
            serde_json::to_value(pages).unwrap()["next"].clone()
        };
        let third = "http://w/companies?per_page=50&page=3&name=a%26b&type=user";
        assert_eq!(next(Some(101), 3), third);
        assert_eq!(next(None, 3), third, "counted by pages where there is no count");
        assert_eq!(next(Some(100), 2), serde_json::Value::Null);
    }

    #[test]
    fn a_list_of_unknown_length_goes_on_while_its_pages_are_full() {
        let page = Numbered { page: 1, per_page: 2 };
        let pages = |items: usize, pages: Field<Pages>| {
            let list = List { items: vec![(); items], pages, ..List::default() };
            let pages = serde_json::to_value(page.pages("http://w", "notes", &[], &list)).unwrap();
            assert_eq!(pages["total_pages"], serde_json::Value::Null);
            pages["next"].is_string()
        };
        let last = || Pages { next: Field::Null, ..Pages::default() }.into();
        assert!(pages(2, Field::Absent) && pages(2, Field::Null));
        assert!(!pages(1, Field::Absent) && !pages(2, last()));
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

    #[test]
    fn a_cursor_is_any_text_and_comes_back_as_it_was() {
        for text in ["WzE,2", "a\nb==\n", "x.y:z", "a&b=c", "ü", "a b", "%00", &"x".repeat(9_000)]
        {
            let query = read(&[("page", "1"), ("starting_after", text)]).unwrap();
            assert_eq!(query.page.starting_after.as_deref(), Some(text));
            let url = query.page.next_url("http://w", "users", &query.repeated, text);
            let parameters = Target::of(&url).parameters().unwrap();
            assert_eq!(last(&parameters, "starting_after"), Some(text));
        }
    }

    #[test]
    fn ids_cannot_leave_their_place() {
        for bad in ["", "a/b", "a%2Fb", "..", "a\tb", "\0", "💥", &"x".repeat(300)] {
            assert!(id("id", bad).is_err() && user_id("user_id", bad).is_err(), "{bad:?}");
        }
        assert!(id("id", "5bb2f45a1e099bf2d553a2d5").is_ok());
        assert!(id("id", "a b").is_err());
        assert!(user_id("user_id", "auth0|john@example.com").is_ok());
        assert!(user_id("user_id", "ユーザー 1").is_ok());
    }
}
