//! Makes notifications of the changes of a request.

use crate::call::Call;
use crate::http::response::ApiError;
use crate::random::Random;
use crate::webhooks::change;
use crate::webhooks::delivery::{self, NewDelivery, Signing};
use crate::webhooks::notification::Notification;
use crate::webhooks::subscription::Subscription;
use crate::webhooks::topics;

/// The number of changes that are read at once: the deletion of a tag can change many contacts.
const CHUNK: usize = 100;

/// Adds a delivery for each change of a request, and removes the changes. Without a subscription it
/// only removes them.
pub(crate) fn record(call: &Call, subscription: Option<&Subscription>) -> Result<(), ApiError> {
    let mut number = 0;
    loop {
        let changes = change::next(call.store, number, CHUNK)?;
        let Some(last) = changes.last() else { break };
        number = last.number;
        let Some(subscription) = subscription else { break };
        let is_last = changes.len() < CHUNK;
        let mut events = Vec::new();
        for change in changes {
            events.extend(topics::of(call, change)?);
        }
        events.retain(|event| subscription.includes(&event.topic));
        let newest = delivery::newest_number(call.store)?;
        let deliveries: Vec<NewDelivery> = (newest + 1..)
            .zip(events)
            .map(|(number, event)| NewDelivery {
                notification: Notification {
                    id: Some(new_id(call.now_ms, number)),
                    topic: event.topic,
                    app_id: subscription.app_id.clone(),
                    created_at: call.now(),
                    item: event.item,
                },
                signing: Signing::Right,
                due_ms: call.now_ms + event.delay_ms,
                waits: false,
            })
            .collect();
        if !deliveries.is_empty() {
            delivery::insert(call.store, &deliveries)?;
        }
        if is_last {
            break;
        }
    }
    if number > 0 { change::clear(call.store) } else { Ok(()) }
}

/// Removes the changes of a request without a notification.
pub(crate) fn discard(call: &Call) -> Result<(), ApiError> {
    change::clear(call.store)
}

/// Returns the id of a notification, from the time in milliseconds and the number of its delivery.
pub(crate) fn new_id(now_ms: u64, number: u64) -> String {
    format!("notif_{}", Random::new(now_ms, number).uuid())
}
