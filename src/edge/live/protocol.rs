//! The messages between the Worker, the object that stores events, and the object of their readers.

use crate::edge::access::scope::Scopes;
use crate::edge::live::event::{NewEvent, RemovalChange};
use crate::edge::live::topic::Topics;
use serde::{Deserialize, Serialize};

/// The binding and the name of the object that stores events. Its class got its name before the outbox had events.
pub const LOG: (&str, &str) = ("WEBHOOKS", "events");

/// The binding and the name of the object that sends events to readers.
pub const READERS: (&str, &str) = ("LIVE", "live");

/// A command to the event log.
#[derive(Debug, Deserialize, Serialize)]
pub enum LogCommand {
    /// Stores events. The answer is their number without repeats.
    Store(Vec<NewEvent>),
    /// Announces a reader: the log sends notices of new events from now on. The answer is the [`Position`].
    Join,
    /// Reads events after a sequence number. The answer has two lines for each, and says if events may follow.
    Read { after: i64, limit: i64 },
    /// Reads [`Removals`] since a time in milliseconds since 1970.
    Removals { since: i64, after: Option<(i64, String)>, limit: i64 },
    /// Returns the sequence number of the last event after which cached responses may be out of date.
    Invalidated,
    /// Returns the workspace of an access token. `token`: the token's hash.
    Workspace { token: String },
    /// Stores the workspace of an access token.
    SetWorkspace { token: String, id: String },
}

/// The first and the last event of a log.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The log's name in the ids of its events.
    pub log: String,
    /// The sequence number of the oldest stored event; that of the next one if none is stored.
    pub oldest: i64,
    /// The sequence number of the newest event; 0 before the first.
    pub newest: i64,
}

/// The head of a stored event: sequence number, topic, needed scopes and owner.
pub type StoredHead = (i64, String, String, Option<String>);

/// The time that the removal of a contact is stored, in milliseconds.
pub const REMOVALS_KEPT_MS: i64 = 30 * 86_400_000;

/// A page of removed contacts.
#[derive(Debug, Deserialize, Serialize)]
pub struct Removals {
    /// The removals, in the order in which they came.
    pub removals: Vec<RemovalChange>,
    /// The place where the next page begins.
    pub next: Option<(i64, String)>,
    /// The time of Intercom's first notification, in milliseconds since 1970. Earlier removals are unknown.
    pub known_since: Option<i64>,
}

/// A command to the object of the readers.
#[derive(Debug, Deserialize, Serialize)]
pub enum ReadersCommand {
    /// The log has new events. The answer is the number of readers.
    NewEvents,
    /// Creates a ticket for a WebSocket. The answer is the ticket.
    CreateTicket(Reader),
    /// Answers with a stream of events.
    Stream(Reader),
}

/// A reader of events.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Reader {
    /// The owner of the reader's own messages ([`Caller::owner`]).
    ///
    /// [`Caller::owner`]: crate::edge::access::caller::Caller::owner
    pub owner: String,
    /// The scopes.
    pub scopes: Scopes,
    /// The topics that the reader selects.
    pub topics: Topics,
    /// The expiry of the credential, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// The last event that the reader has.
    pub after: Option<EventId>,
}

/// The id of an event: the log's name and the sequence number.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct EventId {
    /// The log's name.
    pub log: String,
    /// The sequence number in the log.
    pub sequence: i64,
}

impl EventId {
    /// Reads an id.
    pub fn parse(text: &str) -> Option<Self> {
        let (log, sequence) = text.split_once('-')?;
        let is_name = log.len() == 8 && log.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = sequence.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = sequence.parse().ok().filter(|_| is_name && digits)?;
        Some(Self { log: log.to_owned(), sequence })
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.log, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::EventId;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let id = EventId { log: "3f9a7c21".to_owned(), sequence: 42 };
        assert_eq!(id.to_string(), "3f9a7c21-42");
        assert_eq!(EventId::parse("3f9a7c21-42"), Some(id));
        for text in [
            "",
            "-",
            "42",
            "3f9a7c21-",
            "3f9a7c2-1",
            "3f9a7c21--1",
            "3f9a7c21-+1",
            "3f9a7c2x-1",
            "3f9a7c21-99999999999999999999",
        ] {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
    }
}
