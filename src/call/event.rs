//! Events: actions of people in your product.

use super::{Accept, Body, Call, Nothing, PageRequest};
use crate::model::{DataEvent, List};

/// Records an event, which names its person by `user_id`, `id` or `email`. The response is 202
/// without a body.
pub fn create(event: &impl Body) -> Call<Nothing> {
    Call::post("/events", &[]).with_body(event).accepting(Accept::JsonOrNothing)
}

/// Lists a person's events of the last 90 days, newest first. The parameters name the person by
/// `user_id`, `intercom_user_id` or `email`.
///
/// ```
/// use intercom_edge::call::{PageRequest, event};
/// let page = PageRequest { per_page: Some(50), after: None };
/// let call = event::list(&[("user_id", "john_doe")], &page);
/// assert_eq!(call.target(), Ok("/events?type=user&user_id=john_doe&per_page=50"));
/// ```
pub fn list(parameters: &[(&str, &str)], page: &PageRequest<'_>) -> Call<List<DataEvent>> {
    let call = Call::get("/events", &[]).with_query("type", Some("user"));
    parameters
        .iter()
        .fold(call, |call, (name, value)| call.with_query(name, Some(value)))
        .requiring("contact", parameters.first().map_or("", |(_, value)| value))
        .with_page(page)
}
