//! The sandbox: an Intercom on your machine.
//!
//! A Worker with one Durable Object that answers as API 2.x does: people from a seed, search,
//! messages, limits, and faults on demand under `/_sandbox/`. It is the other side of the wire:
//! it reads requests and writes answers on its own, without the crate's models and calls, so that
//! a mistake in those can't hide behind itself.
//!
//! Deciding is apart from doing: [`arrival`] reads a request whole, [`operation`] finds what it
//! asks for, the files named after resources answer with values, and only this one waits, and
//! makes a response of what they say.

mod admins;
mod answer;
mod arrival;
mod companies;
mod contacts;
mod control;
mod cursor;
mod dice;
mod door;
mod draft;
mod fault;
mod faults;
mod field;
mod ledger;
mod limit;
mod messages;
mod operation;
mod page;
mod people;
mod person;
mod search;
mod segments;
mod settings;
mod store;
mod tags;
mod version;
mod workspace;

use answer::{Answer, Refusal};
use arrival::Arrival;
use dice::Dice;
use fault::Kind;
use futures_util::{StreamExt, stream};
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

/// How long half a body is alone on its way.
const BREATH: Duration = Duration::from_millis(100);

/// What tells `scripts/sandbox-front.mjs` to reset the connection in place of answering.
const FAULT_HEADER: &str = "x-sandbox-fault";

/// The page of a load balancer that refuses a request before Intercom sees it.
const FORBIDDEN_PAGE: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
    <center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n";

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
        let arrival = read(request).await?;
        let request_id = self.request_id(arrival.at_ms);
        match self.respond(&arrival, &request_id).await {
            Ok(response) => Ok(response),
            Err(refusal) => send(refusal.answer(&request_id), &request_id),
        }
    }
}

impl Sandbox {
    async fn respond(&self, arrival: &Arrival, request_id: &str) -> Result<Response, Refusal> {
        let settings = self.settings()?;
        if arrival.url.path().starts_with("/_sandbox/") {
            let (answer, new) = control::answer(arrival, &self.store, &settings)?;
            if new.is_some() {
                self.settings.replace(new);
                self.window.set(Window::default());
            }
            return Ok(send(answer, request_id)?);
        }
        ledger::keep_arrival(&self.store, arrival)?;
        let fault = faults::strike(&self.store, &arrival.method, arrival.url.path())?;
        if settings.latency_ms > 0 {
            Delay::from(Duration::from_millis(settings.latency_ms)).await;
        }
        match fault {
            None => Ok(send(self.answer(arrival, request_id)?, request_id)?),
            Some(fault) => self.fail(fault, arrival, request_id).await,
        }
    }

    /// Answers as the fault wants it.
    async fn fail(
        &self,
        fault: Kind,
        arrival: &Arrival,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        match fault {
            Kind::Hang => {
                Delay::from(HANG).await;
                Err(Refusal::new(504, "gateway_timeout", "The sandbox hung as it was told to"))
            }
            Kind::Html403 => Ok(Response::builder()
                .with_status(403)
                .with_header("content-type", "text/html")?
                .fixed(FORBIDDEN_PAGE.into())),
            Kind::Status(429) => {
                let standing = self.count(self.settings()?.limit_per_10s).used_up();
                Ok(send(under(standing, standing.refusal().answer(request_id)), request_id)?)
            }
            Kind::Status(status) => {
                let standing = self.count(self.settings()?.limit_per_10s);
                Ok(send(under(standing, told(status).answer(request_id)), request_id)?)
            }
            Kind::AcceptThen(status) => {
                let answer = self.answer(arrival, request_id)?;
                let answer = Answer { headers: answer.headers, ..told(status).answer(request_id) };
                Ok(send(answer, request_id)?)
            }
            Kind::Truncate => Ok(truncated(self.answer(arrival, request_id)?, request_id)?),
            Kind::Reset => {
                let mut answer = self.answer(arrival, request_id)?;
                answer.headers.push((FAULT_HEADER, "reset".into()));
                Ok(send(answer, request_id)?)
            }
            Kind::Empty200 => {
                self.answer(arrival, request_id)?;
                Ok(Response::builder().with_status(200).fixed(Vec::new()))
            }
        }
    }

    /// What Intercom answers, whether it grants the request or refuses it.
    fn answer(&self, arrival: &Arrival, request_id: &str) -> Result<Answer, Refusal> {
        let settings = self.settings()?;
        let version = match door::open(
            arrival.header("authorization"),
            arrival.header("accept"),
            arrival.header("intercom-version"),
        ) {
            Ok(version) => version,
            Err(refusal) => return Ok(refusal.answer(request_id)),
        };
        let spoken = version.to_string();
        let standing = self.count(settings.limit_per_10s);
        let answer = if standing.over {
            Err(standing.refusal())
        } else {
            operation::find(&arrival.method, arrival.url.path()).and_then(|(operate, name)| {
                let (store, now_ms) = (&self.store, Date::now().as_millis());
                operate(&Call { store, settings: &settings, arrival, name, version, now_ms })
            })
        };
        let mut answer = answer.unwrap_or_else(|refusal| refusal.answer(request_id));
        answer.headers.push(("intercom-version", spoken));
        Ok(under(standing, answer))
    }

    fn count(&self, limit: u64) -> Standing {
        let mut window = self.window.get();
        let standing = window.count(Date::now().as_millis(), limit);
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

/// An error of a status that a fault asked for.
fn told(status: u16) -> Refusal {
    let code = match status {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        409 => "conflict",
        422 => "parameter_invalid",
        500..=599 => "server_error",
        _ => "client_error",
    };
    Refusal::new(status, code, format!("The sandbox was told to answer {status}"))
}

/// The answer with Intercom's limit headers.
fn under(standing: Standing, mut answer: Answer) -> Answer {
    answer.headers.extend(standing.headers());
    answer
}

async fn read(mut request: Request) -> worker::Result<Arrival> {
    Ok(Arrival {
        method: request.method().to_string(),
        url: request.url()?,
        headers: request.headers().entries().collect(),
        body: String::from_utf8_lossy(&request.bytes().await?).into_owned(),
        at_ms: Date::now().as_millis(),
    })
}

fn send(answer: Answer, request_id: &str) -> worker::Result<Response> {
    let (body, builder) = begin(answer, request_id)?;
    Ok(builder.fixed(body))
}

/// Sends half of the body, and breaks off a little later: `wrangler dev` asks a second time if an
/// answer breaks off before its head went out.
fn truncated(answer: Answer, request_id: &str) -> worker::Result<Response> {
    let (mut body, builder) = begin(answer, request_id)?;
    body.truncate(body.len() / 2);
    let half = stream::once(async { Ok(body) });
    let break_off = stream::once(async {
        Delay::from(BREATH).await;
        Err(worker::Error::RustError("the sandbox was told to break off here".into()))
    });
    builder.from_stream(half.chain(break_off).boxed_local())
}

fn begin(answer: Answer, request_id: &str) -> worker::Result<(Vec<u8>, worker::ResponseBuilder)> {
    let mut builder = Response::builder()
        .with_status(answer.status)
        .with_header("content-type", "application/json; charset=utf-8")?
        .with_header("x-request-id", request_id)?;
    for (name, value) in &answer.headers {
        builder = builder.with_header(name, value)?;
    }
    Ok((answer.body.into_bytes(), builder))
}
