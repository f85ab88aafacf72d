//! `GET /segments` and `/segments/{id}`.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::workspace::{SEGMENTS, Segment};
use serde::{Deserialize, Serialize};

/// A segment, with how many people it holds where that was asked for.
#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    segment: Segment,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// The workspace's segments.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Segments {
        r#type: &'static str,
        segments: Vec<Counted>,
    }
    #[derive(Deserialize)]
    struct Held {
        id: String,
        n: u64,
    }
    let asked = call.arrival.query("include_count").as_deref() == Some("true");
    let held: Vec<Held> = if asked {
        call.store.rows(
            "SELECT held.value AS id, count(*) AS n FROM contact, json_each(contact.segments) AS held
             WHERE contact.state = 'active' GROUP BY 1",
            &[],
        )?
    } else {
        Vec::new()
    };
    let segments = SEGMENTS.iter().map(|segment| Counted {
        segment: *segment,
        count: asked.then(|| held.iter().find(|row| row.id == segment.id).map_or(0, |row| row.n)),
    });
    Answer::ok(&Segments { r#type: "segment.list", segments: segments.collect() })
}

/// One of them.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(Segment::find(&call.name).ok_or_else(Refusal::not_found)?)
}
