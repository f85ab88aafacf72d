//! A token as it is written: three parts in base64url with dots between (RFC 7515, section 7.1).
//! Nothing that is read here is true yet; it says which issuer and key to ask.

use crate::edge::access::token::algorithm::Algorithm;
use crate::edge::access::token::claims::Claims;
use crate::edge::access::token::json;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value};

/// How long a token may be, in bytes.
const LIMIT: usize = 8 << 10;

/// Whether a credential is written like a token: it may be wrong, but it is no caller key.
pub fn looks_like_one(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut parts = text.split('.');
    let [Some(header), Some(claims), Some(signature), None] = std::array::from_fn(|_| parts.next())
    else {
        return false;
    };
    !header.is_empty() && !claims.is_empty() && [header, claims, signature].into_iter().all(part)
}

/// A token, taken apart.
#[derive(Debug)]
pub struct Token<'a> {
    /// The two parts that the signature is of, as they stood.
    pub signed: &'a str,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// What it says of itself.
    pub header: Header,
    /// What it says of its bearer.
    pub claims: Claims,
}

/// The members of the header that mean something here. Where the header has a key or an address of
/// one (`jwk`, `jku`, `x5c`, `x5u`), it isn't looked at: keys are the issuer's to name.
#[derive(Debug)]
pub struct Header {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Which key signed it.
    pub kid: Option<String>,
    /// What kind of token it is, in lower case and without `application/`.
    pub kind: Option<String>,
}

impl<'a> Token<'a> {
    /// Takes a token apart; the error is what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        const MALFORMED: &str = "it isn't a signed token of three parts";
        if text.len() > LIMIT {
            return Err("it is longer than 8 KiB");
        }
        if !looks_like_one(text) {
            return Err(MALFORMED);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(MALFORMED)?;
        let (header, claims) = signed.split_once('.').ok_or(MALFORMED)?;
        // Without padding and without bits left over, a token is written in one way only.
        let bytes = |part| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| MALFORMED);
        let header = json::object(&bytes(header)?).ok_or("its header isn't plain JSON")?;
        let header = Header::read(&header)?;
        let claims = json::object(&bytes(claims)?).ok_or("its claims aren't plain JSON")?;
        Ok(Self { signed, signature: bytes(signature)?, header, claims: Claims(claims) })
    }
}

impl Header {
    fn read(header: &Map<String, Value>) -> Result<Self, &'static str> {
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err("its header is malformed"),
        };
        // Extensions change what the rest means; none is known here.
        if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
            return Err("its header asks for an extension that isn't known here");
        }
        let algorithm = text("alg")?.and_then(Algorithm::named).ok_or(NOT_ALLOWED)?;
        let kind = text("typ")?.map(kind);
        Ok(Self { algorithm, kid: text("kid")?.map(str::to_owned), kind })
    }
}

/// What is said where the algorithm is none of those that the issuer signs with.
pub const NOT_ALLOWED: &str = "its algorithm isn't allowed";

/// A media type without what may be left out (RFC 7515, section 4.1.9); these have no case.
pub fn kind(media_type: &str) -> String {
    let lower = media_type.to_ascii_lowercase();
    lower.strip_prefix("application/").map(str::to_owned).unwrap_or(lower)
}

#[cfg(test)]
mod tests {
    use super::{BASE64_URL_SAFE_NO_PAD, Engine, LIMIT, Token, looks_like_one};
    use crate::edge::access::token::algorithm::Algorithm;
    use proptest::prelude::{any, prop, proptest};

    const HEADER: &str = r#"{"alg":"RS256","kid":"a"}"#;

    fn token(header: &[u8], claims: &[u8]) -> String {
        let part = |bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        format!("{}.{}.{}", part(header), part(claims), part(b"signature"))
    }

