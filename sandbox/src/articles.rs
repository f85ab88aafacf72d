//! `/articles` and `/internal_articles`: what a help center shows, and what only teammates see.

use super::answer::{Answer, Refusal};
use super::body::{set, text};
use super::collection::{self, Collection, Shape, Takes};
use super::help_center::{HELP_CENTER, HelpCenterCollection, URL, slug};
use super::html::plain_text;
use super::listing::{Page, cut};
use super::operation::Call;
use super::workspace::{ADMINS, APP_ID, BEGAN};
use serde_json::{Value, json};

/// The message where an article has no author.
const NO_AUTHOR: &str =
    "author_id must be in the main body or default locale translated_content object";

/// Articles per page of a search.
const PER_PAGE: u64 = 10;

/// The articles of the help center.
pub(super) struct Articles;

fn article(id: &str, title: &str, body: &str, state: &str, parent_id: Option<u64>) -> Value {
    let mut article = json!({
        "id": id, "type": "article", "workspace_id": APP_ID, "title": title, "description": "",
        "body": body, "author_id": first_admin(), "state": state, "parent_id": parent_id,
        "created_at": BEGAN, "updated_at": BEGAN,
    });
    derive(&mut article);
    article
}

fn first_admin() -> Option<u64> {
    ADMINS.first().and_then(|admin| admin.id.parse().ok())
}

/// Derives what follows from the state, the title and the parent.
fn derive(article: &mut Value) {
    let field = |name: &str| text(article, name).unwrap_or_default();
    let url = (field("state") == "published")
        .then(|| format!("{URL}/articles/{}-{}", field("id"), slug(field("title"))));
    let parent = article.get("parent_id").filter(|parent| !parent.is_null()).map(|_| "collection");
    set(article, "url", url);
    set(article, "parent_type", parent);
}

impl Collection for Articles {
    const KIND: &'static str = "article";
    const LIST: Shape = Shape::Pages(25);
    const FIELDS: &'static [(&'static str, Takes)] = &[
        ("title", Takes::Text),
        ("description", Takes::Text),
        ("body", Takes::Html),
        ("author_id", Takes::Admin),
        ("state", Takes::OneOf(&["published", "draft"])),
        ("parent_id", Takes::Id),
        ("translated_content", Takes::Object),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("title", "title is a required parameter"), ("author_id", NO_AUTHOR)];

    fn seed() -> Vec<Value> {
        vec![
            article("41", "Getting started", "<p>Sign in first.</p>", "published", Some(151)),
            article("42", "Invite your team", "<p>An admin invites.</p>", "published", Some(151)),
            article("43", "請求書について", "<p>毎月届きます。</p>", "published", Some(152)),
            article("44", "Roadmap", "<p>Not yet.</p>", "draft", None),
        ]
    }

    fn fresh(call: &Call, id: &str) -> Value {
        json!({
            "id": id, "type": Self::KIND, "workspace_id": APP_ID, "description": "", "body": "",
            "state": "draft", "parent_id": null, "created_at": call.now(), "updated_at": call.now(),
        })
    }

    fn complete(call: &Call, article: &mut Value) -> Result<(), Refusal> {
        // Kept as a number, which answers have; callers write a number or a string.
        if let Some(Value::String(id)) = article.get("parent_id") {
            let parent = collection::find::<HelpCenterCollection>(call.store, id);
            let parent = parent.ok().and(id.parse::<u64>().ok()).ok_or_else(|| {
                Refusal::invalid("parent_id", "parent_id must be the id of a collection")
            })?;
            set(article, "parent_id", parent);
        }
        derive(article);
        Ok(())
    }

    fn shown(call: &Call, article: Value) -> Result<Value, Refusal> {
        let mut article = Self::listed(call, article)?;
        let statistics = json!({
            "type": "article_statistics", "views": 0, "conversations": 0, "reactions": 0,
            "happy_reaction_percentage": 0, "neutral_reaction_percentage": 0,
            "sad_reaction_percentage": 0,
        });
        set(&mut article, "statistics", statistics);
        Ok(article)
    }

    fn listed(_: &Call, mut article: Value) -> Result<Value, Refusal> {
        set(&mut article, "parent_ids", json!([]));
        set(&mut article, "tags", json!({"type": "tag.list", "tags": []}));
        Ok(article)
    }
}

