//! Streams messages as NDJSON, newest first. It has a few messages in memory at a time, and leaves pauses for sending.

use crate::call::outbox::MessageFilter;
use crate::client::Timer;
use crate::edge::outbox::list_pacer::ListPacer;
use crate::edge::outbox::protocol::Viewer;
use crate::edge::outbox::stores::lists::{MessageLists, Position};
use crate::edge::runtime::clock::Clock;
use crate::model::MessageState;
use futures_util::stream;
use std::rc::Rc;
use std::time::Duration;
use worker::{Response, Result};

/// The number of messages that are read at once.
const CHUNK: i64 = 250;

/// The pause while too many lists are being read.
const PAUSE: Duration = Duration::from_secs(1);

/// An export that is being read.
struct Export {
    lists: MessageLists,
    pacer: Rc<ListPacer>,
    filter: MessageFilter,
    viewer: Viewer,
    /// The position of the last message.
    after: Option<Position>,
}

/// Streams the messages that a filter selects. An error cuts the stream off.
pub fn stream_messages(
    lists: MessageLists,
    pacer: Rc<ListPacer>,
    filter: MessageFilter,
    viewer: Viewer,
) -> Result<Response> {
    let export = Export { lists, pacer, filter, viewer, after: None };
    Response::from_stream(Box::pin(stream::try_unfold(export, |mut export| async move {
        Ok::<_, worker::Error>(export.chunk().await?.map(|lines| (lines.into_bytes(), export)))
    })))
}

impl Export {
    /// Reads the next lines; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<String>> {
        while self.pacer.wait().await.is_err() {
            Clock.sleep(PAUSE).await;
        }
        let states = self.filter.state.as_ref().map_or(MessageState::ALL, std::slice::from_ref);
        let positions = self.lists.positions(&self.filter, states, self.after, CHUNK)?;
        let Some(last) = positions.last() else { return Ok(None) };
        self.after = Some(*last);
        let mut lines = String::new();
        for message in self.lists.messages(&positions)? {
            lines.push_str(&serde_json::to_string(&message.listed(&self.viewer))?);
            lines.push('\n');
        }
        Ok(Some(lines))
    }
}
