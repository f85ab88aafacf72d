//! Who calls, and what they may do: caller keys, of which the Worker knows only the hashes, and
//! [`token`]s of an OpenID provider.

use crate::edge::access::cors::{self, Origins};
use crate::edge::access::scope::{Scope, Scopes};
use crate::edge::access::token::{self, Issuer};
use crate::edge::response::Rejection;
use crate::edge::runtime::task::settled;
use crate::edge::runtime::{self, RequestHead};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::rc::Rc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use wasm_bindgen::JsValue;

/// The settings that let callers in. A setting that can't be read is the error: its text names the setting and
/// holds no secret.
#[derive(Debug)]
pub struct Credentials {
    /// The caller keys.
    pub keys: Result<Keys, String>,
    /// The issuers whose tokens the Worker accepts.
    pub issuers: Result<Vec<Issuer>, String>,
}

/// A caller who is let in.
#[derive(Debug, Serialize)]
pub struct Caller {
    /// A name that is this caller's alone, and no personal data: it stands in logs.
    pub name: String,
    /// The caller whose messages and idempotency keys these are: a key that replaces another has the
    /// other's.
    #[serde(skip)]
    pub owner: String,
    /// What they may do.
    pub scopes: Scopes,
    /// When the credential ends, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// How they said who they are.
    pub credential: Credential,
    /// The only pages that may use the credential, if it is bound to pages.
    #[serde(skip)]
    origins: Option<Vec<String>>,
}

/// How a caller says who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    /// A caller key.
    Key,
    /// A token in `Authorization`.
    Token,
    /// Cloudflare Access, whose cookie a browser brings by itself.
    Access,
}

impl Caller {
    /// Lets a caller in; everybody else is 401, with a reason that helps and tells no secret.
    pub async fn of(
        head: &RequestHead<'_>,
        credentials: &Credentials,
        now: Duration,
    ) -> Result<Rc<Self>, Rejection> {
        let keys = credentials.keys.as_ref().map_err(|what| malformed_setting(what))?;
        let issuers = credentials.issuers.as_ref().map_err(|what| malformed_setting(what))?;
        if keys.is_empty() && issuers.is_empty() {
            return Err(unauthorized(
                "No caller key is configured: set the secret CALLER_KEYS (npm run key)",
            ));
        }
        let (texts, credential) = match (head.authorization, head.cf_access_jwt_assertion) {
            ("", "") => {
                return Err(unauthorized(
                    "A caller key is missing: send Authorization: Bearer <caller key>",
                ));
            }
            ("", assertion) => (vec![assertion.to_owned()], Credential::Access),
            (header, _) => (presented(header).ok_or_else(malformed)?, Credential::Token),
        };
        if credential == Credential::Token
            && let Some(caller) = keys.find(&texts, now)?
        {
            return Ok(caller);
        }
        let token = texts.iter().find(|text| token::looks_like_one(text));
        let Some(token) = token.filter(|_| !issuers.is_empty()) else {
            return Err(unauthorized("This is no caller key of this Worker"));
        };
        let token::Verified { name, scopes, expires } =
            Box::pin(token::check(token, issuers, now)).await?;
        let expires_at = Some(expires);
        let owner = name.clone();
        Ok(Rc::new(Self { name, owner, scopes, expires_at, credential, origins: None }))
    }

    /// Refuses what no scope of the caller's covers.
    pub fn allow(&self, scope: Scope) -> Result<(), Rejection> {
        if self.scopes.contains(scope) {
            return Ok(());
        }
        Err(scope.missing())
    }

    /// Refuses a page whose origin is none of those that the credential is bound to, and a write
    /// that another site's page makes where the browser brings the credential by itself. `own` is
    /// the Worker's origin.
    pub fn check_page(
        &self,
        head: &RequestHead<'_>,
        origins: &Origins,
        own: &str,
    ) -> Result<(), Rejection> {
        if self.credential == Credential::Access || is_basic(head.authorization) {
            cors::check_same_site(head, own, origins.allow(head.origin))?;
        }
        let Some(origins) = &self.origins else { return Ok(()) };
        // A browser leaves `Origin` away where a page reads from where it came from.
        let own_page = head.origin.is_empty() && head.sec_fetch_site == "same-origin";
        if own_page || head.origin == own || origins.iter().any(|known| known == head.origin) {
            return Ok(());
        }
        Err(Rejection::forbidden("This key works only in pages of the origins that it is bound to")
            .naming("Origin"))
    }

