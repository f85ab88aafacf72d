//! The outbox's Durable Object: it decodes a command, has it carried out, and responds.

use crate::edge::config::Config;
use crate::edge::outbox::background::Background;
use crate::edge::outbox::batches::Batches;
use crate::edge::outbox::batches::collect::Collector;
use crate::edge::outbox::batches::progress::ProgressReader;
use crate::edge::outbox::batches::store::{BatchStore, RecipientStore};
use crate::edge::outbox::delivery::Deliveries;
use crate::edge::outbox::expiry_warnings::ExpiryWarnings;
use crate::edge::outbox::list_pacer::ListPacer;
use crate::edge::outbox::messages::Messages;
use crate::edge::outbox::protocol::{Command, Reply};
use crate::edge::outbox::publisher::Publisher;
use crate::edge::outbox::quota::Quota;
use crate::edge::outbox::recorder::{OVERDUE_MS, Recorder};
use crate::edge::outbox::scheduler::Scheduler;
use crate::edge::outbox::schema;
use crate::edge::outbox::sender_pool::SenderPool;
use crate::edge::outbox::stores::events::PendingEventStore;
use crate::edge::outbox::stores::lists::MessageLists;
use crate::edge::outbox::stores::messages::MessageStore;
use crate::edge::outbox::stores::templates::TemplateStore;
use crate::edge::outbox::stores::usage::UsageStore;
use crate::edge::outbox::templates::Templates;
use crate::edge::request::log;
use crate::edge::response::Rejection;
use crate::edge::runtime::key_value::Numbers;
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::sql::{SchemaError, Store, now};
use std::cell::Cell;
use std::rc::Rc;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// The delay of the alarm after the tables couldn't be opened, in milliseconds.
const RETRY_OPENING_MS: i64 = 60_000;

/// The object.
#[durable_object(alarm)]
pub struct Outbox {
    parts: Rc<Parts>,
}

/// The parts of the outbox.
struct Parts {
    sql: Rc<Store>,
    /// Set once the tables have the newest schema.
    is_open: Cell<bool>,
    quota: Rc<Quota>,
    recorder: Rc<Recorder>,
    scheduler: Rc<Scheduler>,
    background: Background,
    messages: Messages,
    templates: Templates,
    batches: Batches,
    expiry_warnings: ExpiryWarnings,
    publisher: Rc<Publisher>,
}

impl DurableObject for Outbox {
    fn new(state: State, env: Env) -> Self {
        let parts = Rc::new(Parts::new(&state, env));
        let opening = Rc::clone(&parts);
        // No request is delivered to the object before this has ended. The next request tries again what
        // failed here, and reports it.
        let _opened =
            state.block_concurrency_while(async move { Ok(opening.open_tables().is_ok()) });
        Self { parts }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        if let Err(error) = self.parts.open_tables() {
            return respond(Rejection::from(error).into());
        }
        let (command, body) = object_rpc::split(&bytes)?;
        // The Worker sends this command after a write that found no room: not even an alarm can be set then.
        let is_after_full_disk = matches!(command, Command::Find { .. });
        if !is_after_full_disk {
            self.parts.background.ensure_scheduled().await.inspect_err(log::fault)?;
        }
        let streamed = match &command {
            Command::WatchBatch { id, caller } => {
                Some(self.parts.batches.watch(id, caller.as_deref()))
            }
            Command::Export { filter, viewer } => Some(self.parts.messages.export(filter, viewer)),
            Command::Result { id, caller, format } => {
                Some(self.parts.batches.results(id, caller.as_deref(), *format))
            }
            _ => None,
        };
        let reply = match streamed {
            Some(Ok(response)) => return Ok(response),
            Some(Err(rejection)) => rejection.into(),
            None => self.parts.answer(command, body).await.unwrap_or_else(Reply::from),
        };
        if !is_after_full_disk && self.parts.publisher.start() {
            // If the object is stopped before, the alarm publishes what is pending.
            let _ = self.parts.scheduler.wake_by(now() + OVERDUE_MS).await;
        }
        respond(reply)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        match self.parts.open_tables() {
            Ok(()) => self.parts.background.run().await.inspect_err(log::fault)?,
            Err(_) => self.parts.scheduler.wake_at(now() + RETRY_OPENING_MS).await?,
        }
        Response::empty()
    }
}

fn respond(mut reply: Reply) -> worker::Result<Response> {
    let body = std::mem::take(&mut reply.response.body);
    Response::from_bytes(object_rpc::join(&reply, &body))
}

