//! The JSON objects that readers get: messages of a WebSocket, or events of an event stream.

use crate::edge::access::scope::Scopes;
use crate::edge::live::protocol::{EventId, Position, Reader, StoredHead};
use crate::model::{LiveEndReason, LiveGapReason};
use js_sys::JsString;
use std::cell::OnceCell;
use worker::{Error, Result};

/// An object for a reader.
#[derive(Debug)]
pub struct Frame {
    /// The name in an event stream: the topic, or the object's type.
    name: String,
    /// The position in the log: the reader has everything up to here.
    pub sequence: i64,
    /// The members of the JSON after the id.
    rest: String,
    /// The object's type.
    kind: &'static str,
}

impl Frame {
    /// Makes the first object, an `edge.ready`: events after this position follow.
    pub fn ready(sequence: i64) -> Self {
        Self::of("edge.ready", sequence, "}".to_owned())
    }

    /// Makes an `edge.gap`: events before this position are missing.
    pub fn gap(sequence: i64, reason: &LiveGapReason) -> Self {
        Self::of("edge.gap", sequence, format!(",\"reason\":\"{}\"}}", reason.as_str()))
    }

    /// Makes the last object, an `edge.end`.
    pub fn end(sequence: i64, reason: &LiveEndReason) -> Self {
        Self::of("edge.end", sequence, format!(",\"reason\":\"{}\"}}", reason.as_str()))
    }

    fn of(kind: &'static str, sequence: i64, rest: String) -> Self {
        Self { name: kind.to_owned(), sequence, rest, kind }
    }

    /// Writes the object as JSON. `log`: the log's name.
    pub fn json(&self, log: &str) -> String {
        let Self { kind, sequence, rest, .. } = self;
        format!("{{\"type\":\"{kind}\",\"id\":\"{log}-{sequence}\"{rest}")
    }

    /// Returns the approximate length of the object as JSON, in bytes.
    pub const fn length(&self) -> usize {
        64 + self.rest.len()
    }

    /// Writes the object as an event of an event stream (HTML standard, "Server-sent events").
    pub fn stream_event(&self, log: &str) -> String {
        let Self { name, sequence, .. } = self;
        format!("id: {log}-{sequence}\nevent: {name}\ndata: {}\n\n", self.json(log))
    }
}

/// An event of the log.
#[derive(Debug)]
pub struct LogEvent {
    /// The object for readers.
    pub frame: Frame,
    needs: Scopes,
    owner: Option<String>,
    /// The text for WebSockets, which is made once for all readers.
    text: OnceCell<JsString>,
}

impl LogEvent {
    /// Reads the events in the answer to `LogCommand::Read`.
    pub fn read_all(body: &[u8]) -> Result<Vec<Self>> {
        let text = std::str::from_utf8(body).map_err(|_| Error::from("an event is not UTF-8"))?;
        let mut lines = text.split('\n').filter(|line| !line.is_empty());
        let mut events = Vec::new();
        while let (Some(head), Some(rest)) = (lines.next(), lines.next()) {
            let (sequence, topic, needs, owner): StoredHead = serde_json::from_str(head)?;
            let needs = Scopes::parse(needs.split(' '))
                .map_err(|_| Error::from("an event needs an unknown scope"))?;
            let rest = format!(",{rest}");
            let frame = Frame { name: topic, sequence, rest, kind: "edge.event" };
            events.push(Self { frame, needs, owner, text: OnceCell::new() });
        }
        Ok(events)
    }

    /// Returns the text for WebSockets. `log`: the log's name.
    pub fn text(&self, log: &str) -> &JsString {
        self.text.get_or_init(|| self.frame.json(log).into())
    }

    /// Checks if a reader has selected the event, and may read it. `sees_all`: the reader may read the messages of
    /// other callers.
    pub fn is_for(&self, reader: &Reader, sees_all: bool) -> bool {
        reader.topics.select(&self.frame.name)
            && reader.scopes.include(self.needs)
            && (sees_all || self.owner.as_ref().is_none_or(|owner| *owner == reader.owner))
    }
}

