//! `GET /segments` and `/segments/{id}`.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::workspace::{SEGMENTS, Segment};
use serde::Serialize;

/// The workspace's segments.
pub(super) fn list(_: &Call) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Segments {
        r#type: &'static str,
        segments: [Segment; SEGMENTS.len()],
    }
    Answer::ok(&Segments { r#type: "segment.list", segments: SEGMENTS })
}

/// One of them.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(Segment::find(&call.name).ok_or_else(Refusal::not_found)?)
}
