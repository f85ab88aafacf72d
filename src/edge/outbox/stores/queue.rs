//! The messages that are to be sent, in their order.

use crate::edge::outbox::message::Message;
use crate::edge::runtime::sql::Store;
use std::rc::Rc;
use worker::Result;

/// Reads the queue.
#[derive(Clone, Debug)]
pub struct MessageQueue {
    sql: Rc<Store>,
}

impl MessageQueue {
    /// Reads the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Finds the next messages that no caller waits for, at most `limit`: single ones before those of batches,
    /// and batches in the order in which they were created. `is_running` leaves out those in delivery,
    /// of which there are `running`.
    pub fn next(
        &self,
        limit: usize,
        running: usize,
        is_running: impl Fn(i64) -> bool,
    ) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        let batches = self.sql.all::<String>(
            "SELECT json_quote(id) FROM batch
             WHERE NOT paused AND NOT cancelled AND finished IS NULL ORDER BY number",
            vec![],
        )?;
        for batch in std::iter::once(None).chain(batches.into_iter().map(Some)) {
            if found.len() >= limit {
                break;
            }
            let most = i64::try_from(limit.saturating_add(running)).unwrap_or(i64::MAX);
            let numbers: Vec<i64> = self.sql.all(
                "SELECT number FROM message AS one WHERE state = 'queued' AND NOT waits AND batch IS ?
                   AND (conversation IS NULL
                        OR NOT EXISTS (SELECT 1 FROM message WHERE conversation = one.conversation
                                       AND number < one.number AND state IN ('queued', 'sending')))
                 ORDER BY number LIMIT ?",
                vec![batch.into(), most.into()],
            )?;
            found.extend(numbers.into_iter().filter(|number| !is_running(*number)));
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Finds the last unfinished reply before this one to the same conversation.
    pub fn earlier_reply(&self, message: &Message) -> Result<Option<i64>> {
        let Some(conversation) = &message.conversation else { return Ok(None) };
        self.sql.first(
            "SELECT number FROM message WHERE conversation = ? AND number < ?
               AND state IN ('queued', 'sending') ORDER BY number DESC LIMIT 1",
            vec![conversation.as_str().into(), message.number.into()],
        )
    }

    /// Checks for a later reply to the same conversation that no caller waits for: this one held it up.
    pub fn has_later_reply(&self, message: &Message) -> Result<bool> {
        let Some(conversation) = &message.conversation else { return Ok(false) };
        let later: Option<i64> = self.sql.first(
            "SELECT 1 FROM message WHERE conversation = ? AND number > ?
               AND state IN ('queued', 'sending') AND NOT waits LIMIT 1",
            vec![conversation.as_str().into(), message.number.into()],
        )?;
        Ok(later.is_some())
    }
}
