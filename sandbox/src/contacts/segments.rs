//! The handler of `/contacts/{id}/segments`.

use crate::call::Call;
use crate::contacts::table::from_path;
use crate::http::response::{ApiError, ApiResponse};
use crate::list::pages::List;
use crate::segments::Segment;

/// Answers `GET /contacts/{id}/segments`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    let contact = from_path(call)?;
    ApiResponse::ok(&List::whole(
        contact.segments.iter().filter_map(|id| Segment::find(id)).collect(),
    ))
}
