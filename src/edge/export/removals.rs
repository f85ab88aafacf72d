//! The contacts that were archived, deleted or merged into others since the export before. No search finds them;
//! Intercom's webhooks report them, and the event log stores them.

use crate::client::Timer;
use crate::edge::live;
use crate::edge::live::event::{RemovalChange, RemovalChangeReason};
use crate::edge::live::protocol::{LOG, REMOVALS_KEPT_MS, Removals};
use crate::edge::response::Rejection;
use crate::edge::runtime::clock::Clock;
use crate::model::{Field, KnownRemovals, Removal, RemovalReason};
use std::time::Duration;
use worker::Env;

/// The most removals on a page.
const PER_PAGE: i64 = 500;

/// The attempts to read a page.
const MAX_ATTEMPTS: u32 = 4;

/// The place where a page of removals begins.
pub type Place = Option<(i64, String)>;

/// The binding of the event log.
pub const BINDING: &str = LOG.0;

/// Reads a page of the removals since a time in seconds since 1970, and once more if the log does not answer.
pub async fn page(env: &Env, since: i64, after: Place) -> Result<Removals, Rejection> {
    let mut attempt = 1;
    loop {
        match live::removals(env, milliseconds(since), after.clone(), PER_PAGE).await {
            Err(_) if attempt < MAX_ATTEMPTS => {
                Clock.sleep(Duration::from_millis(250 << attempt)).await;
                attempt += 1;
            }
            end => return end,
        }
    }
}

/// Returns the completeness of the known removals since a time in seconds since 1970. `known_since` and `now` are in
/// milliseconds since 1970.
pub fn known(known_since: Option<i64>, since: i64, now: i64) -> KnownRemovals {
    let since = milliseconds(since);
    match known_since {
        None => KnownRemovals::Unknown,
        Some(known_since)
            if known_since <= since && now.saturating_sub(REMOVALS_KEPT_MS) <= since =>
        {
            KnownRemovals::Complete
        }
        Some(_) => KnownRemovals::Partial,
    }
}

/// Writes removals as lines.
pub fn lines(removals: Vec<RemovalChange>) -> String {
    removals.into_iter().filter_map(line).collect()
}

/// Writes a removal; `None` for a contact that was unarchived.
fn line(removal: RemovalChange) -> Option<String> {
    let reason = match removal.reason {
        RemovalChangeReason::Archived => RemovalReason::Archived,
        RemovalChangeReason::Deleted => RemovalReason::Deleted,
        RemovalChangeReason::Merged => RemovalReason::Merged,
        RemovalChangeReason::Restored => return None,
    };
    let removal = Removal {
        r#type: "edge.removal".into(),
        id: removal.id.into(),
        reason: reason.into(),
        merged_into: Field::nullable(removal.merged_into),
        at: removal.at.into(),
        ..Removal::default()
    };
    Some(serde_json::to_string(&removal).unwrap_or_default() + "\n")
}

const fn milliseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::{RemovalChange, RemovalChangeReason, known, lines};
    use crate::edge::live::protocol::REMOVALS_KEPT_MS;
    use crate::model::KnownRemovals;

    #[test]
    fn removals_are_complete_if_webhooks_came_before_and_are_still_stored() {
        let now = 100 * REMOVALS_KEPT_MS;
        let since = now / 1000 - 60;
        for (known_since, since, expected) in [
            (None, since, KnownRemovals::Unknown),
            (Some(0), since, KnownRemovals::Complete),
            (Some(since * 1000), since, KnownRemovals::Complete),
            (Some(since * 1000 + 1), since, KnownRemovals::Partial),
            (Some(0), (now - REMOVALS_KEPT_MS) / 1000, KnownRemovals::Complete),
            (Some(0), (now - REMOVALS_KEPT_MS) / 1000 - 1, KnownRemovals::Partial),
            (Some(0), i64::MIN, KnownRemovals::Partial),
        ] {
            assert_eq!(known(known_since, since, now), expected, "{known_since:?} {since}");
        }
    }

    #[test]
    fn a_removal_is_a_line() {
        let removal = |reason, merged_into: Option<&str>| RemovalChange {
            id: "5".to_owned(),
            reason,
            merged_into: merged_into.map(str::to_owned),
            at: 7,
        };
        let text = lines(vec![
            removal(RemovalChangeReason::Deleted, None),
            removal(RemovalChangeReason::Merged, Some("6")),
        ]);
        let expected = [
            r#"{"type":"edge.removal","id":"5","reason":"deleted","merged_into":null,"at":7}"#,
            r#"{"type":"edge.removal","id":"5","reason":"merged","merged_into":"6","at":7}"#,
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
