//! `/me`, `/admins` and the reasons for which admins are away.

use super::activity_log;
use super::answer::{Answer, Refusal};
use super::body::{self, set};
use super::collection::{self, Collection, Shape};
use super::operation::Call;
use super::workspace::{ADMINS, APP, App, BEGAN, PICTURE, Picture};
use serde::Serialize;
use serde_json::{Value, json};

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

/// The admins, whose away mode can change.
pub(super) struct Admins;

impl Collection for Admins {
    const KIND: &'static str = "admin";
    const LIST: Shape = Shape::Whole("admin.list", "admins");

    fn seed() -> Vec<Value> {
        let admins = ADMINS.iter().filter_map(|admin| serde_json::to_value(admin).ok());
        admins.collect()
    }

    fn shown(_: &Call, mut admin: Value) -> Result<Value, Refusal> {
        if admin.get(REASON).is_none() {
            set(&mut admin, REASON, Value::Null);
        }
        Ok(admin)
    }

    fn listed(_: &Call, mut admin: Value) -> Result<Value, Refusal> {
        if let Some(admin) = admin.as_object_mut() {
            admin.remove(REASON);
        }
        Ok(admin)
    }

    fn unknown() -> Refusal {
        Refusal::new(404, "admin_not_found", "Admin not found")
    }
}

/// The field that says why an admin is away.
const REASON: &str = "away_status_reason_id";

/// The reasons for which an admin is away.
pub(super) struct AwayStatusReasons;

impl Collection for AwayStatusReasons {
    const KIND: &'static str = "away_status_reason";

    fn seed() -> Vec<Value> {
        let reasons =
            [("1", "Lunch", "🥪", false), ("2", "Holiday", "🏝️", false), ("3", "Sick", "🤒", true)];
        let reasons = reasons.iter().zip(1..).map(|((id, label, emoji, deleted), order)| {
            json!({
                "type": Self::KIND, "id": id, "label": label, "emoji": emoji, "order": order,
                "deleted": deleted, "created_at": BEGAN, "updated_at": BEGAN,
            })
        });
        reasons.collect()
    }
}

/// Answers `PUT /admins/{id}/away`, and writes a line into the activity log.
pub(super) fn set_away(call: &Call) -> Result<Answer, Refusal> {
    let unknown = |_| Refusal::new(404, "admin_not_found", "Admin for admin_id not found");
    let mut admin = collection::find::<Admins>(call.store, &call.name).map_err(unknown)?;
    let body = call.arrival.object()?;
    let flag = |name: &str| body::flag(&body, name)?.ok_or_else(|| body::missing(name));
    let (away, reassign) = (flag("away_mode_enabled")?, flag("away_mode_reassign")?);
    let reason = body::id(&body, REASON).filter(|_| away);
    if let Some(id) = &reason {
        let invalid = |what| Refusal::invalid(REASON, format!("Away status reason is {what}"));
        let reason = collection::find::<AwayStatusReasons>(call.store, id);
        let reason = reason.map_err(|_| invalid("unknown"))?;
        if reason.get("deleted") == Some(&true.into()) {
            return Err(invalid("deleted"));
        }
    }
    set(&mut admin, "away_mode_enabled", away);
    set(&mut admin, "away_mode_reassign", reassign);
    set(&mut admin, REASON, reason);
    collection::keep::<Admins>(call.store, &admin)?;
    activity_log::keep_away_change(call, &admin, away, reassign)?;
    Answer::ok(&admin)
}
