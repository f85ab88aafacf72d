//! The sandbox: a local Intercom.
//!
//! A Worker with one Durable Object. It answers as Intercom's API 2.x does, with contacts that a
//! seed generates, rate limits, and faults on demand under `/_sandbox/`. It shares no code with the
//! crate `intercom-edge`, so that the same mistake in both cannot hide a fault in a model.
//!
//! A folder imports only from folders further down in this list:
//!
//! 1. `server`: the Durable Object, from the request to the response
//! 2. `control`: the endpoints under `/_sandbox/`, and the reset
//! 3. `webhooks`: a notification for each change
//! 4. `operations`: the table of Intercom's operations, and those that change several resources
//! 5. the resources: `messages`, `exports`, `conversations`, `tickets`, `help_center`, `data`,
//!    `contacts`, `companies`, `tags`, `segments`, `admins`; each with its entity, its handlers and
//!    its seed data
//! 6. `resource`, `list`, `search`: the code that several resources share
//! 7. `log`, `faults`: the logs of requests and messages, and the faults on demand
//! 8. `call`, `store`, `http`: the request, the database, and the response
//! 9. `workspace`, `random`, `html`: single files that import nothing of the crate

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
mod webhooks;
mod workspace;
