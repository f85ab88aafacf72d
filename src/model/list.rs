//! Lists and their pages.

use super::json::{self, deserialize_object, model};
use super::{Field, JsonRef, JsonType, Object};
use serde::de::{Deserialize, Deserializer};
#[cfg(feature = "edge")]
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
#[cfg(feature = "edge")]
use serde_json::value::RawValue;
use std::borrow::Cow;
#[cfg(feature = "edge")]
use std::fmt;

/// The keys of a list's items: `data` in most of API 2.x, the plural elsewhere. The first that has
/// an array counts.
const ITEM_KEYS: [&str; 13] = [
    "data",
    "users",
    "contacts",
    "admins",
    "companies",
    "tags",
    "segments",
    "notes",
    "social_profiles",
    "conversations",
    "conversation_parts",
    "teammates",
    "events",
];

/// A list, as `{"type":"list","data":[…]}` or as `{"type":"user.list","users":[…]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    /// `list`, or the type of the items and `.list`.
    pub r#type: Field<String>,
    /// Key of the items; `None` if the object has no array of items.
    pub key: Option<Cow<'static, str>>,
    /// Items of this page, without those of another type.
    pub items: Vec<T>,
    /// Entries of another type, such as `null`: each with its index among all entries.
    pub unreadable: Vec<(usize, Value)>,
    /// Place of this page, and the reference to the next.
    pub pages: Field<Pages>,
    /// Number of items on all pages.
    pub total_count: Field<i64>,
    /// All other fields, unchanged.
    pub extra: Object,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            r#type: Field::Absent,
            key: None,
            items: Vec::new(),
            unreadable: Vec::new(),
            pages: Field::Absent,
            total_count: Field::Absent,
            extra: Object::new(),
        }
    }
}

impl<T> List<T> {
    /// Makes a list with a type and its items under a key.
    pub fn new(kind: &str, key: &'static str, items: Vec<T>) -> Self {
        Self { r#type: kind.into(), key: Some(Cow::Borrowed(key)), items, ..Self::default() }
    }

    /// Returns Intercom's cursor of the next page; `None` on the last, and in lists without cursors.
    pub fn starting_after(&self) -> Option<&str> {
        match self.pages.get()?.next.get()? {
            Next::Cursor(cursor) => cursor.starting_after.as_str(),
            Next::Url(_) => None,
        }
    }

    /// Returns the start of the next page: Intercom's cursor, or, if pages are numbered or ordered
    /// by time, a query with its question mark. `None` on the last page.
    pub fn next_page(&self) -> Option<String> {
        let pages = self.pages.get()?;
        let (url, cursor) = match pages.next.get() {
            Some(Next::Url(url)) => (Some(url.clone()), None),
            Some(Next::Cursor(next)) => (None, next.starting_after.as_str().map(str::to_owned)),
            None => (None, None),
        };
        next_page(url, cursor, |name| {
            let field = match name {
                "page" => &pages.page,
                "per_page" => &pages.per_page,
                _ => &pages.total_pages,
            };
            field.get().copied()
        })
    }
}

/// Returns the start of the next page, from its address, its cursor, or the numbers `page` (of this
/// page, from 1), `per_page` and `total_pages`. `number` reads a number, only if it is needed.
fn next_page(
    url: Option<String>,
    cursor: Option<String>,
    number: impl Fn(&str) -> Option<i64>,
) -> Option<String> {
    if let Some(url) = url {
        let query = url.find('?').and_then(|at| url.get(at..));
        return query.filter(|query| query.len() > 1).map(str::to_owned);
    }
    if cursor.is_some() {
        return cursor;
    }
    let page = number("page")?;
    let next = (page < number("total_pages")?).then(|| page.saturating_add(1))?;
    Some(numbered_page(next, number("per_page")))
}

/// Returns the query of a numbered page.
pub(crate) fn numbered_page(page: i64, per_page: Option<i64>) -> String {
    let mut query = String::from("?page=");
    query.push_str(&page.to_string());
    if let Some(per_page) = per_page {
        query.push_str("&per_page=");
        query.push_str(&per_page.to_string());
    }
    query
}

/// A JSON value that another program parsed, such as a JavaScript engine.
pub trait JsonValue: Sized {
    /// Returns a member of an object; `None` if this is not an object or has no such member.
    fn member(&self, name: &str) -> Option<Self>;

    /// Returns the text, if this is one.
    fn as_text(&self) -> Option<String>;

    /// Returns the number, if this is one.
    fn as_number(&self) -> Option<f64>;

    /// Returns the number of items, if this is an array.
    fn array_length(&self) -> Option<usize>;
}

/// The envelope of a list. Its items are not decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<V> {
    /// The array of items.
    pub items: V,
    /// Number of items on this page.
    pub length: usize,
    /// Number of items on all pages, if the list has it.
    pub total_count: Option<f64>,
    /// Start of the next page, as in [`List::next_page`].
    pub next: Option<String>,
}

