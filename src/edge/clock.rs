//! The Workers runtime's clock.

use crate::client::Timer;
use std::time::Duration;

/// Time as the runtime tells it: it stands still while code computes and moves on with I/O.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> Duration {
        super::runtime::now()
    }

    async fn sleep(&self, pause: Duration) {
        worker::Delay::from(pause).await;
    }
}
