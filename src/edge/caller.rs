//! Who calls: caller keys, of which the Worker knows only the hashes.

use super::answer::Refusal;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// One entry of `CALLER_KEYS`.
#[derive(Deserialize)]
struct CallerKey {
    /// SHA-256 of the key, 64 hexadecimal digits.
    sha256: String,
}

/// Lets a caller in whose key is among the hashes of `CALLER_KEYS`, a JSON array of
/// `{"name","sha256"}`. Everything else is 401 with a reason that helps and tells no secret.
pub fn check(caller_keys: &str, authorization: Option<&str>) -> Result<(), Refusal> {
    let keys = hashes(caller_keys).ok_or_else(|| {
        unauthorized("No caller key is configured: set the secret CALLER_KEYS (npm run key)")
    })?;
    let header = authorization.ok_or_else(|| {
        unauthorized("A caller key is missing: send Authorization: Bearer <caller key>")
    })?;
    let presented = credential(header).ok_or_else(|| {
        unauthorized("Authorization is malformed: send Authorization: Bearer <caller key>")
    })?;
    let presented: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
    // Every hash is compared, whole, so that time tells nothing about which or how much matched.
    let known = keys.iter().fold(Choice::from(0), |known, key| known | key.ct_eq(&presented));
    if known.into() { Ok(()) } else { Err(unauthorized("Access Token Invalid")) }
}

/// The hashes; `None` where one is malformed or there is none, so that a typing error locks out
/// rather than lets in.
fn hashes(caller_keys: &str) -> Option<Vec<[u8; 32]>> {
    let keys: Vec<CallerKey> = serde_json::from_str(caller_keys).ok()?;
    let hashes: Option<Vec<[u8; 32]>> = keys.iter().map(|key| hash(&key.sha256)).collect();
    hashes.filter(|hashes| !hashes.is_empty())
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    let bytes = digits?
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte: u8, digit| (byte << 4) | digit))
        .collect::<Vec<u8>>();
    if hex.len() == 64 { bytes.try_into().ok() } else { None }
}

/// The key of `Bearer <key>`, or of `Basic base64(<key>:)`, which Intercom's clients of API 1.x send.
/// The scheme's name has no case (RFC 9110, section 11.1).
fn credential(header: &str) -> Option<String> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start();
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        token.to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        pair.strip_suffix(':')?.to_owned()
    } else {
        return None;
    };
    let visible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
    visible.then_some(key)
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(401, "unauthorized", message).with("www-authenticate", "Bearer")
}

#[cfg(test)]
mod tests {
    use super::{BASE64_STANDARD, Digest, Engine, Sha256, check};

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn keys(keys: &[&str]) -> String {
        let entry = |key: &&str| {
            let hash = Sha256::digest(key.as_bytes());
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({ "name": "test", "sha256": hex })
        };
        serde_json::Value::Array(keys.iter().map(entry).collect()).to_string()
    }

    #[test]
    fn a_known_key_passes_whatever_its_place() {
        let keys = keys(&["another key that is long enough..", KEY, "third"]);
        check(&keys, Some(&format!("Bearer {KEY}"))).unwrap();
        check(&keys, Some(&format!("bearer   {KEY}"))).unwrap();
        let basic = BASE64_STANDARD.encode(format!("{KEY}:"));
        check(&keys, Some(&format!("Basic {basic}"))).unwrap();
    }

    #[test]
    fn everything_else_does_not() {
        let keys = keys(&[KEY]);
        for header in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer "),
            Some(KEY),
            Some("Basic 0123456789abcdef0123456789abcdef"),
            // The key and a password.
            Some("Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6eA=="),
            Some("Bearer 0123456789abcdef0123456789abcdeF"),
            Some("Bearer 0123456789abcdef0123456789abcdef x"),
            Some("Bearer 0123456789abcdef0123456789abcde"),
        ] {
            assert!(check(&keys, header).is_err(), "{header:?}");
        }
    }

    #[test]
    fn a_malformed_secret_lets_nobody_in() {
        let header = format!("Bearer {KEY}");
        let good = keys(&[KEY]);
        for broken in [
            "",
            "[]",
            "null",
            "{}",
            "[{}]",
            r#"[{"sha256":""}]"#,
            r#"[{"sha256":"zz"}]"#,
            &good.replace("\"}]", "00\"}]"),
            &good.replace("}]", "},{\"sha256\":\"short\"}]"),
        ] {
            assert!(check(broken, Some(&header)).is_err(), "{broken}");
        }
    }
}
