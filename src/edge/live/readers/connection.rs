//! The connection of a reader: a WebSocket or an event stream.

use crate::client::Timer;
use crate::edge::access::scope::Scope;
use crate::edge::live::protocol::Reader;
use crate::edge::live::readers::flow::{Flow, WrongCount};
use crate::edge::live::readers::frame::{Frame, LogEvent};
use crate::edge::live::readers::socket::{ENDED, Socket};
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::output::Stream;
use crate::edge::runtime::sql::now;
use crate::model::LiveEndReason;
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// The silence after which an event stream gets a comment, in milliseconds. Only a write shows that a reader has left.
const MAX_SILENCE_MS: i64 = 15_000;

/// The time that an event stream stays open, in milliseconds. An open stream keeps the object from hibernating.
const MAX_OPEN_MS: i64 = 300_000;

/// The events that a reader has skipped, after which its position is stored.
const MAX_SKIPPED_EVENTS: i64 = 50;

/// The time that a reader has to read the last object of a stream.
const LAST_READ: Duration = Duration::from_secs(10);

/// A connection.
pub struct Connection {
    /// The number: the number of the ticket for a WebSocket, a negative number for an event stream.
    pub number: i64,
    pub reader: Reader,
    /// The name of the log that the flow's position belongs to.
    log: String,
    /// The reader may read the messages of other callers.
    sees_all: bool,
    outlet: Outlet,
    flow: RefCell<Flow>,
    /// The connection reads older events from the log for itself alone, until it waits for new events.
    pub is_catching_up: Cell<bool>,
    is_closed: Cell<bool>,
    /// The position that was stored last.
    attached: Cell<i64>,
}

enum Outlet {
    Socket(Socket),
    Stream {
        stream: Rc<Stream>,
        /// The time when the stream was opened, in milliseconds since 1970.
        opened: i64,
        /// The time at which something was written last, in milliseconds since 1970.
        written: Cell<i64>,
    },
}

/// The state of a connection that its WebSocket keeps while the object hibernates.
#[derive(Deserialize, Serialize)]
struct Attachment {
    log: String,
    flow: Flow,
}

/// A write to an event stream. Its output is the number of events that the reader has taken, or `None` if the reader
/// has left.
pub type Write = LocalBoxFuture<'static, Option<u32>>;

impl Connection {
    /// Makes a connection by a WebSocket, which begins at a position in the log.
    pub fn by_socket(
        number: i64,
        reader: Reader,
        socket: Socket,
        log: &str,
        position: i64,
    ) -> Self {
        let connection = Self::new(number, reader, Outlet::Socket(socket), log, Flow::at(position));
        connection.attach();
        connection
    }

    /// Restores the connection of a WebSocket after the object has hibernated.
    pub fn restored(number: i64, reader: Reader, socket: Socket) -> Option<Self> {
        let Attachment { log, flow } = serde_json::from_str(&socket.attached()?).ok()?;
        Some(Self::new(number, reader, Outlet::Socket(socket), &log, flow))
    }

    /// Makes a connection by an event stream, which begins at a position in the log.
    pub fn by_stream(
        number: i64,
        reader: Reader,
        stream: Stream,
        log: &str,
        position: i64,
    ) -> Self {
        let now = now();
        let outlet =
            Outlet::Stream { stream: Rc::new(stream), opened: now, written: Cell::new(now) };
        Self::new(number, reader, outlet, log, Flow::at(position))
    }

    fn new(number: i64, reader: Reader, outlet: Outlet, log: &str, flow: Flow) -> Self {
        let position = flow.position;
        Self {
            number,
            sees_all: reader.scopes.contains(Scope::MessagesAdmin),
            reader,
            log: log.to_owned(),
            outlet,
            flow: RefCell::new(flow),
            is_catching_up: Cell::default(),
            is_closed: Cell::default(),
            attached: Cell::new(position),
        }
    }

    /// Returns the position in the log.
    pub fn position(&self) -> i64 {
        self.flow.borrow().position
    }

    /// Checks if the reader waits for the newest events.
    pub fn is_waiting(&self) -> bool {
        !self.is_catching_up.get() && !self.is_closed.get() && !self.flow.borrow().is_full()
    }

