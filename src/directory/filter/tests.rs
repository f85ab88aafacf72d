use super::*;
use crate::directory::cell::Value;
use crate::directory::segment::Draft;
use crate::directory::sets::SetKind;

/// A contact for a test: its name, and its value in the column `custom_attributes.x`.
fn add(store: &mut Store, id: &str, name: Option<&str>, value: Value<'_>) {
    let mut draft = Draft { id: id.as_bytes().to_vec(), ..Draft::default() };
    if let (Some(name), [text, ..]) = (name, &mut draft.texts) {
        text.is_given = true;
        text.text = name.as_bytes().to_vec();
    }
    let mut parts = store.parts_mut();
    let column = parts.column(b"custom_attributes.x").unwrap().unwrap();
    let owner = parts.column(b"owner_id").unwrap().unwrap();
    let cell = parts.dictionary(column).unwrap().intern(value).unwrap();
    draft.cells.push((column, cell));
    let cell = parts.dictionary(owner).unwrap().intern(value).unwrap();
    draft.cells.push((owner, cell));
    store.append(&draft).unwrap();
}

fn store() -> Store {
    let mut store = Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
    let values = [
        Value::Missing,
        Value::Bool(true),
        Value::Whole(5),
        Value::Number(-0.0, b"-0"),
        Value::Number(5.5, b"5.5"),
        Value::Text(b"5"),
        Value::Text("Zoë".as_bytes()),
        Value::Json(b"[5]"),
        Value::Text(b""),
        Value::Whole(1_700_000_000),
    ];
    for (place, value) in values.into_iter().enumerate() {
        add(&mut store, &place.to_string(), None, value);
    }
    store
}

fn found(store: &Store, filter: &str) -> Vec<u32> {
    let filter = Filter::read(filter, "where", store.schema()).unwrap();
    filter.evaluate(store).unwrap().rows.iter().collect()
}

