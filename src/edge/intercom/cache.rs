//! Intercom's responses that are cached, in one isolate's memory. Only what `CACHE_SECONDS` names is
//! cached; people and conversations never are.
//!
//! A write that passes through this isolate empties the cache. Another isolate may serve its entries until
//! they expire, or until a webhook reports the change.

use crate::edge::config::cache::KINDS;
use crate::edge::response::Answer;
use crate::edge::runtime::clock::{is_ahead, is_within};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The most entries of the cache. A new entry replaces the oldest one.
const ENTRIES: usize = 64;

/// A cached response with status 200.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The API version and the target of the request.
    pub key: String,
    /// When Intercom responded, since 1970.
    pub stored_at: Duration,
    /// The entity tag, with its quotes.
    pub etag: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body, in JavaScript's memory.
    pub body: JsValue,
}

thread_local! {
    static CACHE: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static WRITES: Cell<u64> = const { Cell::new(0) };
    /// The latest time at which something was looked up.
    static LATEST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The entry of a key, if it is younger than `lifetime`.
pub fn find(key: &str, lifetime: Duration, now: Duration) -> Option<Entry> {
    watch_clock(now);
    let fresh = |entry: &&Entry| entry.key == key && is_within(entry.stored_at, lifetime, now);
    CACHE.with_borrow(|cache| cache.iter().find(fresh).cloned())
}

/// Stores an entry, unless a write has passed since `writes` was read: the response may be from before it.
pub fn store(entry: Entry, writes: u64) {
    if WRITES.get() != writes {
        return;
    }
    CACHE.with_borrow_mut(|cache| {
        cache.retain(|known| known.key != entry.key);
        if cache.len() >= ENTRIES {
            cache.remove(0);
        }
        cache.push(entry);
    });
}

/// Counts the writes that may have changed a cached response.
pub fn writes() -> u64 {
    WRITES.get()
}

/// Empties the cache because a write to a path is about to pass, or has passed.
pub fn invalidate(path: &str) {
    let first = path.split(['/', '?']).nth(1).unwrap_or_default();
    if KINDS.iter().any(|(name, _)| *name == first) {
        clear();
    }
}

/// Empties the cache because something changed at Intercom.
pub fn clear() {
    CACHE.with_borrow_mut(Vec::clear);
    WRITES.set(WRITES.get() + 1);
}

/// Empties the cache if the clock was set back: the age of its entries can't be known any more.
fn watch_clock(now: Duration) {
    let latest = LATEST.get();
    if is_ahead(latest, now) {
        CACHE.with_borrow_mut(Vec::clear);
        LATEST.set(now);
    } else {
        LATEST.set(latest.max(now));
    }
}

impl Entry {
    /// The response to a request: 304 if its `If-None-Match` has the entry's tag.
    pub fn answer(&self, if_none_match: &str, now: Duration) -> Answer {
        let same = |tag: &str| {
            let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
            tag.trim() == "*" || plain(tag) == plain(&self.etag)
        };
        let answer = if if_none_match.split(',').any(same) {
            Answer::empty(304)
        } else {
            Answer::of_upstream(200, self.body.clone())
        };
        answer
            .with_all(&self.headers)
            .with("etag", self.etag.as_str())
            .with("age", now.saturating_sub(self.stored_at).as_secs().to_string())
            .with("cache-control", "private, no-cache")
    }
}
