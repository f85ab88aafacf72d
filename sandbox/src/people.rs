//! The people of a fresh sandbox. The same seed gives the same people, ids and all.
//!
//! The first ones are always the same, whatever the seed; tests may count on them:
//!
//! | number | who | external id | e-mail |
//! |---|---|---|---|
//! | 0 | the user of the article, in Hachioji | `john_doe` | `john@example.com` |
//! | 1, 2 | two users with one address | `twin_one`, `twin_two` | `twins@example.com` |
//! | 3 | the only one who is unsubscribed | `unsubscribed` | `unsubscribed@example.com` |
//! | 4 | a lead | [`LEAD_EXTERNAL_ID`] | `lead@example.com` |
//! | 5 | a user of every tag and twelve companies | `collector` | `collector@example.com` |
//!
//! Beside them, and counted in no list, is one who was merged into the first: external id
//! `merged`, e-mail `merged@example.com`, id [`MERGED_ID`].

use super::dice::Dice;
use super::person::{Location, Note, Person};
use super::workspace::{ADMINS, COMPANIES, Company, SEGMENTS, TAGS};
use serde_json::{Map, Value};

/// The id of the user `john_doe`, as in the article.
pub(super) const JOHN_ID: &str = "5bb2f45a1e099bf2d553a2d5";

/// The id of the user who was merged into `john_doe`.
pub(super) const MERGED_ID: &str = "5bb2f45a1e099bf2d553a2df";

/// The external id of the lead that is always there, made by Intercom as all leads' are.
pub(super) const LEAD_EXTERNAL_ID: &str = "8d1e5f4c-7a63-4c55-9d0e-000000000004";

/// When the workspace's first person came: 2019-01-01.
const FIRST_DAY: i64 = 1_546_300_800;

/// When the picture of the workspace was taken: 2025-11-01. Nothing of the seed is later.
pub(super) const LAST_DAY: i64 = 1_761_955_200;

/// When an import brought one person in ten, all in the same second: 2022-02-22.
const IMPORTED_AT: i64 = 1_645_488_000;

/// Everybody of a seed.
pub(super) struct People {
    seed: u64,
}

impl People {
    /// The people of a seed.
    pub fn of(seed: u64) -> Self {
        Self { seed }
    }

    /// A person by number. One in five is a lead.
    pub fn person(&self, number: u64) -> Person {
        let mut person = self.stranger(number);
        let acquaint = |person: &mut Person, id: &str, external_id: &str, email: &str| {
            person.id = id.to_owned();
            person.external_id = Some(external_id.to_owned());
            person.email = Some(email.to_owned());
        };
        match number {
            0 => person = john(),
            1 => {
                acquaint(&mut person, "5bb2f45a1e099bf2d553a2d6", "twin_one", "twins@example.com");
                person.name = Some("Ana Twin".into());
            }
            2 => {
                acquaint(&mut person, "5bb2f45a1e099bf2d553a2d7", "twin_two", "twins@example.com");
                person.name = Some("Eva Twin".into());
            }
            3 => {
                let (id, email) = ("5bb2f45a1e099bf2d553a2d8", "unsubscribed@example.com");
                acquaint(&mut person, id, "unsubscribed", email);
                person.unsubscribed_from_emails = true;
            }
            4 => {
                let id = "5bb2f45a1e099bf2d553a2d9";
                acquaint(&mut person, id, LEAD_EXTERNAL_ID, "lead@example.com");
            }
            5 => {
                let (id, email) = ("5bb2f45a1e099bf2d553a2da", "collector@example.com");
                acquaint(&mut person, id, "collector", email);
                person.tags = TAGS.iter().map(|tag| tag.id.to_owned()).collect();
                person.companies = (0..12).map(Company::id_of).collect();
            }
            _ => {}
        }
        person
    }

    /// The one who was merged into the first.
    pub fn merged(&self) -> Person {
        Person {
            id: MERGED_ID.into(),
            role: "user".into(),
            external_id: Some("merged".into()),
            email: Some("merged@example.com".into()),
            created_at: FIRST_DAY,
            updated_at: FIRST_DAY,
            ..Person::default()
        }
    }

