//! What the workspace has besides people: its admins, tags, segments and companies. They are the
//! same whatever the seed.

use serde::Serialize;
use serde_json::Value;

/// The workspace's id.
pub(super) const APP_ID: &str = "bdguin94";

/// When the workspace began, in seconds since 1970.
pub(super) const BEGAN: i64 = 1_514_764_800;

/// The id of the one team, which everybody is in.
pub(super) const TEAM: u64 = 9_999_999;

/// Somebody who answers people.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Admin {
    r#type: &'static str,
    /// Intercom's id.
    pub id: &'static str,
    /// Full name.
    pub name: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Whether they are away.
    pub away_mode_enabled: bool,
    /// Whether others get their conversations meanwhile.
    pub away_mode_reassign: bool,
    has_inbox_seat: bool,
    team_ids: &'static [u64],
}

const fn admin(id: &'static str, name: &'static str, email: &'static str, away: bool) -> Admin {
    Admin {
        r#type: "admin",
        id,
        name,
        email,
        away_mode_enabled: away,
        away_mode_reassign: away,
        has_inbox_seat: true,
        team_ids: &[TEAM],
    }
}

/// The admins. The first is who the access token belongs to; the third is away.
pub(super) const ADMINS: [Admin; 5] = [
    admin("1234567", "John doe", "john.doe@sandbox.example", false),
    admin("1234568", "佐藤花子", "hanako@sandbox.example", false),
    admin("1234569", "Zoë Müller", "zoe@sandbox.example", true),
    admin("1234570", "Omar Haddad", "omar@sandbox.example", false),
    admin("1234571", "Notifier", "notifier@sandbox.example", false),
];

impl Admin {
    /// The admin of an id.
    pub fn find(id: &str) -> Option<&'static Self> {
        ADMINS.iter().find(|admin| admin.id == id)
    }

    /// The admin of a body's `admin_id`, a text or a number.
    pub fn of_value(id: &Value) -> Option<&'static Self> {
        match id {
            Value::String(id) => Self::find(id),
            id => Self::find(&id.to_string()),
        }
    }
}

/// A picture of an admin.
#[derive(Serialize)]
pub(super) struct Picture {
    r#type: &'static str,
    image_url: &'static str,
}

/// Every admin's picture.
pub(super) const PICTURE: Picture = Picture {
    r#type: "avatar",
    image_url: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E\
                %3Cpath fill='%23456' d='M0 0h1v1H0z'/%3E%3C/svg%3E",
};

/// The workspace, as `/me` tells it.
#[derive(Serialize)]
pub(super) struct App {
    r#type: &'static str,
    id_code: &'static str,
    name: &'static str,
    created_at: i64,
    secure: bool,
    identity_verification: bool,
    timezone: &'static str,
    region: &'static str,
}

/// The workspace.
pub(super) const APP: App = App {
    r#type: "app",
    id_code: APP_ID,
    name: "Sandbox",
    created_at: BEGAN,
    secure: false,
    identity_verification: false,
    timezone: "Etc/UTC",
    region: "US",
};

/// A word put on people.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Tag {
    r#type: &'static str,
    /// Intercom's id.
    pub id: &'static str,
    /// The word.
    pub name: &'static str,
}

const fn tag(id: &'static str, name: &'static str) -> Tag {
    Tag { r#type: "tag", id, name }
}

/// The tags that are there at first.
pub(super) const TAGS: [Tag; 12] = [
    tag("101", "VIP"),
    tag("102", "Beta tester"),
    tag("103", "重要"),
    tag("104", "Newsletter"),
    tag("105", "Überfällig"),
    tag("106", "Champion 🏆"),
    tag("107", "Trial"),
    tag("108", "Partner"),
    tag("109", "Feature request"),
    tag("110", "Churn risk"),
    tag("111", "R&D <internal>"),
    tag("112", "Imported"),
];

/// People picked by a rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Segment {
    r#type: &'static str,
    /// Intercom's id.
    pub id: &'static str,
    name: &'static str,
    created_at: i64,
    updated_at: i64,
    person_type: &'static str,
}

