//! The public keys that an issuer signs with, from its JSON Web Key Set (RFC 7517).

use crate::edge::access::token::algorithm::Algorithm;
use crate::edge::access::token::check::FailedCheck;
use crate::edge::access::token::json;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value, json};
use std::cell::OnceCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// One of an issuer's keys.
#[derive(Debug)]
pub struct Key {
    /// The key's name.
    kid: Option<String>,
    /// The key itself, or why it can't be used.
    material: Result<Rc<Material>, FailedCheck>,
}

/// A public key that checks signatures.
#[derive(Debug)]
pub struct Material {
    /// The only algorithm of the key.
    pub algorithm: Algorithm,
    /// The public key without any other member, as JSON for `WebCrypto`.
    pub jwk: String,
    /// The length of a signature, in bytes.
    pub signature_length: usize,
    /// The imported key of `WebCrypto`, once it was needed.
    pub imported: OnceCell<JsValue>,
}

/// Reads a key set; `None` if it is malformed. A key that can't be used doesn't make the set malformed.
pub fn read_set(text: &[u8]) -> Option<Vec<Key>> {
    let set = json::object(text)?;
    Some(set.get("keys")?.as_array()?.iter().filter_map(Value::as_object).map(Key::read).collect())
}

/// Finds the key that signed a token; `None` if the set doesn't have it. An error means that the token or
/// the key is wrong, and that a newer set wouldn't help.
pub fn choose(
    keys: &[Key],
    algorithm: Algorithm,
    kid: Option<&str>,
) -> Option<Result<Rc<Material>, FailedCheck>> {
    let named = || keys.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
    let usable = || named().filter_map(|key| key.material.as_ref().ok());
    let mut fitting = usable().filter(|key| key.algorithm == algorithm);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => return Some(Ok(Rc::clone(key))),
        (Some(_), Some(_)) => return Some(Err(FailedCheck::KeyAmbiguous)),
        (None, _) => {}
    }
    // A token without `kid` needs a key that fits.
    kid?;
    if usable().next().is_some() {
        return Some(Err(FailedCheck::KeyMismatch));
    }
    named().find_map(|key| key.material.as_ref().err().copied()).map(Err)
}

impl Key {
    fn read(key: &Map<String, Value>) -> Self {
        let kid = key.get("kid").and_then(Value::as_str).map(str::to_owned);
        Self { kid, material: Material::read(key).map(Rc::new) }
    }
}

impl Material {
    fn read(key: &Map<String, Value>) -> Result<Self, FailedCheck> {
        let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
        let bytes = |name| BASE64_URL_SAFE_NO_PAD.decode(text(name)).unwrap_or_default();
        let signs = key.get("use").is_none_or(|usage| usage == "sig");
        let verifies = key.get("key_ops").is_none_or(|operations| {
            operations.as_array().is_some_and(|list| list.iter().any(|name| name == "verify"))
        });
        if !signs || !verifies {
            return Err(FailedCheck::KeyUse);
        }
        // Anyone who can read the set could sign with a private key in it.
        if ["d", "k", "p", "q"].iter().any(|name| key.contains_key(*name)) {
            return Err(FailedCheck::KeyPublished);
        }
        let (algorithm, jwk, signature_length) = match text("kty") {
            "RSA" => {
                let (modulus, exponent) = (bytes("n"), bytes("e"));
                let modulus = number(&modulus);
                check_rsa(modulus, number(&exponent))?;
                let n = BASE64_URL_SAFE_NO_PAD.encode(modulus);
                let jwk = json!({ "kty": "RSA", "n": n, "e": text("e") });
                (Algorithm::Rs256, jwk, modulus.len())
            }
            "EC" if text("crv") == "P-256" => {
                // Importing the key checks that the point is on the curve.
                if bytes("x").len() != 32 || bytes("y").len() != 32 {
                    return Err(FailedCheck::KeyMalformed);
                }
                let jwk = json!({ "kty": "EC", "crv": "P-256", "x": text("x"), "y": text("y") });
                (Algorithm::Es256, jwk, 64)
            }
            _ => return Err(FailedCheck::KeyType),
        };
        if key.get("alg").is_some_and(|name| name != algorithm.name()) {
            return Err(FailedCheck::KeyAlgorithm);
        }
        Ok(Self { algorithm, jwk: jwk.to_string(), signature_length, imported: OnceCell::new() })
    }
}

/// Removes the leading zeros of a big-endian number.
fn number(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes.get(first..).unwrap_or_default()
}