    fn stranger(&self, number: u64) -> Person {
        let mut dice = Dice::new(self.seed, number);
        let lead = number % 5 == 4;
        let created_at = match number % 10 {
            7 => IMPORTED_AT,
            _ => between(&mut dice, FIRST_DAY, LAST_DAY),
        };
        let id = format!("{created_at:08x}{:016x}", dice.next());
        let (name, mailbox, place) = someone(&mut dice);
        let after = |dice: &mut Dice, chance| {
            dice.percent(chance).then(|| between(dice, created_at, LAST_DAY))
        };
        let last_seen_at = after(&mut dice, 85);
        let last_contacted_at = after(&mut dice, 50);
        let last_replied_at = after(&mut dice, 20);
        let last_email_opened_at = after(&mut dice, 30);
        let browser = last_seen_at.map(|_| dice.one_of(&BROWSERS));
        let external_id = match (lead, dice.percent(95)) {
            (true, _) => Some(dice.uuid()),
            (false, true) => Some(format!("user-{number}")),
            (false, false) => None,
        };
        // Who has no id of the product's is known by e-mail.
        let has_email = dice.percent(if lead { 60 } else { 97 }) || external_id.is_none();
        Person {
            role: if lead { "lead" } else { "user" }.into(),
            external_id,
            email: has_email.then(|| format!("{mailbox}.{number}@{}", dice.one_of(&DOMAINS))),
            phone: dice.percent(30).then(|| format!("+3538712{:05}", dice.under(100_000))),
            name: dice.percent(if lead { 50 } else { 90 }).then(|| name.to_owned()),
            avatar: dice.percent(40).then(|| picture(number)),
            owner_id: dice.percent(30).then(|| dice.one_of(&OWNERS)),
            has_hard_bounced: dice.percent(2),
            marked_email_as_spam: dice.percent(1),
            unsubscribed_from_emails: false,
            created_at,
            updated_at: last_seen_at.max(last_contacted_at).unwrap_or(created_at),
            signed_up_at: (!lead && dice.percent(95)).then_some(created_at),
            last_seen_at,
            last_replied_at,
            last_contacted_at,
            last_email_opened_at,
            last_email_clicked_at: last_email_opened_at.filter(|_| dice.percent(40)),
            language_override: dice.percent(10).then(|| dice.one_of(&LANGUAGES).to_owned()),
            browser: browser.map(|(name, ..)| name.to_owned()),
            browser_version: browser.map(|(_, version, _)| version.to_owned()),
            browser_language: last_seen_at.map(|_| dice.one_of(&LANGUAGES).to_owned()),
            os: browser.map(|(.., os)| os.to_owned()),
            location: last_seen_at.map(|_| place.location()),
            custom_attributes: attributes(&mut dice, lead),
            referrer: dice
                .percent(20)
                .then(|| "https://www.example.com/pricing?a=1&b=2".to_owned()),
            utm_source: dice.percent(10).then(|| "newsletter".to_owned()),
            tags: some(&mut dice, 30, |dice| dice.one_of(&TAGS.map(|tag| tag.id)).to_owned()),
            companies: some(&mut dice, if lead { 5 } else { 60 }, |dice| {
                Company::id_of(dice.under(COMPANIES))
            }),
            segments: some(&mut dice, 70, |dice| {
                dice.one_of(&SEGMENTS.map(|segment| segment.id)).to_owned()
            }),
            opted_in: Vec::new(),
            opted_out: Vec::new(),
            notes: if dice.percent(5) {
                vec![Note {
                    id: (1_000 + number).to_string(),
                    created_at,
                    author: "1234568".into(),
                    body: "<p>Wrote in by chat.</p>".into(),
                }]
            } else {
                Vec::new()
            },
            id,
        }
    }
}

/// The user of the article.
fn john() -> Person {
    Person {
        id: JOHN_ID.into(),
        role: "user".into(),
        external_id: Some("john_doe".into()),
        email: Some("john@example.com".into()),
        created_at: 1_538_454_618,
        updated_at: 1_538_536_378,
        signed_up_at: Some(1_538_454_618),
        last_seen_at: Some(1_538_536_378),
        browser: Some("chrome".into()),
        location: Some(HACHIOJI.location()),
        referrer: Some("https://localhost:3000/admin".into()),
        notes: vec![
            note("25", 1_538_455_000, "<p>Asked for an invoice.</p>"),
            note("24", 1_538_454_700, "<p>First call: friendly.</p>"),
        ],
        ..Person::default()
    }
}

