//! Bad input: a typed error, or a counted skip. Never a panic, never a wrong result, and the directory stays usable.

use super::core::Core;
use super::json::{Json, quoted};
use super::operation::{Engine, Failure, Operation};
use super::reference::Reference;

const MIB: usize = 1 << 20;

/// The reference and the core, which get the same input.
struct Both {
    reference: Reference,
    core: Core,
}

impl Both {
    fn new() -> Self {
        let options = r#"{"search":["custom_attributes.note"]}"#;
        Self { reference: Reference::new(options), core: Core::new(options) }
    }

    /// Does the same on both. Returns the answer, which must be the same.
    fn apply(&mut self, operation: Operation) -> String {
        let expected = self.reference.apply(&operation);
        let found = self.core.apply(&operation);
        if found != expected {
            let shown: String = operation.line().chars().take(2_000).collect();
            panic!("{shown}\n expected {expected:.2000?}\n found {found:.2000?}");
        }
        found.unwrap()
    }

    fn feed(&mut self, bytes: impl AsRef<[u8]>) {
        self.apply(Operation::Feed(bytes.as_ref().to_vec()));
    }

    /// Compares all contacts, the counts of skipped lines, and a search.
    fn compare(&mut self) -> String {
        self.apply(Operation::Flush);
        for request in ["{}", r#"{"text":"ann"}"#, r#"{"sort":[{"field":"name"}]}"#] {
            self.apply(Operation::Open { slot: 0, request: request.into() });
            self.apply(Operation::Ids { slot: 0 });
        }
        self.apply(Operation::Slice { slot: 0, from: 0, to: 1_000 });
        self.apply(Operation::Stats)
    }
}

fn core(options: &str) -> Core {
    Core::new(options)
}

const CONTACT: &str = concat!(
    r#"{"type":"contact","id":"5f0000000000000000000001","name":"Ann \u00e9\ud83d\ude00","email":"a@example.com","#,
    r#""created_at":1.5e9,"tags":{"data":[{"id":"1"},{"id":2}],"has_more":true},"location":{"city":"Zürich"},"#,
    r#""custom_attributes":{"plan":"pro","n":-0.5e+3,"list":[1,{"a":null}],"t":true},"companies":null}"#,
);