    fn refused(header: &str) -> Option<&'static str> {
        Token::parse(&token(header.as_bytes(), b"{}")).err()
    }

    #[test]
    fn a_token_comes_apart() {
        let text = token(br#"{"alg":"ES256","kid":"k","typ":"application/AT+jwt"}"#, b"{\"a\":1}");
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.header.algorithm, Algorithm::Es256);
        assert_eq!(token.header.kid.as_deref(), Some("k"));
        assert_eq!(token.header.kind.as_deref(), Some("at+jwt"));
        assert_eq!(token.signature, b"signature");
        assert_eq!(format!("{}.{}", token.signed, "c2lnbmF0dXJl"), text);
    }

    #[test]
    fn only_rs256_and_es256_are_algorithms() {
        for alg in [
            "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "RS512",
            "PS256", "ES384", "ES512", "ES256K", "EdDSA", "rs256", "RS256 ", "RSA-OAEP", "dir",
        ] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(refused(&header), Some("its algorithm isn't allowed"), "{alg}");
        }
        assert_eq!(refused("{}"), Some("its algorithm isn't allowed"));
        for alg in ["null", "1", "[\"RS256\"]", "{}"] {
            assert!(refused(&format!(r#"{{"alg":{alg}}}"#)).is_some(), "{alg}");
        }
    }

    #[test]
    fn extensions_and_malformed_headers_are_refused() {
        for header in [
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","crit":[]}"#,
            r#"{"alg":"RS256","b64":true}"#,
            r#"{"alg":"RS256","b64":false,"crit":["b64"]}"#,
            r#"{"alg":"RS256","enc":"A128GCM"}"#,
            r#"{"alg":"RS256","zip":"DEF"}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256","kid":null}"#,
            r#"{"alg":"RS256","typ":["JWT"]}"#,
            r#"{"alg":"RS256","alg":"RS256"}"#,
            r#"{"alg":"none","\u0061lg":"RS256"}"#,
            r#"[{"alg":"RS256"}]"#,
            r#""RS256""#,
            "",
        ] {
            assert!(refused(header).is_some(), "{header}");
        }
        assert_eq!(refused(HEADER), None);
        assert_eq!(
            refused(r#"{"alg":"RS256","jku":"https://evil.example","jwk":{},"x5c":[]}"#),
            None
        );
    }

    #[test]
    fn claims_are_an_object_in_utf_8() {
        for claims in
            [b"[]".as_slice(), b"null", b"\"x\"", b"{\"a\":\"\xff\"}", b"{\"a\":1,\"a\":1}"]
        {
            assert!(Token::parse(&token(HEADER.as_bytes(), claims)).is_err(), "{claims:?}");
        }
        // Another token within: a nested JWT isn't unwrapped.
        let inner = token(HEADER.as_bytes(), b"{}");
        assert!(Token::parse(&token(HEADER.as_bytes(), inner.as_bytes())).is_err());
    }

    #[test]
    fn a_token_is_written_in_one_way() {
        let good = token(HEADER.as_bytes(), b"{}");
        Token::parse(&good).unwrap();
        let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
        for text in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            "....".repeat(500),
            header.to_owned(),
            format!("{header}.{claims}"),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{good}."),
            format!(".{good}"),
            // Five parts: encrypted.
            format!("{good}.{claims}.{signature}"),
            format!("{good}="),
            format!("{header}=.{claims}.{signature}"),
            format!(" {good}"),
            format!("{good}\n"),
            good.replace('.', "\u{ff0e}"),
            format!("{header}.{claims}.a+/a"),
            // One character is no byte; and bits beyond the last byte.
            format!("{header}.{claims}.a"),
            format!("{header}.{claims}.ab"),
            format!("{header}.{claims}.\u{e9}"),
            // JSON serialization (RFC 7515, section 7.2).
            format!(r#"{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#),
        ] {
            assert!(Token::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_has_at_most_8_kib() {
        let sized = |size: usize| {
            let claims = format!(r#"{{"a":"{}"}}"#, "x".repeat(size));
            token(HEADER.as_bytes(), claims.as_bytes())
        };
        let small = sized(6000);
        assert!(small.len() < LIMIT && Token::parse(&small).is_ok());
        let large = sized(6200);
        assert!(large.len() > LIMIT);
        assert_eq!(Token::parse(&large).err(), Some("it is longer than 8 KiB"));
    }

    #[test]
    fn a_caller_key_does_not_look_like_one() {
        for key in [
            "0123456789abcdef0123456789abcdef",
            "a.b",
            "a.b.c.d",
            "a b.c.d",
            "a..c",
            ".b.c",
            "é.b.c",
        ] {
            assert!(!looks_like_one(key), "{key}");
        }
        assert!(looks_like_one("a-1.b_2.c") && looks_like_one("a.b."));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in any::<String>(), header in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Token::parse(&text);
            let _ = Token::parse(&token(&header, &header));
        }
    }
}
