//! The Workers runtime's clock.

use super::runtime;
use super::task::settled;
use crate::client::Timer;
use std::time::Duration;

/// Time as the runtime tells it: it stands still while code computes and moves on with I/O.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> Duration {
        runtime::now()
    }

    /// Not `worker::Delay`, which tells its end only to whoever polled it first: [`task`](super::task)
    /// may have passed the request on since.
    async fn sleep(&self, pause: Duration) {
        let milliseconds = pause.as_millis().try_into().unwrap_or(u32::MAX);
        settled(runtime::pause(milliseconds)).await;
    }
}
