//! The contacts of the seed data. The same seed gives the same contacts, with the same ids.
//!
//! The first contacts are the same with every seed; tests may rely on them:
//!
//! | number | contact | external id | e-mail |
//! |---|---|---|---|
//! | 0 | the user of Intercom's article, in Hachioji | `john_doe` | `john@example.com` |
//! | 1, 2 | two users with one e-mail address | `twin_one`, `twin_two` | `twins@example.com` |
//! | 3 | the only unsubscribed contact | `unsubscribed` | `unsubscribed@example.com` |
//! | 4 | a lead | [`LEAD_EXTERNAL_ID`] | `lead@example.com` |
//! | 5 | a user with every tag and twelve companies | `collector` | `collector@example.com` |
//!
//! One more user was merged into the first and is in no list: external id `merged`, e-mail
//! `merged@example.com`, id [`MERGED_ID`].

use crate::admins::admin::ADMINS;
use crate::companies::seed::{COMPANIES, SeedCompany};
use crate::contacts::contact::{Contact, Location, Note};
use crate::http::response::ApiError;
use crate::random::Random;
use crate::segments::SEGMENTS;
use crate::store::Store;
use crate::tags::tag::TAGS;
use serde_json::{Map, Value};

/// The id of the user `john_doe`, as in Intercom's article.
pub(crate) const JOHN_ID: &str = "5bb2f45a1e099bf2d553a2d5";

/// The id of the user who was merged into `john_doe`.
pub(crate) const MERGED_ID: &str = "5bb2f45a1e099bf2d553a2df";

/// The external id of the lead that every seed has. Intercom generates the external ids of leads.
pub(crate) const LEAD_EXTERNAL_ID: &str = "8d1e5f4c-7a63-4c55-9d0e-000000000004";

/// When the first contact was created: 2019-01-01.
const FIRST_DAY: i64 = 1_546_300_800;

/// The end of the seed data: 2025-11-01. No time of the seed data is later.
pub(crate) const LAST_DAY: i64 = 1_761_955_200;

/// The time of an import, which created one contact in ten: 2022-02-22.
const IMPORTED_AT: i64 = 1_645_488_000;

/// The number of contacts that one statement inserts: together they are smaller than 2 MB, the
/// runtime's limit per value.
const BATCH: u64 = 1_000;

/// The contacts of a seed.
pub(crate) struct SeedContacts {
    seed: u64,
}

impl SeedContacts {
    /// Returns the contacts of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Returns a contact by number. One in five is a lead.
    pub fn contact(&self, number: u64) -> Contact {
        let mut contact = self.random_contact(number);
        let identify = |contact: &mut Contact, id: &str, external_id: &str, email: &str| {
            contact.id = id.to_owned();
            contact.external_id = Some(external_id.to_owned());
            contact.email = Some(email.to_owned());
        };
        match number {
            0 => contact = john(),
            1 => {
                identify(&mut contact, "5bb2f45a1e099bf2d553a2d6", "twin_one", "twins@example.com");
                contact.name = Some("Ana Twin".into());
            }
            2 => {
                identify(&mut contact, "5bb2f45a1e099bf2d553a2d7", "twin_two", "twins@example.com");
                contact.name = Some("Eva Twin".into());
            }
            3 => {
                let (id, email) = ("5bb2f45a1e099bf2d553a2d8", "unsubscribed@example.com");
                identify(&mut contact, id, "unsubscribed", email);
                contact.unsubscribed_from_emails = true;
            }
            4 => {
                let id = "5bb2f45a1e099bf2d553a2d9";
                identify(&mut contact, id, LEAD_EXTERNAL_ID, "lead@example.com");
            }
            5 => {
                let (id, email) = ("5bb2f45a1e099bf2d553a2da", "collector@example.com");
                identify(&mut contact, id, "collector", email);
                contact.tags = TAGS.iter().map(|(id, _)| (*id).to_owned()).collect();
                contact.companies = (0..12).map(SeedCompany::id_of).collect();
            }
            _ => {}
        }
        contact
    }

    /// Returns the contact that was merged into the first.
    pub fn merged(&self) -> Contact {
        Contact {
            id: MERGED_ID.into(),
            role: "user".into(),
            external_id: Some("merged".into()),
            email: Some("merged@example.com".into()),
            created_at: FIRST_DAY,
            updated_at: FIRST_DAY,
            ..Contact::default()
        }
    }

