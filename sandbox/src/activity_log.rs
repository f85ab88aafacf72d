//! `GET /admins/activity_logs`: what admins did, the newest first.

use super::answer::{Answer, Refusal};
use super::body::{missing, seconds};
use super::collection::{self, Collection};
use super::dice::Dice;
use super::listing::cut;
use super::operation::Call;
use super::workspace::{ADMINS, BEGAN};
use serde_json::{Value, json};

/// The lines of the log.
pub(super) struct ActivityLog;

fn line(id: String, admin: &Value, at: i64, what: (&str, &str), metadata: Value) -> Value {
    let (activity_type, activity_description) = what;
    json!({
        "id": id, "created_at": at, "metadata": metadata, "activity_type": activity_type,
        "activity_description": activity_description,
        "performed_by": {
            "type": "admin", "id": admin.get("id"), "email": admin.get("email"), "ip": "127.0.0.1",
        },
    })
}

impl Collection for ActivityLog {
    const KIND: &'static str = "activity_log";

    fn seed() -> Vec<Value> {
        let Some(Ok(admin)) = ADMINS.first().map(serde_json::to_value) else { return Vec::new() };
        let id = |number| Dice::new(BEGAN.unsigned_abs(), number).uuid();
        let renamed = ("app_name_change", "John doe changed your app name from Test to Sandbox.");
        let joined = ("app_admin_join", "John doe joined your app.");
        vec![
            line(id(1), &admin, BEGAN, joined, json!({})),
            line(id(2), &admin, BEGAN + 60, renamed, json!({"before": "Test", "after": "Sandbox"})),
        ]
    }
}

/// Writes down that an admin's away mode was set.
pub(super) fn keep_away_change(
    call: &Call,
    admin: &Value,
    away: bool,
    reassign: bool,
) -> Result<(), Refusal> {
    let number = call.store.count("SELECT max(number) AS n FROM object", &[])?;
    let name = admin.get("name").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{name} {} away mode.", if away { "enabled" } else { "disabled" });
    let line = line(
        Dice::new(call.now_ms, number).uuid(),
        admin,
        call.now(),
        ("admin_away_mode_change", &description),
        json!({
            "away_mode": away, "away_status_reason_id": admin.get("away_status_reason_id"),
            "reassign_conversations": reassign, "source": "admin update from API",
        }),
    );
    collection::insert::<ActivityLog>(call.store, &line, call.now_ms)
}

/// Answers the log; `created_at_after` is required, `pages.next` is an address.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let time = |name: &str| match call.arrival.query(name) {
        None => Ok(None),
        Some(text) => seconds(&text.into_owned().into())
            .map(Some)
            .ok_or_else(|| Refusal::invalid(name, format!("{name} must be a UNIX timestamp"))),
    };
    let after = time("created_at_after")?.ok_or_else(|| missing("created_at_after"))?;
    let before = time("created_at_before")?.unwrap_or(i64::MAX);
    let mut lines = collection::all::<ActivityLog>(call.store)?;
    lines.retain(|line| {
        let at = line.get("created_at").and_then(Value::as_i64);
        at.is_some_and(|at| (after..=before).contains(&at))
    });
    lines.reverse();
    let page = cut(call, lines, 20)?;
    let (number, per_page) = (page.pages.page, page.pages.per_page);
    let next = (number < page.pages.total_pages).then(|| {
        let origin = call.arrival.url.origin().ascii_serialization();
        let place = format!("per_page={per_page}&page={}", number + 1);
        format!(
            "{origin}/admins/activity_logs?created_at_after={after}&created_at_before={before}&{place}"
        )
    });
    Answer::ok(&json!({
        "type": "activity_log.list", "activity_logs": page.items,
        "pages": {
            "type": "pages", "next": next, "page": number, "per_page": per_page,
            "total_pages": page.pages.total_pages,
        },
    }))
}
