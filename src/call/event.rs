//! Events: what people did in your product.

use super::Call;
use crate::model::Object;

/// Records an event (`POST /events`), which names its person by `user_id`, `id` or `email`. The
/// answer is 202 without a body.
pub fn create(event: &Object) -> Call<Object> {
    Call::post(&["events"], event)
}

/// Lists a person's events of the last 90 days (`GET /events`), newest first.
pub fn list<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Call<Object> {
    let call = Call::get(&["events"]).with_query("type", Some("user"));
    parameters.into_iter().fold(call, |call, (name, value)| call.with_query(name, Some(value)))
}