/// Answers `GET /articles/search`: articles with the phrase in title, description or body.
pub(super) fn search(call: &Call) -> Result<Answer, Refusal> {
    let query = |name: &str| call.arrival.query(name).map(|value| value.into_owned());
    let phrase = query("phrase").unwrap_or_default().to_lowercase();
    let (state, help_center) = (query("state"), query("help_center_id"));
    let has = |article: &Value, name: &str| {
        text(article, name).is_some_and(|text| plain_text(text).to_lowercase().contains(&phrase))
    };
    let mut articles = collection::indexed::<Articles>(call)?;
    articles.retain(|article| {
        let in_help_center = |id: &str| {
            id == HELP_CENTER.to_string() && article.get("parent_id").is_some_and(Value::is_number)
        };
        ["title", "description", "body"].iter().any(|name| has(article, name))
            && state.as_deref().is_none_or(|state| text(article, "state") == Some(state))
            && help_center.as_deref().is_none_or(in_help_center)
    });
    let page = cut(call, articles, PER_PAGE)?;
    let highlights = if query("highlight").as_deref() == Some("true") {
        page.items.iter().map(|article| highlighted(article, &phrase)).collect()
    } else {
        Vec::new()
    };
    found::<Articles>(call, "articles", page, Some(highlights))
}

/// Answers a page of a search.
fn found<T: Collection>(
    call: &Call,
    key: &str,
    page: Page<Value>,
    highlights: Option<Vec<Value>>,
) -> Result<Answer, Refusal> {
    let items = page.items.into_iter().map(|item| T::listed(call, item));
    let mut data = json!({ key: items.collect::<Result<Vec<_>, _>>()? });
    if let Some(highlights) = highlights {
        set(&mut data, "highlights", highlights);
    }
    Answer::ok(&json!({
        "type": "list", "total_count": page.total_count, "data": data, "pages": page.pages,
    }))
}

/// Returns title and summary of an article, cut where the phrase begins and ends.
fn highlighted(article: &Value, phrase: &str) -> Value {
    let part = |name: &str| pieces(&plain_text(text(article, name).unwrap_or_default()), phrase);
    json!({
        "article_id": article.get("id"), "highlighted_title": part("title"),
        "highlighted_summary": [part("description"), part("body")],
    })
}

/// Cuts a text where a phrase in small letters begins and ends.
fn pieces(text: &str, phrase: &str) -> Vec<Value> {
    let piece = |kind: &str, text: &str| json!({"type": kind, "text": text});
    let lower = text.to_lowercase();
    // Small letters may be longer or shorter than capitals; such a text stays whole.
    let start = lower.find(phrase).filter(|_| lower.len() == text.len() && !phrase.is_empty());
    let cut = start.and_then(|start| {
        let (before, rest) = text.split_at_checked(start)?;
        let (hit, after) = rest.split_at_checked(phrase.len())?;
        Some([("plain", before), ("highlight", hit), ("plain", after)])
    });
    let pieces = cut.unwrap_or([("plain", text), ("plain", ""), ("plain", "")]);
    pieces
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(kind, text)| piece(kind, text))
        .collect()
}

/// The articles that only teammates see.
pub(super) struct InternalArticles;

impl Collection for InternalArticles {
    const KIND: &'static str = "internal_article";
    const LIST: Shape = Shape::Pages(25);
    const FIELDS: &'static [(&'static str, Takes)] = &[
        ("title", Takes::Text),
        ("body", Takes::Html),
        ("author_id", Takes::Admin),
        ("owner_id", Takes::Admin),
        ("locale", Takes::Text),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] = &[
        ("title", "title is a required parameter"),
        ("author_id", NO_AUTHOR),
        ("owner_id", "owner_id is a required parameter"),
    ];

    fn seed() -> Vec<Value> {
        vec![json!({
            "id": "51", "title": "How we answer invoices", "body": "<p>Within a day.</p>",
            "author_id": first_admin(), "owner_id": first_admin(), "locale": "en",
            "updated_at": BEGAN,
        })]
    }

    fn fresh(call: &Call, id: &str) -> Value {
        json!({"id": id, "body": "", "locale": "en", "updated_at": call.now()})
    }

    fn shown(_: &Call, mut article: Value) -> Result<Value, Refusal> {
        if let Some(article) = article.as_object_mut() {
            article.remove("updated_at");
        }
        Ok(article)
    }
}

/// Answers `GET /internal_articles/search`. The sandbox has no folders, so that a search in one
/// finds nothing.
pub(super) fn search_internal(call: &Call) -> Result<Answer, Refusal> {
    let mut articles = collection::indexed::<InternalArticles>(call)?;
    if call.arrival.query("folder_id").is_some() {
        articles.clear();
    }
    let page = cut(call, articles, PER_PAGE)?;
    found::<InternalArticles>(call, "internal_articles", page, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_highlighted_where_it_stands() {
        let piece = |kind: &str, text: &str| json!({"type": kind, "text": text});
        assert_eq!(
            pieces("Getting Started now", "started"),
            [piece("plain", "Getting "), piece("highlight", "Started"), piece("plain", " now")]
        );
        assert_eq!(pieces("İstanbul x", "x"), [piece("plain", "İstanbul x")]);
        assert_eq!(pieces("Getting started", "other"), [piece("plain", "Getting started")]);
        assert!(pieces("", "x").is_empty());
    }
}
