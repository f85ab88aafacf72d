//! The 1.x dialect: the same people, in exactly the shapes of 2018, and nothing invented.
//! `docs/api-1.x.md` is checked against the code here.

#![allow(clippy::indexing_slicing, clippy::panic)]
// A whole contact is a long `json!`.
#![recursion_limit = "256"]

use intercom_edge::model::{self, Contact, Field, Message, Pages};
use intercom_edge::v1::{self, AdminMessage, Note, PersonFields, PersonKind, User};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn read<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_str(&body.to_string()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn write<T: Serialize>(model: &T) -> Value {
    serde_json::to_value(model).unwrap_or_else(|error| panic!("{error}"))
}

/// A contact of API 2.x in 1.x.
fn user_of(contact: Value) -> Value {
    write(&User::from(read::<Contact>(contact)))
}

/// A user of API 1.x in 2.x.
fn contact_of(user: Value) -> Value {
    write(&Contact::from(read::<User>(user)))
}

/// A contact with something in every field that 2.x has, named nested entries among them.
fn full_contact() -> Value {
    json!({
        "type": "contact",
        "id": "5bb2f45a",
        "workspace_id": "bdguin94",
        "external_id": "john_doe",
        "role": "user",
        "email": "john@example.com",
        "email_domain": "example.com",
        "phone": "+81",
        "name": "John Doe",
        "avatar": "https://example.com/john.png",
        "owner_id": 127,
        "social_profiles": first_few(json!({
            "type": "social_profile", "name": "Twitter", "url": "http://twitter.com/john",
        })),
        "has_hard_bounced": false,
        "marked_email_as_spam": true,
        "unsubscribed_from_emails": false,
        "created_at": 1_538_454_618,
        "updated_at": 1_538_536_378,
        "signed_up_at": 1_538_454_600,
        "last_seen_at": 1_538_536_300,
        "last_replied_at": 1,
        "last_contacted_at": 2,
        "last_email_opened_at": 3,
        "last_email_clicked_at": 4,
        "ios_last_seen_at": 5,
        "language_override": "ja",
        "browser": "chrome",
        "os": "OS X",
        "location": {
            "type": "location", "country": "Japan", "region": "Tōkyo", "city": "Hachioji",
            "country_code": "JPN", "continent_code": "AS",
        },
        "custom_attributes": {"plan": "pro"},
        "tags": first_few(json!({"type": "tag", "id": "342", "name": "VIP", "url": "/tags/342"})),
        "notes": first_few(json!({"type": "note", "id": "1", "url": "/notes/1"})),
        "companies": first_few(json!({
            "type": "company", "id": "54c4", "company_id": "762", "name": "Blue Sun",
            "url": "/companies/54c4", "plan": {"id": "1"},
        })),
        "segments": first_few(json!({
            "type": "segment", "id": "5310", "name": "Active", "count": 3,
        })),
        "referrer": "https://localhost:3000/admin",
        "utm_campaign": "c",
        "utm_content": "o",
        "utm_medium": "m",
        "utm_source": "s",
        "utm_term": "t",
    })
}

/// A nested list as a contact has it.
fn first_few(entry: Value) -> Value {
    json!({"type": "list", "data": [entry], "url": "/x", "total_count": 1, "has_more": false})
}

/// The same person in 1.x: what 2.x has, and null for what it hasn't.
fn full_user() -> Value {
    json!({
        "type": "user",
        "id": "5bb2f45a",
        "user_id": "john_doe",
        "anonymous": false,
        "email": "john@example.com",
        "phone": "+81",
        "name": "John Doe",
        "pseudonym": null,
        "avatar": {"type": "avatar", "image_url": "https://example.com/john.png"},
        "app_id": "bdguin94",
        "companies": {"type": "company.list", "companies": [
            {"type": "company", "id": "54c4", "company_id": "762", "name": "Blue Sun"},
        ]},
        "location_data": {
            "type": "location_data", "city_name": "Hachioji", "continent_code": "AS",
            "country_name": "Japan", "latitude": null, "longitude": null, "postal_code": null,
            "region_name": "Tōkyo", "timezone": null, "country_code": "JPN",
        },
        "last_request_at": 1_538_536_300,
        "last_seen_ip": null,
        "created_at": 1_538_454_618,
        "remote_created_at": 1_538_454_600,
        "signed_up_at": 1_538_454_600,
        "updated_at": 1_538_536_378,
        "session_count": null,
        "social_profiles": {"type": "social_profile.list", "social_profiles": [{
            "type": "social_profile", "name": "Twitter", "id": null, "username": null,
            "url": "http://twitter.com/john",
        }]},
        "unsubscribed_from_emails": false,
        "marked_email_as_spam": true,
        "has_hard_bounced": false,
        "user_agent_data": null,
        "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "342", "name": "VIP"}]},
        "segments": {"type": "segment.list", "segments": [
            {"type": "segment", "id": "5310", "name": "Active"},
        ]},
        "custom_attributes": {"plan": "pro"},
        "referrer": "https://localhost:3000/admin",
        "utm_campaign": "c",
        "utm_content": "o",
        "utm_medium": "m",
        "utm_source": "s",
        "utm_term": "t",
    })
}

/// Every field with its nesting, `a.b[].c`, and its value. What a workspace chooses itself, the
/// custom attributes, is one field.
fn fields(value: &Value) -> BTreeMap<String, Value> {
    fn walk(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(entries) if path != "custom_attributes" => {
                for (key, value) in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    walk(value, &format!("{path}{dot}{key}"), found);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().for_each(|item| walk(item, &format!("{path}[]"), found));
            }
            leaf => {
                found.insert(path.to_owned(), leaf.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(value, "", &mut found);
    found
}

fn names(value: &Value) -> BTreeSet<String> {
    fields(value).into_keys().collect()
}

/// Returns the JSON of this `type` that the article shows.
fn article(kind: &str) -> Value {
    let file = "../shared/intercom/article.md";
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let lines: Vec<_> =
        text.lines().map(|line| line.strip_prefix("    ").unwrap_or_default()).collect();
    let blocks: Vec<_> =
        lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).collect();
    let mut shown = blocks.iter().map(|lines| {
        let block = lines.join("\n");
        serde_json::from_str(&block).unwrap_or_else(|error| panic!("{block}: {error}"))
    });
    let found = shown.find(|json: &Value| json["type"] == kind);
    found.unwrap_or_else(|| panic!("the article shows no {kind}"))
}

// A contact becomes a user or a lead.

#[test]
fn a_contact_of_the_role_user_becomes_a_user_and_nothing_is_invented() {
    assert_eq!(user_of(full_contact()), full_user());
}

#[test]
fn a_contact_of_the_role_lead_becomes_a_lead() {
    let (mut contact, mut lead) = (full_contact(), full_user());
    contact["role"] = json!("lead");
    contact["signed_up_at"] = json!(null);
    for (field, value) in [
        ("type", json!("contact")),
        ("anonymous", json!(true)),
        ("signed_up_at", json!(null)),
        ("remote_created_at", json!(null)),
    ] {
        lead[field] = value;
    }
    assert_eq!(user_of(contact), lead);
}

#[test]
#[ignore = "reads the article in ../shared/intercom"]
fn a_user_and_a_lead_have_exactly_the_articles_fields() {
    let shown = article("user");
    for role in ["user", "lead"] {
        let mut contact = full_contact();
        contact["role"] = json!(role);
        for list in ["social_profiles", "tags", "companies", "segments"] {
            contact[list]["data"] = json!([]);
        }
        assert_eq!(names(&user_of(contact)), names(&shown), "{role}");
    }
}

#[test]
fn a_contact_that_says_little_has_every_field_all_the_same() {
    let little = user_of(json!({"id": "1", "role": "user"}));
    let mut expected = full_user();
    for list in ["companies", "social_profiles", "tags", "segments"] {
        expected[list][list] = json!([]);
    }
    assert_eq!(names(&little), names(&expected));
    for list in ["companies", "social_profiles", "tags", "segments"] {
        assert_eq!(little[list][list], json!([]), "{list}");
    }
    let known: BTreeSet<_> = fields(&little)
        .into_iter()
        .filter(|(name, value)| !value.is_null() && !name.ends_with("type"))
        .map(|(name, _)| name)
        .collect();
    let known: Vec<_> =
        known.iter().map(String::as_str).filter(|name| *name != "custom_attributes").collect();
    assert_eq!(
        known,
        [
            "anonymous",
            "companies.companies",
            "id",
            "segments.segments",
            "social_profiles.social_profiles",
            "tags.tags"
        ],
    );
}

#[test]
fn nulls_and_left_out_fields_are_answered_alike() {
    let nulls: serde_json::Map<_, _> = full_contact()
        .as_object()
        .unwrap_or_else(|| panic!("a contact is an object"))
        .keys()
        .map(|key| (key.clone(), Value::Null))
        .collect();
    assert_eq!(user_of(nulls.into()), user_of(json!({})));
}

#[test]
fn nested_entries_without_names_have_null_for_a_name() {
    let mut contact = full_contact();
    contact["tags"]["data"] = json!([{"type": "tag", "id": "1", "url": "/tags/1"}, {"id": "2"}]);
    contact["companies"]["data"] = json!([{"type": "company", "id": "3", "url": "/companies/3"}]);
    contact["segments"]["data"] = json!([{"id": "4"}]);
    contact["social_profiles"]["data"] = json!([{}]);
    let user = user_of(contact);
    assert_eq!(
        user["tags"]["tags"],
        json!([{"type": "tag", "id": "1", "name": null}, {"type": "tag", "id": "2", "name": null}])
    );
    assert_eq!(
        user["companies"]["companies"],
        json!([{"type": "company", "id": "3", "company_id": null, "name": null}])
    );
    assert_eq!(user["segments"]["segments"], json!([{"type": "segment", "id": "4", "name": null}]));
    assert_eq!(
        user["social_profiles"]["social_profiles"],
        json!([{"type": "social_profile", "name": null, "id": null, "username": null,
        "url": null}]),
    );
}

#[test]
fn an_avatar_is_an_object_however_2_x_wrote_it() {
    let url = "https://example.com/1.png";
    for (written, image_url) in [
        (json!(url), json!(url)),
        (json!({"type": "avatar", "image_url": url, "square_25": "x"}), json!(url)),
        (json!({"type": "avatar", "image_url": null}), json!(null)),
        (json!({}), json!(null)),
        (json!(null), json!(null)),
    ] {
        let user = user_of(json!({"avatar": written}));
        assert_eq!(user["avatar"], json!({"type": "avatar", "image_url": image_url}), "{written}");
    }
}

#[test]
fn a_person_signed_up_when_it_was_created_remotely() {
    let user = user_of(json!({"created_at": 1, "signed_up_at": 2}));
    assert_eq!(
        (&user["created_at"], &user["signed_up_at"], &user["remote_created_at"]),
        (&json!(1), &json!(2), &json!(2))
    );
}

#[test]
fn what_2_x_knows_under_the_name_of_a_1_x_field_is_not_taken_for_it() {
    let user = user_of(json!({
        "pseudonym": "Violet", "session_count": 3, "last_seen_ip": "127.0.0.1",
        "user_agent_data": "Mozilla", "browser": "chrome",
        "location": {"latitude": 1.0, "longitude": 2.0, "postal_code": "3", "timezone": "4"},
    }));
    assert_eq!(user, user_of(json!({})), "2.x documents none of these, so they are no promise");
}

#[test]
fn a_field_of_another_shape_is_passed_on_and_costs_no_other() {
    let mut contact = full_contact();
    let mut expected = full_user();
    for (from, to, value) in [
        ("email", "email", json!(7)),
        ("tags", "tags", json!("none")),
        ("location", "location_data", json!([1])),
        ("last_seen_at", "last_request_at", json!({"at": 1})),
        ("external_id", "user_id", json!(7)),
    ] {
        contact[from] = value.clone();
        expected[to] = value;
    }
    assert_eq!(user_of(contact), expected);
}

#[test]
fn users_and_leads_are_told_apart_by_role_and_strangers_are_neither() {
    for (role, user, lead) in [
        (json!("user"), true, false),
        (json!("lead"), false, true),
        (json!("visitor"), false, false),
        (json!(null), false, false),
        (json!(7), false, false),
    ] {
        let contact: Contact = read(json!({"role": role}));
        assert_eq!(
            (PersonKind::User.matches(&contact), PersonKind::Lead.matches(&contact)),
            (user, lead),
            "{role}"
        );
    }
}

// And back.

#[test]
fn a_user_that_goes_to_2_x_and_back_keeps_all_that_2_x_can_hold() {
    for (kind, anonymous) in [("user", false), ("contact", true)] {
        let mut user = full_user();
        user["type"] = json!(kind);
        user["anonymous"] = json!(anonymous);
        user["segments"]["segments"] = json!([]);
        assert_eq!(user_of(contact_of(user.clone())), user);
    }
}

#[test]
fn what_2_x_cannot_hold_does_not_go_there() {
    let mut user = full_user();
    for (field, value) in [
        ("pseudonym", json!("Violet Bear")),
        ("session_count", json!(3)),
        ("last_seen_ip", json!("127.0.0.1")),
        ("user_agent_data", json!("Mozilla")),
    ] {
        user[field] = value;
    }
    for field in ["latitude", "longitude", "postal_code", "timezone"] {
        user["location_data"][field] = json!(1);
    }
    let named = names(&contact_of(user));
    for invented in [
        "pseudonym",
        "session_count",
        "last_seen_ip",
        "user_agent_data",
        "location.latitude",
        "location.longitude",
        "location.postal_code",
        "location.timezone",
        "user_id",
        "anonymous",
        "remote_created_at",
        "app_id",
    ] {
        assert!(!named.contains(invented), "{invented} in {named:?}");
    }
}

#[test]
fn an_update_changes_no_more_than_it_names() {
    assert_eq!(
        contact_of(json!({"email": "a@b.c", "name": null})),
        json!({"type": "contact", "role": "user", "email": "a@b.c", "name": null}),
    );
    assert_eq!(contact_of(json!({"type": "contact"}))["role"], "lead");
    assert_eq!(contact_of(json!({"anonymous": true}))["role"], "lead");
}

#[test]
fn either_name_says_when_a_person_signed_up() {
    for (user, signed_up_at) in [
        (json!({"signed_up_at": 1}), json!(1)),
        (json!({"remote_created_at": 2}), json!(2)),
        (json!({"signed_up_at": 1, "remote_created_at": 2}), json!(1)),
        (json!({"signed_up_at": null, "remote_created_at": 2}), json!(2)),
        (json!({"signed_up_at": null}), json!(null)),
    ] {
        assert_eq!(contact_of(user.clone())["signed_up_at"], signed_up_at, "{user}");
    }
}

// Lists.

/// A whole list, as the bridge puts it together.
fn list(kind: PersonKind, people: Vec<Value>, pages: Pages, total_count: i64) -> Value {
    let mut list = kind.list(people.into_iter().map(read).collect());
    list.pages = pages.into();
    list.total_count = total_count.into();
    list.extra.insert("limited".to_owned(), false.into());
    write(&list)
}

#[test]
fn a_list_has_the_envelope_of_its_kind() {
    let pages = json!({"type": "pages", "next": null, "page": 1, "per_page": 50, "total_pages": 1});
    assert_eq!(
        list(PersonKind::User, vec![], v1::pages(1, 50, 29, None), 29),
        json!({"type": "user.list", "pages": pages, "users": [], "total_count": 29,
        "limited": false}),
    );
    assert_eq!(
        list(PersonKind::Lead, vec![], v1::pages(1, 50, 29, None), 29),
        json!({"type": "contact.list", "pages": pages, "contacts": [], "total_count": 29,
        "limited": false}),
    );
}

#[test]
#[ignore = "reads the article in ../shared/intercom"]
fn a_list_is_the_one_that_the_article_shows() {
    let shown = article("user.list");
    assert_eq!(list(PersonKind::User, vec![], v1::pages(1, 50, 29, None), 29), shown);
}

#[test]
fn the_people_of_a_list_are_whole_and_in_order() {
    let two = vec![json!({"id": "2", "role": "lead"}), json!({"id": "1", "role": "lead"})];
    let leads = list(PersonKind::Lead, two.clone(), v1::pages(1, 50, 2, None), 2);
    let expected: Vec<_> = two.into_iter().map(user_of).collect();
    assert_eq!(leads["contacts"], json!(expected));
}

#[test]
fn the_next_page_is_an_absolute_address_or_null() {
    let next = "http://localhost:8787/users?per_page=50&page=3";
    let shown = write(&v1::pages(2, 50, 120, Some(next.to_owned())));
    assert_eq!(
        shown,
        json!({"type": "pages", "next": next, "page": 2, "per_page": 50, "total_pages": 3})
    );
    assert_eq!(v1::pages(3, 50, 120, None).next, Field::Null);
    assert_eq!(v1::pages(1, 50, None, None).total_pages, Field::Null, "nobody knows how many");
}

#[test]
fn pages_are_counted_up() {
    for (per_page, total_count, total_pages) in [
        (50, 0, 0),
        (50, 1, 1),
        (50, 49, 1),
        (50, 50, 1),
        (50, 51, 2),
        (1, 3, 3),
        (60, 10_001, 167),
    ] {
        let pages = v1::pages(1, per_page, total_count, None);
        assert_eq!(
            pages.total_pages,
            Field::Known(total_pages),
            "{total_count} people, {per_page} a page"
        );
    }
}

#[test]
fn no_count_of_intercoms_is_too_large_or_too_small_for_pages() {
    for (per_page, total_count) in
        [(50, i64::MAX), (1, i64::MAX), (50, -1), (0, 0), (0, 29), (-1, 5), (i64::MIN, i64::MIN)]
    {
        let pages = v1::pages(1, per_page, total_count, None);
        let counted = pages.total_pages.get().copied().unwrap_or(-1);
        assert!(counted >= 0, "{total_count} people, {per_page} a page: {counted} pages");
    }
}

// Messages.

/// An admin's message as API 2.x answers it.
fn message() -> Value {
    json!({
        "type": "admin_message", "id": "263505501", "created_at": 1_538_570_984, "subject": "Hey",
        "body": "How are you ?",
        "template": "plain", "message_type": "email",
        "owner": {"type": "admin", "id": "1234567", "name": "John doe", "email": "john@example.com",
        "away_mode_enabled": false,
            "away_mode_reassign": false, "avatar": {"image_url": "https://example.com/1.png"}},
    })
}

fn admin_message_of(message: Value) -> Value {
    write(&AdminMessage::from(read::<Message>(message)))
}

#[test]
fn an_admins_message_stays_as_it_is() {
    assert_eq!(admin_message_of(message()), message());
}

#[test]
#[ignore = "reads the article in ../shared/intercom"]
fn an_admins_message_is_the_one_that_the_article_shows() {
    let shown = article("admin_message");
    assert_eq!(admin_message_of(shown.clone()), shown);
}

#[test]
fn what_2_x_leaves_out_of_a_message_is_null() {
    assert_eq!(
        admin_message_of(json!({"type": "admin_message", "id": "1", "message_type": "inapp"})),
        json!({"type": "admin_message", "id": "1", "created_at": null, "subject": null,
        "body": null, "template": null,
            "message_type": "inapp", "owner": null}),
    );
}

#[test]
fn a_contacts_message_keeps_its_conversation() {
    let answer = admin_message_of(
        json!({"type": "user_message", "id": "403918396", "body": "heyy", "message_type": "inapp",
        "conversation_id": "613"}),
    );
    assert_eq!(
        (&answer["type"], &answer["conversation_id"]),
        (&json!("user_message"), &json!("613"))
    );
}

// What is written.

const NOW: Duration = Duration::from_secs(1_763_848_800);

/// What API 2.x is to write of the body of `POST /users` or `POST /contacts`.
fn written(kind: PersonKind, draft: Value) -> Value {
    write(&read::<PersonFields>(draft).contact(kind, NOW))
}

/// A draft with something in every field that 2.x can write.
fn full_draft() -> Value {
    json!({
        "id": "5bb2f45a", "user_id": 25, "email": "john@example.com", "phone": "+81", "name": "John",
        "avatar": {"type": "avatar", "image_url": "https://example.com/1.png"},
        "remote_created_at": 1, "signed_up_at": 2, "last_request_at": 3,
        "update_last_request_at": false, "unsubscribed_from_emails": true,
        "custom_attributes": {"plan": "pro"}, "companies": [{"company_id": "6"}],
    })
}

#[test]
fn what_is_written_of_a_user_has_the_names_of_2_x() {
    assert_eq!(
        written(PersonKind::User, full_draft()),
        json!({
            "external_id": "25", "email": "john@example.com", "phone": "+81", "name": "John",
            "avatar": "https://example.com/1.png", "signed_up_at": 2,
            "last_seen_at": 3, "unsubscribed_from_emails": true,
            "custom_attributes": {"plan": "pro"},
        })
    );
}

#[test]
fn what_a_draft_does_not_name_is_not_written_and_null_empties() {
    assert_eq!(written(PersonKind::User, json!({"id": "5"})), json!({}));
    let nulls = json!({"phone": null, "name": null});
    assert_eq!(written(PersonKind::Lead, nulls.clone()), nulls);
}

#[test]
fn a_leads_user_id_is_intercoms_to_make() {
    assert_eq!(
        written(PersonKind::Lead, json!({"user_id": "x", "name": "L"})),
        json!({"name": "L"})
    );
}

#[test]
fn who_is_active_now_was_seen_now() {
    let draft = json!({"last_request_at": 3, "update_last_request_at": true});
    assert_eq!(written(PersonKind::User, draft), json!({"last_seen_at": NOW.as_secs()}));
}

#[test]
fn what_only_1_x_could_write_is_left_out() {
    let draft = json!({
        "session_count": 9, "new_session": true, "last_seen_ip": "1.2.3.4", "utm_source": "x",
        "referrer": "y", "created_at": 5, "tags": {"type": "tag.list", "tags": []},
    });
    assert_eq!(written(PersonKind::User, draft), json!({}));
}

#[test]
fn a_field_of_a_wrong_type_is_named() {
    for (name, value) in [
        ("id", json!({})),
        ("email", json!(7)),
        ("avatar", json!(7)),
        ("signed_up_at", json!([])),
        ("update_last_request_at", json!("yes")),
        ("custom_attributes", json!([])),
        ("companies", json!({"type": "company.list"})),
    ] {
        assert_eq!(read::<PersonFields>(json!({ name: value })).invalid_field(), Some(name));
    }
    assert_eq!(read::<PersonFields>(full_draft()).invalid_field(), None);
}

/// A note as API 2.x answers it.
fn note() -> Value {
    json!({
        "type": "note", "id": "17495962", "created_at": 1_674_589_321,
        "contact": {"type": "contact", "id": "214656d0"},
        "author": {"type": "admin", "id": "1", "name": "Joe"}, "body": "<p>Text</p>",
    })
}

#[test]
fn a_note_is_about_a_user() {
    assert_eq!(
        write(&Note::from(read::<model::Note>(note()))),
        json!({
            "type": "note", "id": "17495962", "created_at": 1_674_589_321, "body": "<p>Text</p>",
            "author": {"type": "admin", "id": "1", "name": "Joe"},
            "user": {"type": "user", "id": "214656d0"},
        })
    );
    assert_eq!(
        write(&Note::from(read::<model::Note>(json!({"type": "note"})))),
        json!({
            "type": "note", "id": null, "created_at": null, "body": null, "author": null,
            "user": null,
        })
    );
}

// A conversation.

/// A conversation of API 2.x in 1.x.
fn conversation_of(conversation: Value) -> Value {
    write(&v1::Conversation::from(read::<model::Conversation>(conversation)))
}

fn full_conversation() -> Value {
    json!({
        "type": "conversation",
        "id": "1001",
        "title": "A question",
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_200,
        "waiting_since": 1_700_000_100,
        "snoozed_until": 1_700_009_000,
        "open": true,
        "state": "snoozed",
        "read": false,
        "priority": "priority",
        "admin_assignee_id": 127,
        "team_assignee_id": 9,
        "tags": {"type": "tag.list", "tags": [{
            "type": "tag", "id": "8", "name": "Billing", "applied_at": 1_700_000_050,
            "applied_by": {"type": "admin", "id": "127"},
        }]},
        "conversation_rating": {
            "rating": 5, "remark": "Good", "created_at": 1_700_000_150,
            "contact": {"type": "contact", "id": "5bb2", "external_id": "john_doe"},
            "teammate": {"type": "admin", "id": 127},
        },
        "source": {
            "type": "email", "id": "403", "delivered_as": "customer_initiated", "subject": "Hello",
            "body": "<p>Hi</p>", "author": {"type": "user", "id": "5bb2", "name": "John", "email": "john@example.com"},
            "attachments": [{"type": "upload", "name": "a.png", "url": "https://example.com/a.png"}],
            "url": null, "redacted": false,
        },
        "contacts": {"type": "contact.list", "contacts": [
            {"type": "contact", "id": "5bb2", "external_id": "john_doe"},
            {"type": "contact", "id": "5bb9", "external_id": "8d1e"},
        ]},
        "teammates": {"type": "admin.list", "teammates": [{"type": "admin", "id": "127"}]},
        "custom_attributes": {"issue_type": "Billing"},
        "first_contact_reply": {"created_at": 1_700_000_000, "type": "email", "url": null},
        "sla_applied": {"type": "conversation_sla_summary", "sla_name": "Fast", "sla_status": "hit"},
        "statistics": {"type": "conversation_statistics", "count_reopens": 1},
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": [{
                "type": "conversation_part", "id": "1", "part_type": "comment", "body": "<p>Me too</p>",
                "created_at": 1_700_000_090, "updated_at": 1_700_000_090, "notified_at": 1_700_000_090,
                "assigned_to": null, "author": {"type": "lead", "id": "5bb9", "name": "", "email": ""},
                "attachments": [], "external_id": null, "redacted": false,
            }],
            "total_count": 1,
        },
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": false},
        "ai_agent_participated": true,
        "ai_agent": {"source_type": "workflow"},
        "brand": "Acme",
    })
}

