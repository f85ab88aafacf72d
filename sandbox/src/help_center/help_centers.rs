//! `/help_center/help_centers`: there is one help center.

use crate::resource::Resource;
use crate::workspace::{APP_ID, CREATED_AT};
use serde_json::{Value, json};

/// The id of the help center.
pub(crate) const HELP_CENTER: u64 = 79;

/// The URL of the help center.
pub(crate) const URL: &str = "https://help.sandbox.example/en";

/// The help centers.
pub(crate) struct HelpCenters;

impl Resource for HelpCenters {
    const NAME: &'static str = "help_center";

    fn seed() -> Vec<Value> {
        vec![json!({
            "id": HELP_CENTER.to_string(), "workspace_id": APP_ID, "created_at": CREATED_AT,
            "updated_at": CREATED_AT, "identifier": "sandbox", "website_turned_on": true,
            "display_name": "Sandbox Help Center", "url": URL,
            "custom_domain": "help.sandbox.example",
        })]
    }
}

/// Returns the last part of a URL, made of a title.
pub(crate) fn slug(title: &str) -> String {
    let words =
        title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_the_words_of_a_title() {
        assert_eq!(slug("Thanks for everything!"), "thanks-for-everything");
        assert_eq!(slug("  R&D <internal> "), "r-d-internal");
        assert_eq!(slug("請求書"), "請求書");
    }
}
