//! How much the outbox stores: for each caller, and in all. Triggers keep the totals (schema.rs).

use crate::edge::config::outbox::{Settings, Usage};
use crate::edge::outbox::{Inner, Reply};
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::model::Object;
use serde_json::{Value, json};
use worker::Result;

/// From which share of a limit on the log warns, and the texts of a caller's sent messages are not kept.
const SCARCE: f64 = 0.8;

/// Which limit is reached.
#[derive(Debug, PartialEq, Eq)]
enum Full {
    /// The caller's share.
    Share,
    /// The whole outbox's.
    Outbox,
}

/// Whether there is room for `more` of a caller who stores `caller`, where `all` is stored in all.
fn room(
    settings: &Settings,
    caller: Usage,
    all: Usage,
    more: Usage,
) -> std::result::Result<(), Full> {
    if caller.plus(more).exceeds(settings.caller_limits()) {
        Err(Full::Share)
    } else if all.plus(more).exceeds(settings.limits()) {
        Err(Full::Outbox)
    } else {
        Ok(())
    }
}

impl Full {
    fn rejection(&self, settings: &Settings) -> Rejection {
        let words = |whose: &str, limits: Usage| {
            format!(
                "{whose} stores as much as it may, {} messages or {} bytes: nothing was sent. Remove messages \
                 with DELETE /edge/messages, or have the operator raise the limit (docs/messages.md, \"Quotas\")",
                limits.messages, limits.bytes
            )
        };
        match self {
            Self::Share => {
                let words = words("This caller", settings.caller_limits());
                Rejection::new(429, "outbox_quota_exceeded", words)
            }
            Self::Outbox => {
                Rejection::new(507, "outbox_full", words("The outbox", settings.limits()))
            }
        }
    }
}

impl Inner {
    /// Refuses what would not fit.
    pub(super) fn check_room(
        &self,
        caller: &str,
        more: Usage,
    ) -> std::result::Result<(), Rejection> {
        let settings = &self.config.outbox;
        let all = self.usage("")?;
        self.warn_of(all.plus(more));
        room(settings, self.usage(caller)?, all, more).map_err(|full| full.rejection(settings))
    }

    /// Whether so much of a caller's share is used that texts aren't kept after sending.
    pub(super) fn is_scarce(&self, caller: &str) -> Result<bool> {
        let settings = &self.config.outbox;
        let share = self.usage(caller)?.share_of(settings.caller_limits());
        Ok(share.max(self.usage("")?.share_of(settings.limits())) >= SCARCE)
    }

    /// Whether the tables can be read, and how full the outbox is.
    pub(super) fn health(&self) -> std::result::Result<Reply, Rejection> {
        let _: Option<i64> = self.store.first("SELECT number FROM message LIMIT 1", vec![])?;
        let mut health = fill_level(&self.config.outbox, self.usage("")?);
        health.insert("status".to_owned(), "ok".into());
        Ok(Reply::json(200, &health))
    }

    fn usage(&self, caller: &str) -> Result<Usage> {
        let stored: Option<(i64, i64)> = self.store.first(
            "SELECT json_array(messages, bytes) FROM usage WHERE caller = ?",
            vec![caller.into()],
        )?;
        let (messages, bytes) = stored.unwrap_or_default();
        Ok(Usage { messages, bytes })
    }

    /// Logs each new percent from 80 on.
    fn warn_of(&self, all: Usage) {
        let settings = &self.config.outbox;
        let share = all.share_of(settings.limits());
        let percent = (share * 100.0) as u32;
        if share >= SCARCE && self.warned.replace(percent) != percent {
            runtime::log(
                &json!({ "warning": "The outbox fills up", "outbox": fill_level(settings, all) })
                    .to_string(),
            );
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
    use super::{Full, Settings, Usage, fill_level, room};

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
        let room = |caller, all, more| room(&settings(), caller, all, more);
        let none = Usage::default();
        assert_eq!(room(none, none, usage(250, 2_500_000)), Ok(()));
        assert_eq!(room(none, none, usage(251, 0)), Err(Full::Share));
        assert_eq!(room(none, none, usage(0, 2_500_001)), Err(Full::Share));
        assert_eq!(room(usage(249, 0), usage(999, 0), usage(1, 0)), Ok(()));
        assert_eq!(room(usage(250, 0), usage(250, 0), usage(1, 0)), Err(Full::Share));
        assert_eq!(room(none, usage(1000, 0), usage(1, 0)), Err(Full::Outbox));
        assert_eq!(room(none, usage(0, 10_000_000), usage(0, 1)), Err(Full::Outbox));
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
