//! Removing messages that somebody wants to be gone. A removed message's key is forgotten.

use crate::edge::outbox::command::Filter;
use crate::edge::outbox::message::State;
use crate::edge::outbox::table::ENDED;
use crate::edge::outbox::{Inner, Reply};
use crate::edge::response::Rejection;
use serde_json::json;
use worker::Result;

/// How many messages one statement removes: others are served between two.
const STEP: i64 = 250;

/// How many messages one request removes.
const MOST: usize = 5000;

/// The messages of a batch keep it from sending to one of them twice: they stay until it has ended.
const SINGLE_OR_OVER: &str = "(batch IS NULL OR EXISTS (
    SELECT 1 FROM batch WHERE id = message.batch AND finished IS NOT NULL
))";

impl Inner {
    /// Removes a message.
    pub(super) fn remove(
        &self,
        id: &str,
        conversations: bool,
    ) -> std::result::Result<Reply, Rejection> {
        let message = self.find_shown(id, None, conversations)?;
        if self.remove_all(&[message.number])? == 0 {
            let words = match message.state.is_final() {
                true => "The message's batch has not ended: cancel the batch, or wait".to_owned(),
                false => format!(
                    "The message is {}: only messages that are sent, failed or unknown can be removed",
                    message.state.name()
                ),
            };
            return Err(Rejection::new(409, "conflict", words));
        }
        Ok(Reply::no_content())
    }

    /// Removes the messages that a filter lets pass: those that are `sent` or `failed`, unless it names a
    /// state.
    pub(super) async fn purge(&self, filter: &Filter) -> std::result::Result<Reply, Rejection> {
        let states = filter.state.map_or(vec![State::Sent, State::Failed], |state| vec![state]);
        self.wait_to_list().await?;
        let (mut removed, mut after) = (0, None);
        let more = loop {
            let places = self.places(filter, &states, after, STEP)?;
            let numbers: Vec<i64> = places.iter().map(|(_, number)| *number).collect();
            removed += self.remove_all(&numbers)?;
            after = places.last().copied();
            match after {
                None => break false,
                Some(_) if removed >= MOST || self.wait_to_list().await.is_err() => break true,
                Some(_) => {}
            }
        };
        Ok(Reply::json(200, &json!({ "type": "edge.purge", "removed": removed, "more": more })))
    }

    /// Removes messages by their numbers, where they may be removed; gives how many.
    fn remove_all(&self, numbers: &[i64]) -> Result<usize> {
        let removed: Vec<i64> = self.store.all(
            &format!(
                "DELETE FROM message WHERE number IN (SELECT value FROM json_each(?))
                 AND {ENDED} AND {SINGLE_OR_OVER} RETURNING number"
            ),
            vec![serde_json::to_string(numbers)?.into()],
        )?;
        Ok(removed.len())
    }
}
