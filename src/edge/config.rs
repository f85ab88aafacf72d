//! The Worker's settings, read from its variables and secrets; the README has the table.

use super::answer::Refusal;
use worker::Env;

/// What a request needs to know.
#[derive(Debug)]
pub struct Config {
    /// Intercom's host, or the sandbox's.
    pub api_url: String,
    /// The secret that never leaves the Worker.
    pub access_token: String,
    /// The version that a caller gets who names none.
    pub default_version: String,
    /// The version of API 2.x in which bridged calls are asked, and unbridged ones of 1.x callers.
    pub upstream_version: String,
}

impl Config {
    /// Reads the settings; a Worker that is set up wrongly says which setting, and serves nobody.
    pub fn read(env: &Env) -> Result<Self, Refusal> {
        let config = Self {
            api_url: text(env, "INTERCOM_API_URL")
                .unwrap_or_else(|| "https://api.intercom.io".to_owned()),
            access_token: text(env, "INTERCOM_ACCESS_TOKEN").unwrap_or_default(),
            default_version: text(env, "DEFAULT_VERSION").unwrap_or_else(|| "1.4".to_owned()),
            upstream_version: text(env, "UPSTREAM_VERSION").unwrap_or_else(|| "2.14".to_owned()),
        };
        if !allowed(&config.api_url) {
            return Err(misconfigured(
                "INTERCOM_API_URL must be https://api.intercom.io, https://api.eu.intercom.io, \
                 https://api.au.intercom.io or a loopback address",
            ));
        }
        if config.access_token.is_empty() {
            return Err(misconfigured("the secret INTERCOM_ACCESS_TOKEN is not set"));
        }
        Ok(config)
    }
}

/// The secret of caller keys, apart from the rest: without it nobody learns what else is amiss.
pub fn caller_keys(env: &Env) -> String {
    text(env, "CALLER_KEYS").unwrap_or_default()
}

fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn misconfigured(what: &str) -> Refusal {
    Refusal::new(503, "service_unavailable", format!("The Worker is not set up: {what}"))
}

/// Whether the access token may go there: Intercom's three hosts, or this machine.
fn allowed(url: &str) -> bool {
    const INTERCOM: [&str; 3] =
        ["https://api.intercom.io", "https://api.eu.intercom.io", "https://api.au.intercom.io"];
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
    use super::allowed;

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
