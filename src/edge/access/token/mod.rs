//! JSON Web Tokens of OpenID providers, Cloudflare Access among them (RFC 7519, and RFC 8725 on what
//! goes wrong with them).
//!
//! Signatures are checked by `WebCrypto`, with [`jwks`] that are the issuer's; all other decisions
//! are without I/O: how a token is written ([`compact`], [`json`]), which keys are sound ([`key`])
//! and when they are fetched ([`kept`]), what a token claims ([`claims`]) and what its bearer may do
//! ([`issuer`]).

mod algorithm;
mod claims;
mod compact;
mod issuer;
mod json;
mod jwks;
mod kept;
mod key;

pub use compact::looks_like_one;
pub use issuer::{Issuer, issuers};

use crate::edge::access::scope::Scopes;
use crate::edge::response::Rejection;
use compact::Token;
use jwks::Fault;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::Duration;

/// Who bears a token that is in order.
#[derive(Debug)]
pub struct Verified {
    /// The issuer's name, `:`, and 16 hexadecimal digits: this bearer's alone, always the same, and
    /// no personal data by itself.
    pub name: String,
    /// What they may do.
    pub scopes: Scopes,
    /// When the token ends, in seconds since 1970.
    pub expires: u64,
}

/// Believes a token, or says why not: 401 where it is the token's fault, 503 where the issuer's keys
/// can't be had. What is said holds nothing of the token's.
pub async fn check(token: &str, issuers: &[Issuer], now: Duration) -> Result<Verified, Rejection> {
    let token = Token::parse(token).map_err(invalid)?;
    let issuer = issuers.iter().find(|issuer| token.claims.issuer() == Some(&issuer.issuer));
    let issuer =
        issuer.ok_or_else(|| invalid("its issuer is none whose tokens are taken (iss)"))?;
    issuer.check_header(&token.header).map_err(invalid)?;
    let expires = token.claims.check_time(now).map_err(invalid)?;
    let key = jwks::find(issuer, &token).await.map_err(|fault| match fault {
        Fault::Token(why) => invalid(why),
        Fault::Server(why, pause) => unavailable(issuer, why, pause),
    })?;
    jwks::check(&key, &token).await.map_err(invalid)?;
    // From here on the claims are the issuer's.
    token.claims.check_audience(&issuer.audience).map_err(invalid)?;
    let name = name(issuer, token.claims.subject().map_err(invalid)?);
    Ok(Verified { name, scopes: issuer.scopes(&token.claims), expires })
}

/// The bearer's name for logs and limits. An issuer has no line break in it: no two are written alike.
fn name(issuer: &Issuer, (claim, subject): (&str, &str)) -> String {
    let hash = Sha256::digest(format!("{}\n{claim}\n{subject}", issuer.issuer));
    let mut name = format!("{}:", issuer.name);
    for byte in hash.iter().take(8) {
        // Writing to a text never fails.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// RFC 6750, section 3.
fn invalid(why: &str) -> Rejection {
    let message = format!("The token is refused: {why}");
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
    Rejection::new(401, "unauthorized", message).with("www-authenticate", challenge)
}

fn unavailable(issuer: &Issuer, why: &str, pause: Duration) -> Rejection {
    let message = format!(
        "The keys of the token issuer {} can't be fetched from its jwks address: {why}",
        issuer.name
    );
    let seconds = pause.as_secs().max(1).to_string();
    Rejection::new(503, "service_unavailable", message.as_str())
        .caused(message)
        .with("retry-after", seconds)
}

#[cfg(test)]
mod tests {
    use super::{issuers, name};

    #[test]
    fn a_bearers_name_is_theirs_alone_and_always_the_same() {
        let setting = r#"[
            {"name":"one","issuer":"https://a.example","audience":"x","jwks":"https://a.example/"},
            {"name":"two","issuer":"https://b.example","audience":"x","jwks":"https://b.example/"}
        ]"#;
        let [one, two] = issuers(setting).unwrap().try_into().unwrap();
        let ann = name(&one, ("sub", "ann@example.com"));
        assert_eq!(ann, name(&one, ("sub", "ann@example.com")));
        let digits = ann.strip_prefix("one:").unwrap();
        assert!(digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let hash = |name: String| name.split_once(':').unwrap().1.to_owned();
        for other in [
            name(&one, ("sub", "ann@example.org")),
            name(&one, ("common_name", "ann@example.com")),
            name(&two, ("sub", "ann@example.com")),
        ] {
            assert_ne!(hash(other), digits);
        }
    }
}