#[test]
fn a_conversation_has_the_shape_of_1_x_and_loses_nothing() {
    let mut expected = full_conversation();
    let customers = json!([
        {"type": "user", "id": "5bb2", "user_id": "john_doe"},
        {"type": "lead", "id": "5bb9", "user_id": "8d1e"},
    ]);
    for (field, value) in [
        ("conversation_message", expected["source"].clone()),
        ("customer_first_reply", expected["first_contact_reply"].clone()),
        ("user", customers[0].clone()),
        ("customers", customers.clone()),
        ("assignee", json!({"type": "admin", "id": "127"})),
        ("teammates", json!({"type": "admin.list", "admins": [{"type": "admin", "id": "127"}]})),
    ] {
        expected[field] = value;
    }
    let rating = expected["conversation_rating"].as_object_mut();
    rating.into_iter().for_each(|rating| {
        rating.remove("contact");
        rating.insert("customer".to_owned(), customers[0].clone());
    });
    expected.as_object_mut().into_iter().for_each(|it| {
        it.retain(|field, _| {
            !["source", "first_contact_reply", "contacts"].contains(&field.as_str())
        });
    });
    assert_eq!(conversation_of(full_conversation()), expected);
}

#[test]
fn a_conversation_is_an_admins_or_a_teams_or_nobodys() {
    for (admin, team, assignee) in [
        (json!(7), json!(9), json!({"type": "admin", "id": "7"})),
        (json!("7"), json!(null), json!({"type": "admin", "id": "7"})),
        (json!(null), json!(9), json!({"type": "team", "id": "9"})),
        (json!(0), json!("9"), json!({"type": "team", "id": "9"})),
        (json!(0), json!(0), json!({"type": "nobody_admin", "id": null})),
        (json!(null), json!(null), json!({"type": "nobody_admin", "id": null})),
    ] {
        let asked = json!({"admin_assignee_id": admin, "team_assignee_id": team});
        assert_eq!(conversation_of(asked.clone())["assignee"], assignee, "{asked}");
    }
    assert_eq!(conversation_of(json!({}))["assignee"], json!(null), "2.x says nothing of it");
    let named = json!({"assignee": {"type": "admin", "id": "7", "name": "Ann"}});
    assert_eq!(conversation_of(named.clone())["assignee"], named["assignee"]);
}

