//! `GET /me`, `/admins` and `/admins/{id}`.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::workspace::{ADMINS, APP, Admin, App, PICTURE, Picture};
use serde::Serialize;

/// The admin whose token it is, and the workspace.
pub(super) fn me(_: &Call) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Me {
        r#type: &'static str,
        id: &'static str,
        email: &'static str,
        name: &'static str,
        email_verified: bool,
        app: App,
        avatar: Picture,
        has_inbox_seat: bool,
    }
    let admin = ADMINS.first().ok_or_else(Refusal::not_found)?;
    Answer::ok(&Me {
        r#type: "admin",
        id: admin.id,
        email: admin.email,
        name: admin.name,
        email_verified: true,
        app: APP,
        avatar: PICTURE,
        has_inbox_seat: true,
    })
}

/// Everybody who answers people.
pub(super) fn list(_: &Call) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Admins {
        r#type: &'static str,
        admins: [Admin; ADMINS.len()],
    }
    Answer::ok(&Admins { r#type: "admin.list", admins: ADMINS })
}

/// One of them.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    let admin = Admin::find(&call.name)
        .ok_or_else(|| Refusal::new(404, "admin_not_found", "Admin not found"))?;
    Answer::ok(admin)
}
