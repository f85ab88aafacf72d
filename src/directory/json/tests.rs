use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::*;

/// Reads a whole text with every method of the reader, into serde_json's form of a value. A lone
/// surrogate becomes U+FFFD there, because serde_json's strings cannot hold it.
fn read(text: &[u8]) -> Result<Value, Malformed> {
    let mut reader = Reader::new(text);
    let value = read_value(&mut reader)?;
    reader.end()?;
    Ok(value)
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(match reader.peek()? {
        Kind::Object => {
            let mut members = serde_json::Map::new();
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                let key = owned(key);
                members.insert(key, read_value(reader)?);
            }
            Value::Object(members)
        }
        Kind::Array => {
            let mut elements = Vec::new();
            reader.begin_array()?;
            while reader.next_element()? {
                elements.push(read_value(reader)?);
            }
            Value::Array(elements)
        }
        Kind::String => Value::String(owned(reader.string()?)),
        Kind::Number => serde_json::from_str(reader.number()?).unwrap_or_default(),
        Kind::True | Kind::False => Value::Bool(reader.bool()?),
        Kind::Null => reader.null().map(|()| Value::Null)?,
    })
}

fn owned(string: Str<'_>) -> String {
    let content = content(string);
    let mut text = String::new();
    let mut rest = content.as_slice();
    while let Some((code, length)) = wtf8::first(rest) {
        text.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
        rest = &rest[length..];
    }
    text
}

fn content(string: Str<'_>) -> Vec<u8> {
    let mut scratch = b"from before".to_vec();
    string.content(&mut scratch).unwrap().to_vec()
}

fn skip(text: &[u8]) -> Result<(), Malformed> {
    let mut reader = Reader::new(text);
    reader.skip()?;
    reader.end()
}

/// Compares the reader's two ways through a text with each other and with serde_json.
fn agrees(text: &[u8]) -> Result<(), TestCaseError> {
    // `IgnoredAny` accepts lone surrogates and any depth.
    let checked = std::str::from_utf8(text).ok();
    let accepted = checked.is_some_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    prop_assert_eq!(skip(text).is_ok(), accepted);
    let value = read(text);
    prop_assert_eq!(value.is_ok(), accepted);
    if let (Ok(value), Ok(expected)) = (value, serde_json::from_slice::<Value>(text)) {
        prop_assert_eq!(value, expected);
    }
    Ok(())
}

const CONTACT: &str = r#" {"type":"contact","id":"63ea9d","name":"Zo\u00eb \"Z\" Łęcka 山田\\\ud83d\ude00",
  "email":null,"created_at":1700000000,"score":-12.5e-3,"unsubscribed":false,"has_hard_bounced":true,
  "tags":{"type":"list","data":[{"id":"1"},{"id":"2"}],"has_more":false},"empty":[[],{}],"a/b":"\/\b\f\n\r\t"} "#;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\\u{0}-\u{1f}é山😀]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Bytes that JSON gives a meaning, and some that it forbids.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        prop::sample::select(
            &b"{}[]:,\"\\/ \t\n\r-+.eE0123456789truefalsnubd\0\x1f\x7f\x80\xc3\xed\xff"[..]
        ),
        any::<u8>(),
    ]
}

