//! An authenticated caller, and what the caller may do.

use crate::edge::access::cors::{self, Origins};
use crate::edge::access::credential::{Credential, is_basic};
use crate::edge::access::scope::{Scope, Scopes};
use crate::edge::response::Rejection;
use crate::edge::runtime::task::settled;
use crate::edge::runtime::{self, RequestHead};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// An authenticated caller.
#[derive(Debug, Serialize)]
pub struct Caller {
    /// The unique name for logs and limits. It is no personal data.
    pub name: String,
    /// The name of the caller who owns the messages, idempotency keys and quota. A key that replaces another
    /// (`same_as`) has the other's owner.
    #[serde(skip)]
    pub owner: String,
    /// The scopes.
    pub scopes: Scopes,
    /// The credential's expiry, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// The kind of credential.
    pub credential: Credential,
    /// The only pages that may use the credential, if it is bound to pages.
    #[serde(skip)]
    pub(super) origins: Option<Vec<String>>,
}

impl Caller {
    /// Rejects a call whose scope the caller doesn't have.
    pub fn allow(&self, scope: Scope) -> Result<(), Rejection> {
        if self.scopes.contains(scope) {
            return Ok(());
        }
        Err(scope.missing())
    }

    /// Rejects a page of an origin to which the credential isn't bound, and a write by another site's page
    /// with a credential that the browser sends without being asked. `worker_origin`: the Worker's own origin.
    pub fn check_page(
        &self,
        head: &RequestHead<'_>,
        origins: &Origins,
        worker_origin: &str,
    ) -> Result<(), Rejection> {
        if self.credential == Credential::Access || is_basic(head.authorization) {
            cors::check_same_site(head, worker_origin, origins.allow(head.origin))?;
        }
        let Some(origins) = &self.origins else { return Ok(()) };
        // A browser omits `Origin` if a page reads from its own origin.
        let own_page = head.origin.is_empty() && head.sec_fetch_site == "same-origin";
        if own_page || head.origin == worker_origin || origins.iter().any(|it| it == head.origin) {
            return Ok(());
        }
        Err(Rejection::forbidden("This key works only in pages of the origins that it is bound to")
            .naming("Origin"))
    }

    /// Counts the call against the caller's limit, if the Worker has one
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

    /// Returns true if a page of an origin may read the answers to this caller.
    pub fn may_be_read_from(&self, origin: &str, allowed: &Origins) -> bool {
        match &self.origins {
            Some(origins) => origins.iter().any(|known| known == origin),
            None => allowed.allow(origin),
        }
    }
}
