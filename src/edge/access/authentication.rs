//! Authenticates a request by its caller key or its token.

use crate::edge::access::caller::Caller;
use crate::edge::access::credential::{self, Credential};
use crate::edge::access::keys::Keys;
use crate::edge::access::token::{self, Issuer};
use crate::edge::response::Rejection;
use crate::edge::runtime::RequestHead;
use std::rc::Rc;
use std::time::Duration;

/// The settings that let callers in. The error of a malformed setting names the setting and quotes no secret.
#[derive(Debug)]
pub struct Credentials {
    /// The caller keys.
    pub keys: Result<Keys, String>,
    /// The issuers whose tokens the Worker accepts.
    pub issuers: Result<Vec<Issuer>, String>,
}

/// Authenticates a request by its caller key or its token. 401 says what is wrong with the credential,
/// without quoting it.
pub async fn authenticate(
    head: &RequestHead<'_>,
    credentials: &Credentials,
    now: Duration,
) -> Result<Rc<Caller>, Rejection> {
    let keys = credentials.keys.as_ref().map_err(|what| malformed_setting(what))?;
    let issuers = credentials.issuers.as_ref().map_err(|what| malformed_setting(what))?;
    if keys.is_empty() && issuers.is_empty() {
        return Err(Rejection::unauthorized(
            "No caller key is configured: set the secret CALLER_KEYS (npx intercom-edge key)",
        ));
    }
    let (texts, credential) = match (head.authorization, head.cf_access_jwt_assertion) {
        ("", "") => {
            return Err(Rejection::unauthorized(
                "A caller key is missing: send Authorization: Bearer <caller key>",
            ));
        }
        ("", assertion) => (vec![assertion.to_owned()], Credential::Access),
        (header, _) => (credential::texts(header).ok_or_else(malformed)?, Credential::Token),
    };
    if credential == Credential::Token
        && let Some(caller) = keys.find(&texts, now)?
    {
        return Ok(caller);
    }
    let token = texts.iter().find(|text| token::looks_like_one(text));
    let Some(token) = token.filter(|_| !issuers.is_empty()) else {
        return Err(Rejection::unauthorized("This Worker doesn't know this caller key"));
    };
    let token::Verified { name, scopes, expires_at } =
        Box::pin(token::verify(token, issuers, now)).await?;
    let (owner, expires_at) = (name.clone(), Some(expires_at));
    Ok(Rc::new(Caller { name, owner, scopes, expires_at, credential, origins: None }))
}

fn malformed() -> Rejection {
    Rejection::unauthorized("Authorization is malformed: send Authorization: Bearer <caller key>")
}

/// A malformed setting lets nobody in.
fn malformed_setting(what: &str) -> Rejection {
    Rejection::unauthorized(what).caused(what)
}
