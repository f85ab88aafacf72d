//! `POST /contacts/{id}/block`.

use crate::call::Call;
use crate::contacts::table::{from_path, set_state};
use crate::contacts::view::ContactStatus;
use crate::conversations::table::close_all;
use crate::http::response::{ApiError, ApiResponse};

/// Archives a contact and closes its conversations.
pub(crate) fn block(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    set_state(call, "archived")?;
    close_all(call, &contact.id)?;
    ApiResponse::ok(&ContactStatus::blocked(&contact))
}
