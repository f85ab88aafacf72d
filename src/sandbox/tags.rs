//! `GET /tags` and `/tags/{id}`.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::page::List;
use super::workspace::{TAGS, Tag};

/// The workspace's tags.
pub(super) fn list(_: &Call) -> Result<Answer, Refusal> {
    Answer::ok(&List::whole(TAGS.to_vec()))
}

/// One of them.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(Tag::find(&call.name).ok_or_else(Refusal::not_found)?)
}
