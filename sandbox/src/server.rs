//! The Durable Object of the sandbox: reads a request, applies faults and the rate limit, and sends
//! the response. Its alarm sends webhooks. Handlers need no I/O but the database.

use crate::call::Call;
use crate::control::settings::Settings;
use crate::control::{endpoints, webhooks as webhook_endpoints};
use crate::faults::fault::FaultKind;
use crate::faults::queue;
use crate::http::access::{self, MediaType};
use crate::http::rate_limit::{RateLimit, Window};
use crate::http::request::ApiRequest;
use crate::http::response::{ApiError, ApiResponse};
use crate::http::runtime;
use crate::http::version::Version;
use crate::log::requests;
use crate::operations::table;
use crate::random::Random;
use crate::store::Store;
use crate::webhooks::subscription::Subscription;
use crate::webhooks::{delivery, record, sender};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use worker::{
    Context, Date, Delay, DurableObject, Env, Request, Response, State, Storage, console_error,
    durable_object, event,
};

/// How long a request hangs. The runtime itself would answer a promise that never resolves, so the
/// sandbox waits on a timer, longer than any client does.
const HANG: Duration = Duration::from_secs(600);

/// Passes every request to the one Durable Object.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    let sandbox = env.durable_object("SANDBOX")?;
    sandbox.get_by_name("sandbox")?.fetch_with_request(request).await
}

/// The Durable Object with all data of the sandbox.
#[durable_object]
pub struct Sandbox {
    store: Store,
    /// The storage, which has the alarm.
    storage: Storage,
    /// The webhook subscription of the start.
    subscription: Option<Subscription>,
    /// The time of the alarm, in milliseconds since 1970: 0 while webhooks are sent, the maximum
    /// if this object has set none.
    alarm_at_ms: Cell<u64>,
    /// The current rate limit window, in memory only: see [`Window`].
    window: Cell<Window>,
    /// The settings, once they were read from the database.
    settings: RefCell<Option<Settings>>,
    /// The number of requests so far, from which request ids are generated.
    request_count: Cell<u64>,
}

impl DurableObject for Sandbox {
    fn new(state: State, env: Env) -> Self {
        let variable = |name| env.var(name).ok().map(|value| value.to_string());
        let url = variable("SANDBOX_WEBHOOK_URL").zip(variable("SANDBOX_WEBHOOK_SECRET"));
        Self {
            store: Store::new(state.storage().sql()),
            storage: state.storage(),
            subscription: url.map(|(url, secret)| Subscription::new(url, secret)),
            alarm_at_ms: Cell::new(u64::MAX),
            window: Cell::default(),
            settings: RefCell::default(),
            request_count: Cell::new(0),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let request = runtime::read_request(request).await?;
        let request_id = self.request_id(request.received_at_ms);
        match self.respond(&request, &request_id).await {
            Ok(response) => Ok(response),
            Err(error) => runtime::send(error.into_response(&request_id), &request_id),
        }
    }

    /// Sends the webhooks that are due, and sets the alarm to the next.
    async fn alarm(&self) -> worker::Result<Response> {
        self.alarm_at_ms.set(0);
        let sent = match self.settings() {
            Ok(_) => sender::send_due(&self.store, self.subscription.as_ref()).await,
            Err(error) => Err(error),
        };
        self.alarm_at_ms.set(u64::MAX);
        if let Err(error) = sent.and(self.set_alarm().await) {
            console_error!("webhooks: {}", error.message);
        }
        Ok(runtime::empty())
    }
}

impl Sandbox {
    async fn respond(&self, request: &ApiRequest, request_id: &str) -> Result<Response, ApiError> {
        let settings = self.settings()?;
        if let Some(name) = request.url.path().strip_prefix("/_sandbox/") {
            let start = self.subscription.as_ref();
            let response = match (request.method.as_str(), name) {
                ("POST", "reset") => self.reset(request, &settings)?,
                (_, "webhooks" | "webhooks/send") => {
                    webhook_endpoints::handle(name, request, &self.store, start)?
                }
                (method, name) => endpoints::handle(method, name, request, &self.store, &settings)?,
            };
            self.set_alarm().await?;
            return Ok(runtime::send(response, request_id)?);
        }
        requests::record(&self.store, request)?;
        let fault = queue::take(&self.store, &request.method, request.path())?;
        if settings.latency_ms > 0 {
            Delay::from(Duration::from_millis(settings.latency_ms)).await;
            // A request of one test must not change the data of the next.
            if self.settings()?.generation != settings.generation {
                let message = "The sandbox was reset while this request waited";
                return Err(ApiError::new(503, "server_error", message));
            }
        }
        let response = match fault {
            None => runtime::send(self.handle(request, &settings, request_id)?, request_id)?,
            Some(fault) => self.fail(fault, request, &settings, request_id).await?,
        };
        self.set_alarm().await?;
        Ok(response)
    }

