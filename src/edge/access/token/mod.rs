//! JSON Web Tokens of OpenID providers and of Cloudflare Access (RFC 7519; RFC 8725 lists the attacks).
//!
//! [`jwks`] fetches the issuer's keys and checks signatures with `WebCrypto`. All other files decide without
//! I/O: [`compact`] and [`json`] read a token, [`key`] checks keys, [`key_cache`] decides when keys are
//! fetched, [`claims`] checks claims, [`issuer`] maps them to scopes. [`check`] names the checks.

mod algorithm;
mod check;
mod claims;
mod compact;
mod issuer;
mod json;
mod jwks;
mod key;
mod key_cache;

pub use compact::looks_like_one;
pub use issuer::{Issuer, issuers};

use crate::edge::access::scope::Scopes;
use crate::edge::response::Rejection;
use crate::edge::sha256;
use check::FailedCheck;
use compact::Token;
use jwks::NoKey;
use std::time::Duration;

/// The bearer of a token that passed every check.
#[derive(Debug)]
pub struct Verified {
    /// The issuer's name, `:`, and 16 hexadecimal digits. Each bearer has one name, always the same. It is
    /// no personal data by itself.
    pub name: String,
    /// The bearer's scopes.
    pub scopes: Scopes,
    /// The token's expiry, in seconds since 1970.
    pub expires_at: u64,
}

/// Checks a token.
///
/// Errors: 401 names the check that failed, in the answer and in the log; 503 says that the issuer's keys
/// can't be fetched. Neither quotes the token.
pub async fn verify(token: &str, issuers: &[Issuer], now: Duration) -> Result<Verified, Rejection> {
    let token = Token::parse(token).map_err(rejected)?;
    let issuer = issuers.iter().find(|issuer| token.claims.issuer() == Some(&issuer.issuer));
    let issuer = issuer.ok_or_else(|| rejected(FailedCheck::Issuer))?;
    issuer.check_header(&token.header).map_err(rejected)?;
    let expires_at = token.claims.check_time(now).map_err(rejected)?;
    let key = jwks::find(issuer, &token).await.map_err(|no_key| match no_key {
        NoKey::Token(check) => rejected(check),
        NoKey::Server(why, pause) => unavailable(issuer, why, pause),
    })?;
    jwks::check(&key, &token).await.map_err(rejected)?;
    // The signature is right: from here on, the claims are the issuer's.
    token.claims.check_audience(&issuer.audience).map_err(rejected)?;
    let name = name(issuer, token.claims.subject().map_err(rejected)?);
    Ok(Verified { name, scopes: issuer.scopes(&token.claims), expires_at })
}

/// Makes the bearer's name for logs and limits. An issuer has no line break, so that two subjects never
/// give the same text.
fn name(issuer: &Issuer, (claim, subject): (&str, &str)) -> String {
    let subject = format!("{}\n{claim}\n{subject}", issuer.issuer);
    format!("{}:{}", issuer.name, sha256::short_hex(subject.as_bytes(), 8))
}

/// 401 with the challenge of RFC 6750, section 3.
fn rejected(check: FailedCheck) -> Rejection {
    let message = format!("The token was rejected: {check}");
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
    Rejection::new(401, "unauthorized", message)
        .with("www-authenticate", challenge)
        .caused(format!("token: {}", check.name()))
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
