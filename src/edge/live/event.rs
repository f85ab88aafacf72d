//! An event: a notification of Intercom, or a change in the outbox.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An event to store.
#[derive(Debug, Deserialize, Serialize)]
pub struct NewEvent {
    /// The topic, as Intercom or the outbox names it.
    pub topic: String,
    /// The time of the event, in seconds since 1970.
    pub created_at: i64,
    /// The key of the event. Each repeat of the event has the same key.
    pub key: String,
    /// Intercom's id of the notification.
    pub notification_id: Option<String>,
    /// Intercom's id of the notification's workspace; `None` for events of the outbox.
    pub app_id: Option<String>,
    /// The names of the scopes that a reader needs, separated by spaces.
    pub needs: String,
    /// The only caller, besides those with `messages:admin`, who may read the event ([`Caller::owner`]).
    ///
    /// [`Caller::owner`]: crate::edge::access::caller::Caller::owner
    pub owner: Option<String>,
    /// The state that the item describes.
    pub state: Option<ItemState>,
    /// The change of the list of removed contacts.
    pub removal: Option<RemovalChange>,
    /// Cached responses of Intercom may be out of date because of the event.
    pub invalidates: bool,
    /// The item: JSON, as it came.
    pub item: Box<RawValue>,
}

/// The state of an item, to find events that come in the wrong order.
#[derive(Debug, Deserialize, Serialize)]
pub struct ItemState {
    /// The type and the id of the item: `contact/5f…`.
    pub item: String,
    /// The time of the item's state, in seconds since 1970.
    pub at: i64,
}

impl ItemState {
    /// The time of a deletion: no state of the item is newer. JavaScript's largest integer, because times pass
    /// through it.
    pub const LAST: i64 = (1 << 53) - 1;
}

/// The removal of a contact, which a copy of all contacts should repeat, or its restoration.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RemovalChange {
    /// The contact's id.
    pub id: String,
    /// The reason.
    pub reason: RemovalChangeReason,
    /// The id of the contact into which this one was merged.
    pub merged_into: Option<String>,
    /// The time, in seconds since 1970.
    pub at: i64,
}

/// The reason of a [`RemovalChange`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalChangeReason {
    /// The contact was archived.
    Archived,
    /// The contact was deleted.
    Deleted,
    /// The contact was merged into another.
    Merged,
    /// The contact was unarchived.
    Restored,
}
