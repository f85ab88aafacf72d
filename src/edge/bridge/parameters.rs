//! The query parameters of each operation of API 1.x. An operation's row in
//! [`route`](crate::edge::bridge::route) names one of these lists, and `docs/api-1.x.md` has the same lists.

use crate::edge::response::Rejection;

/// The query parameters of an operation of API 1.x. Any other parameter is rejected, because an ignored filter
/// would return all data.
#[derive(Debug)]
pub(super) struct Parameters {
    /// The parameters that the operation reads, or that Intercom reads in a forwarded request.
    pub(super) carried: &'static [&'static str],
    /// The parameters without a counterpart in API 2.x, each with a sentence that says what to do instead.
    pub(super) gone: &'static [(&'static str, &'static str)],
}

/// No parameters at all.
pub(super) const NONE: Parameters = Parameters { carried: &[], gone: &[] };

pub(super) const PEOPLE: Parameters = Parameters {
    carried: &[
        "page",
        "per_page",
        "order",
        "sort",
        "created_since",
        "email",
        "phone",
        "user_id",
        "tag_id",
        "segment_id",
        "company_id",
        "company_name",
        // Clients repeat the kind that the path names.
        "type",
        // Only in the addresses that `pages.next` gives.
        "starting_after",
    ],
    gone: &[(
        "updated_since",
        "Lists take created_since only: find people by updated_at with POST /contacts/search",
    )],
};

pub(super) const SCROLL: Parameters = Parameters { carried: &["scroll_param"], gone: &[] };

pub(super) const PERSON: Parameters =
    Parameters { carried: &["id", "user_id", "email"], gone: &[] };

pub(super) const VISITOR: Parameters =
    Parameters { carried: &["user_id"], gone: &[("id", VISITOR_BY_ID), ("email", VISITOR_BY_ID)] };

pub(super) const COMPANIES: Parameters = Parameters {
    carried: &["page", "per_page", "order", "tag_id", "segment_id", "company_id", "name", "type"],
    gone: &[(
        "sort",
        "API 2.x lists companies by their last activity only: sort them when you have them all",
    )],
};

pub(super) const COMPANY_USERS: Parameters = Parameters {
    carried: &[
        "page",
        "per_page",
        // The path names the company already. n8n adds what it asked for to the address that
        // `pages.next` of GET /companies?type=user gives, and that is this path.
        "type",
        "company_id",
        "name",
    ],
    gone: &[],
};

pub(super) const NOTES: Parameters =
    Parameters { carried: &["id", "user_id", "email", "page", "per_page"], gone: &[] };

pub(super) const EVENTS: Parameters = Parameters {
    carried: &[
        "type",
        "user_id",
        "email",
        "intercom_user_id",
        "summary",
        "per_page",
        // Only in the addresses that `pages` gives.
        "before",
        "since",
    ],
    gone: &[],
};

pub(super) const COUNTS: Parameters = Parameters { carried: &["type", "count"], gone: &[] };

const ALL_AT_ONCE: &str = "API 2.x gives the whole list at once: omit page and per_page";

/// The parameters of a list without pages.
pub(super) const WHOLE: Parameters =
    Parameters { carried: &[], gone: &[("page", ALL_AT_ONCE), ("per_page", ALL_AT_ONCE)] };

pub(super) const SEGMENTS: Parameters = Parameters {
    carried: &["include_count"],
    gone: &[
        ("page", ALL_AT_ONCE),
        ("per_page", ALL_AT_ONCE),
        ("type", "API 2.x lists all segments: each says in person_type whom it holds"),
    ],
};

pub(super) const CONVERSATIONS: Parameters = Parameters {
    carried: &[
        "type",
        "admin_id",
        "intercom_user_id",
        "user_id",
        "email",
        // Ruby's client names an admin so.
        "id",
        "open",
        "unread",
        "order",
        "sort",
        "display_as",
        "page",
        "per_page",
        // Only in the addresses that `pages.next` gives.
        "starting_after",
    ],
    gone: &[("before", "Use POST /conversations/search with updated_at instead")],
};

pub(super) const CONVERSATION: Parameters = Parameters {
    carried: &[
        "display_as",
        // Clients repeat the path's.
        "id",
    ],
    gone: &[],
};

/// The message for a visitor that isn't named by `user_id`.
pub(super) const VISITOR_BY_ID: &str =
    "API 2.x knows a visitor by user_id only: GET /visitors?user_id=";

impl Parameters {
    /// Rejects a parameter that the operation doesn't read, and a value of `include_count` that Intercom would
    /// read as false.
    pub(super) fn check(&self, name: &str, value: &str) -> Result<(), Rejection> {
        if self.carried.contains(&name) {
            return match (name, value) {
                ("include_count", "true" | "false") => Ok(()),
                ("include_count", _) => {
                    Err(Rejection::parameter(name, "include_count is true or false"))
                }
                _ => Ok(()),
            };
        }
        if let Some((_, instead)) = self.gone.iter().find(|(known, _)| *known == name) {
            return Err(Rejection::new(410, "gone", *instead).naming(name));
        }
        let known = match self.carried {
            [] => "this call takes no query parameters".to_owned(),
            known => format!("this call takes {}", known.join(", ")),
        };
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(64).collect();
        let words = format!(
            "API 1.x has no such query parameter: {known}. For API 2.x send Intercom-Version: 2.14"
        );
        Err(Rejection::parameter(&name, words))
    }
}
