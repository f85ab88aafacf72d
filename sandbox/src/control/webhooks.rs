//! The endpoints under `/_sandbox/webhooks`.

use crate::http::body::set;
use crate::http::request::ApiRequest;
use crate::http::response::{ApiError, ApiResponse};
use crate::store::Store;
use crate::webhooks::delivery::{self, MAX_FINISHED, NewDelivery};
use crate::webhooks::on_demand;
use crate::webhooks::subscription::Subscription;
use serde_json::{Value, json};

/// Answers a request to `/_sandbox/webhooks` or `/_sandbox/webhooks/send`. `start` is the
/// subscription of the start.
pub(crate) fn handle(
    name: &str,
    request: &ApiRequest,
    store: &Store,
    start: Option<&Subscription>,
) -> Result<ApiResponse, ApiError> {
    match (request.method.as_str(), name) {
        ("GET", "webhooks") => {
            let limit = request.number("limit", MAX_FINISHED, 0..=MAX_FINISHED)?;
            list(store, start, limit)
        }
        ("POST", "webhooks") => {
            let subscription = Subscription::read(&request.object()?)?;
            Subscription::set(store, Some(&subscription))?;
            ApiResponse::ok(&subscription.without_secrets())
        }
        ("DELETE", "webhooks") => {
            Subscription::set(store, None)?;
            delivery::clear(store)?;
            list(store, start, 0)
        }
        ("POST", "webhooks/send") => {
            let subscription = Subscription::current(store, start)?.ok_or_else(|| {
                let message = "There is no subscription: set one with POST /_sandbox/webhooks";
                ApiError::new(409, "conflict", message)
            })?;
            let sent =
                on_demand::send(store, &request.object()?, &subscription, request.received_at_ms)?;
            ApiResponse::ok(&summary(&sent))
        }
        _ => Err(ApiError::not_found()),
    }
}

/// Responds with the subscription and its deliveries.
fn list(store: &Store, start: Option<&Subscription>, limit: u64) -> Result<ApiResponse, ApiError> {
    let subscription = Subscription::current(store, start)?;
    let mut list = delivery::list(store, limit)?;
    let shown = subscription.map(|subscription| subscription.without_secrets());
    set(&mut list, "subscription", shown);
    ApiResponse::ok(&list)
}

/// Returns the notifications that are sent, in the order of sending.
fn summary(deliveries: &[NewDelivery]) -> Value {
    let data = deliveries.iter().map(
        |delivery| json!({"id": delivery.notification.id, "topic": delivery.notification.topic}),
    );
    json!({"type": "list", "total": deliveries.len(), "data": data.collect::<Vec<_>>()})
}
