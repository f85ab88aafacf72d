//! `GET /admins/activity_logs`: the actions of admins, newest first.

use crate::admins::admin::Admin;
use crate::call::Call;
use crate::http::body::{missing, seconds};
use crate::http::response::{ApiError, ApiResponse};
use crate::list::numbered;
use crate::random::Random;
use crate::resource::{Resource, table};
use crate::workspace::CREATED_AT;
use serde_json::{Value, json};

/// The entries of the activity log.
pub(crate) struct ActivityLog;

/// Returns an entry: its type and description, and the data of its type.
fn entry(id: String, admin: &Value, at: i64, activity: (&str, &str), metadata: Value) -> Value {
    let (activity_type, activity_description) = activity;
    json!({
        "id": id, "created_at": at, "metadata": metadata, "activity_type": activity_type,
        "activity_description": activity_description,
        "performed_by": {
            "type": "admin", "id": admin.get("id"), "email": admin.get("email"), "ip": "127.0.0.1",
        },
    })
}

impl Resource for ActivityLog {
    const NAME: &'static str = "activity_log";

    fn seed() -> Vec<Value> {
        let Ok(admin) = serde_json::to_value(Admin::first()) else { return Vec::new() };
        let id = |number| Random::new(CREATED_AT.unsigned_abs(), number).uuid();
        let renamed = ("app_name_change", "John doe changed your app name from Test to Sandbox.");
        let joined = ("app_admin_join", "John doe joined your app.");
        vec![
            entry(id(1), &admin, CREATED_AT, joined, json!({})),
            entry(
                id(2),
                &admin,
                CREATED_AT + 60,
                renamed,
                json!({"before": "Test", "after": "Sandbox"}),
            ),
        ]
    }
}

/// Adds an entry: the away mode of an admin was set.
pub(crate) fn record_away_change(
    call: &Call,
    admin: &Value,
    is_away: bool,
    reassigns: bool,
) -> Result<(), ApiError> {
    let number = call.store.count("SELECT max(number) AS n FROM object", &[])?;
    let name = admin.get("name").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{name} {} away mode.", if is_away { "enabled" } else { "disabled" });
    let entry = entry(
        Random::new(call.now_ms, number).uuid(),
        admin,
        call.now(),
        ("admin_away_mode_change", &description),
        json!({
            "away_mode": is_away, "away_status_reason_id": admin.get("away_status_reason_id"),
            "reassign_conversations": reassigns, "source": "admin update from API",
        }),
    );
    table::insert::<ActivityLog>(call.store, &entry, call.now_ms)
}

/// Responds with the log. `created_at_after` is required; `pages.next` is a URL.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let time = |name: &str| match call.request.query(name) {
        None => Ok(None),
        Some(text) => seconds(&text.into_owned().into())
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name, format!("{name} must be a UNIX timestamp"))),
    };
    let after = time("created_at_after")?.ok_or_else(|| missing("created_at_after"))?;
    let before = time("created_at_before")?.unwrap_or(i64::MAX);
    let mut entries = table::all::<ActivityLog>(call.store)?;
    entries.retain(|entry| {
        let at = entry.get("created_at").and_then(Value::as_i64);
        at.is_some_and(|at| (after..=before).contains(&at))
    });
    entries.reverse();
    let page = numbered::page(call, entries, 20)?;
    let (number, per_page) = (page.pages.page, page.pages.per_page);
    let next = (number < page.pages.total_pages).then(|| {
        let origin = call.request.url.origin().ascii_serialization();
        let page = format!("per_page={per_page}&page={}", number + 1);
        format!(
            "{origin}/admins/activity_logs?created_at_after={after}&created_at_before={before}&{page}"
        )
    });
    ApiResponse::ok(&json!({
        "type": "activity_log.list", "activity_logs": page.items,
        "pages": {
            "type": "pages", "next": next, "page": number, "per_page": per_page,
            "total_pages": page.pages.total_pages,
        },
    }))
}