const fn segment(id: &'static str, name: &'static str, person_type: &'static str) -> Segment {
    Segment { r#type: "segment", id, name, created_at: BEGAN, updated_at: BEGAN, person_type }
}

/// The segments.
pub(super) const SEGMENTS: [Segment; 5] = [
    segment("5bb2f45a1e099bf2d5530001", "Active", "user"),
    segment("5bb2f45a1e099bf2d5530002", "New", "user"),
    segment("5bb2f45a1e099bf2d5530003", "Slipping away", "user"),
    segment("5bb2f45a1e099bf2d5530004", "日本のユーザー", "user"),
    segment("5bb2f45a1e099bf2d5530005", "Talked to us", "contact"),
];

impl Segment {
    /// The segment of an id.
    pub fn find(id: &str) -> Option<&'static Self> {
        SEGMENTS.iter().find(|segment| segment.id == id)
    }
}

/// The visitors who are there at first: id and `user_id`.
pub(super) const VISITORS: [(&str, &str); 2] = [
    ("5bb2f45a1e099bf2d553a2e1", "8d1e5f4c-7a63-4c55-9d0e-0000000000e1"),
    ("5bb2f45a1e099bf2d553a2e2", "8d1e5f4c-7a63-4c55-9d0e-0000000000e2"),
];

/// How many companies there are at first.
pub(super) const COMPANIES: u64 = 120;

const FIRST_WORDS: [&str; 10] =
    ["Acme", "Blue", "Café", "Delta", "Nordic", "株式会社", "Öko", "Red Sea", "Sun", "Zen"];
const LAST_WORDS: [&str; 12] = [
    "Bank", "Foods", "Games", "Health", "Labs", "Media", "Motors", "Robotics", "Software",
    "Textiles", "Travel", "Works",
];

/// Where people work, as it is at first.
#[derive(Debug, Serialize)]
pub(super) struct Company {
    r#type: &'static str,
    /// The id that the product gave.
    pub company_id: String,
    /// Intercom's id.
    pub id: String,
    app_id: &'static str,
    /// Its name.
    pub name: String,
    remote_created_at: i64,
    created_at: i64,
    updated_at: i64,
    last_request_at: i64,
    monthly_spend: u64,
    session_count: u64,
    user_count: u64,
    tags: Held,
    segments: Held,
    plan: Plan,
    custom_attributes: Plan,
}

/// What a company holds of a kind.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum Held {
    #[serde(rename = "tag.list")]
    Tags { tags: &'static [Tag] },
    #[serde(rename = "segment.list")]
    Segments { segments: &'static [Segment] },
}

/// The one at a place, or none.
fn held<T>(all: &'static [T], place: usize, one: bool) -> &'static [T] {
    all.get(place..place + usize::from(one)).unwrap_or_default()
}

/// An object with nothing in it.
#[derive(Debug, Serialize)]
struct Plan {}

impl Company {
    /// Intercom's id of a company by its number, counted from 0.
    pub fn id_of(number: u64) -> String {
        format!("6762f07a1bb69f9f2193{:04x}", number + 1)
    }

    /// A company by its number, counted from 0.
    pub fn number(number: u64) -> Option<Self> {
        let word = |words: &[&'static str], number: u64| {
            usize::try_from(number).ok().and_then(|number| words.get(number)).copied()
        };
        let first = word(&FIRST_WORDS, number % 10)?;
        let last = word(&LAST_WORDS, number / 10)?;
        let created_at = BEGAN + i64::try_from(number).ok()? * 86_400;
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
            tags: Held::Tags { tags: held(&TAGS, 0, number.is_multiple_of(10)) },
            segments: Held::Segments { segments: held(&SEGMENTS, 2, number.is_multiple_of(8)) },
            plan: Plan {},
            custom_attributes: Plan {},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_company_has_a_name_of_its_own_and_there_are_no_more() {
        let names: std::collections::HashSet<String> =
            (0..COMPANIES).filter_map(Company::number).map(|company| company.name).collect();
        assert_eq!(names.len(), 120);
        assert!(Company::number(COMPANIES).is_none());
    }

    #[test]
    fn one_admin_is_away() {
        assert_eq!(ADMINS.iter().filter(|admin| admin.away_mode_enabled).count(), 1);
    }
}