    /// Sets the alarm to the time of the next delivery of a webhook, unless it is set or webhooks are
    /// being sent.
    async fn set_alarm(&self) -> Result<(), ApiError> {
        let Some(due_ms) = delivery::next_due_ms(&self.store)? else { return Ok(()) };
        if due_ms >= self.alarm_at_ms.get() {
            return Ok(());
        }
        self.alarm_at_ms.set(due_ms);
        let delay_ms = due_ms.saturating_sub(Date::now().as_millis());
        Ok(self.storage.set_alarm(Duration::from_millis(delay_ms)).await?)
    }

    /// Answers `POST /_sandbox/reset`: replaces all data by the seed data.
    fn reset(&self, request: &ApiRequest, before: &Settings) -> Result<ApiResponse, ApiError> {
        let settings = Settings::read(&request.object()?, before.generation + 1)?;
        settings.apply(&self.store)?;
        let response = ApiResponse::ok(&settings)?;
        self.settings.replace(Some(settings));
        self.window.set(Window::default());
        Ok(response)
    }

    /// Answers a request as a fault requires.
    async fn fail(
        &self,
        fault: FaultKind,
        request: &ApiRequest,
        settings: &Settings,
        request_id: &str,
    ) -> Result<Response, ApiError> {
        let handle = || self.handle(request, settings, request_id);
        let error = |status| ApiError::of_fault(status).into_response(request_id);
        Ok(match fault {
            FaultKind::Hang => {
                Delay::from(HANG).await;
                runtime::send(error(504), request_id)?
            }
            FaultKind::Html403 => runtime::forbidden()?,
            FaultKind::Status(429) => {
                let limit = self.count(settings).exhausted();
                let response = limit.error().into_response(request_id);
                runtime::send(with_rate_limit(limit, response), request_id)?
            }
            FaultKind::Status(status) => {
                runtime::send(with_rate_limit(self.count(settings), error(status)), request_id)?
            }
            FaultKind::AcceptThen(status) => {
                let headers = handle()?.headers;
                runtime::send(ApiResponse { headers, ..error(status) }, request_id)?
            }
            FaultKind::Truncate => runtime::send_truncated(handle()?, request_id)?,
            FaultKind::Reset => runtime::send_reset(handle()?, request_id)?,
            FaultKind::Empty200 => {
                handle()?;
                runtime::empty()
            }
        })
    }

    /// Handles a request as Intercom does. An `Err` is a failure of the sandbox; Intercom's errors
    /// are responses.
    fn handle(
        &self,
        request: &ApiRequest,
        settings: &Settings,
        request_id: &str,
    ) -> Result<ApiResponse, ApiError> {
        let version = match access::check(
            request.header("authorization"),
            request.header("accept"),
            request.header("intercom-version"),
            MediaType::of(request.path()),
        ) {
            Ok(version) => version,
            Err(error) => return Ok(error.into_response(request_id)),
        };
        let version_header = ("intercom-version", version.to_string());
        let limit = self.count(settings);
        let result = if limit.exceeded {
            Err(limit.error())
        } else {
            self.operate(request, settings, version)
        };
        let mut response = result.unwrap_or_else(|error| error.into_response(request_id));
        response.headers.push(version_header);
        Ok(with_rate_limit(limit, response))
    }

    /// Looks up the operation of a request and runs its handler.
    fn operate(
        &self,
        request: &ApiRequest,
        settings: &Settings,
        version: Version,
    ) -> Result<ApiResponse, ApiError> {
        let (handler, [param, second_param]) = table::find(&request.method, request.path())?;
        let mut call = Call {
            store: &self.store,
            generation: settings.generation,
            search_delay_ms: settings.search_delay_ms,
            utc_offset_minutes: settings.utc_offset_minutes,
            request,
            param,
            second_param,
            version,
            now_ms: Date::now().as_millis(),
        };
        let response = handler(&call);
        // Notifications have the version of the app, not of the request.
        call.version = Version::DEFAULT;
        self.record_changes(&call);
        response
    }

    /// Adds a webhook for each change that a handler has made. A failure here does not make the
    /// request fail.
    fn record_changes(&self, call: &Call) {
        let recorded = record::record(call, self.subscription.as_ref());
        if let Err(error) = recorded.or_else(|error| record::discard(call).and(Err(error))) {
            console_error!("webhooks: {}", error.message);
        }
    }

    fn count(&self, settings: &Settings) -> RateLimit {
        let mut window = self.window.get();
        let limit = window.count(Date::now().as_millis(), settings.limit_per_10s);
        self.window.set(window);
        limit
    }

    fn settings(&self) -> Result<Settings, ApiError> {
        if let Some(settings) = self.settings.borrow().as_ref() {
            return Ok(settings.clone());
        }
        let settings = Settings::load(&self.store)?;
        self.settings.replace(Some(settings.clone()));
        Ok(settings)
    }

    fn request_id(&self, received_at_ms: u64) -> String {
        let count = self.request_count.get() + 1;
        self.request_count.set(count);
        Random::new(received_at_ms, count).uuid()
    }
}

/// Adds Intercom's rate limit headers to a response.
fn with_rate_limit(limit: RateLimit, mut response: ApiResponse) -> ApiResponse {
    response.headers.extend(limit.headers());
    response
}
