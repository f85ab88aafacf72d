//! The pool of senders: objects that speak with Intercom, because the runtime gives each object only six
//! connections at a time.

use crate::edge::config::Config;
use crate::edge::outbox::protocol::{SenderCommand, SenderOutcome, SenderReply};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::request::log;
use crate::edge::response::Rejection;
use crate::edge::runtime::connection_pool::ConnectionPool;
use crate::edge::runtime::object_rpc;
use std::cell::Cell;
use std::rc::Rc;
use worker::{Env, Result};

/// The binding of the senders.
const SENDERS: &str = "SENDERS";

/// The most senders in the pool.
const MAX_SENDERS: usize = 16;

/// The requests to Intercom that a delivery has made.
#[derive(Clone, Copy, Debug, Default)]
pub struct UpstreamUsage {
    /// The time that Intercom took, in milliseconds.
    pub took: u64,
    /// The number of requests.
    pub requests: u32,
}

/// Has senders carry out commands.
pub struct SenderPool {
    env: Env,
    config: Rc<Config>,
    scheduler: Rc<Scheduler>,
    connections: ConnectionPool,
}

impl SenderPool {
    /// Uses the senders of a Worker's bindings.
    pub fn new(env: Env, config: Rc<Config>, scheduler: Rc<Scheduler>) -> Self {
        Self { env, config, scheduler, connections: ConnectionPool::new(MAX_SENDERS) }
    }

    /// Rejects requests where the binding of the senders is missing.
    pub fn require(&self) -> std::result::Result<(), Rejection> {
        self.config.require(SENDERS)
    }

    /// Has a sender carry out a command, and adds its requests to `usage`.
    pub async fn send(
        &self,
        command: &SenderCommand,
        body: &[u8],
        usage: &Cell<UpstreamUsage>,
    ) -> Result<(SenderOutcome, Vec<u8>)> {
        let sender = self.connections.acquire();
        let object = (SENDERS, &*sender.to_string());
        let reply = object_rpc::exchange::<SenderReply>(&self.env, object, command, body).await;
        self.connections.release(sender);
        let (reply, body) = reply.inspect_err(log::fault)?;
        self.scheduler.learn(&reply);
        let UpstreamUsage { took, requests } = usage.get();
        usage.set(UpstreamUsage { took: took + reply.took, requests: requests + reply.requests });
        Ok((reply.outcome, body))
    }
}
