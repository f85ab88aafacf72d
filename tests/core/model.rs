//! Liberal in, lossless out: what every model makes of what Intercom says, and of what it never
//! would.

#![allow(clippy::indexing_slicing, clippy::panic)]

use intercom_edge::model::{
    Admin, Avatar, Company, Contact, Conversation, DataAttribute, DataEvent, Envelope, ErrorList,
    Field, FilterValue, Group, Id, JsonValue, List, Me, Message, MessageType, NewMessage, NewReply,
    Next, Note, Recipients, Role, Search, Segment, Tag, Timestamp,
};
use intercom_edge::v1;
use proptest::collection::{self, btree_map};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

fn read<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_str(&body.to_string()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn write<T: Serialize>(model: &T) -> Value {
    serde_json::to_value(model).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a body, proves that it is written again as it came, and gives the model.
#[track_caller]
fn kept<T: DeserializeOwned + Serialize>(body: Value) -> T {
    let model: T = read(body.clone());
    assert_eq!(write(&model), body);
    model
}

// Fields.

#[test]
fn a_field_is_absent_null_known_or_other_and_stays_so() {
    let contact: Contact = kept(json!({"email": null, "name": "Joe", "phone": 7}));
    assert_eq!(contact.external_id, Field::Absent);
    assert_eq!(contact.email, Field::Null);
    assert_eq!(contact.name, Field::Known("Joe".to_owned()));
    assert_eq!(contact.phone, Field::Other(json!(7)));
}

#[test]
fn a_field_of_another_shape_costs_no_other_field() {
    // Every kind of JSON where a text, a flag, a list, an object and a number belong.
    for value in
        [json!(true), json!(7), json!(1.5), json!("x"), json!([1, [2]]), json!({"a": {"b": null}})]
    {
        for field in [
            "email",
            "has_hard_bounced",
            "tags",
            "location",
            "custom_attributes",
            "role",
            "avatar",
            "created_at",
        ] {
            let contact: Contact = kept(json!({"id": "joe", field: value, "name": "Joe"}));
            assert_eq!(contact.name.as_str(), Some("Joe"), "{field} is {value}");
        }
    }
}

#[test]
fn fields_that_nobody_knows_survive_at_every_depth() {
    let contact: Contact = kept(json!({
        "id": "joe",
        "browser": "chrome",
        "extra": {"extra": 1},
        "": null,
        "custom_attributes": {"plan": {"deep": [1, null]}, "type": 3},
        "location": {"country": "Japan", "planet": "Earth"},
        "tags": {"type": "list", "data": [{"id": "1", "colour": "red"}], "has_more": false},
        "social_profiles": {"type": "list", "data": [{"name": "X", "since": 2006}]},
        "avatar": {"type": "avatar", "image_url": null, "size": 128},
    }));
    assert_eq!(contact.extra.get("browser"), Some(&json!("chrome")));
}

#[test]
fn words_that_nobody_knows_survive() {
    let contact: Contact = kept(json!({"type": "contact", "role": "visitor"}));
    assert_eq!(contact.role, Field::Known(Role::Other("visitor".into())));
    let message: Message = kept(json!({"type": "fax_message", "message_type": "fax"}));
    assert_eq!(message.message_type, Field::Known(MessageType::Other("fax".into())));
    let _: Group = kept(json!({"field": "id", "operator": ">=", "value": 3}));
}

#[test]
fn the_last_of_a_field_that_comes_twice_counts() {
    let contact: Contact = serde_json::from_str(r#"{"name":"Joe","name":null,"x":1,"x":2}"#)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(write(&contact), json!({"name": null, "x": 2}));
}

#[test]
fn a_key_written_with_escapes_is_the_same_key() {
    let contact: Contact = serde_json::from_str(r#"{"\u006eame":"Joe","\u0074ype":"contact"}"#)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((contact.name.as_str(), contact.r#type.as_str()), (Some("Joe"), Some("contact")));
}

#[test]
fn numbers_keep_every_digit() {
    let body = r#"{"custom_attributes":{
        "a":18446744073709551615,"b":-9223372036854775808,"c":0.1,"d":1e-7,"e":3.0,
        "f":1.7976931348623157e308,"g":18446744073709551616,"h":-9223372036854775809,
        "i":123456789012345678901234567890,"j":0.1000000000000000055511151231257827,"k":1e400}}"#;
    let contact: Contact = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}"));
    let again = serde_json::to_string(&contact).unwrap_or_else(|error| panic!("{error}"));
    let same =
        |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(same(&again), same(body));
    for digits in [
        "18446744073709551615",
        "3.0",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "1e+400",
    ] {
        assert!(again.contains(&format!(":{digits}")), "{digits}: {again}");
    }
}

#[test]
fn text_in_any_script_is_kept() {
    let name = "Zoë \"石川\" \u{1F469}\u{200D}\u{1F4BB} \u{0}\u{7f}\u{2028}\\/";
    let contact: Contact = kept(json!({"name": name, name: name}));
    assert_eq!(contact.name.as_str(), Some(name));
}

#[test]
fn only_an_object_is_a_model() {
    for body in ["null", "true", "7", r#""x""#, "[]", "[{}]", "", " ", "{", "<html>"] {
        assert!(serde_json::from_str::<Contact>(body).is_err(), "{body}");
        assert!(serde_json::from_str::<List<Contact>>(body).is_err(), "{body}");
        assert!(serde_json::from_str::<ErrorList>(body).is_err(), "{body}");
    }
    assert_eq!(kept::<Contact>(json!({})), Contact::default());
}

// What Intercom writes in several ways.

#[test]
fn an_id_is_a_text_or_a_number_and_both_are_the_same() {
    for owner in [json!(123), json!("123")] {
        let contact: Contact = kept(json!({"owner_id": owner}));
        let id = contact.owner_id.get().unwrap_or_else(|| panic!("{owner} is no id"));
        assert!(id.is("123") && !id.is("12") && !id.is(""), "{owner}");
        assert_eq!(id.to_string(), "123");
    }
    let contact: Contact = kept(json!({"id": {"oid": "x"}, "owner_id": false}));
    assert_eq!(contact.id, Field::Other(json!({"oid": "x"})));
    assert_eq!(contact.owner_id, Field::Other(json!(false)));
    for digits in ["18446744073709551616", "100000000000000000001", "100000000000000000002"] {
        let body = format!(r#"{{"owner_id":{digits}}}"#);
        let contact: Contact =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(contact.owner_id.get().map(Id::to_string).as_deref(), Some(digits));
        assert_eq!(write(&contact).to_string(), body);
    }
    for number in ["1e3", "1.0", "1000.5", "1E3", "1e400"] {
        let contact: Contact = serde_json::from_str(&format!(r#"{{"owner_id":{number}}}"#))
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(contact.invalid_field(), Some("owner_id"), "{number} is no id");
    }
    let admin: Admin = kept(json!({"id": 1, "team_ids": [814865, "9999999"]}));
    assert_eq!(admin.team_ids, Field::Known(vec![Id::from(814_865), Id::from("9999999")]));
}

#[test]
fn a_moment_is_an_integer_digits_or_iso_8601() {
    for (written, seconds) in [
        (json!(1_734_537_424), Some(1_734_537_424)),
        (json!(-1), Some(-1)),
        (json!(0), Some(0)),
        (json!("1734537424"), Some(1_734_537_424)),
        (json!("-1"), Some(-1)),
        (json!(1_734_537_424.9), Some(1_734_537_424)),
        (json!("1734537424.9"), Some(1_734_537_424)),
        (json!(-0.5), Some(-1)),
        (json!("2018-10-03"), Some(1_538_524_800)),
        (json!("2018-10-03T01:02:03Z"), Some(1_538_528_523)),
        (json!("2018-10-03T01:02:03.123+09:00"), Some(1_538_496_123)),
        (json!("2018-10-03 01:02:03 -0330"), Some(1_538_541_123)),
        (json!("2018-10-03t01:02z"), Some(1_538_528_520)),
        (json!("0000-03-01"), Some(-62_162_035_200)),
        (json!("-0001-11-29T05:37:19Z"), Some(-62_170_050_161)),
        (json!("2018-02-29"), None),
        (json!("2018-00-01"), None),
        (json!("2018-10-03T24:00"), None),
        (json!("2018-10-03T01:02:03+9"), None),
        (json!("2018-10-03T"), None),
        (json!("18-10-03"), None),
        (json!("1e3"), None),
        (json!("inf"), None),
        (json!(1e300), None),
        (json!(""), None),
        (json!("soon"), None),
    ] {
        let contact: Contact = kept(json!({"created_at": written}));
        let moment = contact.created_at.get().unwrap_or_else(|| panic!("{written} is no moment"));
        assert_eq!(moment.seconds(), seconds, "{written}");
    }
    assert_eq!(kept::<Contact>(json!({"created_at": []})).created_at, Field::Other(json!([])));
    assert_eq!(Timestamp::from(7).seconds(), Some(7));
}

#[test]
fn an_avatar_is_an_address_or_an_object_that_holds_one() {
    let url = "https://example.com/joe.png";
    for (written, address) in [
        (json!(url), Some(url)),
        (json!({"type": "avatar", "image_url": url}), Some(url)),
        (json!({"image_url": url, "square_25": "x"}), Some(url)),
        (json!({"type": "avatar", "image_url": null}), None),
        (json!({"image_url": 7}), None),
        (json!({}), None),
    ] {
        let contact: Contact = kept(json!({"avatar": written}));
        assert_eq!(contact.avatar.get().map(Avatar::url), Some(address), "{written}");
        let admin: Admin = kept(json!({"avatar": written}));
        assert_eq!(admin.avatar.get().map(Avatar::url), Some(address), "{written}");
    }
    assert_eq!(kept::<Contact>(json!({"avatar": null})).avatar, Field::Null);
}

#[test]
fn degrees_are_numbers_and_those_that_come_as_texts_are_kept() {
    let user: v1::User =
        kept(json!({"location_data": {"latitude": 53.159233, "longitude": "-6.723"}}));
    let place = user.location_data.get().unwrap_or_else(|| panic!("{user:?}"));
    assert_eq!(place.latitude.get().and_then(serde_json::Number::as_f64), Some(53.159233));
    assert_eq!(place.longitude, Field::Other(json!("-6.723")));
}

#[test]
fn the_two_message_types_are_read() {
    for (written, read) in [("email", MessageType::Email), ("inapp", MessageType::InApp)] {
        let message: NewMessage = kept(json!({"message_type": written}));
        assert_eq!(message.message_type, Field::Known(read));
    }
}

#[test]
fn a_message_goes_to_one_or_to_several() {
    let one: NewMessage = kept(json!({"to": {"type": "user", "user_id": "70"}}));
    assert!(matches!(one.to, Field::Known(Recipients::One(_))), "{one:?}");
    let many: NewMessage =
        kept(json!({"to": [{"type": "user", "id": "1"}, {"type": "lead", "id": 2}], "cc": []}));
    assert!(
        matches!(&many.to, Field::Known(Recipients::Many(parties)) if parties.len() == 2),
        "{many:?}"
    );
    for other in [json!("joe"), json!(["joe"]), json!([{"id": "1"}, null])] {
        let message: NewMessage = kept(json!({"to": other}));
        assert_eq!(message.to, Field::Other(other));
    }
}

#[test]
fn a_filter_compares_with_any_value() {
    for value in [
        json!("user"),
        json!(1_577_869_200),
        json!(1.5),
        json!(true),
        json!(["1", 2]),
        json!([]),
        json!([{"field": "a", "operator": "=", "value": [{"field": "b", "operator": "IN",
        "value": ["1"]}]}]),
        json!(null),
        json!({"odd": 1}),
        json!([{"field": "a"}, 7]),
        json!([null]),
    ] {
        let _: Group = kept(json!({"field": "x", "operator": "=", "value": value}));
    }
    let ids: Group = kept(json!({"value": ["1", 2]}));
    assert_eq!(ids.value, Field::Known(FilterValue::Ids(vec![Id::from("1"), Id::from(2)])));
}

// Lists.

#[test]
fn the_items_of_a_list_are_found_under_data_or_their_own_name() {
    for (kind, key) in [
        ("list", "data"),
        ("user.list", "users"),
        ("contact.list", "contacts"),
        ("admin.list", "admins"),
        ("company.list", "companies"),
        ("tag.list", "tags"),
        ("segment.list", "segments"),
        ("note.list", "notes"),
        ("social_profile.list", "social_profiles"),
        ("conversation.list", "conversations"),
        ("conversation_part.list", "conversation_parts"),
        ("admin.list", "teammates"),
        ("event.list", "events"),
    ] {
        let list: List<Tag> =
            kept(json!({"type": kind, key: [{"id": "1"}, {"id": "2"}], "total_count": 2}));
        let ids: Vec<_> =
            list.items.iter().filter_map(|tag| Some(tag.id.get()?.to_string())).collect();
        assert_eq!(ids, ["1", "2"], "{key}");
        assert_eq!(list.total_count, Field::Known(2), "{key}");
    }
}

#[test]
fn a_list_keeps_what_else_it_says() {
    let list: List<Contact> = kept(json!({
        "type": "user.list", "users": [], "limited": false, "scroll_param": "da6b",
        "has_more": true,
        "url": "/contacts/1/tags", "data": [1], "total_count": "many", "pages": {"type": "pages",
        "since": 1},
    }));
    assert!(list.items.is_empty());
    assert_eq!(list.extra.get("scroll_param"), Some(&json!("da6b")));
}

#[test]
fn a_list_that_holds_two_lists_loses_neither() {
    let list: List<Tag> = kept(json!({"users": [{"id": "1"}], "tags": [{"id": "2"}, {"id": "3"}]}));
    assert!(list.key.is_some(), "one of them gives the items");
}

#[test]
fn an_empty_list_is_not_a_list_without_items() {
    let empty: List<Tag> = kept(json!({"type": "list", "data": []}));
    assert_eq!(empty.key.as_deref(), Some("data"));
    for without in [
        json!({"type": "list"}),
        json!({"data": null}),
        json!({"data": "none"}),
        json!({"data": {}}),
    ] {
        let list: List<Tag> = kept(without);
        assert_eq!((list.key, list.items.len()), (None, 0));
    }
}

#[test]
fn an_item_of_another_shape_costs_no_other_and_keeps_its_place() {
    for (items, readable) in [
        (json!([{"id": "1"}, 7]), 1),
        (json!([null, {"id": "1"}]), 1),
        (json!([null, {"id": "1"}, null, "x", {"id": "2"}, {"id": "3"}, []]), 3),
        (json!([[{"id": "1"}], "x"]), 0),
        (json!([1, 2]), 0),
    ] {
        let list: List<Tag> = kept(json!({"type": "list", "data": items, "total_count": null}));
        let ids = (1..=readable).map(|id: usize| Id::from(id.to_string()));
        assert!(list.items.iter().map(|tag| tag.id.clone()).eq(ids.map(Field::Known)), "{items}");
        assert_eq!(list.key.as_deref(), Some("data"), "it is a list all the same");
        assert_eq!(list.total_count, Field::Null);
        let contact: Contact =
            kept(json!({"tags": {"type": "list", "data": items}, "companies": items}));
        assert_eq!(contact.tags.get().map(|tags| tags.items.len()), Some(readable));
    }
}

#[test]
fn the_next_page_is_a_cursor_an_address_null_or_absent() {
    let next = |pages: Value| -> List<Contact> {
        kept(json!({"type": "list", "data": [], "pages": pages}))
    };
    let cursor =
        next(json!({"type": "pages", "next": {"page": 2, "starting_after": "WzE="}, "page": 1}));
    assert_eq!(cursor.starting_after(), Some("WzE="));
    let address = next(json!({"type": "pages", "next": "https://api.intercom.io/users?page=2"}));
    assert_eq!(address.starting_after(), None, "an address is no cursor");
    let found = address.pages.get().and_then(|pages| pages.next.get());
    assert_eq!(found, Some(&Next::Url("https://api.intercom.io/users?page=2".into())));
    for last in [
        json!({"next": null}),
        json!({}),
        json!(null),
        json!({"next": {}}),
        json!({"next": 7}),
        json!("no"),
        json!([]),
    ] {
        assert_eq!(next(last.clone()).starting_after(), None, "{last}");
    }
}

// Envelopes and the next page.

/// JSON that serde_json has parsed, for the envelope of a list.
#[derive(Clone, Debug, PartialEq)]
struct Parsed(Value);

impl JsonValue for Parsed {
    fn member(&self, name: &str) -> Option<Self> {
        self.0.as_object()?.get(name).cloned().map(Self)
    }

    fn as_text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn as_number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn array_length(&self) -> Option<usize> {
        self.0.as_array().map(Vec::len)
    }
}

/// Where the next page begins, as the list and the envelope of a body say it with one voice.
#[track_caller]
fn next_page(body: &Value) -> Option<String> {
    let list: List<Tag> = kept(body.clone());
    let envelope = Envelope::read(&Parsed(body.clone()));
    let envelope = envelope.unwrap_or_else(|| panic!("{body} has no envelope"));
    assert_eq!(envelope.next, list.next_page(), "{body}");
    assert_eq!(envelope.length, list.items.len(), "{body}");
    let total_count = list.total_count.get().map(|count| *count as f64);
    assert_eq!(envelope.total_count, total_count, "{body}");
    let key = list.key.unwrap_or_else(|| panic!("{body} has no items"));
    assert_eq!(envelope.items, Parsed(body[&*key].clone()), "{body}");
    envelope.next
}

/// A list whose `pages` say this.
fn with_pages(pages: Value) -> Value {
    json!({"type": "list", "data": [{"id": "1"}], "pages": pages, "total_count": 9})
}

#[test]
fn an_envelope_finds_the_items_where_a_list_does() {
    for key in [
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
    ] {
        let pages = json!({"type": "pages", "next": {"starting_after": "WzE="}});
        for items in [json!([]), json!([{"id": "1"}, {"id": "2"}])] {
            let body = json!({"type": "x.list", key: items, "pages": pages, "total_count": 2});
            assert_eq!(next_page(&body).as_deref(), Some("WzE="), "{key}");
            assert_eq!(next_page(&json!({key: items})), None, "{key}");
        }
    }
}

#[test]
fn of_two_lists_an_envelope_takes_the_one_that_a_list_takes() {
    for body in [
        json!({"users": [{"id": "1"}], "tags": [{"id": "2"}, {"id": "3"}]}),
        json!({"tags": [{"id": "2"}, {"id": "3"}], "data": []}),
        json!({"data": {"id": "1"}, "companies": [{"id": "1"}]}),
        json!({"data": null, "notes": [], "events": [{"id": "1"}]}),
    ] {
        assert_eq!(next_page(&body), None);
    }
}

#[test]
fn a_cursor_is_the_next_page() {
    for (pages, next) in [
        (
            json!({"next": {"page": 2, "starting_after": "WzE="}, "page": 1, "total_pages": 9}),
            "WzE=",
        ),
        (json!({"next": {"starting_after": "WzE="}}), "WzE="),
        (json!({"next": {"starting_after": "a+b/="}, "page": 9, "total_pages": 9}), "a+b/="),
        (json!({"next": {"starting_after": ""}}), ""),
    ] {
        assert_eq!(next_page(&with_pages(pages)).as_deref(), Some(next));
    }
}

#[test]
fn the_query_of_an_address_is_the_next_page() {
    for (url, next) in [
        ("https://api.intercom.io/users?per_page=50&page=3", Some("?per_page=50&page=3")),
        ("https://api.intercom.io/events?type=user&before=144", Some("?type=user&before=144")),
        // So it stands in Intercom's examples.
        ("http://api.intercom.test/events?next page", Some("?next page")),
        ("https =>//api.intercom.io/events?before=1", Some("?before=1")),
        ("/companies?page=2", Some("?page=2")),
        ("?page=2", Some("?page=2")),
        ("https://api.intercom.io/a?b=c?d", Some("?b=c?d")),
        ("https://api.intercom.io/a?é=1", Some("?é=1")),
        ("https://api.intercom.io/users", None),
        ("https://api.intercom.io/users?", None),
        ("?", None),
        ("", None),
    ] {
        assert_eq!(next_page(&with_pages(json!({"next": url}))).as_deref(), next, "{url}");
        // An address says where the list goes on, whatever the numbers say.
        for page in [1, 9] {
            let pages = json!({"next": url, "page": page, "per_page": 5, "total_pages": 9});
            assert_eq!(next_page(&with_pages(pages)).as_deref(), next, "{url}");
        }
    }
}

#[test]
fn a_numbered_page_is_followed_by_the_next_number() {
    for (pages, next) in [
        (json!({"page": 1, "per_page": 50, "total_pages": 7}), Some("?page=2&per_page=50")),
        (
            json!({"next": null, "page": 6, "per_page": 50, "total_pages": 7}),
            Some("?page=7&per_page=50"),
        ),
        (
            json!({"next": {}, "page": 1, "per_page": 5, "total_pages": 2}),
            Some("?page=2&per_page=5"),
        ),
        (json!({"page": 1, "total_pages": 2}), Some("?page=2")),
        (json!({"page": 1, "per_page": null, "total_pages": 2}), Some("?page=2")),
        (json!({"page": 0, "total_pages": 1}), Some("?page=1")),
        (json!({"page": 7, "per_page": 50, "total_pages": 7}), None),
        (json!({"page": 8, "per_page": 50, "total_pages": 7}), None),
        (json!({"page": 1, "per_page": 50, "total_pages": 1}), None),
        (json!({"page": 1, "per_page": 50, "total_pages": 0}), None),
        (json!({"page": 1, "per_page": 50}), None),
        (json!({"per_page": 50, "total_pages": 7}), None),
        (json!({"page": "1", "per_page": 50, "total_pages": 7}), None),
        (json!({"page": 1, "per_page": 50, "total_pages": "7"}), None),
        (json!({"page": null, "per_page": 50, "total_pages": 7}), None),
    ] {
        assert_eq!(next_page(&with_pages(pages.clone())).as_deref(), next, "{pages}");
    }
}

#[test]
fn the_last_page_has_no_next() {
    for pages in [
        json!(null),
        json!({}),
        json!({"next": null}),
        json!({"next": {}}),
        json!({"next": {"page": 2}}),
        json!({"next": {"page": 2, "starting_after": null}}),
        json!({"next": {"starting_after": 7}}),
        json!({"next": 7}),
        json!({"next": ["WzE="]}),
        json!({"next": true}),
        json!({"type": "pages", "next": null, "page": 1, "per_page": 50, "total_pages": 1}),
        json!("no"),
        json!(7),
        json!([]),
        json!([{"next": "?page=2"}]),
    ] {
        assert_eq!(next_page(&with_pages(pages.clone())), None, "{pages}");
    }
    assert_eq!(next_page(&json!({"type": "list", "data": []})), None, "no pages at all");
}

#[test]
fn a_count_that_is_no_number_is_no_count() {
    for count in [json!(null), json!("9"), json!([9]), json!({})] {
        let body = json!({"data": [], "total_count": count});
        assert_eq!(next_page(&body), None);
        let envelope = Envelope::read(&Parsed(body));
        assert_eq!(envelope.and_then(|envelope| envelope.total_count), None);
    }
}

#[test]
fn what_is_no_list_has_no_envelope() {
    for body in [
        json!(null),
        json!(true),
        json!(7),
        json!("data"),
        json!([]),
        json!([{"id": "1"}]),
        json!({}),
        json!({"type": "list"}),
        json!({"type": "list", "total_count": 0, "pages": null}),
        json!({"type": "list", "data": null}),
        json!({"type": "list", "data": "none"}),
        json!({"type": "list", "data": {}}),
        json!({"type": "list", "items": []}),
        json!({"type": "error.list", "errors": []}),
        json!({"type": "contact", "id": "5", "tags": {"type": "list", "data": []},
            "companies": {"type": "list", "data": [], "total_count": 0}}),
        json!({"type": "user", "segments": {"type": "segment.list", "segments": []}}),
        json!({"type": "conversation", "contacts": {"type": "contact.list", "contacts": []},
            "conversation_parts": {"conversation_parts": []}}),
    ] {
        assert_eq!(Envelope::read(&Parsed(body.clone())), None, "{body}");
        if body.is_object() {
            let list: List<Tag> = kept(body.clone());
            assert_eq!(list.key, None, "{body}");
        }
    }
}

/// What may stand where a list says how it goes on.
fn any_page_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (-2..12_i64).prop_map(Value::from),
        // What a number of JavaScript holds exactly.
        (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(Value::from),
        "[?/a=&é]{0,6}".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let name = proptest::sample::select(vec!["starting_after", "page", "per_page", "next"]);
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(name.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_list_and_its_envelope_agree_on_every_next_page(
        pages in btree_map(
            proptest::sample::select(vec!["type", "next", "page", "per_page", "total_pages"])
                .prop_map(str::to_owned),
            any_page_value(),
            0..6,
        ),
        key in proptest::sample::select(vec!["data", "contacts", "companies", "events"]),
    ) {
        let pages = Value::Object(pages.into_iter().collect());
        let _ = next_page(&json!({key: [{"id": "1"}], "pages": pages}));
    }
}

// Errors.

/// The code, message and field of every error in a body.
fn errors(body: &str) -> Vec<(Option<String>, Option<String>, Option<String>)> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let detail = |error: &intercom_edge::model::ErrorDetail| {
        (text(error.code()), text(error.message.as_str()), text(error.field.as_str()))
    };
    ErrorList::read(body.as_bytes()).details().iter().map(detail).collect()
}

fn error(
    code: &str,
    message: &str,
    field: &str,
) -> (Option<String>, Option<String>, Option<String>) {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (text(code), text(message), text(field))
}

#[test]
fn an_error_is_read_in_every_shape_that_intercom_writes() {
    for (body, expected) in [
        (
            r#"{"type":"error.list","request_id":"r","errors":[{"code":"not_found","message":"Gone"}]}"#,
            vec![error("not_found", "Gone", "")],
        ),
        (
            r#"{"errors":[{"code":"a","message":"bad","field":"email"},{"code":"b","message":"m"}]}"#,
            vec![error("a", "bad", "email"), error("b", "m", "")],
        ),
        (
            r#"{"type":"error.list","errors":[{"type":"not_found","message":"old"}]}"#,
            vec![error("not_found", "old", "")],
        ),
        (r#"{"type":"error","request_id":"r","message":"Gone"}"#, vec![error("", "Gone", "")]),
        (r#"{"error_key":"blocked","message":"Go away"}"#, vec![error("blocked", "Go away", "")]),
        (r#"{"error_key":"blocked"}"#, vec![error("blocked", "", "")]),
        (
            r#"{"errors":{"email":"is invalid","name":"is too long"}}"#,
            vec![error("", "is invalid", "email"), error("", "is too long", "name")],
        ),
        (r#"{"type":"error.list","errors":[]}"#, vec![]),
        ("<html><body>403 Forbidden</body></html>", vec![]),
        ("", vec![]),
        ("null", vec![]),
        ("[]", vec![]),
        ("{}", vec![]),
    ] {
        assert_eq!(errors(body), expected, "{body}");
    }
}

#[test]
fn one_odd_error_hides_no_other() {
    assert_eq!(
        errors(r#"{"errors":[{"code":"a"},null,{"code":"b"}]}"#),
        [error("a", "", ""), error("b", "", "")]
    );
    assert_eq!(errors(r#"{"errors":["went wrong"]}"#), [error("", "went wrong", "")]);
    assert_eq!(errors(r#"{"errors":"went wrong"}"#), [error("", "went wrong", "")]);
}

#[test]
fn an_error_body_is_kept_as_it_came() {
    for body in [
        json!({"type": "error.list", "request_id": "r", "errors": [{"code": "a", "message": "m",
        "field": "f", "data": {}}], "meta": 1}),
        json!({"type": "error", "request_id": null, "message": "m"}),
        json!({"errors": {"email": ["a", "b"]}}),
        json!({"errors": [null, "x", {"code": 7}]}),
        json!({"error_key": "k", "message": "m"}),
    ] {
        let _: ErrorList = kept(body);
    }
}

#[test]
fn the_request_id_is_read_if_it_is_there() {
    let with = ErrorList::read(br#"{"type":"error.list","request_id":"b2i3","errors":[]}"#);
    assert_eq!(with.request_id.as_str(), Some("b2i3"));
    for without in
        [&br#"{"type":"error.list","errors":[]}"#[..], br#"{"request_id":null}"#, b"<html>"]
    {
        assert_eq!(ErrorList::read(without).request_id.as_str(), None);
    }
}

// What Intercom would never send.

/// Reads a body as every model there is; what can be read is written and read again the same.
fn read_as_everything(body: &[u8]) {
    fn as_a<T: DeserializeOwned + Serialize + PartialEq + Debug>(body: &[u8]) {
        if let Ok(model) = serde_json::from_slice::<T>(body) {
            assert_eq!(read::<T>(write(&model)), model);
        }
    }
    as_a::<Contact>(body);
    as_a::<List<Contact>>(body);
    as_a::<List<Company>>(body);
    as_a::<Admin>(body);
    as_a::<Me>(body);
    as_a::<Message>(body);
    as_a::<NewMessage>(body);
    as_a::<Search>(body);
    as_a::<Segment>(body);
    as_a::<Note>(body);
    as_a::<Conversation>(body);
    as_a::<List<DataAttribute>>(body);
    as_a::<DataEvent>(body);
    as_a::<ErrorList>(body);
    as_a::<v1::User>(body);
    as_a::<v1::UserList>(body);
    let _ = ErrorList::read(body).details();
    if let Ok(contact) = serde_json::from_slice::<Contact>(body) {
        let _ = Contact::from(v1::User::from(contact));
    }
}

#[test]
fn nesting_of_any_depth_neither_panics_nor_overflows() {
    for depth in [10, 100, 126, 127, 128, 1_000, 100_000] {
        for (open, close) in [
            ("[", "]"),
            (r#"{"a":"#, "}"),
            (r#"{"value":["#, "]}"),
            (r#"{"data":["#, "]}"),
            (r#"{"tags":"#, "}"),
            (r#"{"errors":["#, "]}"),
        ] {
            let value = format!("{}null{}", open.repeat(depth), close.repeat(depth));
            for body in [
                value.clone(),
                format!(r#"{{"custom_attributes":{value}}}"#),
                format!(r#"{{"type":"list","data":[{{"id":1}},{value}]}}"#),
                format!(r#"{{"query":{value}}}"#),
                open.repeat(depth),
            ] {
                read_as_everything(body.as_bytes());
            }
        }
    }
}

#[test]
fn a_body_of_a_megabyte_is_read() {
    let long = "x".repeat(1 << 20);
    let contact: Contact = kept(json!({"name": long, long.clone(): 1}));
    assert_eq!(contact.name.as_str().map(str::len), Some(1 << 20));
    let people: Vec<_> = (0..20_000)
        .map(|id| json!({"type": "contact", "id": id, "email": "joe@example.com", "new": {}}))
        .collect();
    let list: List<Contact> = kept(json!({"type": "list", "data": people}));
    assert_eq!(list.items.len(), 20_000);
    read_as_everything("[".repeat(1 << 20).as_bytes());
    read_as_everything(format!("[{}]", vec!["{}"; 1 << 19].join(",")).as_bytes());
}

/// Pseudo-random numbers, the same in every run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (bound.max(1) as u64)).unwrap_or_default()
    }
}

#[test]
fn garbage_never_panics() {
    let contact = json!({
        "type": "contact", "id": "6762f0d01bb69f9f2193bb7d", "external_id": "70", "role": "user",
        "email": "joe@bloggs.com", "phone": null, "name": "Jöe \u{1F642} \"B\"", "owner_id": 7,
        "created_at": 1_734_537_424,
        "avatar": {"type": "avatar", "image_url": "https://example.com/1.png"},
        "has_hard_bounced": false,
        "social_profiles": {"type": "list", "data": [{"type": "social_profile", "name": "X",
        "url": "x.com"}]},
        "location": {"type": "location", "country": "Japan", "city": null},
        "custom_attributes": {"spend": 155.5, "plan": [1, {"a": "b"}]},
        "tags": {"type": "list", "data": [{"type": "tag", "id": "1"}], "url": "/x",
        "total_count": 1, "has_more": false},
        "errors": [{"code": "a", "message": "b"}], "pages": {"next": {"page": 2,
        "starting_after": "a"}},
        "query": {"operator": "AND", "value": [{"field": "a", "operator": "IN", "value": ["1",
        2]}]},
    });
    let original = contact.to_string().into_bytes();
    let pieces: [&[u8]; 22] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\u",
        b"\\ud800",
        b"null",
        b"true",
        b"-",
        b"1e999",
        b"0.",
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"18446744073709551616",
        b"\"type\":",
        b"\"data\":[",
        b"{}",
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..6_000 {
        let mut body = original.clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(body.len());
            let end = (at + dice.below(12)).min(body.len());
            match dice.below(5) {
                0 => body[at] = u8::try_from(dice.below(256)).unwrap_or_default(),
                1 => drop(body.splice(at..end, [])),
                2 => drop(body.splice(at..end, pieces[dice.below(pieces.len())].iter().copied())),
                3 => {
                    let from = dice.below(original.len());
                    let to = (from + dice.below(80)).min(original.len());
                    drop(body.splice(at..end, original[from..to].iter().copied()));
                }
                _ => body.truncate(at.max(1)),
            }
        }
        read_as_everything(&body);
    }
}

// Intercom's own examples.

/// Whether a field of the model, at any depth, holds a value of another shape than documented.
///
/// `Known(Other("…"))` is a word that an open enum doesn't know: that is read.
fn misread(model: &impl Debug) -> bool {
    format!("{model:?}").replace("Known(Other(\"", "").contains("Other(")
}

#[test]
fn a_misread_field_is_noticed() {
    assert!(misread(&read::<Contact>(json!({"tags": {"data": [{"name": 7}]}}))));
    assert!(misread(&read::<Contact>(json!({"role": 7}))));
    assert!(!misread(&read::<Contact>(json!({"role": "visitor", "name": null, "new": 7}))));
}

#[test]
#[ignore = "reads examples in ../shared/intercom"]
fn no_documented_field_of_intercoms_examples_is_misread() {
    let file = "../shared/intercom/examples-2.14.jsonl";
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    fn look<T: DeserializeOwned + Debug>(body: &Value) -> Option<String> {
        let model: T = read(body.clone());
        misread(&model).then(|| format!("{body}\n  was read as {model:?}"))
    }
    let (mut seen, mut misread) = (std::collections::BTreeSet::new(), Vec::new());
    for line in text.lines() {
        let example: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}"));
        let body = &example["body"];
        let operation = example["operationId"].as_str().unwrap_or_default();
        let failed = example["status"].as_u64().is_some_and(|status| status >= 400);
        misread.extend(match (operation, example["kind"].as_str()) {
            (
                "ShowContact"
                | "identifyAdmin"
                | "listAdmins"
                | "createMessage"
                | "listConversations"
                | "retrieveConversation"
                | "replyConversation"
                | "lisDataAttributes"
                | "createDataAttribute"
                | "updateDataAttribute",
                _,
            ) if failed => look::<ErrorList>(body),
            ("ShowContact", _) => look::<Contact>(body),
            ("identifyAdmin", _) => look::<Me>(body),
            ("listAdmins", _) => look::<List<Admin>>(body),
            ("createMessage", Some("request")) => look::<NewMessage>(body),
            ("createMessage", _) => look::<Message>(body),
            ("listConversations", _) => look::<List<Conversation>>(body),
            ("replyConversation", Some("request")) => look::<NewReply>(body),
            ("retrieveConversation" | "replyConversation", _) => look::<Conversation>(body),
            ("lisDataAttributes", _) => look::<List<DataAttribute>>(body),
            ("createDataAttribute" | "updateDataAttribute", Some("response")) => {
                look::<DataAttribute>(body)
            }
            _ => continue,
        });
        seen.insert(operation.to_owned());
    }
    assert!(misread.is_empty(), "{}", misread.join("\n"));
    assert_eq!(seen.len(), 10, "only {seen:?} have examples");
}