    /// Counts the call against the caller's own limit, if the Worker has one
    /// ([`ratelimits`](https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/)).
    pub async fn check_limit(&self, limiter: Option<&JsValue>) -> Result<(), Rejection> {
        let Some(limiter) = limiter else { return Ok(()) };
        if settled(runtime::within_limit(limiter, &self.name)).await.is_truthy() {
            return Ok(());
        }
        Err(Rejection::new(
            429,
            "rate_limit_exceeded",
            "This caller makes too many requests: the Worker's own limit, not Intercom's",
        )
        .with("retry-after", "10"))
    }

    /// Whether a page of this origin may see what the caller is answered.
    pub fn shows_to(&self, origin: &str, allowed: &Origins) -> bool {
        match &self.origins {
            Some(origins) => origins.iter().any(|known| known == origin),
            None => allowed.allow(origin),
        }
    }
}

/// The caller keys.
#[derive(Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    hash: [u8; 32],
    caller: Rc<Caller>,
}

/// An entry of `CALLER_KEYS`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<'a> {
    name: &'a str,
    sha256: &'a str,
    scopes: Vec<&'a str>,
    expires_at: Option<u64>,
    origins: Option<Vec<&'a str>>,
    same_as: Option<&'a str>,
}

impl Keys {
    /// Reads `CALLER_KEYS`, `CALLER_KEYS_2` …, each a JSON array of entries. One that is malformed
    /// locks everybody out rather than anybody in.
    pub fn parse(settings: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut keys = Self::default();
        for (number, setting) in (1..).zip(settings) {
            let name = if number == 1 {
                "CALLER_KEYS".to_owned()
            } else {
                format!("CALLER_KEYS_{number}")
            };
            let entries: Vec<Entry<'_>> = serde_json::from_slice(setting.as_bytes())
                .map_err(|_| format!("{name} is malformed: {}", unread(&setting)))?;
            for (at, entry) in (1..).zip(entries) {
                let key = read(&entry)
                    .map_err(|what| format!("{name} is malformed: entry {at}: {what}"))?;
                if keys.0.iter().any(|known| known.caller.name == key.caller.name) {
                    return Err(format!("{name} is malformed: entry {at}: its name is taken"));
                }
                if keys.0.iter().any(|known| known.hash == key.hash) {
                    return Err(format!("{name} is malformed: entry {at}: its key is taken"));
                }
                keys.0.push(key);
            }
        }
        Ok(keys)
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a page of this origin may use some key.
    pub fn allow_origin(&self, origin: &str) -> bool {
        let origins = self.0.iter().filter_map(|key| key.caller.origins.as_ref());
        origins.flatten().any(|known| known == origin)
    }

    /// The caller whose key one of the texts is. Every hash is compared with every text, whole, so
    /// that time tells nothing about which or how much matched.
    fn find(&self, texts: &[String], now: Duration) -> Result<Option<Rc<Caller>>, Rejection> {
        let mut found: Option<&Rc<Caller>> = None;
        let mut several = false;
        for text in texts {
            let presented: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            for key in &self.0 {
                if bool::from(key.hash.ct_eq(&presented)) {
                    several |= found.is_some_and(|other| !Rc::ptr_eq(other, &key.caller));
                    found = Some(&key.caller);
                }
            }
        }
        match found {
            Some(_) if several => {
                Err(unauthorized("The user and the password are keys of two callers: send one key"))
            }
            Some(caller) if caller.expires_at.is_some_and(|end| now.as_secs() >= end) => {
                Err(unauthorized("The caller key has expired: ask the operator for a new one"))
            }
            found => Ok(found.cloned()),
        }
    }
}

/// Why a setting can't be read, without a word of what it holds.
fn unread(setting: &str) -> String {
    let entries: Vec<serde_json::Value> =
        serde_json::from_slice(setting.as_bytes()).unwrap_or_default();
    match entries.iter().position(|entry| Entry::deserialize(entry).is_err()) {
        Some(at) => format!(
            "entry {}: it has name, sha256 and scopes, may have expires_at, origins and \
             same_as, and nothing else",
            at + 1
        ),
        None => "it is a JSON array of what npm run key prints".to_owned(),
    }
}

fn read(entry: &Entry<'_>) -> Result<Key, &'static str> {
    if !is_name(entry.name) {
        return Err("name is 1 to 64 letters, digits, ., _ or -");
    }
    let owner = entry.same_as.unwrap_or(entry.name);
    if !is_name(owner) {
        return Err("same_as is the name of the caller whose key this one replaces");
    }
    let hash = hash(entry.sha256).ok_or("sha256 is 64 hexadecimal digits")?;
    let scopes = Scopes::parse(entry.scopes.iter().copied());
    let scopes = scopes.map_err(|_| "a scope is unknown (npm run key -- --help lists them)")?;
    let origins = entry.origins.as_ref().map(|origins| {
        origins.iter().map(|origin| cors::checked(origin)).collect::<Result<Vec<_>, _>>()
    });
    let origins =
        origins.transpose().map_err(|()| "an origin is like https://dashboard.example")?;
    let caller = Rc::new(Caller {
        name: entry.name.to_owned(),
        owner: owner.to_owned(),
        scopes,
        expires_at: entry.expires_at,
        credential: Credential::Key,
        origins,
    });
    Ok(Key { hash, caller })
}

fn is_name(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(sound)
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    let bytes = digits?
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte: u8, digit| (byte << 4) | digit))
        .collect::<Vec<u8>>();
    if hex.len() == 64 { bytes.try_into().ok() } else { None }
}

