//! Answers that are kept for a while, where the operator says so: admins, tags, segments, data
//! attributes and `me`. People and conversations never are.
//!
//! They are kept in one isolate's memory: a write that passes here drops them here, and another
//! isolate may give what it has until its time is over.

use super::answer::{Answer, Refusal};
use super::body::Kept;
use super::clock::{is_ahead, is_within};
use super::forward;
use super::operation::Operation;
use super::runtime;
use super::upstream::milliseconds;
use super::visit::Visit;
use crate::client::DEADLINE;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// What may be kept: a name for the setting, and the operations that it covers.
const KINDS: [(&str, &[&str]); 5] = [
    ("admins", &["/admins", "/admins/{admin_id}"]),
    ("data_attributes", &["/data_attributes"]),
    ("me", &["/me"]),
    ("segments", &["/segments", "/segments/{segment_id}"]),
    ("tags", &["/tags", "/tags/{tag_id}"]),
];

/// The longest time to keep an answer, in seconds.
const LONGEST: u64 = 86_400;

/// How many answers are kept, and how many bytes of one.
const ENTRIES: usize = 64;
const ENTRY_BYTES: u32 = 128 << 10;

/// For how many seconds each kind is kept; none is kept unless it is named.
#[derive(Debug, Default)]
pub struct Times([u64; KINDS.len()]);

impl Times {
    /// Reads `CACHE_SECONDS`: `admins=60, tags=300`.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut times = Self::default();
        for pair in list.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let known = pair.split_once('=').and_then(|(name, seconds)| {
                let kind = KINDS.iter().position(|(known, _)| *known == name.trim())?;
                let seconds = seconds.trim().parse().ok().filter(|time| *time <= LONGEST)?;
                Some((times.0.get_mut(kind)?, seconds))
            });
            let Some((time, seconds)) = known else {
                return Err(format!(
                    "CACHE_SECONDS must be like \"admins=60, tags=300\", with the names {} and at \
                     most {LONGEST} seconds each",
                    KINDS.map(|(name, _)| name).join(", ")
                ));
            };
            *time = seconds;
        }
        Ok(times)
    }

    /// For how long an operation's answers are kept.
    pub fn of(&self, operation: &Operation) -> Option<Duration> {
        let covers = |(_, patterns): &(&str, &[&str])| patterns.contains(&operation.pattern);
        let kind = KINDS.iter().position(covers).filter(|_| operation.method == "GET")?;
        let seconds = self.0.get(kind).copied().filter(|seconds| *seconds > 0)?;
        Some(Duration::from_secs(seconds))
    }
}

/// An answer with the status 200.
#[derive(Clone)]
struct Entry {
    /// Version and target.
    key: String,
    kept: Duration,
    etag: String,
    headers: Vec<(String, String)>,
    body: JsValue,
}

