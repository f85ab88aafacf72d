//! API 1.x for callers that still speak it: `/users`, `/contacts` (leads) and `/messages` are asked
//! of API 2.x and answered in the shapes of 2018. `docs/api-1.x.md` says field by field what carries.

mod message;
mod people;
mod query;

use super::answer::Refusal;
use super::clock::Clock;
use super::config::Config;
use super::dialect::Version;
use super::target::Target;
use super::upstream::Upstream;
use crate::call::Call;
use crate::client::{Client, DEADLINE, Decode, Error, RateLimit, Response, Retry, Timer};
use crate::v1::Kind;
use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;
use web_sys::Request;
use worker::Env;

/// A call of API 1.x that is bridged. `/admins` and `/me` are the same in both and are forwarded.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    List(Kind),
    Scroll(Kind),
    Get(Kind, String),
    Send,
}

/// The bridged call of a method and a path, if there is one.
pub fn route(method: &str, path: &[Cow<'_, str>]) -> Result<Option<Route>, Refusal> {
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let (kind, rest) = match path.as_slice() {
        ["users", rest @ ..] => (Kind::User, rest),
        ["contacts", rest @ ..] => (Kind::Lead, rest),
        ["messages"] if method == "POST" => return Ok(Some(Route::Send)),
        _ => return Ok(None),
    };
    if method != "GET" {
        // API 2.x has no `/users`, but it has `/contacts`.
        return match kind {
            Kind::User => Err(Refusal::method_not_allowed("GET")),
            Kind::Lead => Ok(None),
        };
    }
    Ok(match rest {
        [] => Some(Route::List(kind)),
        ["scroll"] => Some(Route::Scroll(kind)),
        [id] => Some(Route::Get(kind, query::id("id", id)?.to_owned())),
        _ => None,
    })
}

/// Answers a bridged call.
pub async fn answer(
    route: Route,
    version: Version,
    request: &Request,
    target: &Target<'_>,
    config: Config,
    env: &Env,
) -> Result<web_sys::Response, Refusal> {
    let bridge = Bridge {
        upstream: Upstream::new(config),
        env,
        origin: target.origin,
        started: Clock.now(),
        limits: RefCell::default(),
    };
    match route {
        Route::List(kind) => bridge.list(kind, version, &target.parameters()?).await,
        Route::Scroll(kind) => bridge.scroll(kind, &target.parameters()?).await,
        Route::Get(kind, id) => bridge.get(kind, &id).await,
        Route::Send => bridge.send(request).await,
    }
}

/// How much of a call's time must be left, after what leads up to it, for its own page or message.
const RESERVE: Duration = Duration::from_secs(10);

/// What answering one bridged call needs.
struct Bridge<'a> {
    upstream: Upstream,
    env: &'a Env,
    /// The Worker's own address, for links to the next page.
    origin: &'a str,
    /// When the call came in: all that it asks of Intercom shares one deadline.
    started: Duration,
    /// Intercom's limit headers of its latest answer.
    limits: RefCell<Vec<(String, String)>>,
}

impl Bridge<'_> {
    /// Asks Intercom and reads the answer.
    async fn ask<A>(&self, call: &Call<A>) -> Result<A, Refusal>
    where
        Vec<u8>: Decode<A>,
    {
        let retry = Retry { deadline: self.time_left(), after_rate_limit: 2, after_failure: 0 };
        let response = Client::new(&self.upstream, Clock, retry).fetch(call).await?;
        self.remember_limits(&response);
        response.body.decode().map_err(|reason| Error::Unreadable { reason }.into())
    }

    fn time_left(&self) -> Duration {
        DEADLINE.saturating_sub(Clock.now().saturating_sub(self.started))
    }

    /// Waits where work of many requests would take what the workspace's other apps and people need
    /// of this window: a fifth of it stays free.
    async fn leave_room(&self) {
        let limit = {
            let limits = self.limits.borrow();
            let header = |name: &str| limits.iter().find(|(known, _)| known == name);
            RateLimit::from_headers(|name| header(name).map(|(_, value)| value.as_str()))
        };
        let pause = limit.map_or(Duration::ZERO, |limit| limit.pause(0.2, Clock.now()));
        if !pause.is_zero() {
            Clock.sleep(pause).await;
        }
    }

    fn remember_limits(&self, response: &Response<Vec<u8>>) {
        let limits = response.headers.iter().filter(|(name, _)| name.starts_with("x-ratelimit-"));
        self.limits.replace(limits.cloned().collect());
    }

    fn json(&self, body: &impl serde::Serialize) -> Result<web_sys::Response, Refusal> {
        super::answer::json(200, body, &self.limits.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Route, route};

    fn found(method: &str, path: &str) -> Option<Route> {
        let path: Vec<_> = path.split('/').skip(1).map(Into::into).collect();
        route(method, &path).ok().flatten()
    }

    #[test]
    fn just_the_calls_of_api_1_are_bridged() {
        assert_eq!(found("GET", "/users"), Some(Route::List(Kind::User)));
        assert_eq!(found("GET", "/contacts"), Some(Route::List(Kind::Lead)));
        assert_eq!(found("GET", "/contacts/scroll"), Some(Route::Scroll(Kind::Lead)));
        assert_eq!(found("GET", "/users/5"), Some(Route::Get(Kind::User, "5".to_owned())));
        assert_eq!(found("POST", "/messages"), Some(Route::Send));
        for (method, path) in [
            ("POST", "/users"),
            ("GET", "/messages"),
            ("POST", "/contacts/search"),
            ("GET", "/contacts/5/tags"),
            ("GET", "/admins"),
            ("GET", "/users/a b"),
            ("GET", "/users/💥"),
        ] {
            assert_eq!(found(method, path), None, "{method} {path}");
        }
    }
}