#[test]
fn a_conversation_that_says_little_or_something_else_is_carried_all_the_same() {
    assert_eq!(
        conversation_of(json!({"id": 1001})),
        json!({
            "type": "conversation", "id": "1001", "created_at": null, "updated_at": null,
            "waiting_since": null, "snoozed_until": null, "conversation_message": null, "user": null,
            "customers": null, "customer_first_reply": null, "assignee": null, "open": null,
            "state": null, "read": null, "tags": {"type": "tag.list", "tags": []},
            "conversation_rating": null,
        })
    );
    // As API 2.0 had them.
    let arrays = conversation_of(json!({
        "contacts": [{"type": "lead", "id": "5"}],
        "teammates": [{"id": "7"}],
    }));
    assert_eq!(arrays["user"], json!({"type": "lead", "id": "5"}));
    assert_eq!(
        arrays["teammates"],
        json!({"type": "admin.list", "admins": [{"type": "admin", "id": "7"}]})
    );
    let mut odd = full_conversation();
    for field in
        ["contacts", "tags", "source", "teammates", "conversation_parts", "conversation_rating"]
    {
        odd[field] = json!(7);
    }
    let carried = conversation_of(odd);
    for field in [
        "customers",
        "tags",
        "conversation_message",
        "teammates",
        "conversation_parts",
        "conversation_rating",
    ] {
        assert_eq!(carried[field], json!(7), "{field}");
    }
    // Clients read every object by its type.
    let parts = conversation_of(json!({"conversation_parts": {"conversation_parts": [
        {"id": "1", "assigned_to": {"type": null, "id": null}},
    ]}}));
    let parts = &parts["conversation_parts"];
    assert_eq!(parts["type"], "conversation_part.list");
    assert_eq!(parts["conversation_parts"][0]["type"], "conversation_part");
    assert_eq!(
        parts["conversation_parts"][0]["assigned_to"],
        json!({"type": "nobody_admin", "id": null})
    );
}

