//! Fetches issuers' keys, keeps them in this isolate, and checks signatures with them. A fetch belongs to the
//! request that makes it: other requests wait for the keys that it stores.

use crate::client::Timer;
use crate::edge::access::token::check::FailedCheck;
use crate::edge::access::token::compact::Token;
use crate::edge::access::token::issuer::Issuer;
use crate::edge::access::token::key::{Key, Material, read_set};
use crate::edge::access::token::key_cache::{KeyCache, Next, TIME};
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::{now, read_answer};
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen(module = "/src/edge/access/token/runtime.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn get(url: &str, agent: &str, milliseconds: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    async fn import_key(algorithm: &str, jwk: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    async fn verify(
        algorithm: &str,
        key: &JsValue,
        signature: &[u8],
        signed: &[u8],
    ) -> Result<JsValue, JsValue>;
}

/// The longest key set, in bytes.
const LIMIT: u32 = 64 << 10;

/// The wait before a request looks again for keys that another one fetches.
const LOOK: Duration = Duration::from_millis(25);

thread_local! {
    /// The keys by address.
    static CACHES: RefCell<BTreeMap<String, KeyCache>> = const { RefCell::new(BTreeMap::new()) };
}

/// Why there is no key to check a token with.
#[derive(Debug)]
pub enum NoKey {
    /// The token is wrong.
    Token(FailedCheck),
    /// The issuer's server failed: why, and how long to wait.
    Server(&'static str, Duration),
}

/// Finds the issuer's key that the token names, and fetches the keys if needed.
pub async fn find(issuer: &Issuer, token: &Token<'_>) -> Result<Rc<Material>, NoKey> {
    let arrived = now();
    loop {
        let next = CACHES.with_borrow_mut(|all| {
            let cache = all.entry(issuer.jwks.clone()).or_default();
            let now = now();
            let next =
                cache.next(token.header.algorithm, token.header.kid.as_deref(), arrived, now);
            if matches!(next, Next::Fetch) {
                cache.begin(now);
            }
            (next, now)
        });
        match next {
            (Next::Use(key), _) => return Ok(key),
            (Next::Reject(check), _) => return Err(NoKey::Token(check)),
            (Next::Unavailable(why, pause), _) => return Err(NoKey::Server(why, pause)),
            (Next::Wait, _) => Clock.sleep(LOOK).await,
            (Next::Fetch, began) => {
                let keys = fetch(&issuer.jwks).await;
                CACHES.with_borrow_mut(|all| {
                    all.entry(issuer.jwks.clone()).or_default().end(began, keys);
                });
            }
        }
    }
}

async fn fetch(url: &str) -> Result<Vec<Key>, &'static str> {
    const LATE: &str = "it didn't answer within 5 seconds";
    const FAILED: &str = "the connection failed";
    let milliseconds = |time: Duration| time.as_millis().try_into().unwrap_or(u32::MAX);
    let begun = now();
    let agent = concat!("intercom-edge/", env!("CARGO_PKG_VERSION"));
    let answer = get(url, agent, milliseconds(TIME)).await.unwrap_or_default();
    let answer: web_sys::Response = match answer.as_f64() {
        Some(504.0) => return Err(LATE),
        _ => answer.dyn_into().map_err(|_| FAILED)?,
    };
    if answer.status() != 200 {
        return Err("it didn't answer with the status 200");
    }
    let left = TIME.saturating_sub(now().saturating_sub(begun));
    let body = read_answer(&answer, LIMIT, milliseconds(left)).await;
    let body: Uint8Array = match body.as_f64() {
        Some(413.0) => return Err("its answer is longer than 64 KiB"),
        _ => body.dyn_into().map_err(|_| "its answer broke off, or took longer than 5 seconds")?,
    };
    read_set(&body.to_vec()).ok_or("its answer isn't a key set")
}

/// Checks that a token is signed with the key.
pub async fn check(key: &Material, token: &Token<'_>) -> Result<(), FailedCheck> {
    if token.signature.len() != key.signature_length {
        return Err(FailedCheck::Signature);
    }
    let algorithm = key.algorithm.name();
    let imported = match key.imported.get() {
        Some(imported) => imported,
        None => {
            let imported = import_key(algorithm, &key.jwk).await;
            let imported = imported.map_err(|_| FailedCheck::KeyMalformed)?;
            key.imported.get_or_init(|| imported)
        }
    };
    let answer = verify(algorithm, imported, &token.signature, token.signed.as_bytes()).await;
    match answer.is_ok_and(|answer| answer.as_bool() == Some(true)) {
        true => Ok(()),
        false => Err(FailedCheck::Signature),
    }
}
