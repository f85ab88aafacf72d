//! The handlers of `/me` and `/admins`.

use crate::admins::activity_log;
use crate::admins::admin::{AVATAR, Admin, Admins, Avatar, REASON};
use crate::admins::away_status_reasons::AwayStatusReasons;
use crate::call::Call;
use crate::http::body::{self, set};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::table;
use crate::workspace::{APP_ID, CREATED_AT, time_zone};
use serde::Serialize;

/// The workspace, as `/me` shows it.
#[derive(Serialize)]
struct App {
    r#type: &'static str,
    id_code: &'static str,
    name: &'static str,
    created_at: i64,
    secure: bool,
    identity_verification: bool,
    timezone: String,
    region: &'static str,
}

impl App {
    /// Returns the workspace.
    fn new(call: &Call) -> Self {
        Self {
            r#type: "app",
            id_code: APP_ID,
            name: "Sandbox",
            created_at: CREATED_AT,
            secure: false,
            identity_verification: false,
            timezone: time_zone(call.utc_offset_minutes),
            region: "US",
        }
    }
}

/// Answers `GET /me`: the admin who owns the access token, and the workspace.
pub(crate) fn me(call: &Call) -> Result<ApiResponse, ApiError> {
    #[derive(Serialize)]
    struct Me {
        r#type: &'static str,
        id: &'static str,
        email: &'static str,
        name: &'static str,
        email_verified: bool,
        app: App,
        avatar: Avatar,
        has_inbox_seat: bool,
    }
    let admin = Admin::first();
    ApiResponse::ok(&Me {
        r#type: "admin",
        id: admin.id,
        email: admin.email,
        name: admin.name,
        email_verified: true,
        app: App::new(call),
        avatar: AVATAR,
        has_inbox_seat: true,
    })
}

/// Answers `PUT /admins/{id}/away`, and adds an entry to the activity log.
pub(crate) fn set_away(call: &Call) -> Result<ApiResponse, ApiError> {
    let not_found = |_| ApiError::new(404, "admin_not_found", "Admin for admin_id not found");
    let mut admin = table::find::<Admins>(call.store, &call.param).map_err(not_found)?;
    let body = call.request.object()?;
    let flag = |name: &str| body::flag(&body, name)?.ok_or_else(|| body::missing(name));
    let (is_away, reassigns) = (flag("away_mode_enabled")?, flag("away_mode_reassign")?);
    let reason = body::id(&body, REASON).filter(|_| is_away);
    if let Some(id) = &reason {
        let invalid =
            |problem| ApiError::invalid(REASON, format!("Away status reason is {problem}"));
        let reason = table::find::<AwayStatusReasons>(call.store, id);
        let reason = reason.map_err(|_| invalid("unknown"))?;
        if reason.get("deleted") == Some(&true.into()) {
            return Err(invalid("deleted"));
        }
    }
    set(&mut admin, "away_mode_enabled", is_away);
    set(&mut admin, "away_mode_reassign", reassigns);
    set(&mut admin, REASON, reason);
    table::save::<Admins>(call.store, &admin)?;
    activity_log::record_away_change(call, &admin, is_away, reassigns)?;
    ApiResponse::ok(&admin)
}
