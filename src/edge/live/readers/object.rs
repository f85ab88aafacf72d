//! The Durable Object `Live`: it sends events to readers. It hibernates while only WebSockets are open and no event
//! comes.

use crate::client::Timer;
use crate::edge::live::protocol::{LOG, LogCommand, Position, Reader, ReadersCommand};
use crate::edge::live::readers::connection::{Connection, Write};
use crate::edge::live::readers::frame::{Frame, LogEvent, start};
use crate::edge::live::readers::socket::Socket;
use crate::edge::live::readers::tickets::Tickets;
use crate::edge::request::log;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::object_rpc::{self, ADDRESS};
use crate::edge::runtime::output::Stream;
use crate::edge::runtime::sql::now;
use crate::model::LiveEndReason;
use futures_util::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

/// The most readers.
const MAX_READERS: usize = 4_000;

/// The most readers of one caller.
const MAX_PER_CALLER: usize = 2_000;

/// The most events of one read.
const PAGE_EVENTS: i64 = 200;

/// The number of attempts to read events. After the last one, the readers that wait for them must connect again.
const MAX_ATTEMPTS: u32 = 5;

/// The interval between checks of event streams.
const CHECK: Duration = Duration::from_secs(5);

/// The object.
#[durable_object]
pub struct Live {
    readers: Rc<Readers>,
}

/// The readers.
struct Readers {
    env: Env,
    state: State,
    tickets: Tickets,
    /// The connections by number. Empty until the first call after a start.
    connections: RefCell<BTreeMap<i64, Rc<Connection>>>,
    is_restored: Cell<bool>,
    /// The number of readers that are joining. The log sends no notices while there are no readers.
    joining: Cell<usize>,
    /// The number of the last event stream, which is negative.
    last_stream: Cell<i64>,
    /// The number of notices of new events.
    notices: Cell<u64>,
    /// Held while one reader's page is read and sent: the pages of all would not fit in memory.
    turn: Mutex<()>,
    /// The new events are being read.
    is_reading: Cell<bool>,
    /// A task checks event streams at intervals.
    is_watching: Cell<bool>,
    /// The time of the alarm, in milliseconds since 1970.
    alarm: Cell<Option<i64>>,
}