/// Every value of Intercom's own example conversations is still there in 1.x.
#[test]
#[ignore = "reads examples in ../shared/intercom"]
fn no_example_of_a_conversation_loses_a_value() {
    fn values(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => entries
                .iter()
                .filter(|(key, _)| *key != "type")
                .for_each(|(_, value)| values(value, found)),
            Value::Array(items) => items.iter().for_each(|item| values(item, found)),
            Value::Null => {}
            // An id may become a text.
            leaf => found.push(leaf.to_string().trim_matches('"').to_owned()),
        }
    }
    let file = "../shared/intercom/examples-2.14.jsonl";
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let bodies = text.lines().filter_map(|line| {
        let example: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}"));
        Some(example["body"].clone()).filter(|body| body["type"] == "conversation")
    });
    let mut checked = 0;
    for body in bodies {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        values(&body, &mut before);
        values(&conversation_of(body.clone()), &mut after);
        for value in before {
            let kept = after.iter().position(|it| *it == value);
            after.swap_remove(kept.unwrap_or_else(|| panic!("{value} is lost of {body}")));
        }
        checked += 1;
    }
    assert!(checked > 5, "only {checked} conversations");
}

// What docs/api-1.x.md promises.

/// The rows of the table under a heading: first column, without its marks, and second.
fn table(heading: &str) -> BTreeMap<String, String> {
    let text = include_str!("../../docs/api-1.x.md");
    let section = text.split("\n## ").find(|section| section.starts_with(heading));
    let section = section.unwrap_or_else(|| panic!("docs/api-1.x.md has no part {heading:?}"));
    let mut rows = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let field = cells.next().unwrap_or_default().trim_matches('`').to_owned();
        let before = rows.insert(field, cells.next().unwrap_or_default().to_owned());
        assert_eq!(before, None, "two rows: {row}");
    }
    rows
}