fn note(id: &str, created_at: i64, body: &str) -> Note {
    Note {
        id: id.into(),
        created_at,
        author: ADMINS.map(|admin| admin.id).first().copied().unwrap_or_default().into(),
        body: body.into(),
    }
}

/// A second of the time between.
pub(super) fn between(dice: &mut Dice, from: i64, to: i64) -> i64 {
    let span = u64::try_from(to - from).unwrap_or(0);
    from + i64::try_from(dice.under(span)).unwrap_or(0)
}

/// None, or with this chance one or two different ones.
fn some(dice: &mut Dice, chance: u64, one: impl Fn(&mut Dice) -> String) -> Vec<String> {
    let mut chosen = Vec::new();
    if dice.percent(chance) {
        chosen.push(one(dice));
        if dice.percent(20) {
            chosen.push(one(dice));
            chosen.dedup();
        }
    }
    chosen
}

/// The workspace's attributes: a text, a whole number, a flag, a date and an amount.
fn attributes(dice: &mut Dice, lead: bool) -> Map<String, Value> {
    let mut attributes = Map::new();
    if !lead {
        attributes.insert("plan".into(), dice.one_of(&["free", "pro", "enterprise"]).into());
        attributes.insert("seats".into(), (1 + dice.under(50)).into());
        if dice.percent(50) {
            attributes.insert("trial".into(), dice.percent(30).into());
            attributes
                .insert("renewal_at".into(), between(dice, LAST_DAY, LAST_DAY + 31_536_000).into());
        }
    } else if dice.percent(30) {
        attributes.insert("budget".into(), 1_999.5.into());
    }
    attributes
}

/// A name, the mailbox that goes with it, and where its bearer lives.
fn someone(dice: &mut Dice) -> (&'static str, &'static str, Place) {
    let (name, mailbox) = dice.one_of(&NAMES);
    (name, mailbox, dice.one_of(&PLACES))
}

const NAMES: [(&str, &str); 40] = [
    ("Olivia Smith", "olivia"),
    ("Jack Murphy", "jack"),
    ("Emma Johnson", "emma"),
    ("Noah Williams", "noah"),
    ("Grace O'Neil", "grace"),
    ("Liam Brown-Jones", "liam"),
    ("Sophie Walsh", "sophie"),
    ("Harry Clarke", "harry"),
    ("Mia Davies", "mia"),
    ("Dr. George Best Jr.", "george"),
    ("山田太郎", "yamada"),
    ("佐藤花子", "sato"),
    ("鈴木一郎", "suzuki"),
    ("高橋 美咲", "takahashi"),
    ("田中さくら", "tanaka"),
    ("渡辺 健", "watanabe"),
    ("イトウ ケンジ", "ito"),
    ("𠮷野家子", "yoshino"),
    ("José García", "jose"),
    ("Zoë Müller", "zoe"),
    ("Björn Åkesson", "bjorn"),
    ("Łukasz Żółć", "lukasz"),
    ("François Lefèvre", "francois"),
    ("Nguyễn Thị Ánh", "nguyen"),
    ("Çağla Şahin", "cagla"),
    ("Þóra Jónsdóttir", "thora"),
    ("محمد الأحمد", "mohammad"),
    ("فاطمة الزهراء", "fatima"),
    ("דוד כהן", "david"),
    ("Иван Петров", "ivan"),
    ("Ελένη Παπαδοπούλου", "eleni"),
    ("김민준", "minjun"),
    ("王小明", "wang"),
    ("प्रिया शर्मा", "priya"),
    ("สมชาย ใจดี", "somchai"),
    ("Kim 🦄", "kim"),
    ("🚀 Rocket Ray 👩‍🚀", "ray"),
    ("Tom & \"Jerry\" <tj>", "tom"),
    ("X", "x"),
    ("Hubert Blaine Wolfeschlegelsteinhausenbergerdorff Sr.", "hubert"),
];

const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "mail.example.com"];

const OWNERS: [u64; 3] = [1_234_567, 1_234_568, 1_234_570];

const LANGUAGES: [&str; 6] = ["en", "ja", "fr", "de", "ar", "pt-BR"];

