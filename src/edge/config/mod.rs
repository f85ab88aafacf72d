//! The Worker's settings, from its variables and secrets; the README has a table of them.

pub mod cache;
mod number;
pub mod outbox;
pub mod version;

use crate::edge::access::authentication::Credentials;
use crate::edge::access::cors::Origins;
use crate::edge::access::keys::Keys;
use crate::edge::access::token;
use crate::edge::response::{Rejection, missing_binding};
use crate::edge::runtime::Upstream;
use crate::edge::runtime::object_rpc::{JURISDICTION, namespace};
use cache::Times;
use outbox::Settings;
use std::cell::OnceCell;
use std::rc::Rc;
use version::Dialect;
use wasm_bindgen::JsValue;
use worker::Env;

/// The settings, read once: they never change while a Worker runs.
#[derive(Debug)]
pub struct Config {
    /// The caller keys, and the issuers of tokens.
    pub credentials: Credentials,
    /// The origins whose pages may call.
    pub origins: Origins,
    /// The API version of a request without `Intercom-Version`.
    pub default_version: String,
    /// The version of API 2.x that the Worker uses for its own requests, and for forwarded calls of API 1.x.
    pub upstream_version: String,
    /// The lifetimes of cached responses.
    pub cache: Times,
    /// The outbox's settings.
    pub outbox: Settings,
    /// The share of Intercom's rate limit that exports leave free, from 0 to 1.
    pub export_free_share: f64,
    /// The secrets that sign webhooks, one per line; `None` if none is set.
    pub client_secrets: Option<String>,
    /// Log each request.
    pub log: bool,
    /// The binding that limits callers, if there is one.
    pub caller_limit: Option<JsValue>,
    /// The missing bindings of the Worker's Durable Objects.
    pub missing_bindings: Vec<&'static str>,
    api_url: String,
    upstream: Result<Upstream, String>,
}

thread_local! {
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

impl Config {
    /// Gives the settings of this Worker.
    pub fn of(env: &Env) -> Rc<Self> {
        CONFIG.with(|config| Rc::clone(config.get_or_init(|| Rc::new(Self::read(env)))))
    }

    fn read(env: &Env) -> Self {
        let text = |name: &str| text(env, name).unwrap_or_default();
        let or = |name: &str, default: &str| {
            Some(text(name)).filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
        };
        let api_url = or("INTERCOM_API_URL", "https://api.intercom.io");
        let origins = Origins::parse(&text("ALLOWED_ORIGINS"));
        let cache = Times::parse(&text("CACHE_SECONDS"));
        let outbox = Settings::read(text);
        let export_free_share = number::share(text, "EXPORT_FREE_SHARE", 0.2, 0.0, 0.9);
        let upstream_version = or("UPSTREAM_VERSION", "2.14");
        let fault = sound(&api_url, &text("INTERCOM_ACCESS_TOKEN"))
            .and(origins.as_ref().map(drop).map_err(Clone::clone))
            .and(cache.as_ref().map(drop).map_err(Clone::clone))
            .and(outbox.as_ref().map(drop).map_err(Clone::clone))
            .and(export_free_share.as_ref().map(drop).map_err(Clone::clone))
            .and(is_v2(&upstream_version))
            .and(jurisdiction(env, &text(JURISDICTION)));
        let agent = concat!("intercom-edge/", env!("CARGO_PKG_VERSION"));
        Self {
            credentials: Credentials {
                keys: Keys::parse((1..).map_while(|number| match number {
                    1 => self::text(env, "CALLER_KEYS"),
                    _ => self::text(env, &format!("CALLER_KEYS_{number}")),
                })),
                issuers: token::issuers(&or("TOKEN_ISSUERS", "[]")),
            },
            upstream: fault
                .map(|()| Upstream::new(&api_url, &text("INTERCOM_ACCESS_TOKEN"), agent)),
            origins: origins.unwrap_or_default(),
            default_version: or("DEFAULT_VERSION", "1.4"),
            upstream_version,
            cache: cache.unwrap_or_default(),
            outbox: outbox.unwrap_or_default(),
            export_free_share: export_free_share.unwrap_or_default(),
            client_secrets: client_secrets(&text("INTERCOM_CLIENT_SECRET")),
            log: text("REQUEST_LOG") != "false",
            caller_limit: env.rate_limiter("CALLER_LIMIT").ok().map(JsValue::from),
            missing_bindings: OBJECTS
                .into_iter()
                .filter(|name| env.durable_object(name).is_err())
                .collect(),
            api_url,
        }
    }

    /// Gives the connection to Intercom. 503 names the setting that is missing or malformed.
    pub fn upstream(&self) -> Result<&Upstream, Rejection> {
        self.upstream.as_ref().map_err(|what| Rejection::not_set_up(what))
    }

    /// Rejects a call that needs a Durable Object whose binding is missing.
    pub fn require(&self, object: &str) -> Result<(), Rejection> {
        match self.missing_bindings.contains(&object) {
            true => Err(Rejection::not_set_up(&missing_binding(object))),
            false => Ok(()),
        }
    }

    /// Returns true if pages of an origin may call.
    pub fn allow_origin(&self, origin: &str) -> bool {
        let bound = self.credentials.keys.as_ref().is_ok_and(|keys| keys.allow_origin(origin));
        !origin.is_empty() && (bound || self.origins.allow(origin))
    }

    /// Gives the path and query of an address at Intercom; `None` for another host.
    pub fn path_at_upstream<'a>(&self, url: &'a str) -> Option<&'a str> {
        path_at(&self.api_url, url)
    }
}