#[test]
fn the_table_names_every_field_of_a_user_and_no_other() {
    let documented: BTreeSet<_> = table("A person, field by field").into_keys().collect();
    assert_eq!(documented, names(&user_of(full_contact())));
}

#[test]
fn the_table_marks_as_null_just_what_is_always_null() {
    let documented: BTreeSet<_> = table("A person, field by field")
        .into_iter()
        .filter(|(_, from)| from == "null")
        .map(|(field, _)| field)
        .collect();
    let always: BTreeSet<_> = fields(&user_of(full_contact()))
        .into_iter()
        .filter(|(_, value)| value.is_null())
        .map(|(field, _)| field)
        .collect();
    assert_eq!(documented, always);
}

/// Each row's source, changed in 2.x, changes the row's field.
fn assert_sources(heading: &str, full: &Value, translate: fn(Value) -> Value) {
    let pointer = |field: &str| format!("/{}", field.replace("[]", "/0").replace('.', "/"));
    let before = translate(full.clone());
    for (field, from) in table(heading) {
        let Some(source) = from.strip_prefix('`').and_then(|from| from.strip_suffix('`')) else {
            assert!(from == "null" || from == "a constant", "{field} comes from {from:?}");
            continue;
        };
        let mut changed = full.clone();
        let value = changed.pointer_mut(&pointer(source));
        let value = value.unwrap_or_else(|| panic!("2.x has no {source}"));
        *value = match &*value {
            Value::Bool(flag) => json!(!flag),
            Value::Number(_) => json!(7),
            Value::Object(_) => json!({"changed": true}),
            _ if ["role", "source.author.type"].contains(&source) => json!("lead"),
            _ => json!("changed"),
        };
        let (after, field) = (translate(changed), pointer(&field));
        assert_ne!(after.pointer(&field), before.pointer(&field), "{field} is not from {source}");
    }
}

