//! Visitors: people on the site who are not known yet.

use super::{Body, Call};
use crate::model::{Contact, Object};

/// Gets one visitor by `user_id`.
pub fn find(user_id: &str) -> Call<Object> {
    Call::get("/visitors", &[]).with_required("user_id", user_id)
}

/// Updates a visitor, whom the body names by `id` or `user_id`.
pub fn update(visitor: &impl Body) -> Call<Object> {
    Call::put("/visitors", &[]).with_body(visitor)
}

/// Converts a visitor to a user or lead, or merges the visitor into one.
pub fn convert(conversion: &impl Body) -> Call<Contact> {
    Call::post("/visitors/convert", &[]).with_body(conversion)
}
