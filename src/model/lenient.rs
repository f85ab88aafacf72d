//! Reads the JSON that Intercom writes, even if it has invalid text: half a surrogate pair, bytes
//! that are not UTF-8, raw control characters, deep nesting. One person's broken text must not make
//! a page of people unreadable.
//!
//! Callers' bodies are read strictly, by serde_json alone.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a response body of Intercom. InvalidField text is replaced: bytes that are not a character by
/// U+FFFD, a raw control character by its escape, and arrays and objects nested deeper than 127
/// levels by a text that contains their JSON.
///
/// # Errors
/// The body is not JSON for another reason, such as a body that was cut off.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let error = match serde_json::from_slice(body) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match repair(body) {
        // As bytes: a reader of texts would double the code.
        Some(repaired) => serde_json::from_slice(repaired.as_bytes()),
        None => Err(error),
    }
}

/// The level of nesting at which serde_json fails, before the stack overflows.
const TOO_DEEP: usize = 128;

/// The prefix of the key by which serde_json passes numbers and raw values to its readers. An
/// attribute with such a name would make its object unreadable.
const PRIVATE: &str = "\"$serde_json::private::";

/// Replaces everything that serde_json does not read. Returns `None` if there is nothing to
/// replace.
pub(crate) fn repair(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace(PRIVATE, "\"\u{fffd}serde_json::private::");
    let mut rest = text.as_str();
    let mut repaired = String::with_capacity(text.len());
    let mut in_text = false;
    let mut depth = 0_usize;
    let mut deep_from = None;
    while let Some(letter) = rest.chars().next() {
        let (length, replacement) = match (in_text, letter) {
            (true, '\\') => escape(rest),
            (true, '\0'..='\x1f') => (1, Some(format!("\\u{:04x}", u32::from(letter)))),
            _ => (letter.len_utf8(), None),
        };
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        match letter {
            '"' => in_text = !in_text,
            '[' | '{' if !in_text => {
                depth += 1;
                if depth == TOO_DEEP {
                    deep_from = Some(repaired.len());
                }
            }
            _ => {}
        }
        repaired.push_str(replacement.as_deref().unwrap_or(piece));
        if !in_text && matches!(letter, ']' | '}') {
            depth = depth.saturating_sub(1);
            if depth < TOO_DEEP
                && let Some(start) = deep_from.take()
            {
                let deep = repaired.split_off(start);
                repaired.push_str(&Value::from(deep).to_string());
            }
        }
    }
    (repaired.as_bytes() != body).then_some(repaired)
}

/// Returns the length of the escape at the start of a text, and its replacement if it is half a
/// surrogate pair.
fn escape(text: &str) -> (usize, Option<String>) {
    match code_unit(text) {
        Some(0xd800..=0xdbff)
            if matches!(text.get(6..).and_then(code_unit), Some(0xdc00..=0xdfff)) =>
        {
            (12, None)
        }
        Some(0xd800..=0xdfff) => (6, Some("\\ufffd".to_owned())),
        Some(_) => (6, None),
        None => (1 + text.chars().nth(1).map_or(0, char::len_utf8), None),
    }
}

/// Returns the UTF-16 code unit of the escape at the start of a text, such as `\ud83d`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hexadecimal.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::from_slice;
    use serde_json::{Value, json};

    fn read(body: impl AsRef<[u8]>) -> Option<Value> {
        from_slice(body.as_ref()).ok()
    }

    #[test]
    fn half_a_surrogate_pair_is_no_character() {
        for (text, means) in [
            (r"x\ud83d", "x\u{fffd}"),
            (r"\ude00x", "\u{fffd}x"),
            (r"\uD83Dx\uDE00", "\u{fffd}x\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r#"\ud83d\"\\"#, "\u{fffd}\"\\"),
            (r"\\ud83d\ud83d", "\\ud83d\u{fffd}"),
            (r"\ud83dude00", "\u{fffd}ude00"),
        ] {
            assert_eq!(read(format!("\"{text}\"")), Some(json!(means)), "{text}");
            assert_eq!(read(format!("{{\"{text}\":1}}")), Some(json!({ means: 1 })), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_and_raw_control_characters_are_replaced() {
        assert_eq!(read(b"{\"name\":\"Jos\xe9\"}"), Some(json!({"name": "Jos\u{fffd}"})));
        assert_eq!(read(b"[\"\xed\xa0\xbd\xff\",\"\xc3\xa9\"]").unwrap()[1], "é");
        assert_eq!(read("\"a\nb\tc\u{0}d\u{7f}\""), Some(json!("a\nb\tc\u{0}d\u{7f}")));
        assert_eq!(read("{\"a\nb\":\r\n[1,\t2]}"), Some(json!({"a\nb": [1, 2]})));
        assert_eq!(read(b"\xef\xbb\xbf{}"), Some(json!({})));
    }

    #[test]
    fn what_is_nested_too_deep_is_kept_as_text() {
        let nested =
            |depth: usize| format!("{}\"\\ud83d]\"{}", "[".repeat(depth), "]".repeat(depth));
        for depth in [126, 127, 200, 100_000] {
            let body = format!(r#"{{"deep":{},"name":"Ann"}}"#, nested(depth));
            let read = read(&body).unwrap();
            assert_eq!(read["name"], "Ann", "{depth}");
            let mut inner = &read["deep"];
            let mut levels = 0;
            while let Some(item) = inner.get(0) {
                inner = item;
                levels += 1;
            }
            let rest = depth - levels;
            let whole = nested(rest).replace("\\ud83d", "\\ufffd");
            let text = if rest == 0 { "\u{fffd}]" } else { whole.as_str() };
            assert_eq!((levels, inner.as_str()), (depth.min(126), Some(text)), "{depth}");
        }
    }

    #[test]
    fn numbers_keep_their_digits_whatever_else_is_wrong() {
        let body = br#"{"a":"\ud83d","b":123456789012345678901234567890,"c":1e400,"d":1.10}"#;
        let text = read(body).unwrap().to_string();
        assert_eq!(text, r#"{"a":"�","b":123456789012345678901234567890,"c":1e+400,"d":1.10}"#);
    }

    #[test]
    fn an_attribute_with_a_name_of_serde_jsons_own_costs_nothing_else() {
        for name in ["Number", "RawValue"] {
            for value in ["\"x\"", "{}", "7", "null", "\"5\",\"more\":1"] {
                let body = format!(
                    r#"[{{"id":"1","custom":{{"$serde_json::private::{name}":{value}}}}},{{"id":"2"}}]"#
                );
                let read = read(&body).unwrap();
                assert_eq!((&read[0]["id"], &read[1]["id"]), (&json!("1"), &json!("2")), "{body}");
            }
        }
    }

    #[test]
    fn what_is_no_json_otherwise_stays_an_error() {
        for body in [
            "",
            "{",
            "<html>",
            "\"\\ud83d",
            "[\"\\ud83d\"",
            "{\"a\":\"\\ud83d\"}}",
            "[\"\\ud83d\",]",
            "\"\\ud83\"",
            "\"\\x\"",
            "\"\n",
            "\u{0}",
            "NaN",
            &"[".repeat(200),
            &"[{\"a\":".repeat(100_000),
        ] {
            assert!(read(body).is_none(), "{body:.20}");
        }
        assert!(read(b"\xff").is_none() && read(b"[\xff]").is_none());
    }
}
