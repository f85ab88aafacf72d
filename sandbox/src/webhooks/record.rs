//! Makes notifications of the changes of a request.

use crate::call::Call;
use crate::http::response::ApiError;
use crate::random::Random;
use crate::webhooks::change::{self, Change};
use crate::webhooks::delivery::{self, NewDelivery, Signing};
use crate::webhooks::notification::Notification;
use crate::webhooks::subscription::Subscription;
use crate::webhooks::topics;

/// The number of changes that are read at once: the deletion of a tag can change many contacts.
const CHUNK: usize = 100;

/// Adds a delivery for each change of a request, and removes the changes. Without a subscription it
/// only removes them. `start` is the subscription of the start.
pub(crate) fn record(call: &Call, start: Option<&Subscription>) -> Result<(), ApiError> {
    let mut changes = change::next(call.store, 0, CHUNK)?;
    if changes.is_empty() {
        return Ok(());
    }
    if let Some(subscription) = Subscription::current(call.store, start)? {
        while let Some(last) = changes.last() {
            let number = last.number;
            add_deliveries(call, &subscription, changes)?;
            changes = change::next(call.store, number, CHUNK)?;
        }
    }
    change::clear(call.store)
}

/// Adds a delivery for each event of several changes.
fn add_deliveries(
    call: &Call,
    subscription: &Subscription,
    changes: Vec<Change>,
) -> Result<(), ApiError> {
    let mut events = Vec::new();
    for change in changes {
        events.extend(topics::of(call, change)?);
    }
    events.retain(|event| subscription.includes(&event.topic));
    if events.is_empty() {
        return Ok(());
    }
    let newest = delivery::newest_number(call.store)?;
    let deliveries = (newest + 1..).zip(events).map(|(number, event)| NewDelivery {
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
    });
    delivery::insert(call.store, &deliveries.collect::<Vec<_>>())
}

/// Removes the changes of a request without a notification.
pub(crate) fn discard(call: &Call) -> Result<(), ApiError> {
    change::clear(call.store)
}

/// Returns the id of a notification, from the time in milliseconds and the number of its delivery.
pub(crate) fn new_id(now_ms: u64, number: u64) -> String {
    format!("notif_{}", Random::new(now_ms, number).uuid())
}
