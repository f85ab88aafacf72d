//! Admins.

use super::Call;
use crate::model::{Admin, List, Me};

/// Lists the workspace's admins (`GET /admins`), all on one page.
pub fn list() -> Call<List<Admin>> {
    Call::get(&["admins"])
}

/// Gets one admin (`GET /admins/{id}`).
pub fn get(id: &str) -> Call<Admin> {
    Call::get(&["admins", id])
}

/// Gets the admin whom the access token belongs to (`GET /me`).
pub fn me() -> Call<Me> {
    Call::get(&["me"])
}