impl Parts {
    fn new(state: &State, env: Env) -> Self {
        let config = Config::of(&env);
        let sql = Rc::new(Store::new(state));
        let messages = MessageStore::new(Rc::clone(&sql));
        let batches = BatchStore::new(Rc::clone(&sql));
        let stored_templates = TemplateStore::new(Rc::clone(&sql));
        let templates = Templates::new(stored_templates.clone());
        let usage = UsageStore::new(Rc::clone(&sql));
        let quota = Rc::new(Quota::new(usage, Rc::clone(&config)));
        let scheduler = Rc::new(Scheduler::new(state.storage()));
        let recorder = Recorder::new(messages.clone(), Rc::clone(&quota), Rc::clone(&config));
        let recorder = Rc::new(recorder);
        let publisher = Rc::new(Publisher::new(
            env.clone(),
            PendingEventStore::new(Rc::clone(&sql)),
            MessageLists::new(Rc::clone(&sql)),
            ProgressReader {
                batches: batches.clone(),
                recipients: RecipientStore::new(Rc::clone(&sql)),
            },
        ));
        let senders = SenderPool::new(env, Rc::clone(&config), Rc::clone(&scheduler));
        let senders = Rc::new(senders);
        let deliveries = Deliveries::new(&sql, &recorder, &scheduler, &senders, &publisher);
        let deliveries = Rc::new(deliveries);
        let pacer = Rc::new(ListPacer::default());
        let background = Background {
            config: Rc::clone(&config),
            messages: messages.clone(),
            batches: batches.clone(),
            templates: stored_templates,
            recorder: Rc::clone(&recorder),
            scheduler: Rc::clone(&scheduler),
            deliveries: Rc::clone(&deliveries),
            collector: Rc::new(Collector::new(&sql, &quota, &senders)),
            publisher: Rc::clone(&publisher),
            is_filled: Cell::default(),
        };
        let batches = Batches {
            config: Rc::clone(&config),
            batches,
            recipients: RecipientStore::new(Rc::clone(&sql)),
            templates: templates.clone(),
            quota: Rc::clone(&quota),
            scheduler: Rc::clone(&scheduler),
            pacer: Rc::clone(&pacer),
        };
        let messages = Messages {
            config,
            messages,
            batches: BatchStore::new(Rc::clone(&sql)),
            recorder: Rc::clone(&recorder),
            lists: MessageLists::new(Rc::clone(&sql)),
            templates: templates.clone(),
            quota: Rc::clone(&quota),
            deliveries,
            scheduler: Rc::clone(&scheduler),
            pacer,
        };
        Self {
            sql,
            is_open: Cell::default(),
            quota,
            recorder,
            scheduler,
            background,
            messages,
            templates,
            batches,
            expiry_warnings: ExpiryWarnings::new(Numbers::new(state)),
            publisher,
        }
    }

    /// Opens the tables, and ends the deliveries that were interrupted when the object was stopped.
    fn open_tables(&self) -> Result<(), SchemaError> {
        if !self.is_open.get() {
            self.sql.migrate(schema::STEPS)?;
            self.is_open.set(true);
            // The alarm finds the messages whose end can't be recorded now.
            let _ = self.recorder.recover();
        }
        Ok(())
    }

    async fn answer(&self, command: Command, body: &[u8]) -> Result<Reply, Rejection> {
        let Self { messages, templates, batches, .. } = self;
        match command {
            Command::Send(new) => messages.send(new, body).await,
            Command::Show { id, viewer } => messages.show(&id, &viewer),
            Command::List { filter, page, viewer } => messages.list(&filter, page, &viewer).await,
            Command::Count { filter } => messages.count(&filter).await,
            Command::Retry { id, viewer, deadline } => messages.retry(&id, &viewer, deadline).await,
            Command::Confirm { id, viewer, by } => messages.confirm(&id, &viewer, &by),
            Command::Resend { id, viewer, copy } => messages.resend(&id, &viewer, copy).await,
            Command::Remove { id, conversations } => messages.remove(&id, conversations),
            Command::Purge(filter) => messages.purge(&filter).await,
            Command::Find { caller, fingerprint } => messages.find_recent(&caller, &fingerprint),
            Command::ShowTemplate { name, version } => templates.show(&name, version),
            Command::FetchTemplate { name, version } => {
                Ok(Reply::json(200, &templates.find(&name, version)?))
            }
            Command::ListTemplates => templates.list(),
            Command::PutTemplate { name } => templates.put(&name, body),
            Command::DeleteTemplate { name } => templates.delete(&name),
            Command::CreateBatch(new) => batches.create(&new, body).await,
            Command::ShowBatch { id, caller } => batches.show(&id, caller.as_deref()),
            Command::ListBatches { caller, page } => batches.list(caller.as_deref(), page).await,
            Command::ChangeBatch { id, caller, change } => {
                batches.change(&id, caller.as_deref(), change).await
            }
            Command::Health => self.quota.health(),
            Command::ClaimExpiryWarnings => self.expiry_warnings.claim().await,
            // These are answered by a stream.
            Command::WatchBatch { .. } | Command::Result { .. } | Command::Export { .. } => {
                Ok(Reply::default())
            }
        }
    }
}
