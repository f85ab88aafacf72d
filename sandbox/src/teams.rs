//! `GET /teams` and `/teams/{id}`: there is one team, of all admins.

use super::answer::Refusal;
use super::collection::{Collection, Shape};
use super::operation::Call;
use super::workspace::{ADMINS, TEAM};
use serde_json::{Value, json};

/// The teams.
pub(super) struct Teams;

impl Collection for Teams {
    const KIND: &'static str = "team";
    const LIST: Shape = Shape::Whole("team.list", "teams");

    fn seed() -> Vec<Value> {
        let admins = ADMINS.iter().filter_map(|admin| admin.id.parse::<u64>().ok());
        vec![json!({
            "type": "team", "id": TEAM.to_string(), "name": "Support",
            "admin_ids": admins.collect::<Vec<_>>(), "assignment_limit": 10,
            "distribution_method": "round_robin",
        })]
    }

    fn listed(_: &Call, mut team: Value) -> Result<Value, Refusal> {
        if let Some(team) = team.as_object_mut() {
            team.remove("assignment_limit");
            team.remove("distribution_method");
        }
        Ok(team)
    }

    fn unknown() -> Refusal {
        Refusal::new(404, "team_not_found", "Team not found")
    }
}