thread_local! {
    static CACHE: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    /// How many writes have passed: what was asked before one isn't kept after it.
    static WRITES: Cell<u64> = const { Cell::new(0) };
    /// The latest time at which something was looked for.
    static LATEST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Drops what is kept if the clock was set back: how old it is can't be known any more.
fn watch_clock(now: Duration) {
    let latest = LATEST.get();
    if is_ahead(latest, now) {
        CACHE.with_borrow_mut(Vec::clear);
        LATEST.set(now);
    } else {
        LATEST.set(latest.max(now));
    }
}

/// Whether a body is a whole JSON object, and as long as it was declared to be.
fn is_complete(body: &[u8], declared: Option<usize>) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{')
        && declared.is_none_or(|length| length == body.len())
        && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// A write to a path is about to pass, or has passed: what is kept may no longer hold.
pub fn written(path: &str) {
    let first = path.split(['/', '?']).nth(1).unwrap_or_default();
    if KINDS.iter().any(|(name, _)| *name == first) {
        CACHE.with_borrow_mut(Vec::clear);
        WRITES.set(WRITES.get() + 1);
    }
}

/// Answers from what is kept, or else asks Intercom and keeps a 200 that is a whole JSON object.
pub async fn answer(visit: &Visit<'_>, version: &str, time: Duration) -> Result<Answer, Refusal> {
    let Visit { config, target, notes, arrived, .. } = visit;
    let key = format!("{version} {}", target.path_and_query());
    let if_none_match = visit.request.headers().get("if-none-match")?.unwrap_or_default();
    watch_clock(*arrived);
    let fresh = |entry: &&Entry| entry.key == key && is_within(entry.kept, time, *arrived);
    let found = CACHE.with_borrow(|cache| cache.iter().find(fresh).cloned());
    if let Some(entry) = found {
        notes.cache.set(Some("hit"));
        return Ok(entry.answer(&if_none_match, *arrived));
    }
    notes.cache.set(Some("miss"));
    let writes = WRITES.get();
    let upstream = config.upstream()?;
    let (path, time_out) = (target.path_and_query(), milliseconds(DEADLINE));
    let ask = || upstream.ask("GET", &path, version, None, time_out);
    let reply = forward::reply(visit, true, ask).await?;
    if reply.status != 200 {
        return Ok(reply.pass(visit));
    }
    let body = match reply.read(ENTRY_BYTES).await? {
        Kept::Whole(body) => body,
        Kept::Longer(stream) => return Ok(reply.pass_read(visit, stream)),
    };
    let bytes = body.to_vec();
    let headers = runtime::passed_headers(&reply.answer);
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, it)| it);
    let declared = match header("content-encoding") {
        Some(_) => None,
        None => reply.declared_length(),
    };
    if !is_complete(&bytes, declared) {
        return Ok(reply.pass_read(visit, body.into()));
    }
    let now = reply.at;
    let etag = header("etag").cloned().unwrap_or_else(|| {
        let hash = Sha256::digest(bytes);
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    });
    // What tells of one moment, the limit and the request's id, isn't kept.
    let lasting = |name: &str| matches!(name, "content-type" | "intercom-version" | "link");
    let headers = headers.into_iter().filter(|(name, _)| lasting(name)).collect();
    let entry = Entry { key, kept: now, etag, headers, body: body.into() };
    let answer = entry.answer(&if_none_match, now);
    if WRITES.get() == writes {
        CACHE.with_borrow_mut(|cache| {
            cache.retain(|known| known.key != entry.key);
            if cache.len() >= ENTRIES {
                cache.remove(0);
            }
            cache.push(entry);
        });
    }
    Ok(answer)
}

impl Entry {
    /// The answer; 304 to who has it already.
    fn answer(&self, if_none_match: &str, now: Duration) -> Answer {
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
            .with("age", now.saturating_sub(self.kept).as_secs().to_string())
            .with("cache-control", "private, no-cache")
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation;
    use super::{Times, is_complete};

    #[test]
    fn only_what_is_named_is_kept() {
        let times = Times::parse("admins=60, tags = 300,,").unwrap();
        let seconds = |method: &str, path: &str| {
            let operation = operation::find(method, path).ok()?;
            times.of(&operation).map(|time| time.as_secs())
        };
        assert_eq!(seconds("GET", "/admins"), Some(60));
        assert_eq!(seconds("GET", "/admins/5"), Some(60));
        assert_eq!(seconds("GET", "/tags/5"), Some(300));
        for (method, path) in [
            ("GET", "/me"),
            ("GET", "/contacts"),
            ("GET", "/conversations"),
            ("GET", "/admins/activity_logs"),
            ("POST", "/tags"),
            ("GET", "/contacts/5/tags"),
        ] {
            assert_eq!(seconds(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn only_a_whole_json_object_is_kept() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
        for body in
            ["{}", " \r\n\t{\"a\":[1,{\"b\":null}]}\n", r#"{"a":"\ud800","n":1e400}"#, &deep]
        {
            assert!(is_complete(body.as_bytes(), None), "{body}");
            assert!(is_complete(body.as_bytes(), Some(body.len())), "{body}");
            assert!(!is_complete(body.as_bytes(), Some(body.len() + 1)), "{body}");
        }
        for body in [
            "",
            " ",
            "null",
            "[]",
            "[{}]",
            "7",
            r#""{}""#,
            "{",
            r#"{"type":"list","data":[{"#,
            r#"{"a":1}}"#,
            "{}{}",
            "{} x",
            "{'a':1}",
            "<html></html>",
            "\u{feff}{}",
            r#"{"a":}"#,
        ] {
            assert!(!is_complete(body.as_bytes(), None), "{body}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for list in
            ["contacts=60", "admins", "admins=", "admins=-1", "admins=x", "admins=86401", "60"]
        {
            assert!(Times::parse(list).is_err(), "{list}");
        }
        assert!(Times::parse("").is_ok() && Times::parse("me=0").is_ok());
    }
}
