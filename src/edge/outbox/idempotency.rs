//! The rule for idempotency keys: a key stands for one request.

use crate::edge::response::Rejection;

/// Rejects a key that came with another request before. `known`: the fingerprint of the request that has the
/// key.
pub fn check_reuse(
    key: Option<&str>,
    fingerprint: &str,
    known: Option<&str>,
) -> Result<(), Rejection> {
    if key.is_none() || known == Some(fingerprint) {
        return Ok(());
    }
    let words = "This Idempotency-Key came with another request before: a new one needs a new key";
    Err(Rejection::new(422, "idempotency_key_reused", words).naming("Idempotency-Key"))
}

#[cfg(test)]
mod tests {
    use super::check_reuse;

    #[test]
    fn a_key_stands_for_one_request() {
        for (key, known, allowed) in [
            (None, None, true),
            (None, Some("other"), true),
            (Some("key"), Some("same"), true),
            (Some("key"), Some("other"), false),
            (Some("key"), None, false),
        ] {
            assert_eq!(check_reuse(key, "same", known).is_ok(), allowed, "{key:?} {known:?}");
        }
    }
}