#[test]
fn the_tables_name_the_right_sources() {
    assert_sources("A person, field by field", &full_contact(), user_of);
    assert_sources("A conversation, field by field", &full_conversation(), conversation_of);
}

#[test]
fn the_conversations_table_names_every_field() {
    let rows = table("A conversation, field by field").into_keys();
    let documented: BTreeSet<_> =
        rows.map(|field| field.split(['.', '[']).next().unwrap_or_default().to_owned()).collect();
    let mut full = full_conversation();
    full.as_object_mut().into_iter().for_each(|it| drop(it.remove("brand")));
    let conversation = conversation_of(full);
    let named = conversation.as_object().map(|it| it.keys().cloned().collect());
    assert_eq!(documented, named.unwrap_or_default());
}

#[test]
fn the_envelopes_table_names_every_field_of_a_list() {
    let mut named = names(&list(PersonKind::User, vec![], v1::pages(1, 50, 0, None), 0));
    named.extend(names(&list(PersonKind::Lead, vec![], v1::pages(1, 50, 0, None), 0)));
    named.insert("scroll_param".to_owned());
    let documented: BTreeSet<_> = table("A list's envelope").into_keys().collect();
    assert_eq!(documented, named);
}

#[test]
fn the_messages_table_names_every_field_of_the_answer() {
    let answer = admin_message_of(json!({"type": "admin_message"}));
    let documented: BTreeSet<_> = table("A message").into_keys().collect();
    assert_eq!(documented, names(&answer));
}

