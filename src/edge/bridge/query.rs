//! The query parameters of lists in API 1.x, and the search of API 2.x that they mean.

use super::super::answer::Refusal;
use super::pages::CursorPage;
use crate::call::PageRequest;
use crate::model::strict::{is_id, is_user_id};
use crate::model::{Filter, Group, List, Operator, Order, Pages, Search, Sort};
use crate::v1::{self, Kind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

const DAY: u64 = 86_400;

/// A list's parameters; those that API 1.x doesn't know are ignored, as Intercom does.
#[derive(Debug, PartialEq)]
pub struct ListQuery {
    /// Which page.
    pub page: CursorPage,
    /// The one person who has this id.
    pub user_id: Option<String>,
    /// Set where people are looked up by e-mail.
    pub by_email: bool,
    created_since: Option<u64>,
    filters: Vec<(&'static str, String)>,
    sort: &'static str,
    order: Order,
    /// The parameters that the next page's address repeats.
    pub repeated: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads the parameters; the last of the same name counts.
    pub fn read(parameters: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Self {
            page: CursorPage::first(50),
            user_id: None,
            by_email: false,
            created_since: None,
            filters: Vec::new(),
            sort: "created_at",
            order: Order::Descending,
            repeated: Vec::new(),
        };
        for (name, value) in parameters {
            if query.page.take(name, value)? {
                continue;
            }
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
                _ => continue,
            }
            query.repeated.retain(|(known, _)| known != name);
            query.repeated.push((name.clone(), value.clone()));
        }
        query.by_email = query.filters.iter().any(|(field, _)| *field == "email");
        Ok(query)
    }

    fn filter(&mut self, field: &'static str, name: &str, value: &str) -> Result<(), Refusal> {
        text(name, value)?;
        self.filters.retain(|(known, _)| *known != field);
        self.filters.push((field, value.to_owned()));
        Ok(())
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
    pub fn read(parameters: &[(String, String)]) -> Result<Self, Refusal> {
        let number = |name, default: u32, most| {
            let value = last(parameters, name).map(|value| whole(name, value, 1, most));
            let value = value.transpose()?.and_then(|value| u32::try_from(value).ok());
            Ok::<_, Refusal>(value.unwrap_or(default))
        };
        Ok(Self { page: number("page", 1, 1_000_000)?, per_page: number("per_page", 50, 60)? })
    }

    /// The same page of API 2.x.
    pub fn request(&self) -> PageRequest<'static> {
        PageRequest::number(self.page, Some(self.per_page))
    }

    /// Where the page stands, in the envelope of API 1.x, with the next page's address at a path of
    /// this Worker. It repeats the filter that chose the list.
    pub fn pages<T>(
        &self,
        origin: &str,
        path: &str,
        filter: Option<(&str, &str)>,
        list: &List<T>,
    ) -> Pages {
        let (page, per_page) = (i64::from(self.page), i64::from(self.per_page));
        let told = |pages: &Pages| pages.total_pages.get().map(|all| all.saturating_mul(per_page));
        let total = list.total_count.get().copied().or_else(|| list.pages.get().and_then(told));
        let total = total.unwrap_or_default();
        let more = page.saturating_mul(per_page) < total;
        let next = more.then(|| {
            let filter = filter.map(|(name, value)| {
                format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
            });
            let filter = filter.unwrap_or_default();
            format!("{origin}/{path}?per_page={per_page}&page={}{filter}", page + 1)
        });
        v1::pages(page, per_page, total, next)
    }
}

/// A text to look something up by: 1 to 255 characters.
pub fn text<'a>(name: &str, value: &'a str) -> Result<&'a str, Refusal> {
    if !(1..=255).contains(&value.chars().count()) || value.chars().any(char::is_control) {
        return Err(Refusal::parameter(name, "Give 1 to 255 characters"));
    }
    Ok(value)
}

/// The value of a parameter; the last of the same name counts.
pub fn last<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// One of Intercom's ids.
pub fn id<'a>(name: &str, value: &'a str) -> Result<&'a str, Refusal> {
    if is_id(value) {
        return Ok(value);
    }
    Err(Refusal::parameter(name, "An id is 1 to 128 letters, digits, - or _"))
}

/// An id of the caller's own product.
pub fn user_id<'a>(name: &str, value: &'a str) -> Result<&'a str, Refusal> {
    if is_user_id(value) {
        return Ok(value);
    }
    Err(Refusal::parameter(
        name,
        "A user_id is 1 to 255 letters, digits, spaces and visible ASCII characters without /, \\ and %",
    ))
}

/// A cursor of Intercom's: base64 in either alphabet.
pub fn cursor(name: &str, value: &str) -> Result<String, Refusal> {
    let valid =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    // A plus sign that wasn't percent-encoded arrives as a space.
    let value = value.replace(' ', "+");
    if (1..=4096).contains(&value.len()) && value.bytes().all(valid) {
        Ok(value)
    } else {
        Err(Refusal::parameter(name, "This is no cursor that a page of this list gave"))
    }
}

/// A whole number within bounds.
pub fn whole(name: &str, value: &str, least: i64, most: i64) -> Result<i64, Refusal> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && (least..=most).contains(&number) => Ok(number),
        _ => Err(Refusal::parameter(
            name,
            format!("{name} is a whole number from {least} to {most}"),
        )),
    }
}

fn order(value: &str) -> Result<Order, Refusal> {
    match value {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(Refusal::parameter("order", "order is asc or desc")),
    }
}

fn sort(value: &str) -> Result<&'static str, Refusal> {
    match value {
        "created_at" => Ok("created_at"),
        "last_request_at" => Ok("last_seen_at"),
        "signed_up_at" => Ok("signed_up_at"),
        "updated_at" => Ok("updated_at"),
        _ => Err(Refusal::parameter(
            "sort",
            "sort is created_at, last_request_at, signed_up_at or updated_at",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{ListQuery, Numbered, cursor, id, user_id};
    use crate::model::{Field, List, Pages};
    use crate::v1::Kind;
    use std::time::Duration;

    fn read(parameters: &[(&str, &str)]) -> Result<ListQuery, ()> {
        let owned: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ListQuery::read(&owned).map_err(|_| ())
    }

    #[test]
    fn defaults_are_those_of_2018() {
        let query = read(&[("unknown", "ignored")]).unwrap();
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
            ("starting_after", "%00"),
            ("starting_after", ""),
        ] {
            assert!(read(&[(name, value)]).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn the_next_page_repeats_the_question() {
        let query =
            read(&[("email", "a+b@c.d"), ("page", "3"), ("per_page", "20"), ("x", "y")]).unwrap();
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
            let pages =
                page.pages("http://w", "companies", Some(("name", "a&b")), &list(total, pages));
            serde_json::to_value(pages).unwrap()["next"].clone()
        };
        let third = "http://w/companies?per_page=50&page=3&name=a%26b";
        assert_eq!(next(Some(101), 3), third);
        assert_eq!(next(None, 3), third, "counted by pages where there is no count");
        assert_eq!(next(Some(100), 2), serde_json::Value::Null);
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
        assert_eq!(cursor("c", "a b").unwrap(), "a+b");
    }
}