const BROWSERS: [(&str, &str, &str); 4] = [
    ("chrome", "131.0.0.0", "Windows 10"),
    ("safari", "18.1", "OS X 10.15.7"),
    ("firefox", "132.0", "Linux"),
    ("edge", "130.0.0.0", "Windows 11"),
];

/// Where people live.
#[derive(Clone, Copy, Default)]
struct Place {
    country: &'static str,
    country_code: &'static str,
    region: &'static str,
    city: &'static str,
    continent_code: &'static str,
}

impl Place {
    fn location(self) -> Location {
        Location {
            country: Some(self.country.into()),
            region: Some(self.region.into()),
            city: Some(self.city.into()),
            country_code: Some(self.country_code.into()),
            continent_code: Some(self.continent_code.into()),
        }
    }
}

const HACHIOJI: Place = place("Japan", "JPN", "Tōkyo", "Hachioji", "AS");

const PLACES: [Place; 8] = [
    HACHIOJI,
    place("Japan", "JPN", "Ōsaka", "Sakai", "AS"),
    place("Ireland", "IRL", "Leinster", "Dublin", "EU"),
    place("United States", "USA", "California", "San José", "NA"),
    place("Germany", "DEU", "Bavaria", "München", "EU"),
    place("Brazil", "BRA", "São Paulo", "São Paulo", "SA"),
    place("United Arab Emirates", "ARE", "Dubai", "Dubai", "AS"),
    place("Australia", "AUS", "New South Wales", "Sydney", "OC"),
];

const fn place(
    country: &'static str,
    country_code: &'static str,
    region: &'static str,
    city: &'static str,
    continent_code: &'static str,
) -> Place {
    Place { country, country_code, region, city, continent_code }
}

/// A picture of one colour that needs no network: a page of the sandbox's people asks nobody else.
fn picture(number: u64) -> String {
    let hue = number % 36 * 10;
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E\
         %3Cpath fill='hsl({hue} 45%25 65%25)' d='M0 0h1v1H0z'/%3E%3C/svg%3E"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn everybody(seed: u64, count: u64) -> Vec<Person> {
        let people = People::of(seed);
        (0..count).map(|number| people.person(number)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_people_and_another_gives_others() {
        assert_eq!(everybody(1, 500), everybody(1, 500));
        assert_ne!(everybody(1, 500), everybody(2, 500));
    }

    #[test]
    fn ids_are_24_hex_digits_and_nobody_shares_one() {
        let people = everybody(1, 5_000);
        let ids: HashSet<&String> = people.iter().map(|person| &person.id).collect();
        assert_eq!(ids.len(), people.len());
        assert!(ids.iter().all(|id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit())));
        let known = people.iter().filter_map(|person| person.external_id.as_ref());
        let distinct: HashSet<&String> = known.clone().collect();
        assert_eq!(distinct.len(), known.count());
    }

    #[test]
    fn one_in_five_is_a_lead_and_everybody_can_be_told_apart() {
        let people = everybody(1, 500);
        assert_eq!(people.iter().filter(|person| person.role == "lead").count(), 100);
        assert!(people.iter().all(|person| person.email.is_some() || person.external_id.is_some()));
    }

    #[test]
    fn exactly_one_is_unsubscribed_and_exactly_two_share_an_address() {
        let people = everybody(7, 2_000);
        let unsubscribed: Vec<_> = people
            .iter()
            .filter(|person| person.unsubscribed_from_emails)
            .map(|person| person.external_id.as_deref())
            .collect();
        assert_eq!(unsubscribed, [Some("unsubscribed")]);
        let emails: Vec<_> = people.iter().filter_map(|person| person.email.as_ref()).collect();
        let distinct: HashSet<_> = emails.iter().collect();
        assert_eq!(emails.len(), distinct.len() + 1);
    }

    #[test]
    fn real_data_has_gaps() {
        let people = everybody(1, 500);
        let gap = |of: fn(&Person) -> bool| people.iter().any(of) && !people.iter().all(of);
        assert!(gap(|person| person.name.is_none()));
        assert!(gap(|person| person.email.is_none()));
        assert!(gap(|person| person.phone.is_none()));
        assert!(gap(|person| person.avatar.is_none()));
        assert!(gap(|person| person.last_seen_at.is_none()));
        assert!(gap(|person| person.external_id.is_none()));
        assert!(gap(|person| person.owner_id.is_none()));
        assert!(gap(|person| person.location.is_none()));
    }
}
