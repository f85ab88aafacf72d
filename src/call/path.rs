//! Paths and queries: a value never leaves its segment or parameter.

use super::InvalidArgument;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything except RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Characters that must not occur in a percent-encoded query.
const ILLEGAL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\\');

/// Longer than any of Intercom's ids; the Worker rejects longer paths.
const LONGEST_PARAMETER: usize = 2048;

/// Fills the parameters of a path pattern with values, in order.
pub(super) fn fill(pattern: &'static str, values: &[&str]) -> Result<String, InvalidArgument> {
    let mut values = values.iter();
    let mut path = String::with_capacity(pattern.len() + 32);
    for segment in pattern.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(name) => {
                let value = values.next().copied().unwrap_or_default();
                // A URL parser resolves dots, whether or not they are percent-encoded.
                if matches!(value, "" | "." | "..") || characters(value) > LONGEST_PARAMETER {
                    let expected = "a text of 1 to 2048 characters, neither \".\" nor \"..\"";
                    return Err(InvalidArgument { name, expected });
                }
                encode_into(&mut path, value);
            }
            None => path.push_str(segment),
        }
    }
    Ok(path)
}

/// Counts characters by their first bytes.
fn characters(text: &str) -> usize {
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).count()
}

/// Checks a path that is percent-encoded already, with or without a query.
pub(super) fn check(target: &str) -> Result<(), InvalidArgument> {
    let path = target.split('?').next().unwrap_or_default();
    let illegal = |byte: u8| byte <= b' ' || matches!(byte, b'#' | b'\\' | 0x7f);
    if target.starts_with('/')
        && !target.starts_with("//")
        && !target.bytes().any(illegal)
        && !path.split('/').any(is_dots)
    {
        return Ok(());
    }
    Err(InvalidArgument {
        name: "path",
        expected: "a percent-encoded path that begins with / and has no dots as a segment, or an address \
                   of Intercom's API",
    })
}

/// Returns true if a segment is one dot or two, each percent-encoded or not.
fn is_dots(segment: &str) -> bool {
    let without_dot = |text: &str| match text.as_bytes() {
        [b'.', ..] => Some(1),
        [b'%', b'2', b'e' | b'E', ..] => Some(3),
        _ => None,
    };
    let Some(first) = without_dot(segment) else { return false };
    let rest = segment.get(first..).unwrap_or_default();
    rest.is_empty() || without_dot(rest) == Some(rest.len())
}

/// Adds a parameter to a target's query.
pub(super) fn add_parameter(target: &mut String, name: &str, value: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    encode_into(target, name);
    target.push('=');
    encode_into(target, value);
}

/// Adds a query that is percent-encoded already, without the parameters that the target has.
///
/// Intercom's names have only letters and underscores. A parameter with another name is left out: a
/// percent-encoded name could decode to any name.
pub(super) fn add_query(target: &mut String, query: &str) {
    let own = target.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    for pair in query.split('&') {
        let name = name_of(pair);
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
        if is_name && !own.split('&').any(|known| name_of(known) == name) {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.extend(utf8_percent_encode(pair, ILLEGAL));
        }
    }
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn encode_into(target: &mut String, value: &str) {
    target.extend(utf8_percent_encode(value, RESERVED));
}
