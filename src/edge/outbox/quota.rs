//! The limits of how much the outbox stores: for each caller, and in total.

use crate::edge::config::Config;
use crate::edge::config::outbox::{Settings, Usage};
use crate::edge::outbox::protocol::Reply;
use crate::edge::outbox::stores::usage::{ALL_CALLERS, UsageStore};
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::model::Object;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;

/// The used share of a limit from which the log warns, and the texts of sent messages are no longer kept.
const SCARCE: f64 = 0.8;

/// A limit that would be exceeded.
#[derive(Debug, PartialEq, Eq)]
enum ExceededLimit {
    /// The caller's share.
    Caller,
    /// The limit of the whole outbox.
    Outbox,
}

/// Checks that a caller may store `more`. `caller` and `all` are the stored totals of the caller and of all
/// callers.
fn check(settings: &Settings, caller: Usage, all: Usage, more: Usage) -> Result<(), ExceededLimit> {
    if caller.plus(more).exceeds(settings.caller_limits()) {
        Err(ExceededLimit::Caller)
    } else if all.plus(more).exceeds(settings.limits()) {
        Err(ExceededLimit::Outbox)
    } else {
        Ok(())
    }
}

impl ExceededLimit {
    fn rejection(&self, settings: &Settings) -> Rejection {
        let words = |whose: &str, limits: Usage| {
            format!(
                "{whose} stores as much as it may, {} messages or {} bytes: nothing was sent. Remove messages \
                 with DELETE /edge/messages, or have the operator raise the limit (docs/messages.md, \"Quotas\")",
                limits.messages, limits.bytes
            )
        };
        match self {
            Self::Caller => {
                let words = words("This caller", settings.caller_limits());
                Rejection::new(429, "outbox_quota_exceeded", words)
            }
            Self::Outbox => {
                Rejection::new(507, "outbox_full", words("The outbox", settings.limits()))
            }
        }
    }
}

/// Keeps the outbox within its limits.
#[derive(Debug)]
pub struct Quota {
    usage: UsageStore,
    config: Rc<Config>,
    /// The percentage of the fill level that was logged last.
    logged_percent: Cell<u32>,
}

impl Quota {
    /// Limits the stored messages as the settings say.
    pub const fn new(usage: UsageStore, config: Rc<Config>) -> Self {
        Self { usage, config, logged_percent: Cell::new(0) }
    }

    /// Rejects messages of a caller that would exceed a limit.
    pub fn check(&self, caller: &str, more: Usage) -> Result<(), Rejection> {
        let settings = &self.config.outbox;
        let all = self.usage.of(ALL_CALLERS)?;
        self.warn(all.plus(more));
        check(settings, self.usage.of(caller)?, all, more)
            .map_err(|limit| limit.rejection(settings))
    }

    /// Checks if a caller or the outbox has used so much that texts aren't kept after sending.
    pub fn is_scarce(&self, caller: &str) -> worker::Result<bool> {
        let settings = &self.config.outbox;
        let share = self.usage.of(caller)?.share_of(settings.caller_limits());
        let all = self.usage.of(ALL_CALLERS)?.share_of(settings.limits());
        Ok(share.max(all) >= SCARCE)
    }

    /// Checks that the tables can be read, and shows how full the outbox is.
    pub fn health(&self) -> Result<Reply, Rejection> {
        self.usage.check()?;
        let mut health = fill_level(&self.config.outbox, self.usage.of(ALL_CALLERS)?);
        health.insert("status".to_owned(), "ok".into());
        Ok(Reply::json(200, &health))
    }

    /// Logs each new percent from 80 on.
    fn warn(&self, all: Usage) {
        let settings = &self.config.outbox;
        let share = all.share_of(settings.limits());
        let percent = (share * 100.0) as u32;
        if share >= SCARCE && self.logged_percent.replace(percent) != percent {
            let level = fill_level(settings, all);
            let line = json!({ "warning": "The outbox fills up", "outbox": level });
            runtime::log(&line.to_string());
        }
    }
}

fn fill_level(settings: &Settings, all: Usage) -> Object {
    let limits = settings.limits();
    let fill = (all.share_of(limits) * 1000.0).round() / 1000.0;
    let fields: [(&str, Value); 5] = [
        ("messages", all.messages.into()),
        ("max_messages", limits.messages.into()),
        ("bytes", all.bytes.into()),
        ("max_bytes", limits.bytes.into()),
        ("fill", fill.into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{ExceededLimit, Settings, Usage, check, fill_level};

    fn settings() -> Settings {
        Settings::read(|name| {
            let value = match name {
                "OUTBOX_MAX_BYTES" => "10000000",
                "OUTBOX_MAX_MESSAGES" => "1000",
                _ => "",
            };
            value.to_owned()
        })
        .unwrap()
    }

    const fn usage(messages: i64, bytes: i64) -> Usage {
        Usage { messages, bytes }
    }

    #[test]
    fn a_caller_has_a_quarter_of_the_messages_and_of_the_bytes() {
        let check = |caller, all, more| check(&settings(), caller, all, more);
        let none = Usage::default();
        assert_eq!(check(none, none, usage(250, 2_500_000)), Ok(()));
        assert_eq!(check(none, none, usage(251, 0)), Err(ExceededLimit::Caller));
        assert_eq!(check(none, none, usage(0, 2_500_001)), Err(ExceededLimit::Caller));
        assert_eq!(check(usage(249, 0), usage(999, 0), usage(1, 0)), Ok(()));
        assert_eq!(check(usage(250, 0), usage(250, 0), usage(1, 0)), Err(ExceededLimit::Caller));
        assert_eq!(check(none, usage(1000, 0), usage(1, 0)), Err(ExceededLimit::Outbox));
        assert_eq!(check(none, usage(0, 10_000_000), usage(0, 1)), Err(ExceededLimit::Outbox));
    }

    #[test]
    fn a_message_counts_its_bytes_and_a_row() {
        assert_eq!(Usage::of(2, 100), usage(2, 2148));
        assert_eq!(Usage::of(usize::MAX, usize::MAX), usage(i64::MAX, i64::MAX));
    }

    #[test]
    fn the_fill_level_is_that_of_the_limit_which_is_reached_first() {
        for (all, fill) in [(usage(0, 0), 0.0), (usage(810, 0), 0.81), (usage(100, 5_000_000), 0.5)]
        {
            assert_eq!(fill_level(&settings(), all)["fill"], fill);
        }
    }
}
