//! The stored totals of messages and bytes, by caller. Triggers keep them right (schema.rs).

use crate::edge::config::outbox::Usage;
use crate::edge::runtime::sql::Store;
use std::rc::Rc;
use worker::Result;

/// The caller under whom the table has the totals of all callers.
pub const ALL_CALLERS: &str = "";

/// Reads the table of usage.
#[derive(Clone, Debug)]
pub struct UsageStore {
    sql: Rc<Store>,
}

impl UsageStore {
    /// Reads the tables of an object.
    pub const fn new(sql: Rc<Store>) -> Self {
        Self { sql }
    }

    /// Reads how many messages and bytes a caller has stored.
    pub fn of(&self, caller: &str) -> Result<Usage> {
        let stored: Option<(i64, i64)> = self.sql.first(
            "SELECT json_array(messages, bytes) FROM usage WHERE caller = ?",
            vec![caller.into()],
        )?;
        let (messages, bytes) = stored.unwrap_or_default();
        Ok(Usage { messages, bytes })
    }

    /// Fails if the table of messages can't be read.
    pub fn check(&self) -> Result<()> {
        let _: Option<i64> = self.sql.first("SELECT number FROM message LIMIT 1", vec![])?;
        Ok(())
    }
}
