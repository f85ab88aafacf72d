//! One request to one of Intercom's operations. Every handler takes it, so it knows no handler.

use crate::http::request::ApiRequest;
use crate::http::version::Version;
use crate::store::Store;

/// What a handler needs: the request, its path parameters, and the database.
pub(crate) struct Call<'a> {
    /// The database.
    pub store: &'a Store,
    /// The number of resets so far. Cursors of an earlier reset are invalid.
    pub generation: u64,
    /// The request.
    pub request: &'a ApiRequest,
    /// The first path parameter, decoded; empty if the path has none.
    pub param: String,
    /// The second path parameter, decoded; empty if the path has none.
    pub second_param: String,
    /// The version of Intercom's API.
    pub version: Version,
    /// The delay until a search finds a new or changed object, in milliseconds.
    pub search_delay_ms: u64,
    /// The difference of the workspace's time zone from UTC.
    pub utc_offset_minutes: i64,
    /// The current time, in milliseconds since 1970.
    pub now_ms: u64,
}

impl Call<'_> {
    /// Returns the current time, in seconds since 1970.
    pub fn now(&self) -> i64 {
        i64::try_from(self.now_ms / 1000).unwrap_or(i64::MAX)
    }

    /// Returns the time of the latest writes that searches find, in milliseconds since 1970.
    pub fn indexed_until_ms(&self) -> u64 {
        self.now_ms.saturating_sub(self.search_delay_ms)
    }
}
