//! The outbox's settings; docs/messages.md has a table of them.

use crate::edge::config::number;

/// The outbox's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    dedupe_seconds: i64,
    keep_days: i64,
    /// Keep a message's text after it was sent.
    pub keep_body: bool,
    /// The share of Intercom's rate limit that batches leave free, from 0 to 1.
    pub free_share: f64,
    /// The default sender: an admin's id.
    pub sender: Option<String>,
    max_bytes: i64,
    max_messages: i64,
    caller_share: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dedupe_seconds: 30,
            keep_days: 30,
            keep_body: true,
            free_share: 0.2,
            sender: None,
            max_bytes: 1_000_000_000,
            max_messages: 1_000_000,
            caller_share: 0.25,
        }
    }
}

impl Settings {
    /// Reads the settings. The error names the first invalid one. `text` gives a setting, empty if it isn't
    /// set.
    pub fn read(text: impl Fn(&str) -> String) -> Result<Self, String> {
        let usual = Self::default();
        Ok(Self {
            dedupe_seconds: number::whole(
                &text,
                "OUTBOX_DEDUPE_SECONDS",
                usual.dedupe_seconds,
                0,
                86_400,
            )?,
            keep_days: number::whole(&text, "OUTBOX_KEEP_DAYS", usual.keep_days, 1, 365)?,
            keep_body: match text("OUTBOX_KEEP_BODY").trim() {
                "" | "true" => true,
                "false" => false,
                _ => return Err("OUTBOX_KEEP_BODY must be true or false".to_owned()),
            },
            free_share: number::share(&text, "OUTBOX_FREE_SHARE", usual.free_share, 0.0, 0.9)?,
            // An object holds 10 GB on Cloudflare.
            max_bytes: number::whole(
                &text,
                "OUTBOX_MAX_BYTES",
                usual.max_bytes,
                1_000_000,
                9_000_000_000,
            )?,
            max_messages: number::whole(
                &text,
                "OUTBOX_MAX_MESSAGES",
                usual.max_messages,
                1,
                9_000_000,
            )?,
            caller_share: number::share(
                &text,
                "OUTBOX_CALLER_SHARE",
                usual.caller_share,
                0.01,
                1.0,
            )?,
            sender: match text("SENDER_ADMIN_ID").trim() {
                "" => None,
                id if id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                    Some(id.to_owned())
                }
                _ => return Err("SENDER_ADMIN_ID must be an admin's id".to_owned()),
            },
        })
    }

    /// Gives the time in which a repeat without a key is the same message, in milliseconds.
    pub const fn dedupe(&self) -> i64 {
        self.dedupe_seconds * 1000
    }

    /// Gives the time for which a message is stored, in milliseconds.
    pub const fn keep(&self) -> i64 {
        self.keep_days * 86_400_000
    }

    /// Gives the limits of the outbox.
    pub const fn limits(&self) -> Usage {
        Usage { messages: self.max_messages, bytes: self.max_bytes }
    }

    /// Gives the limits of one caller.
    pub fn caller_limits(&self) -> Usage {
        let share = |limit: i64| (limit as f64 * self.caller_share).ceil() as i64;
        Usage { messages: share(self.max_messages), bytes: share(self.max_bytes) }
    }
}

/// The bytes that a message's row takes besides its text. The triggers have the same number.
const ROW: i64 = 1024;

/// Messages and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub messages: i64,
    pub bytes: i64,
}

impl Usage {
    /// Gives the usage of messages whose texts have `bytes` bytes together.
    pub fn of(messages: usize, bytes: usize) -> Self {
        let [messages, bytes] = [messages, bytes].map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        Self { messages, bytes: bytes.saturating_add(messages.saturating_mul(ROW)) }
    }

    /// Gives the used share of the limits: the larger share of messages and bytes.
    pub fn share_of(self, limits: Self) -> f64 {
        let share = |used: i64, limit: i64| used as f64 / limit.max(1) as f64;
        share(self.messages, limits.messages).max(share(self.bytes, limits.bytes))
    }

    pub const fn plus(self, more: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(more.messages),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    pub const fn exceeds(self, limits: Self) -> bool {
        self.messages > limits.messages || self.bytes > limits.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn read(name: &'static str, value: &'static str) -> Result<Settings, String> {
        Settings::read(|asked| if asked == name { value.to_owned() } else { String::new() })
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        assert_eq!(Settings::read(|_| String::new()).unwrap(), Settings::default());
        assert_eq!(read("OUTBOX_DEDUPE_SECONDS", "0").unwrap().dedupe(), 0);
        assert_eq!(read("OUTBOX_KEEP_DAYS", "1").unwrap().keep(), 86_400_000);
        assert!(!read("OUTBOX_KEEP_BODY", "false").unwrap().keep_body);
        let quarter = Settings::default().caller_limits();
        assert_eq!((quarter.messages, quarter.bytes), (250_000, 250_000_000));
        assert_eq!(read("OUTBOX_MAX_MESSAGES", "1").unwrap().caller_limits().messages, 1);
        assert_eq!(read("OUTBOX_CALLER_SHARE", "1").unwrap().caller_limits().bytes, 1_000_000_000);
        assert_eq!(read("SENDER_ADMIN_ID", " 1234567 ").unwrap().sender.unwrap(), "1234567");
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (name, value) in [
            ("OUTBOX_DEDUPE_SECONDS", "-1"),
            ("OUTBOX_DEDUPE_SECONDS", "30s"),
            ("OUTBOX_DEDUPE_SECONDS", "86401"),
            ("OUTBOX_KEEP_DAYS", "0"),
            ("OUTBOX_KEEP_BODY", "no"),
            ("OUTBOX_FREE_SHARE", "1"),
            ("OUTBOX_FREE_SHARE", "NaN"),
            ("SENDER_ADMIN_ID", "../me"),
            ("OUTBOX_MAX_BYTES", "1GB"),
            ("OUTBOX_MAX_BYTES", "10000000000"),
            ("OUTBOX_MAX_MESSAGES", "0"),
            ("OUTBOX_CALLER_SHARE", "0"),
            ("OUTBOX_CALLER_SHARE", "25%"),
        ] {
            assert!(read(name, value).unwrap_err().starts_with(name), "{name}={value}");
        }
    }
}