/// Gives the path and query of an address at this API, with any scheme. Intercom's regional hosts count as one:
/// a link to another region means the workspace's own.
fn path_at<'a>(api_url: &str, url: &'a str) -> Option<&'a str> {
    let (_, own) = api_url.split_once("://")?;
    let rest = ["https://", "http://", "//"].iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let plain = host.strip_suffix(":443").unwrap_or(host);
    let same = |known: &str| known.eq_ignore_ascii_case(plain) || known.eq_ignore_ascii_case(host);
    let hosts = INTERCOM.iter().filter_map(|url| url.strip_prefix("https://"));
    let is_intercom = INTERCOM.contains(&api_url) && hosts.into_iter().any(same);
    ((same(own) || is_intercom) && path.starts_with('/')).then_some(path)
}

/// The bindings of the Worker's Durable Objects.
const OBJECTS: [&str; 6] = ["CURSORS", "EXPORTERS", "LIVE", "OUTBOX", "SENDERS", "WEBHOOKS"];

const INTERCOM: [&str; 3] =
    ["https://api.intercom.io", "https://api.eu.intercom.io", "https://api.au.intercom.io"];

/// Reads a list of secrets: several during a rotation.
fn client_secrets(list: &str) -> Option<String> {
    let secrets = list.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    let secrets = secrets.collect::<Vec<_>>().join("\n");
    (!secrets.is_empty()).then_some(secrets)
}

fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn is_v2(version: &str) -> Result<(), String> {
    match Dialect::parse(version) {
        Some(Dialect::V2(_)) => Ok(()),
        _ => Err("UPSTREAM_VERSION must be a version of API 2.x such as 2.14".to_owned()),
    }
}

/// Checks the jurisdiction here, because a request that ignored it would store data in the wrong place.
fn jurisdiction(env: &Env, name: &str) -> Result<(), String> {
    if !["", "eu", "fedramp"].contains(&name) {
        return Err(format!("{JURISDICTION} must be eu, fedramp or empty"));
    }
    // A binding that is missing is reported by `Config::require`.
    let usable = env.durable_object("OUTBOX").is_err() || namespace(env, "OUTBOX").is_ok();
    usable.then_some(()).ok_or_else(|| {
        format!(
            "{JURISDICTION} is {name}, but this runtime has no jurisdictions: only Cloudflare has"
        )
    })
}

fn sound(api_url: &str, access_token: &str) -> Result<(), String> {
    if !allowed(api_url) {
        return Err("INTERCOM_API_URL must be https://api.intercom.io, \
                    https://api.eu.intercom.io, https://api.au.intercom.io or a loopback address"
            .to_owned());
    }
    if access_token.is_empty() {
        return Err("the secret INTERCOM_ACCESS_TOKEN is not set".to_owned());
    }
    Ok(())
}

/// Returns true if the access token may be sent to an address: Intercom's three hosts, or this machine.
fn allowed(url: &str) -> bool {
    const LOOPBACK: [&str; 3] = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let port = |rest: &str| {
        rest.is_empty()
            || rest.strip_prefix(':').is_some_and(|port| {
                (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    INTERCOM.contains(&url) || LOOPBACK.iter().any(|host| url.strip_prefix(host).is_some_and(port))
}

#[cfg(test)]
mod tests {
    use super::{allowed, path_at};

    #[test]
    fn a_link_to_intercom_is_known_by_its_host() {
        const EU: &str = "https://api.eu.intercom.io";
        for url in [
            "https://api.eu.intercom.io/a?b=/c#d",
            "http://api.eu.intercom.io/a?b=/c#d",
            "HTTPS://API.EU.Intercom.io:443/a?b=/c#d",
            "//api.eu.intercom.io/a?b=/c#d",
            "https://api.intercom.io/a?b=/c#d",
        ] {
            assert_eq!(path_at(EU, url), Some("/a?b=/c#d"), "{url}");
        }
        for url in [
            "",
            "/a",
            "https://api.eu.intercom.io",
            "https://api.eu.intercom.io?/a",
            "https://api.eu.intercom.io.evil.example/a",
            "https://api.eu.intercom.io@evil.example/a",
            "https://evil.example/https://api.eu.intercom.io/a",
            "https://api.eu.intercom.io:8443/a",
            "https://downloads.intercomcdn.com/a",
            "javascript://api.eu.intercom.io/a",
            "é://api.eu.intercom.io/a",
        ] {
            assert_eq!(path_at(EU, url), None, "{url}");
        }
        assert_eq!(path_at("http://127.0.0.1:8788", "http://127.0.0.1:8788/a"), Some("/a"));
        for url in ["http://127.0.0.1/a", "http://127.0.0.1:87/a", "https://api.intercom.io/a"] {
            assert_eq!(path_at("http://127.0.0.1:8788", url), None, "{url}");
        }
    }

    #[test]
    fn the_token_goes_to_intercom_or_this_machine_only() {
        for url in [
            "https://api.intercom.io",
            "https://api.eu.intercom.io",
            "https://api.au.intercom.io",
            "http://localhost:8788",
            "http://127.0.0.1:1",
            "http://[::1]:8788",
            "http://localhost",
        ] {
            assert!(allowed(url), "{url}");
        }
        for url in [
            "",
            "http://api.intercom.io",
            "https://api.intercom.io/",
            "https://api.intercom.io.evil.example",
            "https://evil.example",
            "http://localhost.evil.example",
            "http://localhost:80@evil.example",
            "http://localhost:",
            "http://127.0.0.1:8788/x",
            "http://user@localhost",
            "https://api.intercom.io:444",
        ] {
            assert!(!allowed(url), "{url}");
        }
    }
}
