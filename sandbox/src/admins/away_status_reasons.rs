//! `/away_status_reasons`: the reasons for which admins are away.

use crate::resource::Resource;
use crate::workspace::CREATED_AT;
use serde_json::{Value, json};

/// The reasons for which admins are away.
pub(crate) struct AwayStatusReasons;

impl Resource for AwayStatusReasons {
    const NAME: &'static str = "away_status_reason";

    fn seed() -> Vec<Value> {
        let reasons =
            [("1", "Lunch", "🥪", false), ("2", "Holiday", "🏝️", false), ("3", "Sick", "🤒", true)];
        let reasons = reasons.iter().zip(1..).map(|((id, label, emoji, deleted), order)| {
            json!({
                "type": Self::NAME, "id": id, "label": label, "emoji": emoji, "order": order,
                "deleted": deleted, "created_at": CREATED_AT, "updated_at": CREATED_AT,
            })
        });
        reasons.collect()
    }
}
