//! API 1.x for callers that still speak it: `/users`, `/contacts` (leads) and `/messages` are asked
//! of API 2.x and answered in the shapes of 2018. `docs/api-1.x.md` says field by field what carries.

mod message;
mod people;
mod query;

use super::answer::{Answer, Refusal};
use super::clock::Clock;
use super::dialect::Version;
use super::scope::Scope;
use super::upstream::{self, Upstream};
use super::visit::Visit;
use crate::call::Call;
use crate::client::{Client, DEADLINE, Decode, Error, RateLimit, Response, Timer};
use crate::v1::Kind;
use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;
use worker::Env;

/// A call of API 1.x that is bridged. `/admins` and `/me` are the same in both and are forwarded.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    List(Kind),
    Scroll(Kind),
    Get(Kind, String),
    Send,
}

impl Route {
    /// The call by the pattern of its path, for logs.
    pub const fn pattern(&self) -> &'static str {
        match self {
            Self::List(Kind::User) => "/users",
            Self::List(Kind::Lead) => "/contacts",
            Self::Scroll(Kind::User) => "/users/scroll",
            Self::Scroll(Kind::Lead) => "/contacts/scroll",
            Self::Get(Kind::User, _) => "/users/{id}",
            Self::Get(Kind::Lead, _) => "/contacts/{id}",
            Self::Send => "/messages",
        }
    }

    /// What a caller needs.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Send => Scope::MessagesSend,
            _ => Scope::ContactsRead,
        }
    }
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
pub async fn answer(route: Route, version: Version, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    let bridge =
        Bridge { visit, env: visit.env, origin: visit.target.origin, limits: RefCell::default() };
    match route {
        Route::List(kind) => bridge.list(kind, version, &visit.target.parameters()?).await,
        Route::Scroll(kind) => bridge.scroll(kind, &visit.target.parameters()?).await,
        Route::Get(kind, id) => bridge.get(kind, &id).await,
        Route::Send => bridge.send().await,
    }
}

/// How much of a call's time must be left, after what leads up to it, for its own page or message.
const RESERVE: Duration = Duration::from_secs(10);

/// What answering one bridged call needs.
struct Bridge<'a> {
    visit: &'a Visit<'a>,
    env: &'a Env,
    /// The Worker's own address, for links to the next page.
    origin: &'a str,
    /// Intercom's limit headers of its latest answer.
    limits: RefCell<Vec<(String, String)>>,
}

impl Bridge<'_> {
    /// Asks Intercom and reads the answer.
    async fn ask<A>(&self, call: &Call<A>) -> Result<A, Refusal>
    where
        Vec<u8>: Decode<A>,
    {
        let retry = upstream::retry(self.time_left());
        let response = Client::new(Upstream::of(self.visit), Clock, retry).fetch(call).await?;
        self.remember_limits(&response);
        response.body.decode().map_err(|reason| Error::Unreadable { reason }.into())
    }

    /// All that a call asks of Intercom shares one deadline.
    fn time_left(&self) -> Duration {
        DEADLINE.saturating_sub(Clock.now().saturating_sub(self.visit.arrived))
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

    fn json(&self, body: &impl serde::Serialize) -> Result<Answer, Refusal> {
        Ok(Answer::json(200, body).with_all(&self.limits.borrow()))
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
