//! Conversations.

use super::{Body, Call, PageRequest};
use crate::model::{Conversation, List};
use serde::Serialize;

/// Lists conversations without their parts, most recently updated first. A page holds 20 items by
/// default, and 150 at most.
pub fn list(page: &PageRequest<'_>) -> Call<List<Conversation>> {
    Call::get("/conversations", &[]).with_page(page)
}

/// Searches conversations, by the same queries as [`contact::search`](super::contact::search).
///
/// ```
/// use intercom_edge::call::{PageRequest, conversation};
/// use intercom_edge::model::{Group, Search};
/// let open = Search { query: Group::equals("state", "open").into(), ..Search::default() };
/// let call = conversation::search(&open, &PageRequest::default());
/// assert_eq!(call.body(), Some(r#"{"query":{"field":"state","operator":"=","value":"open"}}"#));
/// ```
pub fn search(search: &impl Body, page: &PageRequest<'_>) -> Call<List<Conversation>> {
    Call::post("/conversations/search", &[]).with_body(search).with_page_in_body(page)
}

/// Gets one conversation with its newest 500 parts.
pub fn get(id: &str) -> Call<Conversation> {
    Call::get("/conversations/{conversation_id}", &[id])
}

/// Updates a conversation: whether it was read, its title and its custom attributes.
pub fn update(id: &str, conversation: &impl Body) -> Call<Conversation> {
    Call::put("/conversations/{conversation_id}", &[id]).with_body(conversation)
}

/// Replies in a conversation; the body is a [`NewReply`](crate::model::NewReply). The id `last` means a
/// contact's last conversation. With an idempotency key the reply is sent once, however often the call
/// is made.
pub fn reply(id: &str, reply: &impl Body) -> Call<Conversation> {
    Call::post("/conversations/{conversation_id}/reply", &[id]).with_body(reply)
}

/// The assignee of a conversation, by Intercom's id. The id `0` removes the assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee<'a> {
    /// An admin.
    Admin(&'a str),
    /// A team.
    Team(&'a str),
}

/// Assigns a conversation to an admin or a team, in the name of an admin, with a comment if there
/// is one.
///
/// ```
/// use intercom_edge::call::conversation::{self, Assignee};
/// let call = conversation::assign("503", "814860", Assignee::Team("5017691"), None);
/// assert_eq!(call.target(), Ok("/conversations/503/parts"));
/// ```
pub fn assign(
    id: &str,
    admin: &str,
    to: Assignee<'_>,
    comment: Option<&str>,
) -> Call<Conversation> {
    let (kind, assignee) = match to {
        Assignee::Admin(id) => ("admin", id),
        Assignee::Team(id) => ("team", id),
    };
    let part = Part {
        r#type: Some(kind),
        assignee_id: Some(assignee),
        body: comment,
        ..Part::of("assignment", admin)
    };
    post_part(id, &part)
}

/// Closes a conversation in the name of an admin, with a last comment to the contact if there is
/// one.
pub fn close(id: &str, admin: &str, comment: Option<&str>) -> Call<Conversation> {
    post_part(id, &Part { r#type: Some("admin"), body: comment, ..Part::of("close", admin) })
}

/// Opens a closed or snoozed conversation in the name of an admin.
pub fn open(id: &str, admin: &str) -> Call<Conversation> {
    post_part(id, &Part::of("open", admin))
}

/// A part that changes a conversation.
#[derive(Serialize)]
struct Part<'a> {
    message_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    admin_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn of(message_type: &'a str, admin_id: &'a str) -> Self {
        Self { message_type, r#type: None, admin_id, assignee_id: None, body: None }
    }
}

/// Manages a conversation: the body is what [`assign`], [`close`] and [`open`] send, or the like.
pub fn manage(id: &str, part: &impl Body) -> Call<Conversation> {
    Call::post("/conversations/{conversation_id}/parts", &[id]).with_body(part)
}

fn post_part(id: &str, part: &Part<'_>) -> Call<Conversation> {
    manage(id, part)
        .requiring("admin_id", part.admin_id)
        .requiring("assignee_id", part.assignee_id.unwrap_or("0"))
}
