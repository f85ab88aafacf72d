//! Data events: what people did in your product.

use super::shape::model;
use super::{Id, Object, Timestamp};

model! {
    /// Something that a person did (Intercom's reference, "Data Events").
    ///
    /// ```
    /// use intercom_edge::model::DataEvent;
    /// let event: DataEvent = serde_json::from_str(r#"{"event_name": "invited-friend", "created_at": 1}"#)?;
    /// assert_eq!(event.event_name.as_str(), Some("invited-friend"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DataEvent = "event" {
        /// What it was, a verb in the past and a noun, such as `invited-friend`.
        #[ts(as = "String")]
        event_name: String,
        /// When it happened.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Who did it: the id that your own product gave.
        user_id: Id,
        /// Intercom's id of the event; where one is recorded, the person's.
        id: Id,
        /// Who did it: Intercom's id.
        intercom_user_id: Id,
        /// Who did it: the e-mail address.
        email: String,
        /// What else there is to say.
        metadata: Object,
    }
}
