//! Data events: actions of people in your product.

use super::json::model;
use super::{Id, Object, Timestamp};

model! {
    /// An action of a person in your product (Intercom's reference, "Data Events").
    ///
    /// ```
    /// use intercom_edge::model::DataEvent;
    /// let event: DataEvent = serde_json::from_str(r#"{"event_name": "invited-friend", "created_at": 1}"#)?;
    /// assert_eq!(event.event_name.as_str(), Some("invited-friend"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DataEvent = "event" {
        /// Name of the event, a verb in the past tense and a noun, such as `invited-friend`.
        #[ts(as = "String")]
        event_name: String,
        /// Time of the event.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Your own product's id of the person.
        user_id: Id,
        /// Intercom's id of the event in a response; of the person in a request.
        id: Id,
        /// Intercom's id of the person.
        intercom_user_id: Id,
        /// E-mail address of the person.
        email: String,
        /// Additional data about the event.
        metadata: Object,
    }
}
