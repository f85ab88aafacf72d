//! The signature of a webhook: `X-Hub-Signature: sha1=<40 hexadecimal digits>`, the HMAC-SHA1 of the body's bytes with
//! the app's client secret (<https://developers.intercom.com/docs/webhooks/webhook-notifications>).

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/edge/webhooks/signature.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn is_signed(
        secrets: &str,
        signature: &Uint8Array,
        body: &Uint8Array,
    ) -> Result<JsValue, JsValue>;
}

/// A signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature([u8; 20]);

impl Signature {
    /// Checks if the signature is that of a body by one of the secrets. `secrets`: one per line.
    pub async fn is_of(&self, body: &Uint8Array, secrets: &str) -> Result<bool, JsValue> {
        let signature = Uint8Array::from(self.0.as_slice());
        Ok(is_signed(secrets, &signature, body).await?.is_truthy())
    }

    /// Reads the header.
    pub fn parse(header: &str) -> Option<Self> {
        let digits = header.trim().strip_prefix("sha1=")?.as_bytes();
        let mut bytes = [0; 20];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
            *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
        }
        Some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Signature;
    use proptest::prelude::*;

    fn parse(header: &str) -> Option<Vec<u8>> {
        Signature::parse(header).map(|signature| signature.0.to_vec())
    }

    #[test]
    fn a_header_has_the_prefix_and_forty_digits() {
        let digits = "00ff10a0".repeat(5);
        let bytes = [0x00, 0xff, 0x10, 0xa0].repeat(5);
        assert_eq!(parse(&format!("sha1={digits}")).unwrap(), bytes);
        assert_eq!(parse(&format!(" sha1={} ", digits.to_uppercase())).unwrap(), bytes);
        for wrong in ["", "sha1=", &digits, &format!("sha256={digits}"), "sha1=zz", "sha1=+0ff10a0"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&format!("sha1={}", "é".repeat(20))), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = parse(&text);
        }
    }
}
