//! Webhooks: one notification for every change of the data, sent to the subscription's URL.
//!
//! No handler knows webhooks. Triggers write each change to the table `change` (`store::schema`).
//! After the handler, `record` makes notifications of the changes (`topics`) and adds them to the
//! table `delivery`. `sender` sends them from the alarm of the Durable Object, so that no request
//! waits for a receiver. `on_demand` makes the notifications that tests ask for.

mod change;
pub(crate) mod delivery;
mod notification;
pub(crate) mod on_demand;
pub(crate) mod record;
pub(crate) mod sender;
mod signature;
pub(crate) mod subscription;
mod topics;
mod user;