impl DurableObject for Live {
    fn new(state: State, env: Env) -> Self {
        let readers = Readers {
            env,
            tickets: Tickets::new(&state),
            state,
            connections: RefCell::default(),
            is_restored: Cell::default(),
            joining: Cell::default(),
            last_stream: Cell::default(),
            notices: Cell::default(),
            turn: Mutex::default(),
            is_reading: Cell::default(),
            is_watching: Cell::default(),
            alarm: Cell::default(),
        };
        Self { readers: Rc::new(readers) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let readers = &self.readers;
        readers.restore().inspect_err(log::fault)?;
        if request.headers().get("upgrade")?.is_some() {
            // As a text: a parser of URLs would add the tables of international host names, 65 KB.
            let address = request.inner().url();
            let ticket = address.strip_prefix(ADDRESS).unwrap_or_default();
            return readers.connect(ticket).await.inspect_err(log::fault);
        }
        let bytes = request.bytes().await?;
        match object_rpc::split(&bytes)?.0 {
            ReadersCommand::NewEvents => {
                readers.read_new();
                let count = readers.connections.borrow().len() + readers.joining.get();
                Response::from_bytes(object_rpc::join(&count, &[]))
            }
            ReadersCommand::CreateTicket(reader) => {
                let ticket = match readers.has_room_for(&reader) {
                    true => Some(readers.tickets.create(&reader, now())?),
                    false => None,
                };
                Response::from_bytes(object_rpc::join(&ticket, &[]))
            }
            ReadersCommand::Stream(reader) => match readers.has_room_for(&reader) {
                true => readers.stream(reader).await.inspect_err(log::fault),
                false => Response::from_bytes(object_rpc::join(&(), &[])),
            },
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.readers.restore().inspect_err(log::fault)?;
        self.readers.alarm.set(None);
        self.readers.check_all();
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        self.readers.restore().inspect_err(log::fault)?;
        let count = match message {
            WebSocketIncomingMessage::String(text) => text.parse().ok(),
            WebSocketIncomingMessage::Binary(_) => None,
        };
        let Some(connection) = self.readers.of_socket(&socket) else { return Ok(()) };
        match count.map(|count| connection.acknowledge(count)) {
            Some(Ok(true)) => self.readers.catch_up(&connection),
            Some(Ok(false)) => {}
            Some(Err(_)) | None => {
                self.readers.end(&connection, &LiveEndReason::UnsupportedMessage)
            }
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        self.readers.restore().inspect_err(log::fault)?;
        Socket::of(&socket).answer_close(code);
        self.readers.of_socket(&socket).iter().for_each(|it| self.readers.leave(it));
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _error: Error) -> Result<()> {
        self.readers.restore().inspect_err(log::fault)?;
        self.readers.of_socket(&socket).iter().for_each(|it| self.readers.leave(it));
        Ok(())
    }
}

impl Readers {
    /// Finds the WebSockets again that were open before the object hibernated.
    fn restore(self: &Rc<Self>) -> Result<()> {
        if self.is_restored.get() {
            return Ok(());
        }
        self.tickets.open()?;
        self.is_restored.set(true);
        // The runtime answers without waking the object.
        self.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
        for socket in self.state.get_websockets() {
            let Some(number) = self.number_of(&socket) else { continue };
            let socket = Socket::of(&socket);
            let reader = self.tickets.reader(number)?;
            match reader.and_then(|reader| Connection::restored(number, reader, socket.clone())) {
                Some(connection) => self.insert(&Rc::new(connection)),
                None => socket.close(1011, ""),
            }
        }
        let numbers: Vec<i64> = self.connections.borrow().keys().copied().collect();
        self.tickets.keep_only(&numbers)?;
        self.set_alarm();
        // A reader may have been in the middle of the stored events when the object was stopped.
        self.read_new();
        Ok(())
    }

    /// Returns the number of a WebSocket.
    fn number_of(&self, socket: &WebSocket) -> Option<i64> {
        self.state.get_tags(socket).first()?.parse().ok()
    }

    fn of_socket(&self, socket: &WebSocket) -> Option<Rc<Connection>> {
        let number = self.number_of(socket)?;
        self.connections.borrow().get(&number).cloned()
    }

    fn insert(&self, connection: &Rc<Connection>) {
        self.connections.borrow_mut().insert(connection.number, Rc::clone(connection));
    }

    /// Removes a connection that has ended.
    fn remove(&self, number: i64) {
        if self.connections.borrow_mut().remove(&number).is_some() && number > 0 {
            // A row that stays is removed at the next start.
            let _ = self.tickets.remove(number).inspect_err(log::fault);
        }
    }

    /// Checks if there is room for one more reader.
    fn has_room_for(&self, reader: &Reader) -> bool {
        let connections = self.connections.borrow();
        let own = connections.values().filter(|it| it.reader.owner == reader.owner).count();
        let joining = self.joining.get();
        has_room(connections.len() + joining, own + joining)
    }

    /// Opens a WebSocket with a ticket. 401 if there is no such ticket, 429 if there are too many readers.
    async fn connect(self: &Rc<Self>, ticket: &str) -> Result<Response> {
        let Some((number, reader)) = self.tickets.take(ticket, now())? else {
            return Response::error("", 401);
        };
        if !self.has_room_for(&reader) {
            self.tickets.remove(number)?;
            return Response::error("", 429);
        }
        let position = match self.join().await {
            Ok(position) => position,
            Err(error) => {
                self.tickets.remove(number)?;
                return Err(error);
            }
        };
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&server, &[&number.to_string()]);
        let (at, gap) = start(reader.after.as_ref(), &position);
        let socket = Socket::of(&server);
        let connection = Connection::by_socket(number, reader, socket, &position.log, at);
        self.begin(Rc::new(connection), gap.map(|reason| Frame::gap(at, &reason)));
        self.set_alarm();
        Response::from_websocket(client)
    }

    /// Opens an event stream.
    async fn stream(self: &Rc<Self>, reader: Reader) -> Result<Response> {
        let position = self.join().await?;
        let stream = Stream::new();
        let readable = stream.readable();
        let (at, gap) = start(reader.after.as_ref(), &position);
        self.last_stream.set(self.last_stream.get() - 1);
        let number = self.last_stream.get();
        let connection = Connection::by_stream(number, reader, stream, &position.log, at);
        self.begin(Rc::new(connection), gap.map(|reason| Frame::gap(at, &reason)));
        self.watch();
        Ok(web_sys::Response::new_with_opt_readable_stream(Some(&readable))?.into())
    }

    fn begin(self: &Rc<Self>, connection: Rc<Connection>, gap: Option<Frame>) {
        connection.send(&Frame::ready(connection.position()));
        if let Some(gap) = gap {
            connection.send(&gap);
        }
        self.insert(&connection);
        self.catch_up(&connection);
    }

    /// Announces a reader to the log, and returns the log's position.
    async fn join(&self) -> Result<Position> {
        self.joining.set(self.joining.get() + 1);
        let answer = object_rpc::exchange(&self.env, LOG, &LogCommand::Join, &[]).await;
        self.joining.set(self.joining.get() - 1);
        Ok(answer?.0)
    }

    /// Reads the next events after a position. Tries again for some seconds if this fails. Returns true if events may
    /// follow.
    async fn read(&self, after: i64) -> Result<(Vec<LogEvent>, bool)> {
        let command = LogCommand::Read { after, limit: PAGE_EVENTS };
        let mut attempt = 1;
        loop {
            match object_rpc::exchange::<bool>(&self.env, LOG, &command, &[]).await {
                Ok((has_more, body)) => return Ok((LogEvent::read_all(&body)?, has_more)),
                Err(error) if attempt == MAX_ATTEMPTS => return Err(error),
                Err(_) => Clock.sleep(Duration::from_secs(attempt.into())).await,
            }
            attempt += 1;
        }
    }

    /// Sends a reader the events after its position, in the background, until it waits for new ones or its window is
    /// full.
    fn catch_up(self: &Rc<Self>, connection: &Rc<Connection>) {
        if connection.is_catching_up.replace(true) {
            return;
        }
        let (readers, connection) = (Rc::clone(self), Rc::clone(connection));
        spawn_local(async move {
            while connection.has_room() {
                let _turn = readers.turn.lock().await;
                // The connection may have been broken off meanwhile.
                if !connection.has_room() {
                    break;
                }
                let (after, notices) = (connection.position(), readers.notices.get());
                match readers.read(after).await {
                    Ok((events, has_more)) => {
                        readers.offer(&connection, after, &events);
                        if !has_more && notices == readers.notices.get() {
                            break;
                        }
                    }
                    Err(error) => {
                        // The reads of the others would fail too, one after the other.
                        log::fault(&error);
                        readers.break_off(|it| it.is_catching_up.get());
                    }
                }
            }
            connection.is_catching_up.set(false);
            readers.set_alarm();
        });
    }

    /// Sends new events to the readers that wait for them, in the background. One read serves all.
    fn read_new(self: &Rc<Self>) {
        self.notices.set(self.notices.get().wrapping_add(1));
        if self.connections.borrow().is_empty() || self.is_reading.replace(true) {
            return;
        }
        let readers = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = readers.send_new().await {
                log::fault(&error);
                readers.break_off(Connection::is_waiting);
            }
            readers.is_reading.set(false);
        });
    }

