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

    #[test]
    fn the_signature_is_hmac_sha1() {
        // The second test case of RFC 2202.
        let signature = sign("Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        // A secret that is longer than a block of SHA-1.
        let signature = sign(&"a".repeat(80), b"x");
        assert_eq!(signature, "sha1=39fd2ecd5d6cc8b38467589cf3d3abb82ecff7c6");
    }
}
