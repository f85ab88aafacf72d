//! The setting `TOKEN_ISSUERS`: the issuers whose tokens the Worker accepts, and the scopes that their
//! claims give.

use crate::edge::access::name::{RULE, is_name};
use crate::edge::access::scope::Scopes;
use crate::edge::access::token::algorithm::Algorithm;
use crate::edge::access::token::check::FailedCheck;
use crate::edge::access::token::claims::Claims;
use crate::edge::access::token::compact::{Header, short_media_type};
use crate::edge::access::token::json;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An OpenID provider.
#[derive(Debug)]
pub struct Issuer {
    /// The name in logs: no part of a token.
    pub name: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The `aud` of tokens for this Worker.
    pub audience: Vec<String>,
    /// The address of its keys.
    pub jwks: String,
    algorithms: Vec<Algorithm>,
    media_type: Option<String>,
    claims: Vec<String>,
    scopes: Option<BTreeMap<String, Scopes>>,
}

/// An entry of `TOKEN_ISSUERS`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    issuer: String,
    audience: Value,
    jwks: String,
    algorithms: Option<Vec<String>>,
    #[serde(rename = "type")]
    media_type: Option<String>,
    claim: Option<Value>,
    scopes: Option<BTreeMap<String, Vec<String>>>,
}

/// Reads a text, or a list of at least one. None may be empty.
fn texts(value: Value) -> Option<Vec<String>> {
    let all = match value {
        Value::Array(all) => all,
        one => vec![one],
    };
    let text = |value| match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    };
    let all: Vec<String> = all.into_iter().map(text).collect::<Option<_>>()?;
    (!all.is_empty()).then_some(all)
}

/// The key of `scopes` that applies to every valid token.
const EVERYBODY: &str = "*";

/// Reads `TOKEN_ISSUERS`, a JSON array. One malformed entry makes the whole setting an error, so that a
/// typing error lets nobody in.
pub fn issuers(setting: &str) -> Result<Vec<Issuer>, String> {
    let malformed = |what: &str| format!("TOKEN_ISSUERS is malformed: {what}");
    let entries =
        json::parse(setting.as_bytes())
            .and_then(|entries| entries.as_array().cloned())
            .ok_or_else(|| malformed("it is a JSON array, and no object names a member twice"))?;
    let mut issuers: Vec<Issuer> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let wrong = |what: &str| malformed(&format!("entry {number}: {what}"));
        // As text: a reader of values would be compiled for this alone.
        let entry = serde_json::from_slice(entry.to_string().as_bytes()).map_err(|_| {
            wrong(
                "it has name, issuer, audience and jwks, may have algorithms, type, claim and \
                 scopes, and nothing else",
            )
        })?;
        let issuer = Issuer::read(entry).map_err(|what| wrong(&what))?;
        // A key checks one issuer's tokens, and a name in the log means one issuer.
        if issuers.iter().any(|known| known.name == issuer.name || known.issuer == issuer.issuer) {
            return Err(wrong("its name or issuer is that of an earlier entry"));
        }
        issuers.push(issuer);
    }
    Ok(issuers)
}

impl Issuer {
    fn read(entry: Entry) -> Result<Self, String> {
        let Entry { name, issuer, audience, jwks, algorithms, media_type, claim, scopes } = entry;
        if !is_name(&name) {
            return Err(format!("name {RULE}"));
        }
        if issuer.is_empty() || !issuer.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("issuer is what tokens have as iss".to_owned());
        }
        let audience = texts(audience).ok_or("audience is what tokens have as aud")?;
        if !may_be_asked(&jwks) {
            return Err("jwks is an https address, or one of this machine".to_owned());
        }
        let algorithms = algorithms.map_or_else(
            || Some(Algorithm::ALL.to_vec()),
            |names| names.iter().map(|name| Algorithm::named(name)).collect(),
        );
        let algorithms = algorithms.filter(|list: &Vec<_>| !list.is_empty());
        let algorithms = algorithms.ok_or("algorithms are RS256 and ES256")?;
        let media_type = media_type.map(|name| short_media_type(&name));
        if media_type.as_deref().is_some_and(|name| !MEDIA_TYPES.contains(&name)) {
            return Err("type is JWT or at+jwt".to_owned());
        }
        let claims = texts(claim.unwrap_or_else(|| "scope".into()));
        let claims = claims.ok_or("claim is a claim's name")?;
        let scopes = scopes.map(|scopes| scopes.into_iter().map(mapped).collect()).transpose()?;
        Ok(Self { name, issuer, audience, jwks, algorithms, media_type, claims, scopes })
    }

    /// Rejects a token with an algorithm or a type that this issuer doesn't use.
    pub fn check_header(&self, header: &Header) -> Result<(), FailedCheck> {
        if !self.algorithms.contains(&header.algorithm) {
            return Err(FailedCheck::Algorithm);
        }
        let media_type = header.media_type.as_deref();
        let is_accepted = match &self.media_type {
            Some(own) => media_type == Some(own),
            None => media_type.is_none_or(|name| MEDIA_TYPES.contains(&name)),
        };
        if is_accepted { Ok(()) } else { Err(FailedCheck::Type) }
    }

    /// Gives the scopes of a token that passed every check.
    pub fn scopes(&self, claims: &Claims) -> Scopes {
        let values = || self.claims.iter().flat_map(|name| claims.values(name));
        let Some(map) = &self.scopes else {
            // The claim may name other services' scopes too.
            let known = values().filter_map(|name| Scopes::parse([name]).ok());
            return known.fold(Scopes::default(), Scopes::union);
        };
        // A claim's value `*` gives what every token gets, and nothing more.
        let granted = values().chain([EVERYBODY]).filter_map(|value| map.get(value).copied());
        granted.fold(Scopes::default(), Scopes::union)
    }
}