    async fn send_new(self: &Rc<Self>) -> Result<()> {
        loop {
            let notices = self.notices.get();
            let waiting = self.all().into_iter().filter(|connection| connection.is_waiting());
            let Some(after) = waiting.map(|connection| connection.position()).min() else {
                return Ok(());
            };
            let (events, has_more) = self.read(after).await?;
            for connection in self.all() {
                self.offer(&connection, after, &events);
            }
            self.set_alarm();
            if !has_more && notices == self.notices.get() {
                return Ok(());
            }
        }
    }

    fn all(&self) -> Vec<Rc<Connection>> {
        self.connections.borrow().values().cloned().collect()
    }

    fn offer(self: &Rc<Self>, connection: &Rc<Connection>, after: i64, events: &[LogEvent]) {
        if let Some(write) = connection.offer(after, events) {
            self.finish(connection, write);
        }
    }

    /// Waits until the reader of an event stream has taken what was written.
    fn finish(self: &Rc<Self>, connection: &Rc<Connection>, write: Write) {
        let (readers, connection) = (Rc::clone(self), Rc::clone(connection));
        spawn_local(async move {
            match write.await {
                Some(count) if connection.acknowledge_next(count) => readers.catch_up(&connection),
                Some(_) => {}
                None => readers.leave(&connection),
            }
        });
    }

