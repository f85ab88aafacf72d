//! The sandbox: an Intercom on your machine.
//!
//! A Worker with one Durable Object that answers as API 2.x does: people from a seed, search,
//! messages, limits, and faults on demand under `/_sandbox/`. It is the other side of the wire:
//! it reads requests and writes answers on its own. It shares no code with the crate
//! `intercom-edge`, so that the same mistake in both cannot hide a fault in a model.
//!
//! Deciding is apart from doing: `arrival` reads a request whole, `operation` finds what it
//! asks for, the files named after resources answer with values, and only here does anything wait;
//! `wire` makes responses of what they say.
#![expect(
    missing_docs,
    reason = "`durable_object` writes public methods; no crate depends on this one"
)]

mod activity_log;
mod admins;
mod answer;
mod arrival;
mod articles;
mod backlog;
mod body;
mod collection;
mod companies;
mod contacts;
mod control;
mod conversation;
mod conversations;
mod cursor;
mod data_attributes;
mod dice;
mod door;
mod draft;
mod events;
mod exports;
mod fault;
mod faults;
mod field;
mod gzip;
mod help_center;
mod html;
mod inbox;
mod jobs;
mod ledger;
mod limit;
mod listing;
mod messages;
mod notes;
mod operation;
mod page;
mod people;
mod person;
mod reports;
mod search;
mod segments;
mod settings;
mod store;
mod subscriptions;
mod tags;
mod teams;
mod ticket;
mod ticket_types;
mod tickets;
mod version;
mod visitors;
mod wire;
mod workspace;

use answer::{Answer, Refusal};
use arrival::Arrival;
use dice::Dice;
use door::Media;
use fault::Kind;
use limit::{Standing, Window};
use operation::Call;
use settings::Settings;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use store::Store;
use worker::{
    Context, Date, Delay, DurableObject, Env, Request, Response, State, durable_object, event,
};

/// How long a request hangs. A promise that never resolves would be answered by the runtime
/// itself, so the sandbox holds a timer, longer than any client waits.
const HANG: Duration = Duration::from_secs(600);

/// Hands every request to the one object.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    let sandbox = env.durable_object("SANDBOX")?;
    sandbox.get_by_name("sandbox")?.fetch_with_request(request).await
}

/// The object that is Intercom.
#[durable_object]
pub struct Sandbox {
    store: Store,
    /// In memory only: see [`Window`].
    window: Cell<Window>,
    /// What the table of settings says, once it was read.
    settings: RefCell<Option<Settings>>,
    /// How many requests this object saw, for their ids.
    seen: Cell<u64>,
}

impl DurableObject for Sandbox {
    fn new(state: State, _: Env) -> Self {
        Self {
            store: Store::new(state.storage().sql()),
            window: Cell::default(),
            settings: RefCell::default(),
            seen: Cell::new(0),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let arrival = wire::read(request).await?;
        let request_id = self.request_id(arrival.at_ms);
        match self.respond(&arrival, &request_id).await {
            Ok(response) => Ok(response),
            Err(refusal) => wire::send(refusal.answer(&request_id), &request_id),
        }
    }
}

impl Sandbox {
    async fn respond(&self, arrival: &Arrival, request_id: &str) -> Result<Response, Refusal> {
        let settings = self.settings()?;
        if let Some(name) = arrival.url.path().strip_prefix("/_sandbox/") {
            let answer = match (arrival.method.as_str(), name) {
                ("POST", "reset") => self.reset(arrival, &settings)?,
                (method, name) => control::answer(method, name, arrival, &self.store, &settings)?,
            };
            return Ok(wire::send(answer, request_id)?);
        }
        ledger::keep_arrival(&self.store, arrival)?;
        let fault = faults::strike(&self.store, &arrival.method, arrival.path())?;
        if settings.latency_ms > 0 {
            Delay::from(Duration::from_millis(settings.latency_ms)).await;
            // What a test left behind must not reach into the next.
            if self.settings()?.generation != settings.generation {
                let message = "The sandbox was reset while this request waited";
                return Err(Refusal::new(503, "server_error", message));
            }
        }
        match fault {
            None => Ok(wire::send(self.answer(arrival, &settings, request_id)?, request_id)?),
            Some(fault) => self.fail(fault, arrival, &settings, request_id).await,
        }
    }

    /// Makes the sandbox anew.
    fn reset(&self, arrival: &Arrival, before: &Settings) -> Result<Answer, Refusal> {
        let settings = Settings::read(&arrival.object()?, before.generation + 1)?;
        settings.apply(&self.store)?;
        let answer = Answer::ok(&settings)?;
        self.settings.replace(Some(settings));
        self.window.set(Window::default());
        Ok(answer)
    }

    /// Answers as the fault wants it.
    async fn fail(
        &self,
        fault: Kind,
        arrival: &Arrival,
        settings: &Settings,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        let answer = || self.answer(arrival, settings, request_id);
        let told = |status| Refusal::told(status).answer(request_id);
        Ok(match fault {
            Kind::Hang => {
                Delay::from(HANG).await;
                wire::send(told(504), request_id)?
            }
            Kind::Html403 => wire::forbidden()?,
            Kind::Status(429) => {
                let standing = self.count(settings).used_up();
                wire::send(under(standing, standing.refusal().answer(request_id)), request_id)?
            }
            Kind::Status(status) => {
                wire::send(under(self.count(settings), told(status)), request_id)?
            }
            Kind::AcceptThen(status) => {
                let headers = answer()?.headers;
                wire::send(Answer { headers, ..told(status) }, request_id)?
            }
            Kind::Truncate => wire::truncated(answer()?, request_id)?,
            Kind::Reset => wire::reset(answer()?, request_id)?,
            Kind::Empty200 => {
                answer()?;
                wire::empty()
            }
        })
    }

    /// What Intercom answers, whether it grants the request or refuses it.
    fn answer(
        &self,
        arrival: &Arrival,
        settings: &Settings,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        let version = match door::open(
            arrival.header("authorization"),
            arrival.header("accept"),
            arrival.header("intercom-version"),
            Media::of(arrival.path()),
        ) {
            Ok(version) => version,
            Err(refusal) => return Ok(refusal.answer(request_id)),
        };
        let spoken = version.to_string();
        let standing = self.count(settings);
        let answer = if standing.over {
            Err(standing.refusal())
        } else {
            operation::find(&arrival.method, arrival.path()).and_then(
                |(operate, [name, second])| {
                    let (store, now_ms) = (&self.store, Date::now().as_millis());
                    operate(&Call { store, settings, arrival, name, second, version, now_ms })
                },
            )
        };
        let mut answer = answer.unwrap_or_else(|refusal| refusal.answer(request_id));
        answer.headers.push(("intercom-version", spoken));
        Ok(under(standing, answer))
    }

    fn count(&self, settings: &Settings) -> Standing {
        let mut window = self.window.get();
        let standing = window.count(Date::now().as_millis(), settings.limit_per_10s);
        self.window.set(window);
        standing
    }

    fn settings(&self) -> Result<Settings, Refusal> {
        if let Some(settings) = self.settings.borrow().as_ref() {
            return Ok(settings.clone());
        }
        let settings = Settings::load(&self.store)?;
        self.settings.replace(Some(settings.clone()));
        Ok(settings)
    }

    fn request_id(&self, at_ms: u64) -> String {
        let seen = self.seen.get() + 1;
        self.seen.set(seen);
        Dice::new(at_ms, seen).uuid()
    }
}

/// The answer with Intercom's limit headers.
fn under(standing: Standing, mut answer: Answer) -> Answer {
    answer.headers.extend(standing.headers());
    answer
}
