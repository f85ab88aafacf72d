//! The flow of events to a reader: its position in the log, and the number of events that it has not acknowledged.
//!
//! The log is the only buffer. A reader that does not acknowledge gets no more events, and later continues from its
//! position in the log. So a slow reader uses no memory, and a fast reader never loses its connection in a burst.

use serde::{Deserialize, Serialize};

/// The most events that are sent without an acknowledgement.
const WINDOW_EVENTS: u32 = 256;

/// The bytes above which no more events are sent without an acknowledgement.
const WINDOW_BYTES: u64 = 128 << 10;

/// The time in milliseconds after which a reader is slow, if its window is full and it acknowledges nothing.
const SLOW_AFTER_MS: i64 = 60_000;

/// The flow of events to a reader.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The position in the log. Each event up to here was sent to the reader, or is not for it.
    pub position: i64,
    /// The number of events that were sent.
    sent: u32,
    /// The number of events that the reader has acknowledged.
    acknowledged: u32,
    /// The bytes that were sent and not acknowledged.
    bytes: u64,
    /// The time when the window became full, in milliseconds since 1970.
    full_since: Option<i64>,
}

/// The reader acknowledges more events than were sent, or fewer events than before.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongCount;

impl Flow {
    /// Begins at a position.
    pub fn at(position: i64) -> Self {
        Self { position, ..Self::default() }
    }

    fn outstanding(&self) -> u32 {
        self.sent.wrapping_sub(self.acknowledged)
    }

    /// Checks if another event may be sent. A full window begins to wait at `now`, in milliseconds since 1970.
    pub fn has_room(&mut self, now: i64) -> bool {
        let is_full = self.outstanding() >= WINDOW_EVENTS || self.bytes >= WINDOW_BYTES;
        if is_full {
            self.full_since.get_or_insert(now);
        }
        !is_full
    }

    /// Checks if the window is full.
    pub const fn is_full(&self) -> bool {
        self.full_since.is_some()
    }

    /// Counts an event that was sent.
    pub fn send(&mut self, position: i64, length: usize) {
        self.position = position;
        self.sent = self.sent.wrapping_add(1);
        self.bytes += length as u64;
    }

    /// Counts acknowledged events. `total`: the number since the connection began. Returns true if the window was full.
    pub fn acknowledge(&mut self, total: u32) -> Result<bool, WrongCount> {
        let before = self.outstanding();
        let after = self.sent.wrapping_sub(total);
        if after > before {
            return Err(WrongCount);
        }
        // The lengths of single events are not stored: each remaining event counts with the average length.
        self.bytes = match before {
            0 => 0,
            before => self.bytes * u64::from(after) / u64::from(before),
        };
        self.acknowledged = total;
        Ok(after < before && self.full_since.take().is_some())
    }

    /// Counts the next `count` events as acknowledged. Returns true if the window was full.
    pub fn acknowledge_next(&mut self, count: u32) -> bool {
        self.acknowledge(self.acknowledged.wrapping_add(count)).unwrap_or_default()
    }

    /// The time when the reader counts as slow, in milliseconds since 1970, if its window is full.
    pub fn slow_at(&self) -> Option<i64> {
        self.full_since.map(|since| since + SLOW_AFTER_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::{Flow, SLOW_AFTER_MS, WINDOW_BYTES, WINDOW_EVENTS, WrongCount};
    use proptest::prelude::*;

    #[test]
    fn a_full_window_opens_by_an_acknowledgement() {
        let mut flow = Flow::at(10);
        for number in 0..WINDOW_EVENTS {
            assert!(flow.has_room(1));
            flow.send(11 + i64::from(number), 10);
        }
        assert!(!flow.has_room(1000) && flow.is_full());
        assert!(!flow.has_room(2000));
        assert_eq!(flow.slow_at(), Some(1000 + SLOW_AFTER_MS));
        assert_eq!(flow.acknowledge(0), Ok(false));
        assert!(flow.is_full());
        assert_eq!(flow.acknowledge(1), Ok(true));
        assert_eq!((flow.has_room(3000), flow.slow_at()), (true, None));
    }

    #[test]
    fn large_events_fill_the_window_earlier_and_one_always_passes() {
        let mut flow = Flow::at(0);
        assert!(flow.has_room(0));
        flow.send(1, 1 << 20);
        assert!(!flow.has_room(0));
        assert_eq!(flow.acknowledge(1), Ok(true));
        assert!(flow.has_room(0));
        assert_eq!(flow.bytes, 0);
    }

    #[test]
    fn a_wrong_count_is_noticed() {
        let mut flow = Flow::at(0);
        flow.send(1, 1);
        flow.send(2, 1);
        assert_eq!(flow.acknowledge(3), Err(WrongCount));
        assert_eq!(flow.acknowledge(2), Ok(false));
        assert_eq!(flow.acknowledge(1), Err(WrongCount));
    }

    proptest! {
        /// The window is bounded for any events and acknowledgements, and acknowledging all events opens it.
        #[test]
        fn the_window_is_bounded(steps in proptest::collection::vec((0_usize..50_000, 0_u32..4), 0..2000)) {
            let mut flow = Flow::at(0);
            for (position, (length, acknowledged)) in (1..).zip(steps) {
                if flow.has_room(0) {
                    flow.send(position, length);
                }
                prop_assert!(flow.outstanding() <= WINDOW_EVENTS);
                prop_assert!(flow.bytes < WINDOW_BYTES + 50_000);
                flow.acknowledge_next(acknowledged.min(flow.outstanding()));
            }
            flow.acknowledge_next(flow.outstanding());
            prop_assert!(flow.has_room(0) && flow.bytes == 0);
        }
    }
}