#[test]
fn the_writing_table_names_every_field_that_is_carried() {
    let documented: BTreeSet<_> = table("Writing a person").into_keys().collect();
    let carried: BTreeSet<_> =
        full_draft().as_object().map(|draft| draft.keys().cloned().collect()).unwrap_or_default();
    assert_eq!(documented, carried);
    for (field, to) in table("Writing a person") {
        let Some(to) = to.strip_prefix('`').and_then(|to| to.strip_suffix('`')) else {
            assert!(to == "the path" || to == "several calls", "{field} goes to {to}");
            continue;
        };
        let mut draft = json!({});
        draft[&field] = match field.as_str() {
            "update_last_request_at" => json!(true),
            field => full_draft()[field].clone(),
        };
        assert_eq!(
            names(&written(PersonKind::User, draft)),
            BTreeSet::from([to.to_owned()]),
            "{field}"
        );
    }
}

#[test]
fn the_notes_table_names_every_field() {
    let documented: BTreeSet<_> = table("A note").into_keys().collect();
    let note = write(&Note::from(read::<model::Note>(note())));
    let mut named: BTreeSet<_> =
        note.as_object().map(|note| note.keys().cloned().collect()).unwrap_or_default();
    named.remove("user");
    named.extend(["user.type".to_owned(), "user.id".to_owned()]);
    assert_eq!(documented, named);
}

#[test]
fn a_person_with_more_tags_than_come_along_says_so() {
    let contact = |tags: Value| -> Contact {
        serde_json::from_value(
            json!({ "type": "contact", "id": "1", "role": "user", "tags": tags }),
        )
        .unwrap()
    };
    let user = |tags| serde_json::to_value(User::from(contact(tags))).unwrap();
    let tag = json!([{"type": "tag", "id": "1"}]);
    let more = user(json!({"type": "list", "data": tag, "total_count": 12, "has_more": true}));
    assert_eq!(more["tags"]["has_more"], true);
    assert_eq!(more["tags"]["total_count"], 12);
    let all = user(json!({"type": "list", "data": tag, "total_count": 1, "has_more": false}));
    assert_eq!(all["tags"].as_object().unwrap().len(), 2, "{all}");
}
