//! `GET /companies/scroll`: all companies, a part per request.

use crate::call::Call;
use crate::companies::table::after;
use crate::http::response::{ApiError, ApiResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of companies in a response.
const PER_RESPONSE: u64 = 100;

/// How long a scroll waits for its next request, in milliseconds.
const MAX_IDLE_MS: u64 = 60_000;

/// The active scroll. A workspace has one at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scroll {
    /// The value of `scroll_param` in the next request.
    param: String,
    /// The row number of the last company that was returned, or 0. A company that is deleted in the
    /// meantime moves no other company, and no new one gets its row number.
    last: u64,
    /// When the last request came, in milliseconds since 1970.
    requested_at_ms: u64,
}

impl Scroll {
    /// Starts a scroll or continues the active one; an error if another is active or none matches.
    fn step(active: Option<Self>, param: Option<&str>, now_ms: u64) -> Result<Self, ApiError> {
        let active = active.filter(|scroll| now_ms < scroll.requested_at_ms + MAX_IDLE_MS);
        match (active, param) {
            (None, None) => {
                Ok(Self { param: format!("scroll-{now_ms:x}"), last: 0, requested_at_ms: now_ms })
            }
            (Some(active), Some(param)) if active.param == param => {
                Ok(Self { requested_at_ms: now_ms, ..active })
            }
            (Some(_), None) => {
                Err(ApiError::new(400, "scroll_exists", "scroll already exists for this workspace"))
            }
            (_, Some(_)) => Err(ApiError::new(404, "not_found", "scroll parameter not found")),
        }
    }
}

/// Answers `GET /companies/scroll`. The last response has no companies.
pub(crate) fn scroll(call: &Call) -> Result<ApiResponse, ApiError> {
    #[derive(Serialize)]
    struct Scrolled {
        r#type: &'static str,
        data: Vec<Value>,
        pages: (),
        total_count: (),
        scroll_param: Option<String>,
    }
    let active = call.store.entries("SELECT entry FROM scroll", &[])?.into_iter().next();
    let param = call.request.query("scroll_param");
    let mut scroll = Scroll::step(active, param.as_deref(), call.now_ms)?;
    let companies = after(call.store, scroll.last, PER_RESPONSE)?;
    let last = companies.last().map(|(number, _)| *number);
    call.store.run("DELETE FROM scroll", &[])?;
    if let Some(last) = last {
        scroll.last = last;
        let entry = serde_json::to_string(&scroll)?;
        call.store.run("INSERT INTO scroll (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])?;
    }
    ApiResponse::ok(&Scrolled {
        r#type: "list",
        data: companies.into_iter().map(|(_, company)| company).collect(),
        pages: (),
        total_count: (),
        scroll_param: last.map(|_| scroll.param),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scroll_continues_with_its_parameter() {
        let first = Scroll::step(None, None, 1_000).ok();
        let first = first.map(|scroll| Scroll { last: 7, ..scroll });
        let name = first.clone().map(|scroll| scroll.param).unwrap_or_default();
        let second = Scroll::step(first, Some(&name), 2_000).ok();
        assert_eq!(
            second.map(|scroll| (scroll.last, scroll.requested_at_ms, scroll.param)),
            Some((7, 2_000, name))
        );
    }

    #[test]
    fn a_workspace_has_one_scroll_and_it_expires_after_an_idle_minute() {
        let first = || Scroll::step(None, None, 1_000).ok();
        let refused = |scroll: Result<Scroll, ApiError>| scroll.err().map(|error| error.code);
        assert_eq!(refused(Scroll::step(first(), None, 2_000)), Some("scroll_exists"));
        assert_eq!(refused(Scroll::step(first(), None, 61_000)), None);
        let name = first().map(|scroll| scroll.param).unwrap_or_default();
        assert_eq!(refused(Scroll::step(first(), Some(&name), 61_000)), Some("not_found"));
        assert_eq!(refused(Scroll::step(first(), Some("other"), 2_000)), Some("not_found"));
    }
}
