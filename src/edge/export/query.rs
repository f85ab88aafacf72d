//! Reads the query of `GET /edge/export`.

use crate::call::Format;
use crate::call::export::Exported;
use crate::edge::export::fields;
use crate::edge::export::protocol::Job;
use crate::edge::export::rows::Selection;
use crate::edge::export::token::{self, Origin, Resume};
use crate::edge::request::values::{last, whole_number};
use crate::edge::response::Rejection;
use crate::model::Timestamp;

/// The parameters.
const NAMES: [&str; 8] =
    ["of", "role", "format", "fields", "since", "overlap", "markers", "resume"];

/// The default overlap with an earlier export, in seconds: Intercom indexes a new person within minutes.
const OVERLAP: i64 = 900;

/// Reads the objects to export, which decide the scope.
pub fn exported(parameters: &[(String, String)]) -> Result<Exported, Rejection> {
    match last(parameters, "of") {
        None => Ok(Exported::Contacts),
        Some(name) => {
            let found = Exported::ALL.into_iter().find(|of| of.as_str() == name);
            found.ok_or_else(|| one_of("of", "contacts, companies or conversations"))
        }
    }
}

/// Reads the query. `id`: the id of the request.
pub fn read(id: String, of: Exported, parameters: &[(String, String)]) -> Result<Job, Rejection> {
    if let Some((name, _)) = parameters.iter().find(|(name, _)| !NAMES.contains(&&**name)) {
        let words = format!("An export has no such parameter: it takes {}", NAMES.join(", "));
        return Err(Rejection::parameter(name, words));
    }
    let get = |name: &str| last(parameters, name);
    let role = match get("role") {
        Some(_) if of != Exported::Contacts => {
            return Err(Rejection::parameter("role", "Only contacts have a role"));
        }
        None | Some("user" | "lead") => get("role").map(str::to_owned),
        Some(_) => return Err(one_of("role", "user or lead")),
    };
    let format = match get("format") {
        None | Some("ndjson") => Format::Ndjson,
        Some("csv") => Format::Csv,
        Some(_) => return Err(one_of("format", "ndjson or csv")),
    };
    let markers = match get("markers") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(one_of("markers", "true or false")),
    };
    for name in ["markers", "resume"] {
        if format == Format::Csv && get(name).is_some() {
            let words = format!(
                "A file in CSV has no markers and can't be resumed: leave out {name}, or use NDJSON"
            );
            return Err(Rejection::parameter(name, words));
        }
    }
    if of == Exported::Companies && get("resume").is_some() {
        // A token has ranges, and a search by ranges would find contacts.
        let words = "A scroll of companies can't be continued: begin again without resume";
        return Err(Rejection::parameter("resume", words));
    }
    let names = get("fields").unwrap_or_default();
    let role_name = role.as_deref().unwrap_or_default();
    let mirror = token::query_hash(&[of.as_str(), role_name]);
    let (since, earlier) = since(of, parameters)?;
    let since_name = get("since").unwrap_or_default();
    let query = token::query_hash(&[
        of.as_str(),
        role_name,
        names,
        since_name,
        get("overlap").unwrap_or_default(),
    ]);
    let resume = match get("resume") {
        None => None,
        Some(text) => Some(resume(text, &query)?),
    };
    if earlier.as_ref().is_some_and(|earlier| earlier.query != mirror) {
        let words = "This token is of an export of other objects, or of another role: use it with the same of and role";
        return Err(Rejection::parameter("since", words));
    }
    let fields = match get("fields") {
        None => None,
        Some(names) => Some(fields::read(of, names)?),
    };
    let exact_dates = of == Exported::Conversations;
    let selection = Selection { format, fields, since, exact_dates };
    Ok(Job { id, of, role, selection, markers, resume, earlier, query, mirror })
}

/// Reads `since` and `overlap`: the time after which objects changed, and the token if there is one.
fn since(
    of: Exported,
    parameters: &[(String, String)],
) -> Result<(Option<i64>, Option<Origin>), Rejection> {
    let overlap = match last(parameters, "overlap") {
        None => OVERLAP,
        Some(value) => whole_number("overlap", value, 0, 86_400)?,
    };
    let Some(text) = last(parameters, "since") else { return Ok((None, None)) };
    if of == Exported::Companies {
        let words =
            "Intercom can't search companies by the time of their last change: export all of them";
        return Err(Rejection::parameter("since", words));
    }
    if let Some(seconds) = Timestamp::Text(text.to_owned()).seconds() {
        return Ok((Some(seconds), None));
    }
    let earlier: Option<Origin> = token::read(text);
    match earlier {
        // A change in the first second of the overlap counts.
        Some(earlier) => Ok((Some(earlier.began.saturating_sub(overlap + 1)), Some(earlier))),
        None => Err(Rejection::parameter(
            "since",
            "since is a time in seconds since 1970 or in ISO 8601, or the next of an earlier export",
        )),
    }
}

fn resume(text: &str, query: &str) -> Result<Resume, Rejection> {
    let resume: Resume = token::read(text).ok_or_else(|| {
        Rejection::parameter(
            "resume",
            "resume is the text of the last marker's resume, complete and unchanged",
        )
    })?;
    if resume.origin.query != query {
        let words = "This marker is of another export: use the same of, role, fields, since and overlap, or begin \
                     again without resume";
        return Err(Rejection::parameter("resume", words));
    }
    Ok(resume)
}

fn one_of(name: &str, values: &str) -> Rejection {
    Rejection::parameter(name, format!("{name} is {values}"))
}
