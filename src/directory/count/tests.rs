use crate::directory::{Directory, Error, Options, SetKind};

fn directory() -> Directory {
    let mut directory = Directory::new(&Options::default()).unwrap();
    let contacts = r#"[
        {"id":"1","name":"B","created_at":1700000000,"custom_attributes":{"x":"b"},
            "tags":{"data":[{"id":"9"},{"id":"10"}]}},
        {"id":"2","name":"a","created_at":1700000000,"custom_attributes":{"x":5},
            "tags":{"data":[{"id":"9"}],"has_more":true}},
        {"id":"3","name":"a","created_at":-1,"custom_attributes":{"x":5.5},"tags":{"data":[],"has_more":true}},
        {"id":"4","created_at":1700086400.5,"custom_attributes":{"x":"a"}},
        {"id":"5","created_at":"soon","custom_attributes":{"x":"a"}},
        {"id":"6","created_at":253402300799,"custom_attributes":{"x":true}},
        {"id":"7","created_at":253402300800,"custom_attributes":{"x":[1]}},
        {"id":"8"}
    ]"#;
    assert_eq!(directory.put(contacts.as_bytes()).unwrap(), 8);
    directory.set_names(SetKind::Tags, br#"[{"id":"9","name":"VIP"}]"#).unwrap();
    directory
}

fn counts(field: &str, by: &str, more: &str) -> String {
    let request = format!(r#"{{"field":"{field}","by":"{by}"{more}}}"#);
    let json = directory().counts(0, &request).unwrap();
    json.replace("{\"value\":", "").replace(",\"count\":", "=").replace(['[', ']', '}'], "")
}

#[test]
fn values_are_counted_by_type_and_ordered_by_count() {
    assert_eq!(
        counts("custom_attributes.x", "value", ""),
        r#""a"=2,true=1,5=1,5.5=1,"b"=1,1=1,null=1"#
    );
    assert_eq!(counts("custom_attributes.x", "value", r#","limit":2"#), r#""a"=2,true=1"#);
    assert_eq!(counts("custom_attributes.x", "value", r#","limit":0"#), "");
    assert_eq!(counts("name", "value", ""), r#"null=5,"a"=2,"B"=1"#);
    assert_eq!(counts("id", "value", r#","limit":2"#), r#""1"=1,"2"=1"#);
    assert_eq!(counts("custom_attributes.y", "value", ""), "null=8");
}

#[test]
fn a_set_counts_for_each_member() {
    assert_eq!(counts("tags", "value", ""), r#"null=5,"9","name":"VIP"=2,"10"=1"#);
    assert_eq!(counts("segment_id", "value", ""), "null=8");
}

#[test]
fn times_are_counted_by_day_week_and_month() {
    // 1700000000 is Tuesday, 14 November 2023, 22:13:20.
    let days = r#""1969-12-31"=1,"2023-11-14"=2,"2023-11-15"=1,"9999-12-31"=1,null=3"#;
    assert_eq!(counts("created_at", "day", ""), days);
    let weeks = r#""1969-12-29"=1,"2023-11-13"=3,"9999-12-27"=1,null=3"#;
    assert_eq!(counts("created_at", "week", ""), weeks);
    let months = r#""1969-12"=1,"2023-11"=3,"9999-12"=1,null=3"#;
    assert_eq!(counts("created_at", "month", r#","time_zone_offsets":null"#), months);
    let offsets = r#","time_zone_offsets":[[0,3600],[1700000000,7200],[1700086400,0]]"#;
    let days = r#""1970-01-01"=1,"2023-11-15"=3,"9999-12-31"=1,null=3"#;
    assert_eq!(counts("created_at", "day", offsets), days);
    assert_eq!(counts("name", "day", ""), "null=8");
}

#[test]
fn requests_are_checked() {
    let cases = [
        ("[]", "counts"),
        (r#"{"field":"nome","by":"value"}"#, "counts.field"),
        (r#"{"field":"name","by":"year"}"#, "counts.by"),
        (r#"{"field":"tags","by":"day"}"#, "counts.by"),
        (r#"{"field":"name","by":"day","time_zone_offsets":[1]}"#, "counts.time_zone_offsets"),
        (r#"{"field":"name","by":"value","limit":-1}"#, "counts.limit"),
    ];
    for (json, path) in cases {
        match directory().counts(0, json) {
            Err(Error::Query { field, .. }) => assert_eq!(field, path),
            other => panic!("{json}: {other:?}"),
        }
    }
    assert_eq!(
        directory().counts(1, r#"{"field":"name","by":"value"}"#),
        Err(Error::UnknownResult)
    );
}
