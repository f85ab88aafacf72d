//! `/segments`: contacts that a rule selects. The segments are the same with every seed.

use crate::call::Call;
use crate::http::response::{ApiError, ApiResponse};
use crate::workspace::CREATED_AT;
use serde::{Deserialize, Serialize};

/// A segment.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Segment {
    r#type: &'static str,
    /// Intercom's id.
    pub id: &'static str,
    name: &'static str,
    created_at: i64,
    updated_at: i64,
    person_type: &'static str,
}

const fn segment(id: &'static str, name: &'static str, person_type: &'static str) -> Segment {
    Segment {
        r#type: "segment",
        id,
        name,
        created_at: CREATED_AT,
        updated_at: CREATED_AT,
        person_type,
    }
}

/// The segments.
pub(crate) const SEGMENTS: [Segment; 5] = [
    segment("5bb2f45a1e099bf2d5530001", "Active", "user"),
    segment("5bb2f45a1e099bf2d5530002", "New", "user"),
    segment("5bb2f45a1e099bf2d5530003", "Slipping away", "user"),
    segment("5bb2f45a1e099bf2d5530004", "日本のユーザー", "user"),
    segment("5bb2f45a1e099bf2d5530005", "Talked to us", "contact"),
];

impl Segment {
    /// Returns the segment of an id.
    pub fn find(id: &str) -> Option<&'static Self> {
        SEGMENTS.iter().find(|segment| segment.id == id)
    }
}

/// A segment, with the number of its contacts if the caller requests it.
#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    segment: Segment,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Answers `GET /segments`.
pub(crate) fn list(call: &Call) -> Result<ApiResponse, ApiError> {
    #[derive(Serialize)]
    struct Segments {
        r#type: &'static str,
        segments: Vec<Counted>,
    }
    #[derive(Deserialize)]
    struct ContactCount {
        id: String,
        n: u64,
    }
    let is_counted = call.request.query("include_count").as_deref() == Some("true");
    let counts: Vec<ContactCount> = if is_counted {
        call.store.rows(
            "SELECT segment.value AS id, count(*) AS n
             FROM contact, json_each(contact.segments) AS segment WHERE contact.state = 'active' GROUP BY 1",
            &[],
        )?
    } else {
        Vec::new()
    };
    let segments = SEGMENTS.iter().map(|segment| Counted {
        segment: *segment,
        count: is_counted
            .then(|| counts.iter().find(|row| row.id == segment.id).map_or(0, |row| row.n)),
    });
    ApiResponse::ok(&Segments { r#type: "segment.list", segments: segments.collect() })
}

/// Answers `GET /segments/{id}`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(Segment::find(&call.param).ok_or_else(ApiError::not_found)?)
}