fn by(store: &Store, field: &str, operator: &str, value: &str) -> Vec<u32> {
    let filter = format!(r#"{{"value":{value},"operator":"{operator}","field":"{field}"}}"#);
    let rows = found(store, &filter);
    let negated = match operator {
        "=" => "!=",
        "IN" => "NIN",
        "~" => "!~",
        _ => return rows,
    };
    let filter = filter.replace(&format!(r#""{operator}""#), &format!(r#""{negated}""#));
    let others = found(store, &filter);
    let mut all: Vec<u32> = rows.iter().chain(&others).copied().collect();
    all.sort_unstable();
    assert_eq!(all, RowSet::all_live(store).unwrap().iter().collect::<Vec<_>>(), "{filter}");
    rows
}

#[test]
fn operators_compare_values_of_their_type() {
    let store = store();
    let x = |operator: &str, value: &str| by(&store, "custom_attributes.x", operator, value);
    assert_eq!(x("=", "null"), [0]);
    assert_eq!(x("=", "true"), [1]);
    assert_eq!(x("=", "5"), [2]);
    assert_eq!(x("=", "5.0"), [2]);
    assert_eq!(x("=", "\"5\""), [2, 5]);
    assert_eq!(x("=", "0"), [3]);
    assert_eq!(x("=", "\"ZOE\""), [6]);
    assert_eq!(x("=", "\"[5]\""), [7]);
    assert_eq!(x("=", "\"\""), [8]);
    assert_eq!(x("IN", "[]"), [0; 0]);
    assert_eq!(x("IN", "[null,5.5,\"zoe\",1700000000,5,true]"), [0, 1, 2, 4, 6, 9]);
    assert_eq!(x("~", "5"), [2, 4, 5]);
    assert_eq!(x("~", "\"o\""), [6]);
    assert_eq!(x("~", "null"), [0; 0]);
    assert_eq!(x("~", "\"\""), [2, 3, 4, 5, 6, 8, 9]);
    assert_eq!(x("^", "\"17\""), [9]);
    assert_eq!(x("$", "\"E\""), [6]);
    assert_eq!(x(">", "5"), [4, 9]);
    assert_eq!(x(">", "-1"), [2, 3, 4, 9]);
    assert_eq!(x("<", "5.5"), [2, 3]);
    assert_eq!(x("<", "\"6\""), [2, 3, 4, 5, 8]);
    assert_eq!(x(">", "1e999"), [0; 0]);
    assert_eq!(x("<", "true"), [0; 0]);
}

#[test]
fn ids_are_compared_as_texts() {
    let store = store();
    let owner = |operator: &str, value: &str| by(&store, "owner_id", operator, value);
    assert_eq!(owner("=", "5"), [2, 5]);
    assert_eq!(owner("=", "\"5\""), [2, 5]);
    assert_eq!(owner("=", "5.0"), [0; 0]);
    assert_eq!(owner("=", "\"05\""), [0; 0]);
    assert_eq!(owner("=", "\"zoë\""), [0; 0]);
    assert_eq!(owner("=", "-0"), [3]);
    assert_eq!(owner("IN", "[true,\"1700000000\"]"), [1, 9]);
    let id = |operator: &str, value: &str| by(&store, "id", operator, value);
    assert_eq!(id("=", "\"3\""), [3]);
    assert_eq!(id("IN", "[3,\"4\",null]"), [3, 4]);
    assert_eq!(id("^", "\"3\""), [3]);
    assert_eq!(id(">", "\"7\""), [8, 9]);
}

#[test]
fn texts_are_found_in_their_field() {
    let mut store = Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
    let names = [Some("Ann Lee"), None, Some(""), Some("Joann"), Some("ann")];
    for (place, name) in names.into_iter().enumerate() {
        let mut draft = Draft { id: place.to_string().into_bytes(), ..Draft::default() };
        for (text, value) in draft.texts.iter_mut().zip([name, Some("ann@b.c")]) {
            text.is_given = value.is_some();
            text.text = value.unwrap_or_default().as_bytes().to_vec();
        }
        store.append(&draft).unwrap();
    }
    let name = |operator: &str, value: &str| by(&store, "name", operator, value);
    assert_eq!(name("~", "\"ANN\""), [0, 3, 4]);
    assert_eq!(name("^", "\"ANN\""), [0, 4]);
    assert_eq!(name("$", "\"ANN\""), [3, 4]);
    assert_eq!(name("=", "\"ANN\""), [4]);
    assert_eq!(name("=", "\"\""), [2]);
    assert_eq!(name("=", "null"), [1]);
    assert_eq!(name("IN", "[null,\"joann\",\"x\"]"), [1, 3]);
    assert_eq!(name("~", "\"\""), [0, 2, 3, 4]);
    assert_eq!(name(">", "\"ann\""), [0, 3]);
    assert_eq!(by(&store, "email", "~", "\"ann\""), [0, 1, 2, 3, 4]);
    assert_eq!(by(&store, "email", "$", "\"b.c\""), [0, 1, 2, 3, 4]);
    assert_eq!(by(&store, "phone", "=", "null"), [0, 1, 2, 3, 4]);
}

/// Contacts with the tags: none, a, a and b, a and unknown ones, only unknown ones.
fn tagged() -> Store {
    let mut store = Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
    let rows: [(&[&[u8]], bool); 5] =
        [(&[], false), (&[b"a"], false), (&[b"a", b"b"], false), (&[b"a"], true), (&[], true)];
    for (place, (ids, has_more)) in rows.into_iter().enumerate() {
        let mut parts = store.parts_mut();
        let sets = parts.sets(SetKind::Tags).unwrap();
        let mut members = ids.iter().map(|id| sets.member(id).unwrap()).collect();
        let set = sets.table_mut().intern(&mut members, has_more).unwrap();
        let mut draft = Draft { id: place.to_string().into_bytes(), ..Draft::default() };
        draft.sets = [set, 0, 0];
        store.append(&draft).unwrap();
    }
    store
}

#[test]
fn unknown_members_leave_a_filter_undecided() {
    let store = tagged();
    let check = |filter: &str, rows: &[u32], incomplete: usize| {
        let filter = Filter::read(filter, "where", store.schema()).unwrap();
        let matches = filter.evaluate(&store).unwrap();
        assert_eq!(matches.rows.iter().collect::<Vec<_>>(), rows, "{filter:?}");
        assert_eq!(matches.incomplete, incomplete, "{filter:?}");
    };
    let a = r#"{"field":"tag_id","operator":"=","value":"a"}"#;
    let no_b = r#"{"field":"tags","operator":"!=","value":"b"}"#;
    let group = |operator: &str, filters: &[&str]| {
        format!(r#"{{"operator":"{operator}","value":[{}]}}"#, filters.join(","))
    };
    check(a, &[1, 2, 3], 1);
    check(no_b, &[0, 1, 3, 4], 2);
    check(r#"{"field":"tags","operator":"=","value":null}"#, &[0], 0);
    check(r#"{"field":"tags","operator":"!=","value":null}"#, &[1, 2, 3, 4], 0);
    check(r#"{"field":"tags","operator":"IN","value":[null,"b"]}"#, &[0, 2], 2);
    check(r#"{"field":"tags","operator":"NIN","value":["x"]}"#, &[0, 1, 2, 3, 4], 2);
    check(r#"{"field":"tags","operator":"=","value":true}"#, &[], 0);
    check(&group("AND", &[a, no_b]), &[1, 3], 2);
    check(&group("OR", &[a, no_b]), &[0, 1, 2, 3, 4], 1);
    check(&group("AND", &[a, r#"{"field":"id","operator":"=","value":"1"}"#]), &[1], 0);
    check(&group("AND", &[]), &[0, 1, 2, 3, 4], 0);
    check(&group("OR", &[]), &[], 0);
}

#[test]
fn dead_rows_never_match() {
    let mut store = store();
    store.remove(b"0");
    assert_eq!(by(&store, "custom_attributes.x", "=", "null"), [0; 0]);
    add(&mut store, "2", None, Value::Missing);
    assert_eq!(by(&store, "custom_attributes.x", "=", "null"), [10]);
    assert_eq!(by(&store, "id", "=", "\"2\""), [10]);
}

#[test]
fn an_attribute_that_no_contact_has_is_missing() {
    let store = store();
    assert_eq!(by(&store, "custom_attributes.y", "=", "null").len(), 10);
    assert_eq!(by(&store, "custom_attributes.y", "~", "\"\""), [0; 0]);
}

#[test]
fn errors_name_the_part() {
    let store = store();
    let leaf = r#"{"field":"name","operator":"=","value":"x"}"#;
    let group = |inner: &str| format!(r#"{{"operator":"AND","value":[{leaf},{inner}]}}"#);
    let sixteen = format!(r#"{{"operator":"OR","value":[{}]}}"#, [leaf; 16].join(","));
    let cases = [
        ("[]", "where"),
        (r#"{"field":"name","value":"x"}"#, "where.operator"),
        (r#"{"field":"name","operator":"="}"#, "where.value"),
        (r#"{"field":"nome","operator":"=","value":"x"}"#, "where.field"),
        (r#"{"field":"name","operator":"LIKE","value":"x"}"#, "where.operator"),
        (r#"{"field":"name","operator":"=","value":["x"]}"#, "where.value"),
        (r#"{"field":"name","operator":"IN","value":"x"}"#, "where.value"),
        (r#"{"field":"name","operator":"IN","value":["x",{}]}"#, "where.value[1]"),
        (r#"{"field":"tags","operator":"~","value":"x"}"#, "where.operator"),
        (r#"{"operator":"AND","value":{}}"#, "where.value"),
        (&sixteen, "where.value"),
        (&group(&group(&group(leaf))), "where.value[1].value[1].operator"),
        (&group(&group(r#"{"operator":"x","value":1}"#)), "where.value[1].value[1].field"),
    ];
    for (filter, path) in cases {
        match Filter::read(filter, "where", store.schema()) {
            Err(Error::Query { field, .. }) => assert_eq!(field, path, "{filter}"),
            other => panic!("{filter}: {other:?}"),
        }
    }
    assert!(Filter::read(&group(&group(leaf)), "where", store.schema()).is_ok());
}
