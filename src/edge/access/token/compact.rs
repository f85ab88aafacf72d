//! Splits a token into its three parts in base64url (RFC 7515, section 7.1). What they say may be forged:
//! it only names the issuer and the key that check it.

use crate::edge::access::token::algorithm::Algorithm;
use crate::edge::access::token::check::FailedCheck;
use crate::edge::access::token::claims::Claims;
use crate::edge::access::token::json;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Map, Value};

/// The longest token, in bytes.
const LIMIT: usize = 8 << 10;

/// Returns true if a credential has the form of a token, and so is no caller key.
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

/// A token, split into its parts.
#[derive(Debug)]
pub struct Token<'a> {
    /// The two parts that are signed, as they came.
    pub signed: &'a str,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// The header.
    pub header: Header,
    /// The claims.
    pub claims: Claims,
}

/// The members of the header that the Worker reads. A key in the header, or the address of one (`jwk`,
/// `jku`, `x5c`, `x5u`), is ignored: keys come from the issuer.
#[derive(Debug)]
pub struct Header {
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// The name of the key that signed it.
    pub kid: Option<String>,
    /// The type of the token (`typ`), in lower case and without `application/`.
    pub media_type: Option<String>,
}

impl<'a> Token<'a> {
    /// Splits a token into its parts.
    pub fn parse(text: &'a str) -> Result<Self, FailedCheck> {
        if text.len() > LIMIT {
            return Err(FailedCheck::Size);
        }
        if !looks_like_one(text) {
            return Err(FailedCheck::Format);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(FailedCheck::Format)?;
        let (header, claims) = signed.split_once('.').ok_or(FailedCheck::Format)?;
        // Padding and leftover bits are errors: a token has exactly one form.
        let bytes = |part| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| FailedCheck::Format);
        let header = json::object(&bytes(header)?).ok_or(FailedCheck::HeaderJson)?;
        let header = Header::read(&header)?;
        let claims = json::object(&bytes(claims)?).ok_or(FailedCheck::ClaimsJson)?;
        Ok(Self { signed, signature: bytes(signature)?, header, claims: Claims(claims) })
    }
}

impl Header {
    fn read(header: &Map<String, Value>) -> Result<Self, FailedCheck> {
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(FailedCheck::HeaderMember),
        };
        // Extensions change what the rest means; none is supported.
        if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
            return Err(FailedCheck::Extension);
        }
        let algorithm = text("alg")?.and_then(Algorithm::named).ok_or(FailedCheck::Algorithm)?;
        let media_type = text("typ")?.map(short_media_type);
        Ok(Self { algorithm, kid: text("kid")?.map(str::to_owned), media_type })
    }
}

/// Makes a media type lower-case and removes `application/`, which may be left out (RFC 7515, section
/// 4.1.9).
pub fn short_media_type(media_type: &str) -> String {
    let lower = media_type.to_ascii_lowercase();
    lower.strip_prefix("application/").map(str::to_owned).unwrap_or(lower)
}

#[cfg(test)]
mod tests {
    use super::{BASE64_URL_SAFE_NO_PAD, Engine, FailedCheck, LIMIT, Token, looks_like_one};
    use crate::edge::access::token::algorithm::Algorithm;
    use proptest::prelude::{any, prop, proptest};

    const HEADER: &str = r#"{"alg":"RS256","kid":"a"}"#;

    fn token(header: &[u8], claims: &[u8]) -> String {
        let part = |bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        format!("{}.{}.{}", part(header), part(claims), part(b"signature"))
    }

    fn refused(header: &str) -> Option<FailedCheck> {
        Token::parse(&token(header.as_bytes(), b"{}")).err()
    }

    #[test]
    fn a_token_comes_apart() {
        let text = token(br#"{"alg":"ES256","kid":"k","typ":"application/AT+jwt"}"#, b"{\"a\":1}");
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.header.algorithm, Algorithm::Es256);
        assert_eq!(token.header.kid.as_deref(), Some("k"));
        assert_eq!(token.header.media_type.as_deref(), Some("at+jwt"));
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
            assert_eq!(refused(&header), Some(FailedCheck::Algorithm), "{alg}");
        }
        assert_eq!(refused("{}"), Some(FailedCheck::Algorithm));
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
        assert_eq!(Token::parse(&large).err(), Some(FailedCheck::Size));
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
