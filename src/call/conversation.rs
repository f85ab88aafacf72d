//! Conversations.

use super::Call;
use crate::model::{Conversation, Cursor, List, Reply, Search};
use serde_json::json;

/// Lists conversations (`GET /conversations`), without their parts. A page holds 20 unless asked,
/// 150 at most.
pub fn list(page: &Cursor) -> Call<List<Conversation>> {
    Call::get(&["conversations"])
        .with_query("per_page", page.per_page.get())
        .with_query("starting_after", page.starting_after.get())
}

/// Searches conversations (`POST /conversations/search`), by the same queries as
/// [`contact::search`](super::contact::search).
///
/// ```
/// use intercom_edge::call::conversation;
/// use intercom_edge::model::{Group, Search};
/// let open = Search { query: Group::equals("state", "open").into(), ..Search::default() };
/// let call = conversation::search(&open);
/// assert_eq!(call.body.as_deref(), Some(r#"{"query":{"field":"state","operator":"=","value":"open"}}"#));
/// assert!(call.read);
/// ```
pub fn search(search: &Search) -> Call<List<Conversation>> {
    Call::post(&["conversations", "search"], search)
}

/// Gets one conversation with its newest 500 parts (`GET /conversations/{id}`).
pub fn get(id: &str) -> Call<Conversation> {
    Call::get(&["conversations", id])
}

/// Writes in a conversation (`POST /conversations/{id}/reply`). `last` in place of an id is a
/// contact's last conversation.
pub fn reply(id: &str, reply: &Reply) -> Call<Conversation> {
    Call::post(&["conversations", id, "reply"], reply)
}

/// Whose a conversation is to be, by Intercom's id. The id `0` is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee<'a> {
    /// An admin's.
    Admin(&'a str),
    /// A team's.
    Team(&'a str),
}

/// Gives a conversation to an admin or a team (`POST /conversations/{id}/parts`), done by an admin.
///
/// ```
/// use intercom_edge::call::conversation::{self, Assignee};
/// let call = conversation::assign("503", "814860", Assignee::Team("5017691"));
/// assert_eq!(call.target, "/conversations/503/parts");
/// ```
pub fn assign(id: &str, admin: &str, to: Assignee<'_>) -> Call<Conversation> {
    let (kind, assignee) = match to {
        Assignee::Admin(id) => ("admin", id),
        Assignee::Team(id) => ("team", id),
    };
    let part = json!({
        "message_type": "assignment", "type": kind, "admin_id": admin, "assignee_id": assignee,
    });
    Call::post(&["conversations", id, "parts"], &part)
}

/// Closes a conversation (`POST /conversations/{id}/parts`), done by an admin, with a last word to
/// the contact if there is one.
pub fn close(id: &str, admin: &str, body: Option<&str>) -> Call<Conversation> {
    let mut part = json!({ "message_type": "close", "type": "admin", "admin_id": admin });
    if let (Some(fields), Some(body)) = (part.as_object_mut(), body) {
        fields.insert("body".to_owned(), body.into());
    }
    Call::post(&["conversations", id, "parts"], &part)
}

/// Opens a closed or snoozed conversation (`POST /conversations/{id}/parts`), done by an admin.
pub fn open(id: &str, admin: &str) -> Call<Conversation> {
    let part = json!({ "message_type": "open", "admin_id": admin });
    Call::post(&["conversations", id, "parts"], &part)
}
