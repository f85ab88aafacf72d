//! The table of conversations.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::conversations::conversation::{AdminAction, Conversation, PartContent};
use crate::http::response::ApiError;
use crate::store::Store;

/// Inserts a new conversation.
pub(crate) fn insert(store: &Store, conversation: &Conversation) -> Result<(), ApiError> {
    store.run(
        "INSERT INTO conversation (words, body) VALUES (?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[conversation.words().into(), serde_json::to_string(conversation)?.into()],
    )
}

/// Saves a conversation that was changed.
pub(crate) fn save(call: &Call, conversation: &Conversation) -> Result<(), ApiError> {
    call.store.run(
        "UPDATE conversation SET words = ?1 ->> '$[1]', body = ?1 ->> '$[2]'
         WHERE id = (?1 ->> '$[0]')",
        &[
            conversation.id.as_str().into(),
            conversation.words().into(),
            serde_json::to_string(conversation)?.into(),
        ],
    )
}

/// Opens the snoozed conversations whose time has come.
pub(crate) fn open_due(call: &Call) -> Result<(), ApiError> {
    call.store.run(
        "UPDATE conversation SET body = json_set(body, '$.state', 'open', '$.snoozed_until', NULL)
         WHERE body ->> '$.snoozed_until' <= (?1 ->> '$[0]')",
        &[call.now().into()],
    )
}

/// Returns the conversation of an id.
pub(crate) fn find(call: &Call, id: &str) -> Result<Option<Conversation>, ApiError> {
    open_due(call)?;
    let select = "SELECT body AS entry FROM conversation WHERE id = (?1 ->> '$[0]')";
    Ok(call.store.entries(select, &[id.into()])?.into_iter().next())
}

/// Returns the conversation that the path names, or 404.
pub(crate) fn from_path(call: &Call) -> Result<Conversation, ApiError> {
    find(call, &call.param)?.ok_or_else(ApiError::not_found)
}

/// Returns all conversations with a contact, the last changed first.
pub(crate) fn with_contact(call: &Call, contact: &str) -> Result<Vec<Conversation>, ApiError> {
    open_due(call)?;
    call.store.entries(
        "SELECT body AS entry FROM conversation
         WHERE EXISTS (SELECT 1 FROM json_each(body, '$.contacts.contacts')
           WHERE value ->> '$.id' = (?1 ->> '$[0]'))
         ORDER BY body ->> '$.updated_at' DESC, id DESC",
        &[contact.into()],
    )
}

/// Replaces a merged contact by the contact that it was merged into.
pub(crate) fn replace_contact(call: &Call, from: &str, into: &Contact) -> Result<(), ApiError> {
    for mut conversation in with_contact(call, from)? {
        conversation.replace_contact(from, into);
        save(call, &conversation)?;
    }
    Ok(())
}

/// Closes all conversations with a contact.
pub(crate) fn close_all(call: &Call, contact: &str) -> Result<(), ApiError> {
    for mut conversation in with_contact(call, contact)? {
        let content = PartContent { at: call.now(), ..PartContent::default() };
        conversation.act(Admin::first(), AdminAction::Close, content);
        save(call, &conversation)?;
    }
    Ok(())
}