/// Returns the position after which a reader's events follow, and the reason if events before it are missing.
pub fn start(after: Option<&EventId>, log: &Position) -> (i64, Option<LiveGapReason>) {
    let Position { log, oldest, newest } = log;
    let (oldest, newest) = (*oldest, *newest);
    match after {
        None => (newest, None),
        Some(id) if id.log != *log || id.sequence > newest => {
            (newest, Some(LiveGapReason::OtherLog))
        }
        Some(id) if id.sequence + 1 < oldest => (oldest - 1, Some(LiveGapReason::Expired)),
        Some(id) => (id.sequence, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, LiveEndReason, LiveGapReason, LogEvent, start};
    use crate::edge::access::scope::Scopes;
    use crate::edge::live::protocol::{EventId, Position, Reader};
    use crate::edge::live::topic::Topics;

    fn reader(scopes: &[&str], owner: &str, topics: &[&str]) -> Reader {
        let scopes = Scopes::parse(scopes.iter().copied()).unwrap();
        Reader {
            owner: owner.to_owned(),
            scopes,
            topics: Topics::parse(topics.iter().copied(), scopes).unwrap(),
            expires_at: None,
            after: None,
        }
    }

    #[test]
    fn objects_are_json_and_events_of_a_stream() {
        let gap = Frame::gap(4, &LiveGapReason::Expired);
        let json = r#"{"type":"edge.gap","id":"3f9a7c21-4","reason":"expired"}"#;
        assert_eq!(gap.json("3f9a7c21"), json);
        let event = format!("id: 3f9a7c21-4\nevent: edge.gap\ndata: {json}\n\n");
        assert_eq!(gap.stream_event("3f9a7c21"), event);
        assert_eq!(Frame::ready(0).json("00"), r#"{"type":"edge.ready","id":"00-0"}"#);
        let end = Frame::end(9, &LiveEndReason::SlowReader).json("00");
        assert_eq!(end, r#"{"type":"edge.end","id":"00-9","reason":"slow_reader"}"#);
    }

    #[test]
    fn a_reader_gets_what_it_selected_and_may_read() {
        let body = concat!(
            "[7,\"contact.created\",\"contacts:read\",null]\n",
            "\"topic\":\"contact.created\",\"item\":{}}\n",
            "[8,\"message.sent\",\"messages:read conversations:read\",\"shop\"]\n",
            "\"topic\":\"message.sent\",\"item\":{}}",
        );
        let events = LogEvent::read_all(body.as_bytes()).unwrap();
        assert_eq!(
            events[0].frame.json("3f9a7c21"),
            r#"{"type":"edge.event","id":"3f9a7c21-7","topic":"contact.created","item":{}}"#
        );
        let gets = |scopes: &[&str], owner: &str, topics: &[&str], sees_all| {
            let reader = reader(scopes, owner, topics);
            let got = events.iter().filter(|event| event.is_for(&reader, sees_all));
            got.map(|event| event.frame.sequence).collect::<Vec<_>>()
        };
        assert_eq!(gets(&["*"], "other", &["*"], true), [7, 8]);
        assert_eq!(gets(&["*"], "other", &["message.*"], true), [8]);
        assert_eq!(gets(&["contacts:read"], "shop", &["*"], false), [7]);
        assert_eq!(gets(&["messages:read"], "shop", &["*"], false), [] as [i64; 0]);
        let own = ["messages:read", "conversations:read"];
        assert_eq!(gets(&own, "shop", &["*"], false), [8]);
        assert_eq!(gets(&own, "other", &["*"], false), [] as [i64; 0]);
        assert!(LogEvent::read_all(b"").unwrap().is_empty());
    }

    #[test]
    fn a_reader_begins_after_its_last_event_or_learns_of_the_gap() {
        let position = |oldest, newest| Position { log: "aa".to_owned(), oldest, newest };
        let id = |log: &str, sequence| Some(EventId { log: log.to_owned(), sequence });
        for (after, expected) in [
            (None, (90, None)),
            (id("aa", 90), (90, None)),
            (id("aa", 49), (49, None)),
            (id("aa", 48), (49, Some(LiveGapReason::Expired))),
            (id("aa", 0), (49, Some(LiveGapReason::Expired))),
            (id("aa", 91), (90, Some(LiveGapReason::OtherLog))),
            (id("bb", 60), (90, Some(LiveGapReason::OtherLog))),
        ] {
            assert_eq!(start(after.as_ref(), &position(50, 90)), expected, "{after:?}");
        }
        assert_eq!(start(id("aa", 0).as_ref(), &position(1, 0)), (0, None));
    }
}