/// The types of access tokens. Other types serve other purposes, such as logging out (RFC 8725, section
/// 3.11).
const MEDIA_TYPES: [&str; 2] = ["jwt", "at+jwt"];

fn mapped((value, names): (String, Vec<String>)) -> Result<(String, Scopes), &'static str> {
    let scopes = Scopes::parse(names.iter().map(String::as_str));
    let scopes =
        scopes.map_err(|_| "a scope is unknown (npx intercom-edge key --help lists them)")?;
    Ok((value, scopes))
}

/// Returns true if keys may be fetched from an address: over https, or from this machine.
fn may_be_asked(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "0"),
    };
    let port = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let path = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte));
    let host = match scheme {
        "https" => {
            let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
            !host.is_empty() && host.bytes().all(sound)
        }
        "http" => ["localhost", "127.0.0.1", "[::1]"].contains(&host),
        _ => false,
    };
    host && port && path
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Claims, Issuer, Scopes, issuers, may_be_asked};
    use crate::edge::access::token::compact::Header;
    use crate::edge::access::token::json;
    use serde_json::{Value, json};

    fn entry(more: Value) -> Value {
        let mut entry = json!({
            "name": "access", "issuer": "https://team.cloudflareaccess.com", "audience": "tag",
            "jwks": "https://team.cloudflareaccess.com/cdn-cgi/access/certs",
        });
        let Value::Object(more) = more else { panic!() };
        let entry_object = entry.as_object_mut().unwrap();
        entry_object.extend(more);
        entry_object.retain(|_, value| !value.is_null());
        entry
    }

    fn issuer(more: Value) -> Issuer {
        issuers(&json!([entry(more)]).to_string()).unwrap().remove(0)
    }

    fn scopes(more: Value, claims: &str) -> String {
        let claims = Claims(json::object(claims.as_bytes()).unwrap());
        serde_json::to_string(&issuer(more).scopes(&claims)).unwrap()
    }

    #[test]
    fn an_entry_says_whose_tokens_and_for_whom() {
        assert!(issuers("[]").unwrap().is_empty());
        let issuer = issuer(json!({ "audience": ["a", "b"] }));
        assert_eq!(issuer.audience, ["a", "b"]);
        assert_eq!(issuer.algorithms, Algorithm::ALL);
    }

    #[test]
    fn a_malformed_setting_lets_nobody_in_and_says_what_is_wrong() {
        for setting in
            ["", "x", "{}", "null", "[null]", "[1]", "[[]]", r#"[{"name":"a","name":"b"}]"#]
        {
            let error = issuers(setting).unwrap_err();
            assert!(error.starts_with("TOKEN_ISSUERS is malformed: "), "{setting}: {error}");
        }
        for (more, what) in [
            (json!({ "issuer": null }), "it has name"),
            (json!({ "audience": null }), "it has name"),
            (json!({ "jwks": null }), "it has name"),
            (json!({ "audeince": "x" }), "it has name"),
            (json!({ "algorithms": "RS256" }), "it has name"),
            (json!({ "scopes": { "ann@example.com": "*" } }), "it has name"),
            (json!({ "name": "" }), "name"),
            (json!({ "name": "a:b" }), "name"),
            (json!({ "issuer": "" }), "issuer"),
            (json!({ "issuer": "https://a.example\n" }), "issuer"),
            (json!({ "audience": "" }), "audience"),
            (json!({ "audience": [] }), "audience"),
            (json!({ "audience": ["a", ""] }), "audience"),
            (json!({ "jwks": "http://a.example/jwks" }), "jwks"),
            (json!({ "algorithms": [] }), "algorithms"),
            (json!({ "algorithms": ["none"] }), "algorithms"),
            (json!({ "algorithms": ["RS256", "HS256"] }), "algorithms"),
            (json!({ "type": "logout+jwt" }), "type"),
            (json!({ "claim": "" }), "claim"),
            (json!({ "claim": [] }), "claim"),
            (json!({ "scopes": { "ann@example.com": ["contacts"] } }), "a scope"),
        ] {
            let error = issuers(&json!([entry(more)]).to_string()).unwrap_err();
            let begin = format!("TOKEN_ISSUERS is malformed: entry 1: {what}");
            assert!(error.starts_with(&begin), "{error}");
            assert!(!error.contains("example"), "{error}");
        }
    }

    #[test]
    fn an_issuer_stands_once() {
        for more in [json!({ "issuer": "https://b.example" }), json!({ "name": "b" })] {
            let error = issuers(&json!([entry(json!({})), entry(more)]).to_string()).unwrap_err();
            assert!(error.contains("entry 2"), "{error}");
        }
        let other = json!({ "name": "b", "issuer": "https://b.example" });
        assert_eq!(issuers(&json!([entry(json!({})), entry(other)]).to_string()).unwrap().len(), 2);
    }

    #[test]
    fn keys_come_by_https_or_from_this_machine() {
        for url in [
            "https://a.example",
            "https://a.example/.well-known/jwks.json?p=B2C_1",
            "https://a.example:8443/certs",
            "http://localhost:8080/certs",
            "http://127.0.0.1/certs",
            "http://[::1]:80/certs",
        ] {
            assert!(may_be_asked(url), "{url}");
        }
        for url in [
            "",
            "https://",
            "https:///x",
            "a.example/jwks",
            "//a.example",
            "http://a.example/jwks",
            "http://localhost.evil.example/",
            "http://localhost:80@evil.example/",
            "http://localhost:/",
            "http://localhost:123456/",
            "https://user@a.example/",
            "https://a.example@evil.example/",
            "https://a.example\\@evil.example/",
            "https://a.example/#x",
            "https://a.example/a b",
            "https://a.example/\n",
            "ftp://a.example/",
            "file:///etc/passwd",
            "data:application/json,{}",
            "HTTP://a.example",
            "https://[::1]/",
            "http://127.0.0.1.evil.example/",
            "http://[::1]evil.example/",
        ] {
            assert!(!may_be_asked(url), "{url}");
        }
    }

    #[test]
    fn a_tokens_algorithm_and_kind_are_the_issuers() {
        let check = |more, algorithm, kind: Option<&str>| {
            let media_type = kind.map(str::to_owned);
            let header = Header { algorithm, kid: None, media_type };
            issuer(more).check_header(&header).is_ok()
        };
        use Algorithm::{Es256, Rs256};
        assert!(check(json!({}), Rs256, None) && check(json!({}), Es256, Some("jwt")));
        assert!(check(json!({ "algorithms": ["ES256"] }), Es256, Some("at+jwt")));
        assert!(!check(json!({ "algorithms": ["ES256"] }), Rs256, None));
        for kind in ["logout+jwt", "secevent+jwt", "dpop+jwt", "jose", "", "jwt "] {
            assert!(!check(json!({}), Rs256, Some(kind)), "{kind}");
        }
        let access = || json!({ "type": "application/AT+JWT" });
        assert!(check(access(), Rs256, Some("at+jwt")));
        assert!(!check(access(), Rs256, Some("jwt")) && !check(access(), Rs256, None));
    }

    #[test]
    fn a_claims_values_map_to_scopes() {
        let map = || {
            json!({ "claim": "email", "scopes": {
                "ann@example.com": ["contacts:write", "admins:read"], "*": ["contacts:read"],
            } })
        };
        let all = r#"["admins:read","contacts:read","contacts:write"]"#;
        let everybody = r#"["contacts:read"]"#;
        assert_eq!(scopes(map(), r#"{"email":"ann@example.com"}"#), all);
        for claims in [
            r#"{"email":"bob@example.com"}"#,
            r#"{"email":"Ann@example.com"}"#,
            r#"{"email":"ann@example.com","email_verified":false}"#,
            r#"{"email":"*"}"#,
            r#"{"email":{"ann@example.com":1}}"#,
            r#"{"sub":"ann@example.com"}"#,
            "{}",
        ] {
            assert_eq!(scopes(map(), claims), everybody, "{claims}");
        }
        let named = json!({ "claim": ["groups", "common_name"], "scopes": {
            "staff": ["contacts:read"], "x.access": ["tags:read"],
        } });
        assert_eq!(scopes(named.clone(), r#"{"groups":["x","staff"]}"#), r#"["contacts:read"]"#);
        assert_eq!(scopes(named.clone(), r#"{"common_name":"x.access"}"#), r#"["tags:read"]"#);
        assert_eq!(scopes(named.clone(), r#"{"groups":"*","email":"staff"}"#), "[]");
        assert_eq!(scopes(named, "{}"), "[]");
    }

    #[test]
    fn without_a_map_the_claim_names_scopes() {
        let of = |claims| scopes(json!({}), claims);
        assert_eq!(of(r#"{"scope":"openid contacts:read email"}"#), r#"["contacts:read"]"#);
        assert_eq!(of(r#"{"scope":"openid"}"#), "[]");
        assert_eq!(of(r#"{"permissions":["contacts:read"]}"#), "[]");
        assert_eq!(of("{}"), "[]");
        let permissions = json!({ "claim": "permissions" });
        let claims = r#"{"permissions":["tags:read","nonsense",5]}"#;
        assert_eq!(scopes(permissions, claims), r#"["tags:read"]"#);
        let reading = scopes(json!({}), r#"{"scope":"*:read"}"#);
        assert_eq!(reading, serde_json::to_string(&Scopes::parse(["*:read"]).unwrap()).unwrap());
    }
}