    fn end(&self, connection: &Connection, reason: &LiveEndReason) {
        connection.end(reason);
        self.remove(connection.number);
    }

    fn leave(&self, connection: &Connection) {
        connection.leave();
        self.remove(connection.number);
    }

    /// Breaks off some of the connections. Their readers connect again.
    fn break_off(&self, is_affected: impl Fn(&Connection) -> bool) {
        for connection in self.all().into_iter().filter(|it| is_affected(it)) {
            connection.break_off();
            self.remove(connection.number);
        }
    }

    /// Ends the connections that must end, and writes to event streams that were silent.
    fn check_all(self: &Rc<Self>) {
        let now = now();
        for connection in self.all() {
            if let Some(reason) = connection.due_end(now) {
                self.end(&connection, &reason);
            } else if let Some(write) = connection.keep_alive(now) {
                self.finish(&connection, write);
            }
        }
        self.set_alarm();
    }

    /// Checks the event streams at intervals while there are any.
    fn watch(self: &Rc<Self>) {
        if self.is_watching.replace(true) {
            return;
        }
        let readers = Rc::clone(self);
        spawn_local(async move {
            while readers.all().iter().any(|connection| connection.is_stream()) {
                Clock.sleep(CHECK).await;
                readers.check_all();
            }
            readers.is_watching.set(false);
        });
    }

    /// Sets the alarm to the next time at which a connection may have to end.
    fn set_alarm(&self) {
        let connections = self.connections.borrow();
        let next = connections.values().filter_map(|connection| connection.next_check()).min();
        let Some(next) = next.filter(|next| self.alarm.get().is_none_or(|at| *next < at)) else {
            return;
        };
        self.alarm.set(Some(next));
        let left = u64::try_from(next.saturating_sub(now())).unwrap_or_default();
        let storage = self.state.storage();
        spawn_local(async move {
            let set = storage.set_alarm(Duration::from_millis(left)).await;
            let _ = set.inspect_err(log::fault);
        });
    }
}

/// Checks if there is room for one more reader. `all`: the number of readers; `own`: those of the same caller.
const fn has_room(all: usize, own: usize) -> bool {
    all < MAX_READERS && own < MAX_PER_CALLER
}

#[cfg(test)]
mod tests {
    use super::has_room;

    #[test]
    fn there_are_at_most_4000_readers_and_2000_of_one_caller() {
        for (all, own, expected) in
            [(0, 0, true), (3_999, 1_999, true), (4_000, 0, false), (2_000, 2_000, false)]
        {
            assert_eq!(has_room(all, own), expected, "{all} {own}");
        }
    }
}
