//! The setting `CACHE_SECONDS`: how long Intercom's responses are cached. README.md, "Settings", explains it.

use crate::edge::operation::Operation;
use std::time::Duration;

/// The responses that may be cached: a name in the setting, and the operations.
pub const KINDS: [(&str, &[&str]); 5] = [
    ("admins", &["/admins", "/admins/{admin_id}"]),
    ("data_attributes", &["/data_attributes"]),
    ("me", &["/me"]),
    ("segments", &["/segments", "/segments/{segment_id}"]),
    ("tags", &["/tags", "/tags/{tag_id}"]),
];

/// The longest lifetime, in seconds.
const LONGEST: u64 = 86_400;

/// The lifetime of each kind, in seconds. Kinds that the setting doesn't name aren't cached.
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

    /// Gives the lifetime of an operation's responses; `None` if they aren't cached.
    pub fn of(&self, operation: &Operation) -> Option<Duration> {
        let covers = |(_, patterns): &(&str, &[&str])| patterns.contains(&operation.pattern);
        let kind = KINDS.iter().position(covers).filter(|_| operation.method == "GET")?;
        let seconds = self.0.get(kind).copied().filter(|seconds| *seconds > 0)?;
        Some(Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::Times;
    use crate::edge::operation;

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
    fn what_cannot_be_meant_is_refused() {
        for list in
            ["contacts=60", "admins", "admins=", "admins=-1", "admins=x", "admins=86401", "60"]
        {
            assert!(Times::parse(list).is_err(), "{list}");
        }
        assert!(Times::parse("").is_ok() && Times::parse("me=0").is_ok());
    }
}
