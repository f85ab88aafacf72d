//! The companies of the seed data. They are the same with every seed.

use crate::http::response::ApiError;
use crate::segments::{SEGMENTS, Segment};
use crate::store::Store;
use crate::tags::tag::{TAGS, Tag};
use crate::workspace::{APP_ID, CREATED_AT};
use serde::Serialize;

/// The number of companies.
pub(crate) const COMPANIES: u64 = 120;

const FIRST_WORDS: [&str; 10] =
    ["Acme", "Blue", "Café", "Delta", "Nordic", "株式会社", "Öko", "Red Sea", "Sun", "Zen"];

const LAST_WORDS: [&str; 12] = [
    "Bank", "Foods", "Games", "Health", "Labs", "Media", "Motors", "Robotics", "Software",
    "Textiles", "Travel", "Works",
];

/// A company of the seed data.
#[derive(Debug, Serialize)]
pub(crate) struct SeedCompany {
    r#type: &'static str,
    /// The id that the workspace's own product uses.
    pub company_id: String,
    /// Intercom's id.
    pub id: String,
    app_id: &'static str,
    /// The name.
    pub name: String,
    remote_created_at: i64,
    created_at: i64,
    updated_at: i64,
    last_request_at: i64,
    monthly_spend: u64,
    session_count: u64,
    user_count: u64,
    tags: Embedded,
    segments: Embedded,
    plan: Empty,
    custom_attributes: Empty,
}

/// The tags or the segments of a company.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum Embedded {
    #[serde(rename = "tag.list")]
    Tags { tags: Vec<Tag> },
    #[serde(rename = "segment.list")]
    Segments { segments: Vec<Segment> },
}

/// An empty object.
#[derive(Debug, Serialize)]
struct Empty {}

impl SeedCompany {
    /// Returns Intercom's id of a company by its number, counted from 0.
    pub fn id_of(number: u64) -> String {
        format!("6762f07a1bb69f9f2193{:04x}", number + 1)
    }

    /// Returns a company by its number, counted from 0; `None` if there is no such company.
    pub fn number(number: u64) -> Option<Self> {
        let word = |words: &[&'static str], number: u64| {
            usize::try_from(number).ok().and_then(|number| words.get(number)).copied()
        };
        let first = word(&FIRST_WORDS, number % 10)?;
        let last = word(&LAST_WORDS, number / 10)?;
        let first_tag = TAGS.into_iter().take(usize::from(number.is_multiple_of(10)));
        let first_tag = first_tag.map(Tag::seeded);
        let third_segment = SEGMENTS.iter().skip(2).take(usize::from(number.is_multiple_of(8)));
        let created_at = CREATED_AT + i64::try_from(number).ok()? * 86_400;
        Some(Self {
            r#type: "company",
            company_id: format!("company-{}", number + 1),
            id: Self::id_of(number),
            app_id: APP_ID,
            name: format!("{first} {last}"),
            remote_created_at: created_at,
            created_at,
            updated_at: created_at + 3_600,
            last_request_at: created_at + 7_200,
            monthly_spend: number * 10,
            session_count: number * 3,
            user_count: 0,
            tags: Embedded::Tags { tags: first_tag.collect() },
            segments: Embedded::Segments { segments: third_segment.copied().collect() },
            plan: Empty {},
            custom_attributes: Empty {},
        })
    }
}

/// Inserts the companies of the seed data.
pub(crate) fn insert_seed(store: &Store) -> Result<(), ApiError> {
    let companies: Vec<SeedCompany> = (0..COMPANIES).filter_map(SeedCompany::number).collect();
    store.run_with("INSERT INTO company (entry) SELECT value FROM json_each(?1)", &companies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_company_has_its_own_name_and_there_are_120() {
        let names: std::collections::HashSet<String> =
            (0..COMPANIES).filter_map(SeedCompany::number).map(|company| company.name).collect();
        assert_eq!(names.len(), 120);
        assert!(SeedCompany::number(COMPANIES).is_none());
    }
}