/// Rejects a key that is too weak (RFC 7518, section 3.3), or so large that checking is slow.
fn check_rsa(modulus: &[u8], exponent: &[u8]) -> Result<(), FailedCheck> {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = modulus.len() * 8 - unused;
    let exponent = (odd(exponent) && exponent.len() <= 4)
        .then(|| exponent.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)));
    if bits < 2048 || exponent.is_some_and(|exponent| exponent < 65_537) {
        return Err(FailedCheck::KeyWeak);
    }
    if bits > 8192 || exponent.is_none() || !odd(modulus) {
        return Err(FailedCheck::KeyMalformed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, BASE64_URL_SAFE_NO_PAD, Engine, FailedCheck, Key, choose, read_set};
    use serde_json::{Value, json};

    fn encoded(bytes: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A modulus of this many bits.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] = 0xff >> (bytes.len() * 8 - bits);
        bytes
    }

    fn rsa(more: Value) -> Value {
        merged(json!({ "kty": "RSA", "n": encoded(&modulus(2048)), "e": "AQAB" }), more)
    }

    fn ec(more: Value) -> Value {
        let coordinate = encoded(&[7; 32]);
        merged(json!({ "kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate }), more)
    }

    fn merged(mut key: Value, more: Value) -> Value {
        let Value::Object(more) = more else { panic!() };
        key.as_object_mut().unwrap().extend(more);
        key
    }

    fn set(keys: &[Value]) -> Vec<Key> {
        read_set(json!({ "keys": keys, "public_cert": {} }).to_string().as_bytes()).unwrap()
    }

    /// The signature length of the key that checks a token with the kid "a", or the failed check.
    fn met(keys: &[Value], algorithm: Algorithm) -> Option<Result<usize, FailedCheck>> {
        let found = choose(&set(keys), algorithm, Some("a"));
        found.map(|key| key.map(|key| key.signature_length))
    }

    use Algorithm::{Es256, Rs256};

    #[test]
    fn a_key_is_found_by_its_name() {
        let keys =
            [rsa(json!({ "kid": "b" })), rsa(json!({ "kid": "a", "alg": "RS256", "use": "sig" }))];
        assert_eq!(met(&keys, Rs256), Some(Ok(256)));
        assert_eq!(met(&[ec(json!({ "kid": "a", "key_ops": ["verify"] }))], Es256), Some(Ok(64)));
        assert_eq!(met(&[rsa(json!({ "kid": "A" })), rsa(json!({}))], Rs256), None);
        assert_eq!(met(&[], Rs256), None);
    }

    #[test]
    fn a_token_that_names_no_key_needs_the_only_one_that_fits() {
        let find = |keys: &[Value]| choose(&set(keys), Rs256, None).map(|key| key.is_ok());
        assert_eq!(find(&[rsa(json!({ "kid": "a" }))]), Some(true));
        assert_eq!(find(&[rsa(json!({ "kid": "a" })), ec(json!({}))]), Some(true));
        assert_eq!(find(&[rsa(json!({ "kid": "a" })), rsa(json!({ "kid": "b" }))]), Some(false));
        assert_eq!(find(&[ec(json!({}))]), None);
    }

    #[test]
    fn a_key_is_for_one_algorithm() {
        let other = Some(Err(FailedCheck::KeyMismatch));
        assert_eq!(met(&[rsa(json!({ "kid": "a" }))], Es256), other);
        assert_eq!(met(&[ec(json!({ "kid": "a" }))], Rs256), other);
        for alg in ["RS512", "PS256", "RS384", "RSA-OAEP", "none", "HS256", "ES256", ""] {
            let met = met(&[rsa(json!({ "kid": "a", "alg": alg }))], Rs256);
            assert_eq!(met, Some(Err(FailedCheck::KeyAlgorithm)), "{alg}");
        }
        // Of two keys with one name, the one that fits counts. Two that fit are ambiguous.
        let both = [ec(json!({ "kid": "a" })), rsa(json!({ "kid": "a" }))];
        assert_eq!((met(&both, Rs256), met(&both, Es256)), (Some(Ok(256)), Some(Ok(64))));
        assert!(
            met(&[rsa(json!({ "kid": "a" })), rsa(json!({ "kid": "a" }))], Rs256).unwrap().is_err()
        );
    }

    #[test]
    fn an_rsa_key_has_2048_bits_or_more_and_a_sound_exponent() {
        let met = |n: &[u8], e: &[u8]| {
            let key = json!({ "kty": "RSA", "kid": "a", "n": encoded(n), "e": encoded(e) });
            met(&[key], Rs256).unwrap()
        };
        let good = [1, 0, 1];
        for (bits, bytes) in [(2048, 256), (2049, 257), (3072, 384), (4096, 512), (8192, 1024)] {
            assert_eq!(met(&modulus(bits), &good), Ok(bytes), "{bits}");
        }
        for bits in [8, 512, 768, 1024, 2047] {
            assert_eq!(met(&modulus(bits), &good), Err(FailedCheck::KeyWeak), "{bits}");
        }
        // Zeros in front make nothing longer.
        let padded = [vec![0; 128], modulus(1024)].concat();
        assert_eq!(met(&padded, &good), Err(FailedCheck::KeyWeak));
        assert_eq!(met(&[vec![0], modulus(2048)].concat(), &good), Ok(256));
        for weak in [[1].as_slice(), &[3], &[17], &[0, 0, 0, 3], &[255, 255]] {
            assert_eq!(met(&modulus(2048), weak), Err(FailedCheck::KeyWeak), "{weak:?}");
        }
        for odd in [[].as_slice(), &[0], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(met(&modulus(2048), odd), Err(FailedCheck::KeyMalformed), "{odd:?}");
        }
        assert!(met(&modulus(8193), &good).is_err());
        assert!(met(&[modulus(2040), vec![0xfe]].concat(), &good).is_err(), "an even number");
    }

    #[test]
    fn keys_that_are_not_for_here_are_not_used() {
        for key in [
            json!({ "kty": "oct", "kid": "a", "k": encoded(b"secret") }),
            json!({ "kty": "oct", "kid": "a", "alg": "HS256" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": encoded(&[1; 32]) }),
            json!({ "kty": "rsa", "kid": "a" }),
            json!({ "kid": "a" }),
            rsa(json!({ "kid": "a", "use": "enc" })),
            rsa(json!({ "kid": "a", "use": null })),
            rsa(json!({ "kid": "a", "key_ops": ["encrypt"] })),
            rsa(json!({ "kid": "a", "key_ops": "verify" })),
            rsa(json!({ "kid": "a", "d": encoded(&[1; 256]) })),
            rsa(json!({ "kid": "a", "n": "" })),
            rsa(json!({ "kid": "a", "n": 5 })),
            rsa(json!({ "kid": "a", "n": format!("{}=", encoded(&modulus(2048))) })),
            rsa(json!({ "kid": "a", "alg": null })),
            ec(json!({ "kid": "a", "d": encoded(&[1; 32]) })),
            ec(json!({ "kid": "a", "crv": "P-384" })),
            ec(json!({ "kid": "a", "crv": "P-521" })),
            ec(json!({ "kid": "a", "crv": "secp256k1" })),
            ec(json!({ "kid": "a", "crv": "p-256" })),
            ec(json!({ "kid": "a", "alg": "ES384" })),
            ec(json!({ "kid": "a", "x": encoded(&[1; 31]) })),
            ec(json!({ "kid": "a", "y": encoded(&[1; 33]) })),
            ec(json!({ "kid": "a", "y": "" })),
        ] {
            for algorithm in Algorithm::ALL {
                let keys = std::slice::from_ref(&key);
                assert!(matches!(met(keys, algorithm), Some(Err(_))), "{key}");
                assert!(choose(&set(keys), algorithm, None).is_none(), "{key}");
            }
        }
    }

    #[test]
    fn only_the_public_key_goes_on() {
        let key =
            rsa(json!({ "kid": "a", "x5u": "https://evil.example", "ext": false, "oth": [] }));
        let found = choose(&set(&[key]), Rs256, Some("a")).unwrap().unwrap();
        let jwk: Value = serde_json::from_str(&found.jwk).unwrap();
        assert_eq!(jwk, rsa(json!({})));
    }

    #[test]
    fn what_is_no_key_set_is_none() {
        for text in [
            "",
            "[]",
            "{}",
            "null",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[],"keys":[]}"#,
            "<html>",
            r#"{"keys":[{"kid":"a","kid":"b"}]}"#,
        ] {
            assert!(read_set(text.as_bytes()).is_none(), "{text}");
        }
        assert!(read_set(br#"{"keys":[]}"#).unwrap().is_empty());
        assert!(read_set(br#"{"keys":[1,null,"x",[]]}"#).unwrap().is_empty());
    }
}