    /// Checks if the connection can take another event.
    pub fn has_room(&self) -> bool {
        !self.is_closed.get() && self.flow.borrow_mut().has_room(now())
    }

    pub fn is_stream(&self) -> bool {
        matches!(self.outlet, Outlet::Stream { .. })
    }

    /// Sends an object that is not an event: an `edge.ready` or an `edge.gap`.
    pub fn send(&self, frame: &Frame) {
        match &self.outlet {
            Outlet::Socket(socket) => socket.send(&frame.json(&self.log).into()),
            Outlet::Stream { stream, written, .. } => {
                written.set(now());
                let (stream, text) = (Rc::clone(stream), frame.stream_event(&self.log));
                spawn_local(async move { drop(stream.write(&text).await) });
            }
        }
    }

    /// Sends the events after the connection's position that its reader selected and may read, as many as fit into the
    /// window. `after`: the position before the first event. A connection that is not there yet gets none, because it
    /// would miss events.
    #[must_use]
    pub fn offer(&self, after: i64, events: &[LogEvent]) -> Option<Write> {
        let chosen = self.choose(after, events);
        if chosen.is_empty() {
            // After hibernation, all are read again that follow the stored positions.
            if self.position() - self.attached.get() >= MAX_SKIPPED_EVENTS {
                self.attach();
            }
            return None;
        }
        match &self.outlet {
            Outlet::Socket(socket) => {
                chosen.iter().for_each(|event| socket.send(event.text(&self.log)));
                self.attach();
                None
            }
            Outlet::Stream { stream, written, .. } => {
                written.set(now());
                let text = chosen.iter().map(|event| event.frame.stream_event(&self.log)).collect();
                Some(write(stream, text, u32::try_from(chosen.len()).unwrap_or(u32::MAX)))
            }
        }
    }

    fn choose<'a>(&self, after: i64, events: &'a [LogEvent]) -> Vec<&'a LogEvent> {
        let mut flow = self.flow.borrow_mut();
        let mut chosen = Vec::new();
        if self.is_closed.get() || flow.position < after {
            return chosen;
        }
        let now = now();
        for event in events {
            let sequence = event.frame.sequence;
            if sequence <= flow.position {
                continue;
            }
            if !event.is_for(&self.reader, self.sees_all) {
                flow.position = sequence;
                continue;
            }
            if !flow.has_room(now) {
                break;
            }
            flow.send(sequence, event.frame.length());
            chosen.push(event);
        }
        chosen
    }

    /// Counts acknowledged events. `total`: the number since the WebSocket was opened. Returns true if the reader can
    /// continue now.
    pub fn acknowledge(&self, total: u32) -> Result<bool, WrongCount> {
        let continues = self.flow.borrow_mut().acknowledge(total)?;
        self.attach();
        Ok(continues)
    }

    /// Counts the next events as acknowledged. Returns true if the reader can continue now.
    pub fn acknowledge_next(&self, count: u32) -> bool {
        self.flow.borrow_mut().acknowledge_next(count)
    }

    /// Stores the state of a WebSocket for the time of hibernation.
    pub fn attach(&self) {
        if let Outlet::Socket(socket) = &self.outlet {
            let attachment = Attachment { log: self.log.clone(), flow: self.flow.borrow().clone() };
            socket.attach(&serde_json::to_string(&attachment).unwrap_or_default());
            self.attached.set(attachment.flow.position);
        }
    }

    /// Returns the reason why the connection must end, if there is one. `now`: milliseconds since 1970.
    pub fn due_end(&self, now: i64) -> Option<LiveEndReason> {
        let stream_opened = match &self.outlet {
            Outlet::Stream { opened, .. } => Some(*opened),
            Outlet::Socket(_) => None,
        };
        end_reason(now, self.expires_at(), self.flow.borrow().slow_at(), stream_opened)
    }

    /// Returns the time of the next check for an end, in milliseconds since 1970.
    pub fn next_check(&self) -> Option<i64> {
        let times = [self.expires_at(), self.flow.borrow().slow_at()];
        times.into_iter().flatten().min()
    }

    fn expires_at(&self) -> Option<i64> {
        let at = self.reader.expires_at?;
        Some(i64::try_from(at).ok()?.saturating_mul(1000))
    }

    /// Writes a comment to an event stream that was silent.
    #[must_use]
    pub fn keep_alive(&self, now: i64) -> Option<Write> {
        match &self.outlet {
            Outlet::Stream { stream, written, .. } if written.get() + MAX_SILENCE_MS <= now => {
                written.set(now);
                Some(write(stream, ": heartbeat\n\n".to_owned(), 0))
            }
            _ => None,
        }
    }

    /// Ends the connection with its reason.
    pub fn end(&self, reason: &LiveEndReason) {
        self.is_closed.set(true);
        let frame = Frame::end(self.position(), reason);
        match &self.outlet {
            Outlet::Socket(socket) => {
                socket.send(&frame.json(&self.log).into());
                socket.close(ENDED, reason.as_str());
            }
            Outlet::Stream { stream, .. } => {
                let (stream, text) = (Rc::clone(stream), frame.stream_event(&self.log));
                let last = Rc::clone(&stream);
                spawn_local(async move {
                    let _ = last.write(&text).await;
                    last.close().await;
                });
                spawn_local(async move {
                    Clock.sleep(LAST_READ).await;
                    stream.abort().await;
                });
            }
        }
    }

    /// Marks the connection as closed, because the reader has left.
    pub fn leave(&self) {
        self.is_closed.set(true);
    }

    /// Breaks the connection, so that its reader connects again.
    pub fn break_off(&self) {
        self.is_closed.set(true);
        match &self.outlet {
            Outlet::Socket(socket) => socket.close(1011, ""),
            Outlet::Stream { stream, .. } => {
                let stream = Rc::clone(stream);
                spawn_local(async move { stream.abort().await });
            }
        }
    }
}

