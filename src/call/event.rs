//! Events: what people did in your product.

use super::Call;
use crate::model::{DataEvent, List, Object};

/// Records an event (`POST /events`), which names its person by `user_id`, `id` or `email`. The
/// answer is 202 without a body.
pub fn create(event: &Object) -> Call<Object> {
    Call::post(&["events"], event)
}

/// Lists a person's events of the last 90 days (`GET /events`), newest first. The parameters name
/// the person by `user_id`, `intercom_user_id` or `email`; pages are addresses.
///
/// ```
/// use intercom_edge::call::event;
/// let call = event::list([("user_id", "john_doe"), ("per_page", "50")]);
/// assert_eq!(call.target, "/events?type=user&user_id=john_doe&per_page=50");
/// ```
pub fn list<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Call<List<DataEvent>> {
    let call = Call::get(&["events"]).with_query("type", Some("user"));
    parameters.into_iter().fold(call, |call, (name, value)| call.with_query(name, Some(value)))
}
