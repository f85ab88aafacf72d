//! Caller keys: the settings `CALLER_KEYS`, `CALLER_KEYS_2` …, which have the keys' hashes.

use crate::edge::access::caller::Caller;
use crate::edge::access::cors;
use crate::edge::access::credential::Credential;
use crate::edge::access::name::{RULE, is_name};
use crate::edge::access::scope::Scopes;
use crate::edge::response::Rejection;
use crate::edge::sha256;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::rc::Rc;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// The caller keys.
#[derive(Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    hash: [u8; 32],
    caller: Rc<Caller>,
}

/// A key that has expired or expires soon.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ExpiringKey {
    /// The key's name.
    pub name: String,
    /// The key's expiry, in seconds since 1970.
    pub expires_at: u64,
}

impl ExpiringKey {
    /// Returns true if the key has expired.
    pub const fn has_expired(&self, now: Duration) -> bool {
        has_expired(self.expires_at, now)
    }
}

/// Returns true if an expiry, in seconds since 1970, is reached.
const fn has_expired(expires_at: u64, now: Duration) -> bool {
    now.as_secs() >= expires_at
}

/// The time before its expiry from which a key is listed as an expiring one: 14 days.
const NOTICE: Duration = Duration::from_secs(14 * 86_400);

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
    /// Reads `CALLER_KEYS`, `CALLER_KEYS_2` …, each a JSON array of entries. One malformed entry makes all
    /// of them an error, so that a typing error lets nobody in.
    pub fn parse(settings: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut keys = Self::default();
        for (number, setting) in (1..).zip(settings) {
            let name = if number == 1 {
                "CALLER_KEYS".to_owned()
            } else {
                format!("CALLER_KEYS_{number}")
            };
            let entries: Vec<Entry<'_>> = serde_json::from_slice(setting.as_bytes())
                .map_err(|_| format!("{name} is malformed: {}", fault(&setting)))?;
            for (at, entry) in (1..).zip(entries) {
                let key = Key::read(&entry)
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

    /// Returns true if there is no key.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if a key is bound to an origin.
    pub fn allow_origin(&self, origin: &str) -> bool {
        let origins = self.0.iter().filter_map(|key| key.caller.origins.as_ref());
        origins.flatten().any(|known| known == origin)
    }

    /// Lists the keys that have expired or expire within 14 days, the first to expire first.
    pub fn expiring(&self, now: Duration) -> Vec<ExpiringKey> {
        let end = now.saturating_add(NOTICE).as_secs();
        let expiring = self.0.iter().filter_map(|key| {
            let expires_at = key.caller.expires_at.filter(|expiry| *expiry <= end)?;
            Some(ExpiringKey { name: key.caller.name.clone(), expires_at })
        });
        let mut expiring: Vec<ExpiringKey> = expiring.collect();
        expiring.sort_by_key(|key| key.expires_at);
        expiring
    }

    /// Finds the caller whose key is one of the texts; an error if that key has expired, or if the texts are
    /// keys of two callers. Every whole hash is compared with every text, so that the time taken doesn't
    /// show which key matched, or how much of it.
    pub fn find(&self, texts: &[String], now: Duration) -> Result<Option<Rc<Caller>>, Rejection> {
        let mut found: Option<&Rc<Caller>> = None;
        let mut several = false;
        for text in texts {
            let sent: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            for key in &self.0 {
                if bool::from(key.hash.ct_eq(&sent)) {
                    several |= found.is_some_and(|other| !Rc::ptr_eq(other, &key.caller));
                    found = Some(&key.caller);
                }
            }
        }
        match found {
            Some(_) if several => Err(Rejection::unauthorized(
                "The user and the password are keys of two callers: send one key",
            )),
            Some(caller) if caller.expires_at.is_some_and(|expiry| has_expired(expiry, now)) => {
                Err(Rejection::unauthorized(
                    "The caller key has expired: ask the operator for a new one",
                ))
            }
            found => Ok(found.cloned()),
        }
    }
}

/// Says what is wrong with a setting, without quoting it.
fn fault(setting: &str) -> String {
    let entries: Vec<serde_json::Value> =
        serde_json::from_slice(setting.as_bytes()).unwrap_or_default();
    let is_entry = |entry: &serde_json::Value| {
        // As text: a reader of values would be compiled for this error alone.
        serde_json::from_slice::<Entry<'_>>(entry.to_string().as_bytes()).is_ok()
    };
    match entries.iter().position(|entry| !is_entry(entry)) {
        Some(at) => format!(
            "entry {}: it has name, sha256 and scopes, may have expires_at, origins and \
             same_as, and nothing else",
            at + 1
        ),
        None => "it must be the JSON array that npx intercom-edge key writes".to_owned(),
    }
}

impl Key {
    fn read(entry: &Entry<'_>) -> Result<Self, String> {
        if !is_name(entry.name) {
            return Err(format!("name {RULE}"));
        }
        let owner = entry.same_as.unwrap_or(entry.name);
        if !is_name(owner) {
            return Err("same_as is the name of the caller whose key this one replaces".to_owned());
        }
        let hash = sha256::parse(entry.sha256).ok_or("sha256 is 64 hexadecimal digits")?;
        let scopes = Scopes::parse(entry.scopes.iter().copied());
        let scopes =
            scopes.map_err(|_| "a scope is unknown (npx intercom-edge key --help lists them)")?;
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
        Ok(Self { hash, caller })
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Credential, Duration, Key, Keys, NOTICE, Rc, Scopes};
    use crate::edge::access::credential;
    use crate::edge::sha256;
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

    #[test]
    fn a_key_is_listed_from_14_days_before_its_expiry() {
        let entry = |name: &str, expires_at: &str| {
            let sha256 = sha256::hex(&[name.as_bytes()]);
            format!(r#"{{"name":"{name}","sha256":"{sha256}","scopes":[]{expires_at}}}"#)
        };
        let setting = [
            entry("later", r#","expires_at":2000000"#),
            entry("never", ""),
            entry("sooner", r#","expires_at":1990000"#),
        ];
        let keys = Keys::parse(std::iter::once(format!("[{}]", setting.join(",")))).unwrap();
        let names = |now| {
            let listed = keys.expiring(Duration::from_secs(now)).into_iter();
            listed.map(|key| (key.name, key.expires_at)).collect::<Vec<_>>()
        };
        let [sooner, later] = [("sooner".to_owned(), 1_990_000), ("later".to_owned(), 2_000_000)];
        let notice = NOTICE.as_secs();
        assert_eq!(names(1_990_000 - notice - 1), []);
        assert_eq!(names(1_990_000 - notice), std::slice::from_ref(&sooner));
        assert_eq!(names(2_000_000 - notice), [sooner.clone(), later.clone()]);
        // An expired key is listed until it is removed.
        assert_eq!(names(u64::MAX), [sooner, later]);
    }

    /// The name of the caller that `user:password` lets in, or the status of the rejection.
    fn caller(keys: &Keys, pair: &str) -> Result<String, u16> {
        let header = format!("Basic {}", BASE64_STANDARD.encode(pair));
        let texts = credential::texts(&header).ok_or(401_u16)?;
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
}