/// Returns the reason why a connection must end at `now`, if there is one. `stream_opened`: the time when the event
/// stream was opened; `None` for a WebSocket. All times are in milliseconds since 1970.
fn end_reason(
    now: i64,
    expires_at: Option<i64>,
    slow_at: Option<i64>,
    stream_opened: Option<i64>,
) -> Option<LiveEndReason> {
    let time_limit = stream_opened.map(|opened| opened + MAX_OPEN_MS);
    let (_, reason) = [
        (expires_at, LiveEndReason::CredentialExpired),
        (slow_at, LiveEndReason::SlowReader),
        (time_limit, LiveEndReason::TimeLimit),
    ]
    .into_iter()
    .find(|(at, _)| at.is_some_and(|at| at <= now))?;
    Some(reason)
}

fn write(stream: &Rc<Stream>, text: String, count: u32) -> Write {
    let stream = Rc::clone(stream);
    async move { stream.write(&text).await.is_ok().then_some(count) }.boxed_local()
}

#[cfg(test)]
mod tests {
    use super::{LiveEndReason, end_reason};
    use LiveEndReason::{CredentialExpired, SlowReader, TimeLimit};

    const OPENED: i64 = 1_795_392_000_000;

    #[test]
    fn an_event_stream_ends_after_five_minutes_and_a_socket_does_not() {
        for (minutes, expected) in
            [(0, None), (4, None), (5, Some(TimeLimit)), (60, Some(TimeLimit))]
        {
            let now = OPENED + minutes * 60_000;
            assert_eq!(end_reason(now, None, None, Some(OPENED)), expected, "{minutes}");
            assert_eq!(end_reason(now, None, None, None), None, "{minutes}");
        }
        assert_eq!(end_reason(OPENED + 299_999, None, None, Some(OPENED)), None);
    }

    #[test]
    fn a_connection_ends_when_its_credential_expires_or_its_reader_is_slow() {
        let (at, later) = (Some(OPENED), Some(OPENED + 1));
        for (expires_at, slow_at, expected) in [
            (None, None, None),
            (later, later, None),
            (at, None, Some(CredentialExpired)),
            (at, at, Some(CredentialExpired)),
            (later, at, Some(SlowReader)),
        ] {
            assert_eq!(end_reason(OPENED, expires_at, slow_at, None), expected);
        }
    }
}