/// The texts of a header that may be a caller key: that of `Bearer <key>`, or several of `Basic`.
/// The scheme's name has no case (RFC 9110, section 11.1).
fn presented(header: &str) -> Option<Vec<String>> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start();
    let mut texts = if scheme.eq_ignore_ascii_case("bearer") {
        vec![token.to_owned()]
    } else if scheme.eq_ignore_ascii_case("basic") {
        basic(&String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?)?
    } else {
        return None;
    };
    texts.retain(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
    (!texts.is_empty()).then_some(texts)
}

/// The keys that `user:password` may mean. Intercom's clients send `<key>:`, `:<key>` or
/// `<app>:<key>`, and a key may hold colons itself.
fn basic(pair: &str) -> Option<Vec<String>> {
    let (user, password) = pair.split_once(':')?;
    let whole = pair.strip_suffix(':').unwrap_or_default();
    let mut texts = vec![whole.to_owned(), password.to_owned(), user.to_owned()];
    texts.dedup();
    Some(texts)
}

/// A browser that was once given a name and a password sends them by itself.
fn is_basic(header: &str) -> bool {
    header.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

fn malformed() -> Rejection {
    unauthorized("Authorization is malformed: send Authorization: Bearer <caller key>")
}

/// A setting that nobody can be let in by.
fn malformed_setting(what: &str) -> Rejection {
    unauthorized(what).caused(what)
}

fn unauthorized(message: &str) -> Rejection {
    Rejection::new(401, "unauthorized", message).with("www-authenticate", "Bearer")
}

#[cfg(test)]
mod tests {
    use super::{Caller, Credential, Duration, Key, Keys, Rc, Scopes, presented};
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};

    fn keys(texts: &[&str]) -> Keys {
        let key = |text: &&str| {
            let caller = Caller {
                name: (*text).to_owned(),
                owner: (*text).to_owned(),
                scopes: Scopes::default(),
                expires_at: text.contains("old").then_some(1),
                credential: Credential::Key,
                origins: None,
            };
            Key { hash: Sha256::digest(text).into(), caller: Rc::new(caller) }
        };
        Keys(texts.iter().map(key).collect())
    }

    /// The name of whoever is let in with `user:password`; the status where nobody is.
    fn caller(keys: &Keys, pair: &str) -> Result<String, u16> {
        let header = format!("Basic {}", BASE64_STANDARD.encode(pair));
        let texts = presented(&header).ok_or(401_u16)?;
        let found =
            keys.find(&texts, Duration::from_secs(2)).map_err(|rejection| rejection.status())?;
        found.map(|caller| caller.name.clone()).ok_or(401)
    }

    #[test]
    fn a_key_is_the_user_or_the_password_and_may_hold_colons() {
        let keys = keys(&["key", "a:b", "a:b:c", "other", "old"]);
        for (pair, name) in [
            ("key:", "key"),
            (":key", "key"),
            ("app:key", "key"),
            ("key:password", "key"),
            ("key:key", "key"),
            ("a:b:", "a:b"),
            (":a:b", "a:b"),
            ("app:a:b", "a:b"),
            ("a:b:c:", "a:b:c"),
            (":a:b:c", "a:b:c"),
        ] {
            assert_eq!(caller(&keys, pair).as_deref(), Ok(name), "{pair}");
        }
        for pair in [
            "",
            ":",
            "::",
            "key",
            "a:b",
            "app:",
            "app:wrong",
            "a:b:x",
            "key :",
            "k\u{e9}y:",
            "old:",
            ":old",
            "key:other",
            "other:key",
            "key:old",
        ] {
            assert_eq!(caller(&keys, pair), Err(401), "{pair}");
        }
    }

    #[test]
    fn a_bearer_key_is_the_whole_text() {
        assert_eq!(presented("bearer  a:b"), Some(vec!["a:b".to_owned()]));
        for header in ["", "Bearer", "Bearer ", "Bearer a b", "Basic ====", "Token x"] {
            assert_eq!(presented(header), None, "{header}");
        }
    }
}
