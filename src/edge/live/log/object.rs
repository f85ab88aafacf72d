//! The Durable Object `Webhooks`: it stores events, and notifies the object of their readers.

use crate::client::Timer;
use crate::edge::live::log::store::EventStore;
use crate::edge::live::protocol::{LogCommand, READERS, ReadersCommand};
use crate::edge::request::log;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::sql::now;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, Result, State, Storage, durable_object};

/// The interval at which old events are deleted.
const INTERVAL: Duration = Duration::from_secs(3_600);

/// The pause between two steps of a deletion: webhooks come first.
const PAUSE: Duration = Duration::from_secs(1);

/// The attempts to notify the readers of an event.
const MAX_ATTEMPTS: u32 = 5;

/// The object.
#[durable_object(alarm)]
pub struct Webhooks {
    storage: Storage,
    events: EventStore,
    is_open: Cell<bool>,
    /// The alarm that deletes old events is set.
    is_scheduled: Cell<bool>,
    readers: Rc<ReaderNotifier>,
}

/// Notifies the object of the readers.
struct ReaderNotifier {
    env: Env,
    /// There may be readers.
    are_there: Cell<bool>,
    /// The number of readers that have joined since the object was started.
    joined: Cell<u64>,
    /// A notice is on its way.
    is_notifying: Cell<bool>,
    /// There are events after the notice that is on its way.
    has_more: Cell<bool>,
}

impl DurableObject for Webhooks {
    fn new(state: State, env: Env) -> Self {
        let readers = ReaderNotifier {
            env,
            are_there: Cell::new(true),
            joined: Cell::default(),
            is_notifying: Cell::default(),
            has_more: Cell::default(),
        };
        Self {
            storage: state.storage(),
            events: EventStore::new(&state),
            is_open: Cell::default(),
            is_scheduled: Cell::default(),
            readers: Rc::new(readers),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let bytes = request.bytes().await?;
        self.open()?;
        let body = self.answer(object_rpc::split(&bytes)?.0).await.inspect_err(log::fault)?;
        Response::from_bytes(body)
    }

    async fn alarm(&self) -> Result<Response> {
        self.open()?;
        // First the next alarm: one that fails several times is not repeated by the runtime.
        self.storage.set_alarm(INTERVAL).await?;
        if self.events.delete_old(now()).inspect_err(log::fault)? {
            self.storage.set_alarm(PAUSE).await?;
        }
        Response::empty()
    }
}

impl Webhooks {
    fn open(&self) -> Result<()> {
        if !self.is_open.get() {
            self.events.open()?;
            self.is_open.set(true);
            // The object may have been stopped between an event and its notice.
            self.readers.notify();
        }
        Ok(())
    }

    async fn answer(&self, command: LogCommand) -> Result<Vec<u8>> {
        let answer = match command {
            LogCommand::Store(events) => {
                let added = self.events.add(&events, now())?;
                self.schedule().await?;
                if added > 0 {
                    self.readers.notify();
                }
                object_rpc::join(&added, &[])
            }
            LogCommand::Join => {
                self.readers.join();
                object_rpc::join(&self.events.position()?, &[])
            }
            LogCommand::Read { after, limit } => {
                let (lines, has_more) = self.events.read(after, limit)?;
                object_rpc::join(&has_more, lines.join("\n").as_bytes())
            }
            LogCommand::Removals { since, after, limit } => {
                object_rpc::join(&self.events.removals(since, after, limit)?, &[])
            }
            LogCommand::Invalidated => object_rpc::join(&self.events.invalidated()?, &[]),
            LogCommand::Workspace { token } => {
                object_rpc::join(&self.events.workspace(&token)?, &[])
            }
            LogCommand::SetWorkspace { token, id } => {
                object_rpc::join(&self.events.set_workspace(&token, &id)?, &[])
            }
        };
        Ok(answer)
    }

    /// Makes sure that the alarm is set.
    async fn schedule(&self) -> Result<()> {
        if !self.is_scheduled.get() {
            if self.storage.get_alarm().await?.is_none() {
                self.storage.set_alarm(INTERVAL).await?;
            }
            self.is_scheduled.set(true);
        }
        Ok(())
    }
}

impl ReaderNotifier {
    /// Sends notices from now on.
    fn join(&self) {
        self.are_there.set(true);
        self.joined.set(self.joined.get().wrapping_add(1));
    }

    /// Notifies the readers in the background. The runtime sends nothing before the events are stored.
    fn notify(self: &Rc<Self>) {
        if !self.are_there.get() {
            return;
        }
        self.has_more.set(true);
        if !self.is_notifying.replace(true) {
            let readers = Rc::clone(self);
            spawn_local(async move {
                while readers.has_more.replace(false) {
                    readers.send_notice().await;
                }
                readers.is_notifying.set(false);
            });
        }
    }

    /// Sends a notice, and after a failure sends it again. Without it, readers would get the event only with the next.
    async fn send_notice(&self) {
        for attempt in 1..=MAX_ATTEMPTS {
            let joined = self.joined.get();
            let command = ReadersCommand::NewEvents;
            match object_rpc::exchange::<usize>(&self.env, READERS, &command, &[]).await {
                Ok((0, _)) if joined == self.joined.get() => return self.are_there.set(false),
                Ok(_) => return,
                Err(error) if attempt == MAX_ATTEMPTS => log::fault(&error),
                Err(_) => Clock.sleep(Duration::from_secs(attempt.into())).await,
            }
        }
    }
}
