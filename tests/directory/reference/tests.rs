//! Tests of the reference's own rules, with expectations that were written by hand.

use super::super::json::Json;
use super::super::operation::{Engine, Failure, Operation};
use super::Reference;
use super::count::label;
use super::text::{class, distance, similar_class};

/// Returns a directory with contacts.
fn directory(contacts: &str) -> Reference {
    let mut reference = Reference::new(r#"{"search":["custom_attributes.plan"]}"#);
    reference.put(contacts.as_bytes());
    reference
}

/// Searches. Returns the ids, the total, whether similar words matched, and the number of incomplete rows.
fn search(
    reference: &mut Reference,
    request: &str,
) -> Result<(String, usize, bool, usize), Failure> {
    let opened = reference.open(0, request)?;
    let ids = reference.ids(0)?;
    let ids: Vec<_> = ids
        .items()
        .unwrap()
        .iter()
        .map(|id| String::from_utf8_lossy(id.as_text().unwrap()))
        .collect();
    Ok((
        ids.join(" "),
        opened.get("total").and_then(Json::as_number).unwrap(),
        matches!(opened.get("typo"), Some(Json::Bool(true))),
        opened.get("incomplete").and_then(Json::as_number).unwrap(),
    ))
}

fn ids(reference: &mut Reference, request: &str) -> String {
    search(reference, request).unwrap().0
}

fn filtered(reference: &mut Reference, field: &str, operator: &str, value: &str) -> String {
    ids(
        reference,
        &format!(r#"{{"where":{{"field":"{field}","operator":"{operator}","value":{value}}}}}"#),
    )
}

#[test]
fn a_class_is_whole_value_word_start_or_inside() {
    let words =
        |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    let values = [&b"ann lee"[..], b"ann.lee@example.com", "müller".as_bytes()];
    for (text, expected) in [
        ("ann lee", Some(0)),
        ("lee ann", Some(1)),
        ("lee", Some(1)),
        ("example", Some(1)),
        ("@example", Some(2)),
        ("com ann", Some(1)),
        ("ee", Some(2)),
        ("ee ann", Some(2)),
        ("ann.lee@example.com", Some(0)),
        ("ller", Some(2)),
        ("bob", None),
        ("ann bob", None),
    ] {
        assert_eq!(class(&values, &words(text)), expected, "{text}");
    }
    // A byte that is not ASCII is part of a word.
    assert_eq!(class(&["éann".as_bytes()], &words("ann")), Some(2));
}

#[test]
fn similar_words_have_one_edit_or_two_from_eight_characters_on() {
    let points = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
    for (left, right, expected) in [
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abcd", "bacx", 2),
        ("ca", "abc", 3),
        ("田中", "田", 1),
    ] {
        assert_eq!(distance(&points(left), &points(right)), expected, "{left} {right}");
    }
    let similar = |word: &str| similar_class(&[b"christopher o'neil 5"], &[word.into()]).is_some();
    for word in ["niel", "neill", "chritsopher", "chrstophr", "chri", "chir", "hristopher", "oneil"]
    {
        assert!(similar(word), "{word}");
    }
    // Shorter than four; three edits; not at the beginning of a word; the whole "5" is not similar to "5566".
    for word in ["nel", "chrstphr", "stophxr", "5566"] {
        assert!(!similar(word), "{word}");
    }
}

#[test]
fn rows_are_ordered_by_class_and_then_by_id_descending() {
    let mut people = directory(
        r#"[{"id":"1","name":"Ann"},{"id":"2","name":"Joann"},{"id":"3","name":"Ann Lee"},{"id":"4","name":"ÁNN"},
            {"id":"5","email":"x@y.z","custom_attributes":{"plan":"annual"}},{"id":"6"}]"#,
    );
    assert_eq!(search(&mut people, r#"{"text":" ann "}"#), Ok(("4 1 5 3 2".into(), 5, false, 0)));
    assert_eq!(ids(&mut people, "{}"), "6 5 4 3 2 1");
    assert_eq!(
        ids(&mut people, r#"{"text":"ann","sort":[{"field":"name","order":"ascending"}]}"#),
        "1 4 3 2 5"
    );
    assert_eq!(search(&mut people, r#"{"text":"joanm"}"#), Ok(("2".into(), 1, true, 0)));
    assert_eq!(search(&mut people, r#"{"text":"","limit":2}"#), Ok(("6 5".into(), 6, false, 0)));
    assert_eq!(search(&mut people, r#"{"text":"1 2 3 4 5 6 7 8 9"}"#), Err(Failure::Query));
    let mistaken = r#"{"text":"joanm","where":{"field":"name","operator":"=","value":"ann"}}"#;
    assert_eq!(search(&mut people, mistaken), Ok((String::new(), 0, false, 0)));
}

#[test]
fn company_names_are_searched_and_can_change() {
    let mut people = directory(r#"[{"id":"1","companies":{"data":[{"id":"c"}]}},{"id":"2"}]"#);
    people.learn(
        b"companies",
        Json::parse(br#"[{"id":"c","name":"Acme GmbH"}]"#).unwrap().items().unwrap(),
    );
    assert_eq!(ids(&mut people, r#"{"text":"gmbh"}"#), "1");
    people.learn(
        b"companies",
        Json::parse(br#"[{"id":"c","name":"Other"}]"#).unwrap().items().unwrap(),
    );
    assert_eq!(ids(&mut people, r#"{"text":"gmbh"}"#), "");
}

#[test]
fn missing_values_are_last_in_both_directions() {
    let mut people = directory(
        r#"[{"id":"1","custom_attributes":{"a":2}},{"id":"2","custom_attributes":{"a":"10"}},{"id":"3"},
            {"id":"4","custom_attributes":{"a":true}},{"id":"5","custom_attributes":{"a":[1]}},
            {"id":"6","custom_attributes":{"a":10}},{"id":"7","custom_attributes":{"a":null}},
            {"id":"8","custom_attributes":{"a":2.0}},{"id":"9","custom_attributes":{"a":false}}]"#,
    );
    let by = |order: &str| {
        format!(r#"{{"sort":[{{"field":"custom_attributes.a","order":"{order}"}}]}}"#)
    };
    assert_eq!(ids(&mut people, &by("ascending")), "9 4 8 1 6 2 5 7 3");
    assert_eq!(ids(&mut people, &by("descending")), "5 2 6 8 1 4 9 7 3");
}

#[test]
fn texts_are_ordered_by_weights_then_folded_then_as_they_are() {
    let mut people = directory(concat!(
        r#"[{"id":"1","name":"b"},{"id":"2","name":"É"},{"id":"3","name":"e"},"#,
        r#"{"id":"4","name":"E"},{"id":"5","name":"f"}]"#
    ));
    let by_name = r#"{"sort":[{"field":"name"}]}"#;
    assert_eq!(ids(&mut people, by_name), "1 4 3 2 5");
    people.apply(&Operation::Weigh { field: "name".into(), seed: 0 }).unwrap();
    assert_eq!(ids(&mut people, by_name), "4 1 3 5 2");
}

#[test]
fn filters_compare_by_type() {
    let mut people = directory(
        r#"[{"id":"1","name":"Straße","owner_id":12,"custom_attributes":{"a":1.0,"b":true}},
            {"id":"2","name":"strand","owner_id":"12","custom_attributes":{"a":"1","b":[1, 2]}},
            {"id":"3","created_at":-5,"custom_attributes":{"a":9007199254740993}}]"#,
    );
    for (field, operator, value, expected) in [
        ("name", "=", r#""STRASSE""#, "1"),
        ("name", "!=", r#""STRASSE""#, "3 2"),
        ("name", "=", "null", "3"),
        ("name", "!=", "null", "2 1"),
        ("name", "^", r#""Str""#, "2 1"),
        ("name", "$", r#""D""#, "2"),
        ("name", "~", r#""ra""#, "2 1"),
        ("name", "!~", r#""ra""#, "3"),
        ("name", "~", "null", ""),
        ("name", ">", r#""strand""#, "1"),
        ("name", "<", r#""strasse""#, "2"),
        ("name", "IN", r#"["x","strand",null]"#, "3 2"),
        ("name", "NIN", r#"["x","strand"]"#, "3 1"),
        ("name", "IN", "[]", ""),
        ("owner_id", "=", "12", "2 1"),
        ("owner_id", "=", r#""12""#, "2 1"),
        ("owner_id", "=", r#""12.0""#, ""),
        ("id", "=", "3", "3"),
        ("custom_attributes.a", "=", "1", "1"),
        ("custom_attributes.a", "=", r#""1""#, "2 1"),
        ("custom_attributes.a", "=", r#"" 1""#, "2"),
        ("custom_attributes.a", "=", r#""1e0""#, "1"),
        ("custom_attributes.a", ">", "1", "3"),
        ("custom_attributes.a", "=", "9007199254740992", "3"),
        ("custom_attributes.a", "~", r#""1""#, "3 2 1"),
        ("custom_attributes.b", "=", "true", "1"),
        ("custom_attributes.b", "=", r#""true""#, ""),
        ("custom_attributes.b", "=", r#""[1, 2]""#, "2"),
        ("custom_attributes.b", "~", r#""1""#, ""),
        ("custom_attributes.c", "=", "null", "3 2 1"),
        ("created_at", "<", "0", "3"),
        ("created_at", ">", r#""-6""#, "3"),
    ] {
        assert_eq!(
            filtered(&mut people, field, operator, value),
            expected,
            "{field} {operator} {value}"
        );
    }
}

#[test]
fn wrong_filters_are_errors() {
    let leaf = r#"{"field":"name","operator":"=","value":1}"#;
    let group = |inner: &str| format!(r#"{{"operator":"AND","value":[{inner}]}}"#);
    let deepest = group(&group(leaf));
    assert!(search(&mut directory("[]"), &format!(r#"{{"where":{deepest}}}"#)).is_ok());
    for wrong in [
        r#"{"field":"x","operator":"=","value":1}"#,
        r#"{"field":"name","operator":"==","value":1}"#,
        r#"{"field":"name","operator":"=","value":[]}"#,
        r#"{"field":"tags","operator":"~","value":"1"}"#,
        r#"{"field":"name","operator":"IN","value":1}"#,
        &group(&deepest),
        &group(&[leaf; 16].join(",")),
    ] {
        let request = format!(r#"{{"where":{wrong}}}"#);
        assert_eq!(search(&mut directory("[]"), &request), Err(Failure::Query), "{wrong}");
    }
}

#[test]
fn an_incomplete_set_decides_only_what_depends_on_it() {
    let mut people = directory(
        r#"[{"id":"1","tags":{"data":[{"id":"7"}],"has_more":true}},{"id":"2","tags":{"data":[{"id":"8"}]}},{"id":"3"},
            {"id":"4","role":"lead","tags":{"data":[],"has_more":true}}]"#,
    );
    let leaf = |operator: &str, value: &str| {
        format!(r#"{{"field":"tags","operator":"{operator}","value":{value}}}"#)
    };
    let lead = r#"{"field":"role","operator":"=","value":"lead"}"#;
    let group = |operator: &str, tags: &str| {
        format!(r#"{{"operator":"{operator}","value":[{tags},{lead}]}}"#)
    };
    for (query, expected, incomplete) in [
        (leaf("=", "7"), "1", 1),
        (leaf("=", r#""8""#), "2", 2),
        (leaf("!=", "8"), "4 3 1", 2),
        (leaf("IN", "[7,8]"), "2 1", 1),
        (leaf("NIN", "[7,8]"), "4 3", 1),
        (leaf("=", "null"), "3", 0),
        (leaf("!=", "null"), "4 2 1", 0),
        // A contact that is no lead is decided for AND, a lead for OR.
        (group("AND", &leaf("=", "8")), "", 1),
        (group("OR", &leaf("=", "8")), "4 2", 1),
    ] {
        let (ids, _, _, unknown) = search(&mut people, &format!(r#"{{"where":{query}}}"#)).unwrap();
        assert_eq!((&*ids, unknown), (expected, incomplete), "{query}");
    }
}

#[test]
fn a_result_keeps_its_rows_while_contacts_change() {
    let mut people =
        directory(r#"[{"id":"1","name":"a"},{"id":"2","name":"a"},{"id":"3","name":"a"}]"#);
    assert_eq!(ids(&mut people, r#"{"text":"a"}"#), "3 2 1");
    people.put(br#"[{"id":"2","name":"b"},{"id":"4","name":"a"}]"#);
    people.apply(&Operation::Remove("3".into())).unwrap();
    assert_eq!(
        people.slice(0, 0, 9).unwrap().write(),
        r#"{"rows":[{"id":"3","name":"a"},{"id":"2","name":"a"},{"id":"1","name":"a"}],"states":"210"}"#
    );
    assert_eq!(people.changes(0).unwrap().write(), r#"{"changed":1,"removed":1,"added":true}"#);
    people.apply(&Operation::Refresh { slot: 0 }).unwrap();
    assert_eq!(people.ids(0).unwrap().write(), r#"["4","1"]"#);
    assert_eq!(people.changes(0).unwrap().write(), r#"{"changed":0,"removed":0,"added":false}"#);
    people.apply(&Operation::Close { slot: 0 }).unwrap();
    assert_eq!(people.ids(0).map(|_| ()), Err(Failure::Result));
}

#[test]
fn days_weeks_and_months_are_those_of_the_local_calendar() {
    for (time, by, expected) in [
        (0.0, "day", "1970-01-01"),
        (-1.0, "day", "1969-12-31"),
        (-0.5, "month", "1969-12"),
        (0.0, "week", "1969-12-29"),
        (1_764_288_000.0, "day", "2025-11-28"),
        (1_764_288_000.0, "week", "2025-11-24"),
        // A Monday, the Sunday before it, and a week across years.
        (1_764_547_200.0, "week", "2025-12-01"),
        (1_764_547_199.0, "week", "2025-11-24"),
        (1_767_225_600.0, "week", "2025-12-29"),
        (951_782_400.0, "day", "2000-02-29"),
        (-2_203_891_200.0, "day", "1900-03-01"),
        (-62_167_219_200.0, "day", "0000-01-01"),
        (253_402_300_799.0, "month", "9999-12"),
    ] {
        assert_eq!(label(time, by.as_bytes(), &[]).as_deref(), Some(expected), "{time} {by}");
    }
    assert_eq!(label(253_402_300_800.0, b"day", &[]), None);
    assert_eq!(label(-62_167_219_201.0, b"day", &[]), None);
    assert_eq!(label(f64::INFINITY, b"day", &[]), None);
    let offsets = [(0, 3_600), (1_000_000, -7_200)];
    for (time, expected) in
        [(-1.0, "1970-01-01"), (82_800.0, "1970-01-02"), (1_000_000.0, "1970-01-12")]
    {
        assert_eq!(label(time, b"day", &offsets).as_deref(), Some(expected), "{time}");
    }
}

#[test]
fn counts_are_ordered_by_count_and_then_by_value() {
    let mut people = directory(
        r#"[{"id":"1","role":"user","created_at":5,"tags":{"data":[{"id":"7"},{"id":"8"}]}},
            {"id":"2","role":"lead","created_at":"x","tags":{"data":[{"id":"7"}],"has_more":true}},
            {"id":"3","role":"user","tags":{"data":[],"has_more":true}},{"id":"4"}]"#,
    );
    people.learn(b"tags", Json::parse(br#"[{"id":"7","name":"vip"}]"#).unwrap().items().unwrap());
    for (field, by, expected) in [
        (
            "role",
            "value",
            r#"[{"value":"user","count":2},{"value":"lead","count":1},{"value":null,"count":1}]"#,
        ),
        ("created_at", "month", r#"[{"value":"1970-01","count":1},{"value":null,"count":3}]"#),
        (
            "tags",
            "value",
            r#"[{"value":"7","count":2,"name":"vip"},{"value":"8","count":1},{"value":null,"count":1}]"#,
        ),
    ] {
        let request = format!(r#"{{"field":"{field}","by":"{by}"}}"#);
        assert_eq!(people.counts(None, &request).unwrap().write(), expected);
    }
    assert_eq!(
        people.counts(None, r#"{"field":"tags","by":"day"}"#).map(|_| ()),
        Err(Failure::Query)
    );
}

#[test]
fn equal_numbers_of_a_column_have_the_text_of_the_first() {
    let mut people = directory(
        r#"[{"id":"1","custom_attributes":{"a":1.50,"b":7.0}},{"id":"2","custom_attributes":{"a":1.5,"b":-0}}]"#,
    );
    people.open(0, "{}").unwrap();
    let rows = people.slice(0, 0, 2).unwrap().write();
    assert!(
        rows.contains(r#"{"a":1.50,"b":-0}"#) && rows.contains(r#"{"a":1.50,"b":7}"#),
        "{rows}"
    );
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let mut people = directory(
        r#"{"id":"0","name":"a","name":null,"location":{"city":"x","country":"y"},"location":{"city":"z"},"id":"1",
            "custom_attributes":{"a":1},"custom_attributes":null}"#,
    );
    people.open(0, "{}").unwrap();
    assert_eq!(
        people.slice(0, 0, 1).unwrap().write(),
        r#"{"rows":[{"id":"1","location":{"city":"z"}}],"states":"0"}"#
    );
}