#[test]
fn a_line_that_is_cut_at_any_byte_is_skipped() {
    let mut both = Both::new();
    for end in 0..=CONTACT.len() {
        both.feed([&CONTACT.as_bytes()[..end], b"\n"].concat());
    }
    assert_eq!(
        both.compare(),
        format!(r#"{{"contacts":1,"malformed":{},"no_id":0}}"#, CONTACT.len() - 1)
    );
}

#[test]
fn a_page_that_is_cut_at_any_byte_stores_nothing() {
    let mut both = Both::new();
    let page = format!("[{CONTACT}]");
    for end in 0..page.len() {
        both.apply(Operation::Put(page.as_bytes()[..end].to_vec()));
    }
    assert!(both.compare().contains(r#""contacts":0"#));
}

#[test]
fn chunks_can_be_cut_at_any_byte() {
    let lines = format!(
        "{CONTACT}\r\n\n{{\"id\":\"2\",\"name\":\"Ann \u{1f600}\"}}\n{{\"type\":\"edge.export\"}}\nno\n{{}}"
    );
    for at in 0..=lines.len() {
        let mut both = Both::new();
        both.feed(&lines.as_bytes()[..at]);
        both.feed(&lines.as_bytes()[at..]);
        assert_eq!(both.compare(), r#"{"contacts":2,"malformed":1,"no_id":1}"#, "{at}");
    }
    let mut both = Both::new();
    lines.bytes().for_each(|byte| both.feed([byte]));
    assert_eq!(both.compare(), r#"{"contacts":2,"malformed":1,"no_id":1}"#);
}

#[test]
fn each_byte_of_a_contact_can_be_another() {
    for byte in [0, b'"', b'\\', b'{', b'}', b',', b'0', b'\n', 0x7f, 0x80, 0xc3, 0xed, 0xff] {
        let mut both = Both::new();
        for at in 0..CONTACT.len() {
            let mut line = CONTACT.as_bytes().to_vec();
            line[at] = byte;
            line.push(b'\n');
            both.feed(&line);
        }
        both.compare();
    }
}

#[test]
fn each_value_of_a_contact_can_have_another_type() {
    let fields = [
        "id",
        "type",
        "name",
        "email",
        "phone",
        "external_id",
        "role",
        "owner_id",
        "created_at",
        "has_hard_bounced",
        "location",
        "custom_attributes",
        "tags",
        "companies",
        "segments",
    ];
    let values = [
        "null",
        "true",
        "0",
        "-0",
        "1e999",
        "-1e999",
        "1E-999",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        "[[]]",
        "[{\"id\":{}}]",
        "{\"data\":5}",
        "{\"data\":[5,null,{\"id\":null},{\"id\":\"\"},{\"id\":7},{\"id\":\"7\"}],\"has_more\":\"x\"}",
        "{\"data\":[{\"id\":\"1\"}],\"data\":[{\"id\":\"2\"}],\"has_more\":true,\"has_more\":false}",
        "\"\\ud800\"",
        "\"\\udc00\\ud800x\"",
        "\"\\u0000\"",
        "123456789012345678901234567890",
        "0.1e-7",
        "{\"\":1,\"city\":[],\"a\\u0000b\":\"\\ud800\"}",
    ];
    let mut both = Both::new();
    for field in fields {
        for value in values {
            both.feed(format!("{{\"id\":\"1\",\"{field}\":{value}}}\n"));
            both.feed(format!("{{\"id\":\"{field}\",\"{field}\":{value}}}\n"));
        }
        both.compare();
    }
}

#[test]
fn text_that_is_no_json_is_skipped() {
    let mut both = Both::new();
    let deep =
        |many: usize| format!("{{\"id\":\"d\",\"x\":{}{}}}", "[".repeat(many), "]".repeat(many));
    for line in [
        "nothing",
        "{\"id\":\"1\"",
        "{'id':'1'}",
        "{\"id\":\"1\",}",
        "{\"id\" \"1\"}",
        "{,}",
        "{\"id\":\"1\"}}",
        "[{\"id\":\"1\"}]",
        "{\"id\":\"1\"}{\"id\":\"2\"}",
        "{\"id\":\"\\u12\"}",
        "{\"id\":\"\\q\"}",
        "{\"id\":01}",
        "{\"id\":+1}",
        "{\"id\":1.}",
        "{\"id\":.5}",
        "{\"id\":1e}",
        "{\"id\":-}",
        "{\"id\":NaN}",
        "{\"id\":Infinity}",
        "{\"id\":nul}",
        "{\"id\":TRUE}",
        "\u{feff}{\"id\":\"1\"}",
        "{\"id\":\"a\tb\"}",
        "{\"id\":\"a\u{0}b\"}",
        "\u{0}",
        "/* */{\"id\":\"1\"}",
        "{id:\"1\"}",
        &deep(100),
        &deep(1_000),
        &deep(100_000),
        &"[".repeat(100_000),
        &"{\"a\":".repeat(100_000),
        "{\"id\":\"nul\\u0000\",\"name\":\"Ann\\u0000Lee\"}",
    ] {
        both.feed(line);
        both.feed("\r\n");
        both.apply(Operation::Put(line.into()));
    }
    for bytes in [
        &b"\xff"[..],
        b"{\"id\":\"\xc0\x80\"}",
        b"{\"id\":\"\xed\xa0\x80\"}",
        b"{\"id\":\"\xf4\x90\x80\x80\"}",
        b"{\"id\":\"\xc3\"}",
    ] {
        both.feed([bytes, b"\n"].concat());
        both.apply(Operation::Put(bytes.to_vec()));
    }
    both.compare();
}

#[test]
fn repeated_ids_and_duplicate_keys_have_their_last_value() {
    let mut both = Both::new();
    for round in 0..50 {
        both.feed(format!(
            "{{\"id\":\"1\",\"name\":\"{round}\",\"id\":\"{}\",\"name\":\"Ann {round}\"}}\n",
            round % 7
        ));
        both.feed(format!(
            "{{\"location\":{{\"city\":\"a\"}},\"id\":\"x\",\
             \"location\":{{\"country\":\"{round}\",\"country\":\"b\"}},\
             \"custom_attributes\":{{\"a\":1,\"a\":{round},\"b\":2}},\
             \"custom_attributes\":{{\"a\":null,\"c\":{round}}},\
             \"tags\":{{\"data\":[{{\"id\":\"1\"}}]}},\"tags\":{{\"data\":[{{\"id\":\"2\",\"id\":\"3\"}}]}}}}\n"
        ));
    }
    assert_eq!(both.compare(), r#"{"contacts":8,"malformed":0,"no_id":0}"#);
}

#[test]
fn an_attribute_of_10_mb_is_stored_or_counted() {
    let mut core = core(r#"{"search":["custom_attributes.note"]}"#);
    let large = "ab ".repeat(10 * MIB / 3);
    for id in 0..3 {
        let line =
            format!(r#"{{"id":"{id}","name":"Ann","custom_attributes":{{"note":"{large}{id}"}}}}"#);
        core.apply(&Operation::Feed([line.as_bytes(), b"\n"].concat())).unwrap();
    }
    core.apply(&Operation::Put(format!(r#"{{"id":"3","name":"{large}"}}"#).into_bytes())).unwrap();
    let total = |core: &mut Core, request: &str| {
        let answer = core.apply(&Operation::Open { slot: 0, request: request.into() }).unwrap();
        Json::parse(answer.as_bytes()).unwrap().get("total").and_then(Json::as_number).unwrap()
    };
    assert_eq!(total(&mut core, r#"{"text":"ann"}"#), 3);
    assert_eq!(total(&mut core, r#"{"text":"ab"}"#), 4);
    assert_eq!(total(&mut core, r#"{"text":"ab 2"}"#), 1);
    let open = Operation::Open { slot: 0, request: format!(r#"{{"text":"{large}"}}"#) };
    assert_eq!(core.apply(&open), Err(Failure::Query));
}

#[test]
fn thousands_of_distinct_attributes_need_linear_memory() {
    let fill = |many: usize| {
        let mut core = core("{}");
        for number in 0..many {
            let line = format!(
                r#"{{"id":"{number:024x}","custom_attributes":{{"attribute {number}":"value {number}"}}}}"#
            );
            core.apply(&Operation::Feed([line.as_bytes(), b"\n"].concat())).unwrap();
        }
        let answer = core
            .apply(&Operation::Open {
                slot: 0,
                request: concat!(
                    r#"{"where":{"field":"custom_attributes.attribute 77","#,
                    r#""operator":"=","value":"value 77"}}"#
                )
                .into(),
            })
            .unwrap();
        assert!(answer.contains(r#""total":1"#), "{answer}");
        core.apply(&Operation::Compact).unwrap();
        core.memory()
    };
    let (half, whole) = (fill(2_500), fill(5_000));
    assert!(whole < 3 * half, "{half} bytes, then {whole}");
    assert!(whole < 20 * MIB, "{whole} bytes");
}

#[test]
fn a_spent_budget_is_an_error_and_removals_free_memory() {
    let budget = 2 * MIB;
    let mut core = core(&format!(r#"{{"budget":{budget}}}"#));
    let contact = |number: usize| {
        let note = format!("{number} {}", "x".repeat(100));
        let contact = format!(
            r#"{{"id":"{number:024x}","name":"Ann {number}","custom_attributes":{{"note":"{note}"}}}}"#
        );
        Operation::Put(contact.into_bytes())
    };
    let mut stored = 0;
    while core.apply(&contact(stored)) == Ok("1".into()) {
        stored += 1;
        assert!(stored < 100_000, "the budget has no effect");
    }
    assert!(stored > 1_000, "{stored} contacts");
    assert_eq!(core.apply(&contact(stored)), Err(Failure::Memory));
    assert!(core.memory() < 2 * budget, "{} bytes", core.memory());
    let total = |core: &mut Core, request: &str| {
        let answer = core.apply(&Operation::Open { slot: 0, request: request.into() });
        answer.map(|answer| {
            Json::parse(answer.as_bytes()).unwrap().get("total").and_then(Json::as_number).unwrap()
        })
    };
    assert_eq!(total(&mut core, r#"{"text":"ann"}"#), Ok(stored));
    assert_eq!(total(&mut core, r#"{"sort":[{"field":"name"}]}"#), Ok(stored));
    core.apply(&Operation::Close { slot: 0 }).unwrap();
    for number in 0..stored / 2 {
        assert_eq!(core.apply(&Operation::Remove(format!("{number:024x}"))), Ok("true".into()));
    }
    core.apply(&Operation::Compact).unwrap();
    for number in stored..stored + stored / 4 {
        assert_eq!(core.apply(&contact(number)), Ok("1".into()), "{number}");
    }
    assert_eq!(total(&mut core, "{}"), Ok(stored - stored / 2 + stored / 4));
}

#[test]
fn a_query_can_have_any_text() {
    let mut both = Both::new();
    both.feed(format!("{CONTACT}\n"));
    for text in
        ["\u{0}", "\u{1f}a", "\"", "\\", "%", "*", "[a-z]", "\u{fffd}", "ann\u{1f600}", "'; --"]
    {
        let request = format!("{{\"text\":{}}}", quoted(text.as_bytes()));
        both.apply(Operation::Open { slot: 0, request });
    }
    let lone = r#"{"text":"\ud800","where":{"field":"name","operator":"~","value":"\udc00"}}"#;
    both.apply(Operation::Open { slot: 0, request: lone.into() });
    for request in [
        "",
        "null",
        "[]",
        "{",
        "{\"text\":5}",
        "{\"where\":5}",
        "{\"sort\":5}",
        "{\"sort\":[{}]}",
        "{\"sort\":[{\"field\":\"x\"}]}",
        "{\"sort\":[{\"field\":\"name\",\"order\":\"up\"}]}",
        &format!("{{\"text\":\"{}\"}}", "a".repeat(257)),
        "{\"text\":\"a b c d e f g h i\"}",
        &format!("{{\"where\":{}1{}}}", "[".repeat(1_000), "]".repeat(1_000)),
    ] {
        let open = Operation::Open { slot: 1, request: request.into() };
        assert_eq!(both.core.apply(&open), Err(Failure::Query), "{request}");
    }
    for request in [
        "",
        "{}",
        "{\"field\":\"name\"}",
        "{\"field\":\"x\",\"by\":\"value\"}",
        "{\"field\":\"name\",\"by\":\"year\"}",
    ] {
        let counts = Operation::Counts { slot: None, request: request.into() };
        assert_eq!(both.core.apply(&counts), Err(Failure::Query), "{request}");
    }
}

#[test]
fn a_snapshot_has_one_line_for_each_contact() {
    let mut both = Both::new();
    let contact = "{\"id\":\"1\",\"name\":\"a\\nb\",\"custom_attributes\":{\"a\\nb\":[1,\n2,\r\n{\"x\":\n\"\\n\"}]}}";
    both.apply(Operation::Put(contact.into()));
    both.apply(Operation::Restore);
    assert_eq!(both.compare(), r#"{"contacts":1,"malformed":0,"no_id":0}"#);
}
