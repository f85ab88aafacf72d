//! The sandbox: a local Intercom.
//!
//! A Worker with one Durable Object. It answers as Intercom's API 2.x does, with contacts that a
//! seed generates, rate limits, and faults on demand under `/_sandbox/`. It shares no code with the
//! crate `intercom-edge`, so that the same mistake in both cannot hide a fault in a model.
//!
//! Imports point upwards in this list only:
//!
//! 1. `server`: the Durable Object, from the request to the response
//! 2. `control`: the endpoints under `/_sandbox/`; `operations`: the table of Intercom's operations
//! 3. the resources: `conversations`, `tickets`, `messages`, `contacts`, `companies`, `tags`, …
//! 4. `resource`, `list`, `search`: code that several resources share
//! 5. `call`, `store`, `http`: a request, its response, and the database

mod admins;
mod call;
mod companies;
mod contacts;
mod control;
mod conversations;
mod data;
mod exports;
mod faults;
mod help_center;
mod html;
mod http;
mod list;
mod log;
mod messages;
mod operations;
mod random;
mod resource;
mod search;
mod segments;
mod server;
mod store;
mod tags;
mod tickets;
mod workspace;
