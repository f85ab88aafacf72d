use crate::directory::{Directory, Error, Options};

fn directory(ids: std::ops::Range<u32>) -> Directory {
    let mut directory = Directory::new(&Options::default()).unwrap();
    for id in ids {
        put(&mut directory, id, "Ann");
    }
    directory
}

fn put(directory: &mut Directory, id: u32, name: &str) {
    let contact = format!(r#"{{"id":"{id}","name":"{name} {id}","role":"r{}"}}"#, id % 3);
    assert_eq!(directory.put(contact.as_bytes()), Ok(1));
}

#[test]
fn a_result_keeps_its_rows_while_contacts_change() {
    let mut directory = directory(1..6);
    let opened = directory.open(r#"{"text":"ann"}"#).unwrap();
    assert_eq!(opened, r#"{"result":1,"total":5,"typo":false,"incomplete":0}"#);
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":0,"removed":0,"added":false}"#);
    put(&mut directory, 5, "Bob");
    put(&mut directory, 6, "Ann");
    directory.remove(b"1");
    directory.remove(b"6");
    let slice = |directory: &mut Directory, from, to| directory.slice(1, from, to).unwrap();
    let rows = slice(&mut directory, 0, 1);
    assert!(rows.starts_with(r#"{"rows":[{"id":"5","name":"Ann 5","role":"r2","#), "{rows}");
    assert!(rows.ends_with(r#"],"states":"1"}"#), "{rows}");
    assert!(slice(&mut directory, 3, 9).ends_with(r#""states":"02"}"#));
    assert_eq!(slice(&mut directory, 9, 3), r#"{"rows":[],"states":""}"#);
    assert_eq!(directory.ids(1).unwrap(), r#"["5","4","3","2","1"]"#);
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":1,"removed":1,"added":true}"#);
    let opened = directory.refresh(1).unwrap();
    assert_eq!(opened, r#"{"result":1,"total":3,"typo":false,"incomplete":0}"#);
    assert_eq!(directory.ids(1).unwrap(), r#"["4","3","2"]"#);
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":0,"removed":0,"added":false}"#);
    directory.close(1);
    directory.close(1);
    assert_eq!(directory.ids(1), Err(Error::UnknownResult));
    assert_eq!(directory.refresh(1), Err(Error::UnknownResult));
    assert_eq!(directory.slice(0, 0, 1), Err(Error::UnknownResult));
}

#[test]
fn names_and_members_add_no_contact() {
    let mut directory = directory(1..3);
    directory.open("{}").unwrap();
    directory.set_members(b"s", br#"["1"]"#).unwrap();
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":0,"removed":0,"added":false}"#);
    put(&mut directory, 3, "Ann");
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":0,"removed":0,"added":true}"#);
}

#[test]
fn a_limit_cuts_rows_and_no_totals() {
    let mut directory = directory(1..400);
    let opened = directory
        .open(r#"{"sort":[{"field":"role"},{"field":"id","order":"ascending"}],"limit":2}"#)
        .unwrap();
    assert!(opened.contains(r#""total":399"#));
    assert_eq!(directory.ids(1).unwrap(), r#"["102","105"]"#);
    let counts = directory.counts(1, r#"{"field":"role","by":"value"}"#).unwrap();
    assert!(counts.contains(r#"{"value":"r2","count":133}"#), "{counts}");
    directory.remove(b"105");
    directory.remove(b"106");
    assert_eq!(directory.changes(1).unwrap(), r#"{"changed":0,"removed":1,"added":false}"#);
    let opened = directory.open(r#"{"limit":0,"text":null,"where":null,"sort":null}"#).unwrap();
    assert!(opened.contains(r#""total":397"#));
    assert_eq!(directory.ids(2).unwrap(), "[]");
}

#[test]
fn a_sort_replaces_the_classes_of_the_text_search() {
    let mut directory = directory(0..0);
    for (id, name) in [("1", "xann"), ("2", "ann"), ("3", "ann lee")] {
        directory.put(format!(r#"{{"id":"{id}","name":"{name}"}}"#).as_bytes()).unwrap();
    }
    directory.open(r#"{"text":"ann"}"#).unwrap();
    assert_eq!(directory.ids(1).unwrap(), r#"["2","3","1"]"#);
    directory.open(r#"{"text":"ann","sort":[{"field":"name","order":"descending"}]}"#).unwrap();
    assert_eq!(directory.ids(2).unwrap(), r#"["1","3","2"]"#);
    let filter = r#"{"field":"name","operator":"!=","value":"ann"}"#;
    directory.open(&format!(r#"{{"text":"ann","where":{filter}}}"#)).unwrap();
    assert_eq!(directory.ids(3).unwrap(), r#"["3","1"]"#);
    let opened = directory.open(r#"{"text":"xamn"}"#).unwrap();
    assert!(opened.contains(r#""total":1,"typo":true"#), "{opened}");
}

#[test]
fn a_compaction_changes_no_result() {
    let mut directory = directory(0..3_000);
    let sorted = r#"{"sort":[{"field":"name"}]}"#;
    directory.open(r#"{"text":"ann"}"#).unwrap();
    directory.open(sorted).unwrap();
    directory.open(sorted).unwrap();
    let first = directory.slice(2, 0, 10).unwrap();
    let ids = directory.ids(3).unwrap();
    let newest = directory.ids(1).unwrap();
    for id in 0..2_000 {
        directory.remove(id.to_string().as_bytes());
        put(&mut directory, id + 500, "Bob");
    }
    directory.compact().unwrap();
    assert_eq!(directory.ids(3).unwrap(), ids);
    assert_eq!(directory.ids(2).unwrap(), ids);
    assert_eq!(directory.ids(1).unwrap(), newest);
    let rows = |slice: &str| slice[..slice.find("states").unwrap()].to_owned();
    assert_eq!(rows(&directory.slice(2, 0, 10).unwrap()), rows(&first));
    assert!(directory.changes(1).unwrap().contains(r#""added":true"#));
    directory.refresh(3).unwrap();
    assert_eq!(directory.changes(3).unwrap(), r#"{"changed":0,"removed":0,"added":false}"#);
    for result in 1..4 {
        directory.close(result);
    }
    directory.compact().unwrap();
    directory.open(sorted).unwrap();
    let mut again = Directory::new(&Options::default()).unwrap();
    let (bytes, _) = directory.snapshot(0).unwrap();
    again.feed(&bytes).unwrap();
    again.open(sorted).unwrap();
    assert_eq!(directory.ids(4).unwrap(), again.ids(1).unwrap());
}

#[test]
fn requests_are_checked() {
    let mut directory = directory(1..2);
    let cases = [
        ("", "request"),
        (r#"{"text":5}"#, "text"),
        (r#"{"text":"1 2 3 4 5 6 7 8 9"}"#, "text"),
        (r#"{"where":{}}"#, "where.operator"),
        (r#"{"sort":{}}"#, "sort"),
        (r#"{"limit":"1"}"#, "limit"),
    ];
    for (json, path) in cases {
        match directory.open(json) {
            Err(Error::Query { field, .. }) => assert_eq!(field, path),
            other => panic!("{json}: {other:?}"),
        }
    }
    assert!(directory.open("{}").unwrap().contains(r#""result":1"#));
}

#[test]
fn texts_are_sorted_by_weights() {
    let mut directory = directory(0..0);
    for (id, name) in [("1", "Ödla"), ("2", "Zebra"), ("3", "Apa")] {
        directory.put(format!(r#"{{"id":"{id}","name":"{name}"}}"#).as_bytes()).unwrap();
    }
    let sorted = r#"{"sort":[{"field":"name"}]}"#;
    directory.open(sorted).unwrap();
    assert_eq!(directory.ids(1).unwrap(), r#"["3","1","2"]"#);
    let characters = directory.ranks_needed("name").unwrap();
    let weights: Vec<u32> = characters.chars().map(u32::from).collect();
    directory.set_ranks("name", &weights).unwrap();
    assert_eq!(directory.ranks_needed("name").unwrap(), "");
    assert_eq!(directory.ranks_needed("custom_attributes.none").unwrap(), "");
    assert!(directory.ranks_needed("nome").is_err());
    directory.refresh(1).unwrap();
    assert_eq!(directory.ids(1).unwrap(), r#"["3","2","1"]"#);
}