    /// Returns a contact with random values.
    fn random_contact(&self, number: u64) -> Contact {
        let mut random = Random::new(self.seed, number);
        let is_lead = number % 5 == 4;
        let created_at = match number % 10 {
            7 => IMPORTED_AT,
            _ => between(&mut random, FIRST_DAY, LAST_DAY),
        };
        let id = format!("{created_at:08x}{:016x}", random.next());
        let (name, mailbox, place) = identity(&mut random);
        let after = |random: &mut Random, chance| {
            random.percent(chance).then(|| between(random, created_at, LAST_DAY))
        };
        let last_seen_at = after(&mut random, 85);
        let last_contacted_at = after(&mut random, 50);
        let last_replied_at = after(&mut random, 20);
        let last_email_opened_at = after(&mut random, 30);
        let browser = last_seen_at.map(|_| random.pick(&BROWSERS));
        let external_id = match (is_lead, random.percent(95)) {
            (true, _) => Some(random.uuid()),
            (false, true) => Some(format!("user-{number}")),
            (false, false) => None,
        };
        // A contact without an external id has an e-mail address.
        let has_email = random.percent(if is_lead { 60 } else { 97 }) || external_id.is_none();
        Contact {
            role: if is_lead { "lead" } else { "user" }.into(),
            external_id,
            email: has_email.then(|| format!("{mailbox}.{number}@{}", random.pick(&DOMAINS))),
            phone: random.percent(30).then(|| format!("+3538712{:05}", random.below(100_000))),
            name: random.percent(if is_lead { 50 } else { 90 }).then(|| name.to_owned()),
            avatar: random.percent(40).then(|| picture(number)),
            owner_id: random.percent(30).then(|| random.pick(&OWNERS)),
            has_hard_bounced: random.percent(2),
            marked_email_as_spam: random.percent(1),
            unsubscribed_from_emails: false,
            created_at,
            updated_at: last_seen_at.max(last_contacted_at).unwrap_or(created_at),
            signed_up_at: (!is_lead && random.percent(95)).then_some(created_at),
            last_seen_at,
            last_replied_at,
            last_contacted_at,
            last_email_opened_at,
            last_email_clicked_at: last_email_opened_at.filter(|_| random.percent(40)),
            language_override: random.percent(10).then(|| random.pick(&LANGUAGES).to_owned()),
            browser: browser.map(|(name, ..)| name.to_owned()),
            browser_version: browser.map(|(_, version, _)| version.to_owned()),
            browser_language: last_seen_at.map(|_| random.pick(&LANGUAGES).to_owned()),
            os: browser.map(|(.., os)| os.to_owned()),
            location: last_seen_at.map(|_| place.location()),
            custom_attributes: attributes(&mut random, is_lead),
            referrer: random
                .percent(20)
                .then(|| "https://www.example.com/pricing?a=1&b=2".to_owned()),
            utm_source: random.percent(10).then(|| "newsletter".to_owned()),
            tags: up_to_two(&mut random, 30, |random| {
                random.pick(&TAGS.map(|(id, _)| id)).to_owned()
            }),
            companies: up_to_two(&mut random, if is_lead { 5 } else { 60 }, |random| {
                SeedCompany::id_of(random.below(COMPANIES))
            }),
            segments: up_to_two(&mut random, 70, |random| {
                random.pick(&SEGMENTS.map(|segment| segment.id)).to_owned()
            }),
            opted_in: Vec::new(),
            opted_out: Vec::new(),
            notes: if random.percent(5) {
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

/// Inserts this many contacts of a seed, and the merged one.
pub(crate) fn insert_seed(store: &Store, seed: u64, count: u64) -> Result<(), ApiError> {
    let contacts = SeedContacts::new(seed);
    for first in (0..count).step_by(BATCH as usize) {
        let batch: Vec<Contact> =
            (first..count.min(first + BATCH)).map(|number| contacts.contact(number)).collect();
        store.run_with(
            "INSERT INTO contact (state, inserted_at_ms, body)
             SELECT 'active', 0, value FROM json_each(?1)",
            &batch,
        )?;
    }
    if count > 0 {
        let body = serde_json::to_string(&contacts.merged())?;
        store.run(
            "INSERT INTO contact (state, merged_into, inserted_at_ms, body)
             VALUES ('merged', ?1 ->> '$[0]', 0, ?1 ->> '$[1]')",
            &[JOHN_ID.into(), body.into()],
        )?;
    }
    Ok(())
}

/// The user of Intercom's article.
fn john() -> Contact {
    Contact {
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
        ..Contact::default()
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

/// Returns a random time between two times.
pub(crate) fn between(random: &mut Random, from: i64, to: i64) -> i64 {
    let span = u64::try_from(to - from).unwrap_or(0);
    from + i64::try_from(random.below(span)).unwrap_or(0)
}

/// Returns no value, or with this chance one or two different values.
fn up_to_two(
    random: &mut Random,
    chance: u64,
    random_value: impl Fn(&mut Random) -> String,
) -> Vec<String> {
    let mut chosen = Vec::new();
    if random.percent(chance) {
        chosen.push(random_value(random));
        if random.percent(20) {
            chosen.push(random_value(random));
            chosen.dedup();
        }
    }
    chosen
}

/// Returns random custom attributes: a string, an integer, a boolean, a date and a float.
fn attributes(random: &mut Random, is_lead: bool) -> Map<String, Value> {
    let mut attributes = Map::new();
    if !is_lead {
        attributes.insert("plan".into(), random.pick(&["free", "pro", "enterprise"]).into());
        attributes.insert("seats".into(), (1 + random.below(50)).into());
        if random.percent(50) {
            attributes.insert("trial".into(), random.percent(30).into());
            attributes.insert(
                "renewal_at".into(),
                between(random, LAST_DAY, LAST_DAY + 31_536_000).into(),
            );
        }
    } else if random.percent(30) {
        attributes.insert("budget".into(), 1_999.5.into());
    }
    attributes
}

/// Returns a random name, its mailbox and a location.
fn identity(random: &mut Random) -> (&'static str, &'static str, Place) {
    let (name, mailbox) = random.pick(&NAMES);
    (name, mailbox, random.pick(&PLACES))
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

/// The location of a contact.
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

/// Returns an image of one colour as a data URL, so that a page with contacts needs no network.
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

    fn contacts(seed: u64, count: u64) -> Vec<Contact> {
        let contacts = SeedContacts::new(seed);
        (0..count).map(|number| contacts.contact(number)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_contacts_and_another_gives_others() {
        assert_eq!(contacts(1, 500), contacts(1, 500));
        assert_ne!(contacts(1, 500), contacts(2, 500));
    }

    #[test]
    fn ids_are_24_hex_digits_and_unique() {
        let contacts = contacts(1, 5_000);
        let ids: HashSet<&String> = contacts.iter().map(|contact| &contact.id).collect();
        assert_eq!(ids.len(), contacts.len());
        assert!(ids.iter().all(|id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit())));
        let external_ids = contacts.iter().filter_map(|contact| contact.external_id.as_ref());
        let distinct: HashSet<&String> = external_ids.clone().collect();
        assert_eq!(distinct.len(), external_ids.count());
    }

    #[test]
    fn one_in_five_is_a_lead_and_each_contact_has_an_identity() {
        let contacts = contacts(1, 500);
        assert_eq!(contacts.iter().filter(|contact| contact.role == "lead").count(), 100);
        assert!(
            contacts.iter().all(|contact| contact.email.is_some() || contact.external_id.is_some())
        );
    }

    #[test]
    fn exactly_one_is_unsubscribed_and_exactly_two_share_an_address() {
        let contacts = contacts(7, 2_000);
        let unsubscribed: Vec<_> = contacts
            .iter()
            .filter(|contact| contact.unsubscribed_from_emails)
            .map(|contact| contact.external_id.as_deref())
            .collect();
        assert_eq!(unsubscribed, [Some("unsubscribed")]);
        let emails: Vec<_> = contacts.iter().filter_map(|contact| contact.email.as_ref()).collect();
        let distinct: HashSet<_> = emails.iter().collect();
        assert_eq!(emails.len(), distinct.len() + 1);
    }

    #[test]
    fn optional_fields_are_absent_in_some_contacts() {
        let contacts = contacts(1, 500);
        let is_mixed = |is_absent: fn(&Contact) -> bool| {
            contacts.iter().any(is_absent) && !contacts.iter().all(is_absent)
        };
        assert!(is_mixed(|contact| contact.name.is_none()));
        assert!(is_mixed(|contact| contact.email.is_none()));
        assert!(is_mixed(|contact| contact.phone.is_none()));
        assert!(is_mixed(|contact| contact.avatar.is_none()));
        assert!(is_mixed(|contact| contact.last_seen_at.is_none()));
        assert!(is_mixed(|contact| contact.external_id.is_none()));
        assert!(is_mixed(|contact| contact.owner_id.is_none()));
        assert!(is_mixed(|contact| contact.location.is_none()));
    }
}
