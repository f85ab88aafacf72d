//! Receives Intercom's webhooks: `POST /edge/webhooks/intercom`. A notification that is answered with 200 is stored.

mod notification;
mod signature;

use crate::client::Timer;
use crate::edge::intercom::cache;
use crate::edge::intercom::upstream::Intercom;
use crate::edge::live;
use crate::edge::live::protocol::LOG;
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::{Answer, Rejection};
use crate::edge::runtime;
use crate::edge::runtime::clock::{Clock, is_within};
use crate::edge::sha256;
use notification::Notification;
use signature::Signature;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// The secrets that sign webhooks.
const SECRET: &str = "INTERCOM_CLIENT_SECRET";

/// The longest body, in bytes.
const LIMIT: u32 = 1 << 20;

/// The pause between the checks of a request that waits until another request has read the workspace.
const WAIT: Duration = Duration::from_millis(50);

/// The most pauses of a request.
const MAX_WAITS: usize = 80;

/// The time for reading the workspace: Intercom waits five seconds for the answer to a webhook.
const DEADLINE: Duration = Duration::from_secs(4);

thread_local! {
    /// The workspace of the access token, once it was read.
    static WORKSPACE: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The time at which a request began to read the workspace, while it reads. A request whose sender disconnects is
    /// stopped without an end: the mark expires.
    static READING_SINCE: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Marks that a request reads the workspace, until it is dropped.
struct Reading;

impl Reading {
    fn begin() -> Self {
        READING_SINCE.set(Some(runtime::now()));
        Self
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        READING_SINCE.set(None);
    }
}

/// Answers a webhook. The signature is its credential.
pub async fn answer(context: &RequestContext<'_>) -> Result<Answer, Rejection> {
    match context.head.method {
        // Intercom checks the endpoint's existence.
        "HEAD" => return Ok(Answer::empty(200)),
        "POST" => {}
        _ => return Err(Rejection::method_not_allowed("HEAD, POST")),
    }
    let config = context.config;
    let secrets = config
        .client_secrets
        .as_deref()
        .ok_or_else(|| Rejection::not_set_up(&format!("the secret {SECRET} is not set")))?;
    config.require(LOG.0)?;
    let header = context.request.headers().get("x-hub-signature")?.unwrap_or_default();
    // Without a signature the body is not read.
    let signature = Signature::parse(&header).ok_or_else(unsigned)?;
    let body = body::bytes(context, LIMIT).await?;
    if !signature.is_of(&body, secrets).await? {
        return Err(unsigned());
    }
    let body = body.to_vec();
    let notification = Notification::read(&body)?;
    if notification.is_ping() {
        return Ok(Answer::empty(200));
    }
    let now = context.arrived.as_secs().try_into().unwrap_or(i64::MAX);
    let event = notification.event(now)?;
    if notification.workspace() != Some(workspace(context).await?) {
        let words = "The notification is of another workspace: its app_id is not that of the Worker's access token";
        return Err(Rejection::forbidden(words).naming("app_id"));
    }
    let invalidates = event.invalidates;
    live::store(context.env, vec![event]).await?;
    if invalidates {
        cache::clear();
    }
    Ok(Answer::empty(200))
}

fn unsigned() -> Rejection {
    let words = format!(
        "X-Hub-Signature is not the signature of this body by {SECRET}, your app's client secret"
    );
    Rejection::new(401, "unauthorized", words).naming("X-Hub-Signature")
}

/// Returns the workspace of the access token. Reads it from Intercom once for each token; the event log stores it.
async fn workspace(context: &RequestContext<'_>) -> Result<String, Rejection> {
    // Many notifications may come at once. One of them reads, and the others wait.
    let mut waits = 0;
    loop {
        if let Some(known) = WORKSPACE.with_borrow(Clone::clone) {
            return Ok(known);
        }
        let since = READING_SINCE.get();
        if !since.is_some_and(|since| is_within(since, DEADLINE, runtime::now())) {
            break;
        }
        if waits == MAX_WAITS {
            return Err(unknown_workspace());
        }
        waits += 1;
        Clock.sleep(WAIT).await;
    }
    let _reading = Reading::begin();
    let token = context.env.var("INTERCOM_ACCESS_TOKEN")?.to_string();
    let token = sha256::hex(&[token.as_bytes()]);
    let workspace = match live::workspace(context.env, &token).await? {
        Some(stored) => stored,
        None => {
            let read = workspace_at_intercom(context).await?;
            live::set_workspace(context.env, &token, &read).await?;
            read
        }
    };
    WORKSPACE.set(Some(workspace.clone()));
    Ok(workspace)
}

async fn workspace_at_intercom(context: &RequestContext<'_>) -> Result<String, Rejection> {
    let intercom = Intercom::until(context.arrived + DEADLINE, context.config, &context.trace);
    let workspace = intercom.workspace().await;
    let workspace = workspace.map_err(|rejection| unknown_workspace().caused_like(&rejection))?;
    workspace.filter(|id| !id.is_empty()).ok_or_else(unknown_workspace)
}

fn unknown_workspace() -> Rejection {
    let words = "The workspace could not be read from Intercom: deliver the notification again";
    Rejection::new(503, "service_unavailable", words)
}
