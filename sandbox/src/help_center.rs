//! `/help_center`: the help center, and the collections that its articles are in.

use super::answer::{Answer, Refusal};
use super::body::{set, text};
use super::collection::{self, Collection, Shape, Takes};
use super::operation::Call;
use super::workspace::{APP_ID, BEGAN};
use serde_json::{Value, json};

/// The id of the one help center.
pub(super) const HELP_CENTER: u64 = 79;

/// The address of the help center.
pub(super) const URL: &str = "https://help.sandbox.example/en";

/// The help centers: there is one.
pub(super) struct HelpCenters;

impl Collection for HelpCenters {
    const KIND: &'static str = "help_center";

    fn seed() -> Vec<Value> {
        vec![json!({
            "id": HELP_CENTER.to_string(), "workspace_id": APP_ID, "created_at": BEGAN,
            "updated_at": BEGAN, "identifier": "sandbox", "website_turned_on": true,
            "display_name": "Sandbox Help Center", "url": URL,
            "custom_domain": "help.sandbox.example",
        })]
    }
}

/// The collections of articles.
pub(super) struct HelpCenterCollection;

fn seeded(id: &str, name: &str, order: u64) -> Value {
    json!({
        "id": id, "workspace_id": APP_ID, "name": name, "url": format!("{URL}/collections/{id}"),
        "order": order, "created_at": BEGAN, "updated_at": BEGAN, "description": "",
        "icon": "book-bookmark", "parent_id": null, "help_center_id": HELP_CENTER,
    })
}

impl Collection for HelpCenterCollection {
    const KIND: &'static str = "collection";
    const LIST: Shape = Shape::Pages(20);
    const FIELDS: &'static [(&'static str, Takes)] = &[
        ("name", Takes::Text),
        ("description", Takes::Text),
        ("translated_content", Takes::Object),
        ("parent_id", Takes::Id),
        ("help_center_id", Takes::Id),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("name", "Name is a required parameter.")];

    fn seed() -> Vec<Value> {
        vec![seeded("151", "First steps", 1), seeded("152", "請求", 2)]
    }

    fn fresh(call: &Call, id: &str) -> Value {
        json!({
            "id": id, "workspace_id": APP_ID, "order": 1, "created_at": call.now(),
            "updated_at": call.now(), "description": "", "icon": "book-bookmark",
            "parent_id": null, "help_center_id": HELP_CENTER,
        })
    }

    fn complete(call: &Call, of: &mut Value) -> Result<(), Refusal> {
        if let Some(Value::String(parent)) = of.get("parent_id") {
            let is_itself = text(of, "id") == Some(parent);
            if is_itself || collection::find::<Self>(call.store, parent).is_err() {
                let message = "parent_id must be the id of another collection";
                return Err(Refusal::invalid("parent_id", message));
            }
        }
        // Kept as a number, which answers have; `null` is the default help center.
        match of.get("help_center_id") {
            Some(Value::String(id)) if *id != HELP_CENTER.to_string() => {
                let message = "help_center_id must be the id of a help center";
                return Err(Refusal::invalid("help_center_id", message));
            }
            _ => set(of, "help_center_id", HELP_CENTER),
        }
        let (id, name) = (text(of, "id").unwrap_or_default(), text(of, "name").unwrap_or_default());
        let url = format!("{URL}/collections/{id}-{}", slug(name));
        set(of, "url", url);
        Ok(())
    }
}

/// Answers `DELETE /help_center/collections/{id}`; what was in it stands alone from then on.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let answer = collection::delete::<HelpCenterCollection>(call)?;
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.parent_id', NULL)
         WHERE kind IN ('article', 'collection')
         AND CAST(body ->> '$.parent_id' AS TEXT) = (?1 ->> '$[0]')",
        &[call.name.as_str().into()],
    )?;
    call.store.run(
        "UPDATE object SET body = json_set(body, '$.parent_type', NULL)
         WHERE kind = 'article' AND body ->> '$.parent_id' IS NULL",
        &[],
    )?;
    Ok(answer)
}

/// Returns the end of an address that says a title.
pub(super) fn slug(title: &str) -> String {
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
