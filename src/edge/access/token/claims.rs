//! The claims of a token: its audience, its times, its subject, and the values that map to scopes.

use crate::edge::access::token::check::FailedCheck;
use serde_json::{Map, Value};
use std::time::Duration;

/// The tolerated difference between the issuer's clock and this one, in seconds.
const LEEWAY: u64 = 60;

/// The last second of the year 9999. A later time is a mistake, most often milliseconds.
const LAST: f64 = 253_402_300_799.0;

/// The claims. They may be forged until the signature is checked.
#[derive(Debug)]
pub struct Claims(pub Map<String, Value>);

impl Claims {
    /// Gives the issuer (`iss`).
    pub fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    /// Gives the expiry, in seconds since 1970. A token that has expired, isn't valid yet or has no expiry
    /// is an error.
    pub fn check_time(&self, now: Duration) -> Result<u64, FailedCheck> {
        let now = now.as_secs();
        let expiry = self.time("exp")?.ok_or(FailedCheck::ExpiryMissing)?;
        if now >= expiry.saturating_add(LEEWAY) {
            return Err(FailedCheck::Expired);
        }
        let early = |time: Option<u64>| time.is_some_and(|time| time > now.saturating_add(LEEWAY));
        if early(self.time("nbf")?) || early(self.time("iat")?) {
            return Err(FailedCheck::NotYetValid);
        }
        Ok(expiry)
    }