proptest! {
    #[test]
    fn reads_every_value_like_serde_json(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(read(text.as_bytes()), Ok(serde_json::from_str(&text).unwrap()));
        prop_assert_eq!(skip(text.as_bytes()), Ok(()));
    }

    #[test]
    fn accepts_and_rejects_mutated_texts_like_serde_json(
        value in json(),
        contact in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), byte(), 0..3), 1..4),
    ) {
        let mut text = if contact { CONTACT.into() } else { serde_json::to_vec(&value).unwrap() };
        for (index, byte, change) in changes {
            let index = index.index(text.len() + 1);
            match change {
                0 => text.insert(index, byte),
                1 if index < text.len() => text[index] = byte,
                _ if index < text.len() => { text.remove(index); }
                _ => {}
            }
        }
        agrees(&text)?;
    }

    #[test]
    fn accepts_and_rejects_arbitrary_texts_like_serde_json(text in prop::collection::vec(byte(), 0..12)) {
        agrees(&text)?;
    }

    #[test]
    fn accepts_and_rejects_escapes_like_serde_json(text in r#""(\\[\\"/bfnrtu0]|\\u[0-9a-fA-F]{4}|[a"]){0,4}""#) {
        agrees(text.as_bytes())?;
    }

    #[test]
    fn writes_a_string_that_reads_back(
        units in prop::collection::vec(prop_oneof![any::<u16>(), 0xD7FE..0xE002_u16, 0..0x80_u16], 0..20),
    ) {
        let content = from_utf16(&units);
        let mut text = b"x".to_vec();
        write_string(&mut text, &content).unwrap();
        let mut reader = Reader::new(&text[1..]);
        prop_assert_eq!(self::content(reader.string().unwrap()), content);
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn writes_text_like_serde_json(
        text in any::<String>(),
        special in "[\u{0}-\u{22}\\\\\u{7f}\u{d7ff}\u{e000}a]{0,9}",
    ) {
        for text in [text, special] {
            let mut out = Vec::new();
            write_string(&mut out, text.as_bytes()).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn computes_numbers_exactly(
        bits in any::<f64>(),
        short in r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
    ) {
        for text in [format!("{bits:?}"), format!("{bits}"), short] {
            let expected: f64 = text.parse().unwrap();
            if Reader::new(text.as_bytes()).number().is_ok() {
                prop_assert_eq!(number_value(&text).to_bits(), expected.to_bits(), "{}", text);
            }
        }
    }
}

/// WTF-8 of the units of a JavaScript string.
fn from_utf16(units: &[u16]) -> Vec<u8> {
    let mut out = Vec::new();
    for unit in char::decode_utf16(units.iter().copied()) {
        wtf8::push(
            &mut out,
            unit.map_or_else(|lone| u32::from(lone.unpaired_surrogate()), u32::from),
        );
    }
    out
}

#[test]
fn rejects_every_truncation_of_a_contact() {
    let text = CONTACT.trim_end();
    assert_eq!(read(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    assert_eq!(skip(text.as_bytes()), Ok(()));
    for length in 0..text.len() {
        assert_eq!(read(&text.as_bytes()[..length]), Err(Malformed), "{length} bytes");
        assert_eq!(skip(&text.as_bytes()[..length]), Err(Malformed), "{length} bytes");
    }
}

#[test]
fn rejects_bytes_that_are_not_utf8() {
    for text in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\xc3\"", b"1\xff", b"\xff"] {
        assert_eq!(read(text), Err(Malformed));
        assert_eq!(skip(text), Err(Malformed));
        assert_eq!(Reader::new(text).end(), Err(Malformed));
    }
}

#[test]
fn reads_lone_surrogates_as_3_bytes_and_pairs_as_one_character() {
    for (text, expected) in [
        (r#""\ud800""#, &b"\xed\xa0\x80"[..]),
        (r#""\uDFFFx""#, b"\xed\xbf\xbfx"),
        (r#""\ud83d\ude00""#, "😀".as_bytes()),
        (r#""\ude00\ud83d""#, b"\xed\xb8\x80\xed\xa0\xbd"),
        (r#""\ud83d\ud83d\ude00""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
        (r#""\ud83d\n\ude00""#, b"\xed\xa0\xbd\n\xed\xb8\x80"),
        (r#""\ud83d\u0041""#, b"\xed\xa0\xbdA"),
    ] {
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(content(reader.string().unwrap()), expected, "{text}");
    }
}

#[test]
fn writes_lone_surrogates_as_escapes() {
    let mut out = Vec::new();
    write_string(&mut out, b"a\xed\xa0\x80\xed\x9f\xbf\"\x01").unwrap();
    assert_eq!(out, "\"a\\ud800\u{d7ff}\\\"\\u0001\"".as_bytes());
}

#[test]
fn limits_the_depth_to_128() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(skip(nested(128).as_bytes()), Ok(()));
        assert!(read(nested(128).as_bytes()).is_ok());
        for depth in [129, 100_000] {
            assert_eq!(skip(nested(depth).as_bytes()), Err(Malformed));
            assert_eq!(read(nested(depth).as_bytes()), Err(Malformed));
        }
    }
    // What is skipped counts from the outermost container.
    let mut reader = Reader::new(b"[[1],[[1]]]");
    reader.depth = MAX_DEPTH - 2;
    reader.begin_array().unwrap();
    assert_eq!(reader.next_element(), Ok(true));
    assert_eq!(reader.skip(), Ok(()));
    assert_eq!(reader.next_element(), Ok(true));
    assert_eq!(reader.skip(), Err(Malformed));
}

#[test]
fn returns_the_text_of_a_value_as_it_is_written() {
    let mut reader = Reader::new(br#" [ 1.50 , {"a": [ ]} , "\u0041" ] "#);
    reader.begin_array().unwrap();
    let mut texts = Vec::new();
    while reader.next_element().unwrap() {
        texts.push(reader.value_text().unwrap());
    }
    assert_eq!(reader.end(), Ok(()));
    assert_eq!(texts, ["1.50", r#"{"a": [ ]}"#, r#""\u0041""#]);
}

#[test]
fn returns_repeated_keys_again() {
    let mut reader = Reader::new(br#"{"a":1,"a":2}"#);
    reader.begin_object().unwrap();
    let mut found = Vec::new();
    while let Some(key) = reader.next_key().unwrap() {
        found.push((content(key), reader.number().unwrap()));
    }
    assert_eq!(found, [(b"a".to_vec(), "1"), (b"a".to_vec(), "2")]);
}

#[test]
fn fails_if_the_caller_reads_a_value_of_another_type_or_none() {
    assert_eq!(Reader::new(b"1").string().err(), Some(Malformed));
    assert_eq!(Reader::new(b"\"1\"").number(), Err(Malformed));
    assert_eq!(Reader::new(b"null").bool(), Err(Malformed));
    assert_eq!(Reader::new(b"[]").begin_object(), Err(Malformed));
    let mut reader = Reader::new(br#"{"a":1}"#);
    reader.begin_object().unwrap();
    reader.next_key().unwrap();
    assert_eq!(reader.next_key().err(), Some(Malformed));
}

#[test]
fn computes_the_values_of_numbers() {
    for (text, expected) in [
        ("0", 0.0),
        ("1700000000", 1.7e9),
        ("999999999999999", 999_999_999_999_999.0),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("0.1", 0.1),
        ("1e22", 1e22),
        ("1E+23", 1e23),
        ("123456789012345e22", 123_456_789_012_345e22),
        ("1e400", f64::INFINITY),
        ("-1e400", f64::NEG_INFINITY),
        ("1e-400", 0.0),
        ("1e99999999999", f64::INFINITY),
    ] {
        assert_eq!(number_value(text), expected, "{text}");
    }
    assert!(number_value("-0").is_sign_negative());
    for text in ["", " 1", "1 ", "01", "+1", "1.", ".5", "0x1", "NaN", "Infinity", "1e", "-"] {
        assert!(number_value(text).is_nan(), "{text}");
    }
}
