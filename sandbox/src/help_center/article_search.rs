//! `/articles/search` and `/internal_articles/search`.

use crate::call::Call;
use crate::help_center::articles::Articles;
use crate::help_center::help_centers::HELP_CENTER;
use crate::help_center::internal_articles::InternalArticles;
use crate::html::plain_text;
use crate::http::body::{set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::numbered;
use crate::list::pages::Page;
use crate::resource::{Resource, table};
use serde_json::{Value, json};

/// The number of articles on a page.
const PER_PAGE: u64 = 10;

/// Answers `GET /articles/search`: articles with the phrase in title, description or body.
pub(crate) fn search(call: &Call) -> Result<ApiResponse, ApiError> {
    let query = |name: &str| call.request.query(name).map(|value| value.into_owned());
    let phrase = query("phrase").unwrap_or_default().to_lowercase();
    let (state, help_center) = (query("state"), query("help_center_id"));
    let has = |article: &Value, name: &str| {
        text(article, name).is_some_and(|text| plain_text(text).to_lowercase().contains(&phrase))
    };
    let mut articles = table::indexed::<Articles>(call)?;
    articles.retain(|article| {
        let is_in_help_center = |id: &str| {
            id == HELP_CENTER.to_string() && article.get("parent_id").is_some_and(Value::is_number)
        };
        ["title", "description", "body"].iter().any(|name| has(article, name))
            && state.as_deref().is_none_or(|state| text(article, "state") == Some(state))
            && help_center.as_deref().is_none_or(is_in_help_center)
    });
    let page = numbered::page(call, articles, PER_PAGE)?;
    let highlights = if query("highlight").as_deref() == Some("true") {
        page.items.iter().map(|article| highlighted(article, &phrase)).collect()
    } else {
        Vec::new()
    };
    respond::<Articles>(call, "articles", page, Some(highlights))
}

/// Responds with a page of a search.
fn respond<T: Resource>(
    call: &Call,
    key: &str,
    page: Page<Value>,
    highlights: Option<Vec<Value>>,
) -> Result<ApiResponse, ApiError> {
    let items = page.items.into_iter().map(|item| T::to_list_json(call, item));
    let mut data = json!({ key: items.collect::<Result<Vec<_>, _>>()? });
    if let Some(highlights) = highlights {
        set(&mut data, "highlights", highlights);
    }
    ApiResponse::ok(&json!({
        "type": "list", "total_count": page.total_count, "data": data, "pages": page.pages,
    }))
}

/// Returns title and summary of an article, split before and after the phrase.
fn highlighted(article: &Value, phrase: &str) -> Value {
    let part = |name: &str| pieces(&plain_text(text(article, name).unwrap_or_default()), phrase);
    json!({
        "article_id": article.get("id"), "highlighted_title": part("title"),
        "highlighted_summary": [part("description"), part("body")],
    })
}

/// Splits a text before and after a phrase in lower case.
fn pieces(text: &str, phrase: &str) -> Vec<Value> {
    let piece = |piece_type: &str, text: &str| json!({"type": piece_type, "text": text});
    let lower = text.to_lowercase();
    // Lower case can have another length, and then other positions: such a text is not split.
    let start = lower.find(phrase).filter(|_| lower.len() == text.len() && !phrase.is_empty());
    let split = start.and_then(|start| {
        let (before, rest) = text.split_at_checked(start)?;
        let (matched, after) = rest.split_at_checked(phrase.len())?;
        Some([("plain", before), ("highlight", matched), ("plain", after)])
    });
    let pieces = split.unwrap_or([("plain", text), ("plain", ""), ("plain", "")]);
    pieces
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(piece_type, text)| piece(piece_type, text))
        .collect()
}

/// Answers `GET /internal_articles/search`. The sandbox has no folders, so a search in a folder
/// finds no article.
pub(crate) fn search_internal(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut articles = table::indexed::<InternalArticles>(call)?;
    if call.request.query("folder_id").is_some() {
        articles.clear();
    }
    let page = numbered::page(call, articles, PER_PAGE)?;
    respond::<InternalArticles>(call, "internal_articles", page, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phrase_is_a_piece_of_its_own() {
        let piece = |piece_type: &str, text: &str| json!({"type": piece_type, "text": text});
        assert_eq!(
            pieces("Getting Started now", "started"),
            [piece("plain", "Getting "), piece("highlight", "Started"), piece("plain", " now")]
        );
        assert_eq!(pieces("İstanbul x", "x"), [piece("plain", "İstanbul x")]);
        assert_eq!(pieces("Getting started", "other"), [piece("plain", "Getting started")]);
        assert!(pieces("", "x").is_empty());
    }
}
