//! Records the day of the last warnings about caller keys that expire soon, so that all instances of the Worker
//! together write them once a day.

use crate::edge::outbox::protocol::{ClaimedWarnings, Reply};
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::day;
use crate::edge::runtime::key_value::Numbers;
use std::cell::Cell;

/// The key of the stored day. It must not change.
const KEY: &str = "expiry_warnings";

/// Decides which instance of the Worker writes the warnings of a day.
#[derive(Debug)]
pub struct ExpiryWarnings {
    numbers: Numbers,
    /// The day of the last claim since the object started.
    last_day: Cell<Option<u64>>,
}

impl ExpiryWarnings {
    /// Records the day in an object's numbers.
    pub const fn new(numbers: Numbers) -> Self {
        Self { numbers, last_day: Cell::new(None) }
    }

    /// Claims the warnings of today (UTC), and says if this is the day's first claim.
    pub async fn claim(&self) -> Result<Reply, Rejection> {
        let today = day(runtime::now());
        // The day is set before anything is awaited: of two claims at the same time only one goes on.
        let mut is_first = self.last_day.replace(Some(today)) != Some(today);
        if is_first {
            let number = today as f64;
            is_first = self.numbers.get(KEY).await? != Some(number);
            if is_first {
                self.numbers.put(KEY, number).await?;
            }
        }
        Ok(Reply::json(200, &ClaimedWarnings { is_first }))
    }
}
