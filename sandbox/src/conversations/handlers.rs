//! The handlers of `/conversations`: list, search, show, create, update, delete and redact.

use crate::call::Call;
use crate::contacts::table::row;
use crate::conversations::conversation::Conversation;
use crate::conversations::start::start;
use crate::conversations::table::{find, from_path, open_due, save};
use crate::conversations::view::{contact_not_found, respond, with_ticket};
use crate::http::body::{flag, message_text, object, required_id, text, time};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::Pages;
use crate::list::query::ListQuery;
use crate::search::condition::Condition;
use serde::Serialize;
use serde_json::{Value, json};

/// Answers `GET /conversations`: all conversations, the last changed first.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    page(call, ListQuery::from_query(call, Condition::conversations(), 20)?)
}

/// Answers `POST /conversations/search`.
pub(crate) fn search(call: &Call) -> Result<ApiResponse, ApiError> {
    page(call, ListQuery::from_search(call, Condition::conversations(), 20)?)
}

/// Responds with a page of conversations.
fn page(call: &Call, query: ListQuery) -> Result<ApiResponse, ApiError> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "conversation.list")]
    struct Conversations {
        pages: Pages,
        total_count: u64,
        conversations: Vec<Conversation>,
    }
    open_due(call)?;
    let page = query.page::<Conversation>(call)?;
    ApiResponse::ok(&Conversations {
        pages: page.pages,
        total_count: page.total_count,
        conversations: page
            .items
            .into_iter()
            .map(|conversation| with_ticket(call, conversation.without_parts()))
            .collect::<Result<_, _>>()?,
    })
}

/// Answers `GET /conversations/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    respond(call, from_path(call)?)
}

/// Answers `POST /conversations`: a contact starts a conversation.
pub(crate) fn create(call: &Call) -> Result<ApiResponse, ApiError> {
    let message = call.request.object()?;
    let from = message.get("from").unwrap_or(&Value::Null);
    let role = text(from, "type").filter(|role| ["user", "lead", "contact"].contains(role));
    let role = role.ok_or_else(|| {
        ApiError::invalid("from.type", "from needs a type of user, lead or contact")
    })?;
    let id = text(from, "id").ok_or_else(|| ApiError::invalid("from.id", "from needs an id"))?;
    let body = message_text(&message)?;
    let at = time(&message, "created_at")?.unwrap_or_else(|| call.now());
    let author = match row(call, id)? {
        Some(row) => row.active()?.filter(|contact| role == "contact" || contact.role == role),
        None => None,
    };
    start(call, &author.ok_or_else(contact_not_found)?, &message, body, at)
}

/// Answers `PUT /conversations/{id}`: changes `read`, the title and the attributes.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut conversation = from_path(call)?;
    let body = call.request.object()?;
    if let Some(read) = flag(&body, "read")? {
        conversation.read = read;
    }
    match body.get("title") {
        None => {}
        Some(Value::Null) => conversation.title = None,
        Some(Value::String(title)) => conversation.title = Some(title.clone()),
        Some(_) => return Err(ApiError::invalid("title", "title must be a string")),
    }
    for (name, value) in object(&body, "custom_attributes")? {
        conversation.set_attribute(&name, &value, call.now());
    }
    conversation.updated_at = call.now();
    save(call, &conversation)?;
    respond(call, conversation)
}

/// Answers `DELETE /conversations/{id}`.
pub(crate) fn delete(call: &Call) -> Result<ApiResponse, ApiError> {
    let Conversation { id, .. } = from_path(call)?;
    call.store.run("DELETE FROM conversation WHERE id = (?1 ->> '$[0]')", &[id.as_str().into()])?;
    ApiResponse::ok(&json!({"id": id, "object": "conversation", "deleted": true}))
}

/// Answers `POST /conversations/redact`: deletes the text of a part or of the first message.
pub(crate) fn redact(call: &Call) -> Result<ApiResponse, ApiError> {
    let message = call.request.object()?;
    let (field, is_part) = match text(&message, "type") {
        Some("conversation_part") => ("conversation_part_id", true),
        Some("source") => ("source_id", false),
        _ => return Err(ApiError::invalid("type", "type must be conversation_part or source")),
    };
    let conversation = required_id(&message, "conversation_id")?;
    let id = required_id(&message, field)?;
    let not_found = || {
        let message = "Conversation part or message not found";
        ApiError::new(404, "conversation_part_or_message_not_found", message)
    };
    let mut conversation = find(call, &conversation)?.ok_or_else(not_found)?;
    let is_redacted = if is_part {
        conversation.redact_part(&id, call.now())
    } else {
        conversation.redact_source(&id, call.now())
    };
    if !is_redacted {
        return Err(not_found());
    }
    save(call, &conversation)?;
    respond(call, conversation)
}
