//! Sends the deliveries that are due, several at once.

use crate::http::response::ApiError;
use crate::store::Store;
use crate::webhooks::delivery::{self, Attempt, DueDelivery, Signing};
use crate::webhooks::signature::sign;
use crate::webhooks::subscription::Subscription;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::pin::pin;
use std::time::Duration;
use worker::{
    AbortController, Date, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
};

/// The number of deliveries that are sent at once.
const MAX_IN_FLIGHT: usize = 8;

/// The time that a receiver has to respond, as with Intercom.
const TIMEOUT: Duration = Duration::from_secs(5);

/// After this time, a delivery whose attempt did not end is sent again, in milliseconds.
const ABANDONED_AFTER_MS: u64 = 15_000;

/// The interval between checks for new deliveries while others are in flight.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Sends deliveries until none is due and none in flight. Without a subscription it removes them.
pub(crate) async fn send_due(store: &Store, start: Option<&Subscription>) -> Result<(), ApiError> {
    let mut in_flight = FuturesUnordered::new();
    loop {
        while in_flight.len() < MAX_IN_FLIGHT {
            let Some(subscription) = Subscription::current(store, start)? else {
                delivery::clear(store)?;
                break;
            };
            let now_ms = Date::now().as_millis();
            let due = delivery::take(store, now_ms, now_ms + ABANDONED_AFTER_MS)?;
            let Some(due) = due else { break };
            in_flight.push(send(store, subscription, due));
        }
        if in_flight.is_empty() {
            return Ok(());
        }
        let has_room = in_flight.len() < MAX_IN_FLIGHT;
        let finished = in_flight.next();
        if has_room {
            // The receiver may take seconds: meanwhile, deliveries may become due.
            if let Either::Left((Some(result), _)) = select(finished, Delay::from(LOOK_EVERY)).await
            {
                result?;
            }
        } else if let Some(result) = finished.await {
            result?;
        }
    }
}

/// Makes one attempt, and stores its result.
async fn send(store: &Store, subscription: Subscription, due: DueDelivery) -> Result<(), ApiError> {
    let attempt = attempt(&subscription, &due).await;
    let retry = usize::try_from(due.attempt).ok().and_then(|attempt| attempt.checked_sub(1));
    let delay_ms = retry.and_then(|retry| subscription.retry_delays_ms.get(retry));
    let now_ms = Date::now().as_millis();
    delivery::finish(store, &due, &attempt, delay_ms.map(|delay_ms| now_ms + delay_ms))
}

/// Posts a notification and waits for the response.
async fn attempt(subscription: &Subscription, due: &DueDelivery) -> Attempt {
    let abort = AbortController::default();
    let signal = abort.signal();
    let post = async {
        let request = request(subscription, due)?;
        let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
        // An unread body would keep its connection busy.
        response.bytes().await?;
        Ok::<_, worker::Error>(response.status_code())
    };
    match select(pin!(post), Delay::from(TIMEOUT)).await {
        Either::Left((Ok(status), _)) => Attempt { status: Some(status), error: None },
        Either::Left((Err(error), _)) => Attempt { status: None, error: Some(error.to_string()) },
        Either::Right(_) => {
            abort.abort();
            let error = format!("no response within {} seconds", TIMEOUT.as_secs());
            Attempt { status: None, error: Some(error) }
        }
    }
}

fn request(subscription: &Subscription, due: &DueDelivery) -> worker::Result<Request> {
    let body = due.notification.body(due.attempt, due.first_sent_at)?;
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    headers.set("content-type", "application/json")?;
    headers.set("user-agent", "intercom-parrot-service-client/1.0")?;
    let secret = &subscription.secret;
    let signature = match due.signing {
        Signing::Right => Some(sign(secret, &body)),
        Signing::Hub => Some(sign(subscription.hub_secret.as_ref().unwrap_or(secret), &body)),
        Signing::Wrong => Some(sign(&format!("not {secret}"), &body)),
        Signing::Missing => None,
    };
    if let Some(signature) = signature {
        headers.set("x-hub-signature", &signature)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(String::from_utf8_lossy(&body).into_owned().into()));
    Request::new_with_init(&subscription.url, &init)
}
