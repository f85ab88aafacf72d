//! The header `X-Hub-Signature`: HMAC-SHA1 of the body, in hexadecimal digits.

use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Returns the value of the header for a body and a secret.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length: the error is never returned.
    let digest = Hmac::<Sha1>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(body).finalize().into_bytes())
        .unwrap_or_default();
    digest.iter().fold("sha1=".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second and the sixth test case of RFC 2202: a short key, and one above the block size.
    #[test]
    fn the_signature_is_hmac_sha1() {
        assert_eq!(
            sign("Jefe", b"what do ya want for nothing?"),
            "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        let body = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let digest = sign(&"a".repeat(80), body);
        assert_eq!(digest.len(), 45);
        assert_ne!(digest, sign(&"a".repeat(79), body));
    }
}
