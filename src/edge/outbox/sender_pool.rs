//! The pool of senders: objects that speak with Intercom, because the runtime gives each object only six
//! connections at a time.

use crate::edge::config::Config;
use crate::edge::outbox::protocol::{SenderCommand, SenderOutcome, SenderReply};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::request::log;
use crate::edge::response::Rejection;
use crate::edge::runtime::object_rpc;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{Env, Result};

/// The binding of the senders.
const SENDERS: &str = "SENDERS";

/// The most senders in the pool.
const MAX_SENDERS: usize = 16;

/// The number of connections that each sender has.
const CONNECTIONS: usize = 6;

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
    /// The number of commands that each sender is carrying out.
    busy: RefCell<Vec<usize>>,
}

impl SenderPool {
    /// Uses the senders of a Worker's bindings.
    pub fn new(env: Env, config: Rc<Config>, scheduler: Rc<Scheduler>) -> Self {
        Self { env, config, scheduler, busy: RefCell::default() }
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
        let sender = self.acquire();
        let object = (SENDERS, &*sender.to_string());
        let reply = object_rpc::exchange::<SenderReply>(&self.env, object, command, body).await;
        self.release(sender);
        let (reply, body) = reply.inspect_err(log::fault)?;
        self.scheduler.learn(&reply);
        let UpstreamUsage { took, requests } = usage.get();
        usage.set(UpstreamUsage { took: took + reply.took, requests: requests + reply.requests });
        Ok((reply.outcome, body))
    }

    /// Takes a sender with a free connection; the least busy one if there is none.
    fn acquire(&self) -> usize {
        let mut senders = self.busy.borrow_mut();
        if senders.len() < MAX_SENDERS && senders.iter().all(|busy| *busy >= CONNECTIONS) {
            senders.push(0);
        }
        let least = senders.iter().enumerate().find(|(_, busy)| **busy < CONNECTIONS);
        let least = least.or_else(|| senders.iter().enumerate().min_by_key(|(_, busy)| **busy));
        let sender = least.map_or(0, |(sender, _)| sender);
        if let Some(busy) = senders.get_mut(sender) {
            *busy += 1;
        }
        sender
    }

    fn release(&self, sender: usize) {
        if let Some(busy) = self.busy.borrow_mut().get_mut(sender) {
            *busy = busy.saturating_sub(1);
        }
    }
}
