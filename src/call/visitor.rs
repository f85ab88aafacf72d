//! Visitors: people who came to the site and left no name.

use super::Call;
use crate::model::{Contact, Object};

/// Gets one visitor (`GET /visitors?user_id=`).
pub fn find(user_id: &str) -> Call<Object> {
    Call::get(&["visitors"]).with_query("user_id", Some(user_id))
}

/// Changes a visitor (`PUT /visitors`), whom the body names by `id` or `user_id`.
pub fn update(visitor: &Object) -> Call<Object> {
    Call::put(&["visitors"], visitor)
}

/// Makes a visitor a user or lead, or merges them into one (`POST /visitors/convert`).
pub fn convert(conversion: &Object) -> Call<Contact> {
    Call::post(&["visitors", "convert"], conversion)
}