    /// Reads a time in seconds since 1970, rounded down (RFC 7519, section 2, NumericDate).
    fn time(&self, name: &str) -> Result<Option<u64>, FailedCheck> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| (0.0..=LAST).contains(seconds));
        let seconds = seconds.ok_or(FailedCheck::Time)?;
        // The range was checked: only the fraction is cut off.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(Some(seconds as u64))
    }

    /// Rejects a token that is for another audience.
    pub fn check_audience(&self, own: &[String]) -> Result<(), FailedCheck> {
        let is_own = |name: &str| own.iter().any(|own| own == name);
        let (is_for_us, well_formed) = match self.0.get("aud") {
            Some(Value::String(name)) => (is_own(name), true),
            Some(Value::Array(names)) => (
                names.iter().filter_map(Value::as_str).any(is_own),
                names.iter().all(Value::is_string),
            ),
            _ => (false, true),
        };
        if is_for_us && well_formed { Ok(()) } else { Err(FailedCheck::Audience) }
    }

    /// Gives the bearer's id at the issuer: the name of a claim and its value. The service tokens of
    /// Cloudflare Access have an empty `sub` and a `common_name`.
    pub fn subject(&self) -> Result<(&'static str, &str), FailedCheck> {
        let named = |name| match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(value)) => {
                Ok(Some((name, value.as_str())).filter(|_| !value.is_empty()))
            }
            Some(_) => Err(FailedCheck::Subject),
        };
        match named("sub")? {
            Some(subject) => Ok(subject),
            None => named("common_name")?.ok_or(FailedCheck::SubjectMissing),
        }
    }

    /// Lists the texts of a claim: one text, or those of a list. `name` may be a path with dots; a claim of
    /// exactly that name comes first.
    pub fn values(&self, name: &str) -> Vec<&str> {
        // An address that the issuer hasn't verified may be another person's.
        if name == "email" && !self.email_is_verified() {
            return Vec::new();
        }
        match self.0.get(name).or_else(|| self.at(name)) {
            // OAuth's own claim is words (RFC 8693, section 4.2); some issuers call it `scp`.
            Some(Value::String(words)) if matches!(name, "scope" | "scp") => {
                words.split(' ').filter(|word| !word.is_empty()).collect()
            }
            Some(Value::String(value)) => vec![value],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Without the claim, the issuer is trusted to have verified the address: Cloudflare Access has.
    fn email_is_verified(&self) -> bool {
        match self.0.get("email_verified") {
            None => true,
            Some(Value::Bool(verified)) => *verified,
            Some(value) => value.as_str() == Some("true"),
        }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, name| value.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Duration, FailedCheck};
    use crate::edge::access::token::json;

    const NOW: u64 = 1_800_000_000;

    fn claims(text: &str) -> Claims {
        Claims(json::object(text.as_bytes()).unwrap())
    }

    fn in_time(text: &str) -> Result<u64, FailedCheck> {
        claims(text).check_time(Duration::from_secs(NOW))
    }

    #[test]
    fn a_token_holds_until_a_minute_after_its_end() {
        assert_eq!(in_time(r#"{"exp":1800000001}"#), Ok(1_800_000_001));
        assert_eq!(in_time(r#"{"exp":1799999941}"#), Ok(1_799_999_941));
        assert_eq!(in_time(r#"{"exp":1799999940}"#), Err(FailedCheck::Expired));
        assert_eq!(in_time(r#"{"exp":1799999940.9}"#), Err(FailedCheck::Expired));
        assert_eq!(in_time(r#"{"exp":0}"#), Err(FailedCheck::Expired));
        assert_eq!(in_time(r#"{"exp":1800000000.5}"#), Ok(1_800_000_000));
    }

    #[test]
    fn a_token_without_an_end_or_with_a_strange_one_is_refused() {
        for exp in [
            "null",
            "\"1900000000\"",
            "true",
            "[1900000000]",
            "{}",
            "-1",
            "-1900000000",
            "1e300",
            "1e400",
            "1e18",
            "18446744073709551615",
            "1900000000000",
            "253402300800",
            "-0.5",
        ] {
            assert!(in_time(&format!(r#"{{"exp":{exp}}}"#)).is_err(), "{exp}");
        }
        assert_eq!(in_time("{}"), Err(FailedCheck::ExpiryMissing));
        assert!(in_time(r#"{"exp":253402300799}"#).is_ok());
    }

    #[test]
    fn a_token_holds_from_a_minute_before_its_beginning() {
        for name in ["nbf", "iat"] {
            let begins = |time: &str| in_time(&format!(r#"{{"exp":1900000000,"{name}":{time}}}"#));
            assert!(begins("1800000060").is_ok());
            assert_eq!(begins("1800000061"), Err(FailedCheck::NotYetValid));
            assert!(begins("0").is_ok());
            for strange in ["null", "\"1\"", "-1", "1e300", "1800000000000"] {
                assert!(begins(strange).is_err(), "{strange}");
            }
        }
    }

    #[test]
    fn an_audience_is_one_of_ours_exactly() {
        let own = ["app".to_owned(), "api".to_owned()];
        for aud in [r#""app""#, r#""api""#, r#"["app"]"#, r#"["other","api"]"#] {
            assert!(claims(&format!(r#"{{"aud":{aud}}}"#)).check_audience(&own).is_ok(), "{aud}");
        }
        for aud in [
            r#""""#,
            r#""App""#,
            r#""app ""#,
            r#""app,api""#,
            r#""ap""#,
            "null",
            "[]",
            "{}",
            "1",
            r#"["other"]"#,
            r#"[["app"]]"#,
            r#"{"app":"app"}"#,
            r#"["app",1]"#,
            r#"["app api"]"#,
        ] {
            assert!(claims(&format!(r#"{{"aud":{aud}}}"#)).check_audience(&own).is_err(), "{aud}");
        }
        assert!(claims("{}").check_audience(&own).is_err());
    }

    #[test]
    fn a_subject_is_a_text() {
        assert_eq!(claims(r#"{"sub":"1"}"#).subject(), Ok(("sub", "1")));
        let service = claims(r#"{"sub":"","common_name":"x.access"}"#);
        assert_eq!(service.subject(), Ok(("common_name", "x.access")));
        assert_eq!(claims(r#"{"sub":"1","common_name":"2"}"#).subject(), Ok(("sub", "1")));
        for text in [
            "{}",
            r#"{"sub":""}"#,
            r#"{"sub":1}"#,
            r#"{"sub":null}"#,
            r#"{"sub":["1"],"common_name":"x"}"#,
        ] {
            assert!(claims(text).subject().is_err(), "{text}");
        }
    }

    #[test]
    fn a_claims_values_are_texts_wherever_it_stands() {
        let claims = claims(
            r#"{"email":"ann@example.com","groups":["a","b c",1,["d"]],"scope":"x  y","scp":"z","n":1,
                "custom":{"groups":["e"],"deep":{"er":"f"}},"custom.groups":"exact",
                "https://a.example/roles":["g"],"words":"x y"}"#,
        );
        assert_eq!(claims.values("email"), ["ann@example.com"]);
        assert_eq!(claims.values("groups"), ["a", "b c"]);
        assert_eq!(claims.values("scope"), ["x", "y"]);
        assert_eq!(claims.values("scp"), ["z"]);
        assert_eq!(claims.values("words"), ["x y"]);
        assert_eq!(claims.values("custom.groups"), ["exact"]);
        assert_eq!(claims.values("custom.deep.er"), ["f"]);
        assert_eq!(claims.values("https://a.example/roles"), ["g"]);
        for name in ["n", "absent", "custom", "custom.absent", "email.x", "groups.0", "", "."] {
            assert!(claims.values(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_address_that_the_issuer_has_not_verified_is_nobodys() {
        for verified in ["false", "null", "0", "\"false\"", "\"\"", "[]"] {
            let text = format!(r#"{{"email":"ann@example.com","email_verified":{verified}}}"#);
            assert!(claims(&text).values("email").is_empty(), "{verified}");
        }
        for verified in ["true", "\"true\""] {
            let text = format!(r#"{{"email":"ann@example.com","email_verified":{verified}}}"#);
            assert_eq!(claims(&text).values("email"), ["ann@example.com"]);
        }
    }
}
