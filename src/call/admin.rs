//! Admins: the workspace's teammates.

use super::Call;
use crate::model::{Admin, List, Me};

/// Lists the workspace's admins, all on one page.
pub fn list() -> Call<List<Admin>> {
    Call::get("/admins", &[])
}

/// Gets one admin by Intercom's id.
pub fn get(id: &str) -> Call<Admin> {
    Call::get("/admins/{admin_id}", &[id])
}

/// Gets the admin to whom the access token belongs, and the workspace.
pub fn me() -> Call<Me> {
    Call::get("/me", &[])
}