impl<V: JsonValue> Envelope<V> {
    /// Reads the envelope. Returns `None` if the body is not a list, because it must not look like
    /// an empty list.
    pub fn read(body: &V) -> Option<Self> {
        let (items, length) = ITEM_KEYS.iter().find_map(|key| {
            let items = body.member(key)?;
            let length = items.array_length()?;
            Some((items, length))
        })?;
        let next = body.member("pages").and_then(|pages| {
            let next = pages.member("next");
            let url = next.as_ref().and_then(V::as_text);
            let cursor = next.and_then(|next| next.member("starting_after")?.as_text());
            next_page(url, cursor, |name| {
                let number = pages.member(name)?.as_number()?;
                (number.fract() == 0.0).then_some(number as i64)
            })
        });
        let total_count = body.member("total_count").and_then(|count| count.as_number());
        Some(Self { items, length, total_count, next })
    }
}

/// A list whose items stay JSON texts. It is read in one pass.
#[cfg(feature = "edge")]
#[derive(Debug)]
pub(crate) struct RawList<'a> {
    /// The items, as they came.
    pub items: Vec<&'a RawValue>,
    /// Intercom's cursor of the next page. The numbers of pages don't count: `total_pages` grows if objects are
    /// created in the meantime.
    pub next: Option<String>,
    /// Number of items on all pages, if the list has it.
    pub total_count: Option<u64>,
    /// Name of the scroll that the next page belongs to.
    pub scroll_param: Option<String>,
}

#[cfg(feature = "edge")]
impl<'de: 'a, 'a> Deserialize<'de> for RawList<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = (Option<Vec<&'de RawValue>>, [Option<Value>; 3]);

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut items, mut others) = (None, [None, None, None]);
                let [pages, total_count, scroll_param] = &mut others;
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "pages" => *pages = Some(map.next_value()?),
                        "total_count" => *total_count = Some(map.next_value()?),
                        "scroll_param" => *scroll_param = Some(map.next_value()?),
                        key if ITEM_KEYS.contains(&key) && items.is_none() => {
                            items = Some(map.next_value()?);
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok((items, others))
            }
        }
        let (items, [pages, total_count, scroll_param]) = deserializer.deserialize_map(Entries)?;
        let Some(items) = items else { return Err(D::Error::missing_field("data")) };
        let pages =
            List::<()> { pages: pages.map_or(Field::Absent, Field::read), ..List::default() };
        Ok(Self {
            items,
            next: pages.starting_after().map(str::to_owned),
            total_count: total_count.and_then(|count| count.as_u64()),
            scroll_param: scroll_param.and_then(|name| name.as_str().map(str::to_owned)),
        })
    }
}

impl<T: JsonType> List<T> {
    /// Returns all entries in their order, those of another type among them.
    fn all_items(&self) -> Vec<JsonRef<'_>> {
        let mut all = Vec::with_capacity(self.items.len() + self.unreadable.len());
        let mut items = self.items.iter().map(T::json);
        for (at, value) in &self.unreadable {
            let before = at.saturating_sub(all.len());
            all.extend(items.by_ref().take(before));
            all.push(JsonRef::Value(value));
        }
        all.extend(items);
        all
    }
}

impl<T: JsonType> JsonType for List<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        let mut entries = Object::from_value(value)?;
        let mut list = Self {
            r#type: Field::take(&mut entries, "type"),
            pages: Field::take(&mut entries, "pages"),
            total_count: Field::take(&mut entries, "total_count"),
            ..Self::default()
        };
        for key in ITEM_KEYS {
            let Some(items) = entries.remove(key) else { continue };
            let Value::Array(items) = items else {
                entries.insert(key.to_owned(), items);
                continue;
            };
            for (at, item) in items.into_iter().enumerate() {
                match T::from_value(item) {
                    Ok(item) => list.items.push(item),
                    Err(other) => list.unreadable.push((at, other)),
                }
            }
            list.key = Some(Cow::Borrowed(key));
            break;
        }
        list.extra = entries;
        Ok(list)
    }

    fn json(&self) -> JsonRef<'_> {
        let mut entries = Vec::new();
        self.r#type.put(&mut entries, "type");
        self.pages.put(&mut entries, "pages");
        if let Some(key) = &self.key {
            entries.push((key, JsonRef::Array(self.all_items())));
        }
        self.total_count.put(&mut entries, "total_count");
        entries.extend(json::entries(&self.extra));
        JsonRef::Object(entries)
    }
}

impl<'de, T: JsonType> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_object(deserializer)
    }
}

impl<T: JsonType> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

model! {
    /// The place of a page in its list.
    pub struct Pages {
        /// Reference to the next page; null or absent on the last.
        next: Next,
        /// Number of this page, from 1.
        page: i64,
        /// Maximum number of items on a page.
        per_page: i64,
        /// Number of pages.
        total_pages: i64,
    }
}

/// A reference to the next page.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Next {
    /// A cursor, in lists of contacts and conversations.
    Cursor(Cursor),
    /// An absolute address, in API 1.x and in lists of events.
    Url(String),
}

impl JsonType for Next {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(url) => Ok(Self::Url(url)),
            other => Cursor::from_value(other).map(Self::Cursor),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Cursor(cursor) => cursor.json(),
            Self::Url(url) => JsonRef::Text(url),
        }
    }
}

model! {
    /// A page of a search request, or a reference to the next page.
    pub struct Cursor {
        /// Number of the next page.
        page: i64,
        /// Maximum number of items on a page; requests only.
        per_page: i64,
        /// Cursor. It is opaque; percent-encode it in a query string.
        starting_after: String,
    }
}
