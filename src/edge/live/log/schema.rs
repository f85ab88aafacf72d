//! The event log's tables as numbered migrations: step `n` turns schema `n - 1` into schema `n`.
//!
//! A released step never changes, because it has made stores that exist. A change of the tables is a new step at
//! the end.

/// The steps in order.
pub const STEPS: &[&[&str]] = &[EVENTS, WORKSPACE];

const EVENTS: &[&str] = &[
    // The events in the order in which they came. `text`: the members of the JSON that readers get, without the id.
    "CREATE TABLE event (
       sequence INTEGER PRIMARY KEY,
       key TEXT NOT NULL UNIQUE,
       stored INTEGER NOT NULL,
       app_id TEXT,
       topic TEXT NOT NULL,
       needs TEXT NOT NULL,
       owner TEXT,
       text TEXT NOT NULL
     )",
    // The time of the newest known state of each item, in seconds.
    "CREATE TABLE item (
       item TEXT PRIMARY KEY,
       at INTEGER NOT NULL,
       stored INTEGER NOT NULL
     ) WITHOUT ROWID",
    // The contacts that a mirror should remove.
    "CREATE TABLE removal (
       id TEXT PRIMARY KEY,
       stored INTEGER NOT NULL,
       reason TEXT NOT NULL,
       merged_into TEXT,
       at INTEGER NOT NULL
     ) WITHOUT ROWID",
    "CREATE INDEX removed ON removal (stored, id)",
    // One row. `id`: the name of this log in the ids of its events. `newest`: the last sequence number. `invalidated`:
    // that of the last event after which cached responses may be out of date. `notified`: the time of Intercom's first
    // notification.
    "CREATE TABLE log (
       id TEXT NOT NULL,
       newest INTEGER NOT NULL,
       invalidated INTEGER NOT NULL,
       notified INTEGER
     )",
    "INSERT INTO log VALUES (lower(hex(randomblob(4))), 0, 0, NULL)",
];

/// At most one row: the workspace of the access token. `token`: the token's hash.
const WORKSPACE: &[&str] = &["CREATE TABLE workspace (token TEXT NOT NULL, id TEXT NOT NULL)"];
