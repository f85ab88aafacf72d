//! The caller of the Worker.

use super::Call;
use crate::model::Caller;

/// Gets the caller to whom the credential belongs, with its scopes.
pub fn whoami() -> Call<Caller> {
    Call::get("/edge/whoami", &[])
}
