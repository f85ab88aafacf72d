//! `/teams`: there is one team, and every admin is in it.

use crate::admins::admin::{ADMINS, TEAM};
use crate::call::Call;
use crate::http::response::ApiError;
use crate::resource::{ListShape, Resource};
use serde_json::{Value, json};

/// The teams.
pub(crate) struct Teams;

impl Resource for Teams {
    const NAME: &'static str = "team";
    const LIST: ListShape = ListShape::Whole("team.list", "teams");

    fn seed() -> Vec<Value> {
        let admins = ADMINS.iter().filter_map(|admin| admin.id.parse::<u64>().ok());
        vec![json!({
            "type": "team", "id": TEAM.to_string(), "name": "Support",
            "admin_ids": admins.collect::<Vec<_>>(), "assignment_limit": 10,
            "distribution_method": "round_robin",
        })]
    }

    fn to_list_json(_: &Call, mut team: Value) -> Result<Value, ApiError> {
        if let Some(team) = team.as_object_mut() {
            team.remove("assignment_limit");
            team.remove("distribution_method");
        }
        Ok(team)
    }

    fn not_found() -> ApiError {
        ApiError::new(404, "team_not_found", "Team not found")
    }
}
