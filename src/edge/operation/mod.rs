//! The operations of API 2.x and of the Worker's own API, and their scopes.
//!
//! [`table`] is static data; a lookup allocates nothing.

mod table;

use crate::edge::access::scope::Scope;
use crate::edge::response::Rejection;
use table::{RESOURCES, UPLOADS};

/// A path of Intercom's and its operations.
#[derive(Clone, Copy, Debug)]
struct Path {
    /// The pattern; `{name}` is a path parameter.
    pattern: &'static str,
    /// The methods, each with its scope.
    operations: &'static [(&'static str, Scope)],
}

/// An operation of API 2.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with `{name}` for each path parameter. It names the operation in logs.
    pub pattern: &'static str,
    /// The scope that a caller needs.
    pub scope: Scope,
}

impl Operation {
    /// Gives the media type that a body may have besides JSON.
    pub fn upload_type(&self) -> Option<&'static str> {
        let upload = UPLOADS.iter().find(|(of, _)| *of == (self.method, self.pattern));
        upload.map(|(_, media_type)| *media_type)
    }
}

/// 404 for a path without an operation. The message differs from Intercom's, so that nobody searches for the
/// reason there.
pub fn unknown() -> Rejection {
    Rejection::not_found("This path is not an operation of this Worker; Intercom was not asked")
}

/// Finds the operation of a method and a path, which must pass
/// [`Target::check`](crate::edge::request::target::Target::check).
///
/// A known path with another method is 405, an unknown path 404. A literal segment wins over a path parameter,
/// from the left. A path parameter may not be a text that Intercom could read as the literal: the literal in
/// another case or with a suffix (`search.json`, `search;x`), or the literal without the id that must follow
/// (`/contacts/find_by_external_id`).
pub fn find(method: &str, path: &str) -> Result<Operation, Rejection> {
    // The first segment is never a parameter, so most of the table is skipped.
    let first = path.split('/').nth(1).unwrap_or_default();
    let resource = RESOURCES.iter().find(|(known, _)| *known == first);
    let paths = resource.map_or(&[][..], |(_, paths)| paths);
    let fits = paths.iter().filter_map(|known| Some((fit(known.pattern, path)?, known)));
    let (_, known) = fits
        .max_by_key(|(fit, _)| fit.literals)
        .filter(|(fit, known)| fit.exact && !(known.ends_in_parameter() && begins(path, paths)))
        .ok_or_else(unknown)?;
    match known.operations.iter().find(|(known, _)| *known == method) {
        Some(&(method, scope)) => Ok(Operation { method, pattern: known.pattern, scope }),
        None => {
            let allowed: Vec<&str> = known.operations.iter().map(|(method, _)| *method).collect();
            Err(Rejection::method_not_allowed(&allowed.join(", ")))
        }
    }
}

impl Path {
    fn ends_in_parameter(&self) -> bool {
        self.pattern.ends_with('}')
    }
}

/// Returns true if a path is the beginning of a longer pattern.
fn begins(path: &str, longer: &[Path]) -> bool {
    let rests = longer.iter().filter_map(|known| known.pattern.strip_prefix(path));
    rests.into_iter().any(|rest| rest.starts_with('/'))
}

/// The paths of the Worker's own API, as `/edge/openapi.json` names them.
const EDGE_PATHS: [&str; 25] = [
    "/edge/export",
    "/edge/health",
    "/edge/live",
    "/edge/live/tickets",
    "/edge/messages",
    "/edge/messages/batch",
    "/edge/messages/batch/{id}",
    "/edge/messages/batch/{id}/cancel",
    "/edge/messages/batch/{id}/pause",
    "/edge/messages/batch/{id}/result.csv",
    "/edge/messages/batch/{id}/result.ndjson",
    "/edge/messages/batch/{id}/resume",
    "/edge/messages/counts",
    "/edge/messages/export",
    "/edge/messages/{id}",
    "/edge/messages/{id}/confirm",
    "/edge/messages/{id}/resend",
    "/edge/messages/{id}/retry",
    "/edge/notify",
    "/edge/openapi.json",
    "/edge/templates",
    "/edge/templates/{name}",
    "/edge/templates/{name}/preview",
    "/edge/webhooks/intercom",
    "/edge/whoami",
];

/// Gives the pattern of a path of the Worker's own API; empty for an unknown path.
pub fn edge_pattern(path: &str) -> &'static str {
    let fits = EDGE_PATHS.iter().filter_map(|pattern| Some((fit(pattern, path)?, *pattern)));
    let best = fits.max_by_key(|(fit, _)| fit.literals).filter(|(fit, _)| fit.exact);
    best.map_or("", |(_, pattern)| pattern)
}

/// The fit of a path to a pattern.
struct Fit {
    /// A bit for each segment that is a literal of the pattern; the first segment has the highest bit.
    literals: u32,
    /// All literals are byte for byte those of the pattern.
    exact: bool,
}

fn fit(pattern: &str, path: &str) -> Option<Fit> {
    let mut segments = path.split('/');
    let mut fit = Fit { literals: 0, exact: true };
    for known in pattern.split('/') {
        let segment = segments.next()?;
        fit.literals <<= 1;
        if known.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
        } else {
            fit.exact &= known == segment;
            fit.literals |= 1;
            if !resembles(known, segment) {
                return None;
            }
        }
    }
    segments.next().is_none().then_some(fit)
}

/// Returns true if a server could read a segment as the literal.
fn resembles(literal: &str, segment: &str) -> bool {
    let (head, rest) = match segment.split_at_checked(literal.len()) {
        Some(parts) => parts,
        None => return false,
    };
    head.eq_ignore_ascii_case(literal)
        && (rest.is_empty() || rest.starts_with(['.', ';', '%', '+', '~', '*']))
}

#[cfg(test)]
mod tests {
    use super::{EDGE_PATHS, Operation, Path, RESOURCES, Scope, edge_pattern, find, fit};
    use crate::edge::request::target::Target;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn every_path() -> impl Iterator<Item = &'static Path> {
        RESOURCES.iter().flat_map(|(_, paths)| paths.iter())
    }

    fn found(method: &str, path: &str) -> Result<&'static str, u16> {
        find(method, path)
            .map(|operation| operation.pattern)
            .map_err(|rejection| rejection.status())
    }

    #[test]
    fn a_literal_wins_over_a_parameter() {
        assert_eq!(found("GET", "/contacts"), Ok("/contacts"));
        assert_eq!(found("GET", "/contacts/5"), Ok("/contacts/{contact_id}"));
        assert_eq!(found("POST", "/contacts/search"), Ok("/contacts/search"));
        assert_eq!(found("GET", "/contacts/search"), Err(405));
        assert_eq!(found("DELETE", "/conversations/attributes"), Err(405));
        assert_eq!(found("GET", "/companies/scroll"), Ok("/companies/scroll"));
        assert_eq!(
            found("GET", "/contacts/find_by_external_id/a%20b"),
            Ok("/contacts/find_by_external_id/{external_id}")
        );
    }

    /// The patterns of the calls, as `src/call` writes them.
    fn calls() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/call");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let texts = files.map(|file| std::fs::read_to_string(file).unwrap());
        let calls = texts.flat_map(|text| {
            let starts = text.match_indices("Call::").map(|(at, found)| at + found.len());
            let written = starts.filter_map(|at| {
                let (method, rest) = text[at..].split_once('(')?;
                let pattern = rest.strip_prefix('"')?.split('"').next()?;
                Some((method.to_uppercase(), pattern.to_owned()))
            });
            written.collect::<Vec<_>>()
        });
        calls.collect()
    }

    /// The paths of the Worker's own and of API 1.x, with their methods in lower case.
    fn documented() -> serde_json::Map<String, serde_json::Value> {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../openapi.json")).unwrap();
        document["paths"].as_object().unwrap().clone()
    }

    #[test]
    fn every_call_is_an_operation_of_the_table_or_of_the_document() {
        let calls = calls();
        assert!(calls.len() > 50, "the calls were not found: {calls:?}");
        let documented = documented();
        for (method, pattern) in calls {
            let own = documented.get(&pattern).is_some_and(|methods| {
                pattern.starts_with("/edge/") && methods.get(method.to_lowercase()).is_some()
            });
            let known = every_path().any(|path| {
                let operations = path.operations.iter();
                path.pattern == pattern && operations.into_iter().any(|(known, _)| *known == method)
            });
            assert!(own || known, "{method} {pattern}");
        }
    }

    #[test]
    fn the_log_names_the_workers_own_paths_as_the_document_does() {
        let documented = documented();
        let own: Vec<_> = documented.keys().filter(|path| path.starts_with("/edge/")).collect();
        assert_eq!(BTreeSet::from_iter(own), BTreeSet::from_iter(&EDGE_PATHS.map(str::to_owned)));
        for (path, pattern) in [
            ("/edge/messages/batch", "/edge/messages/batch"),
            ("/edge/messages/5", "/edge/messages/{id}"),
            ("/edge/messages/batch/5/result.csv", "/edge/messages/batch/{id}/result.csv"),
            ("/edge/messages/batch/5/else", ""),
            ("/edge/nothing", ""),
        ] {
            assert_eq!(edge_pattern(path), pattern, "{path}");
        }
    }

    #[test]
    fn what_reads_by_its_scope_may_be_repeated_but_for_the_scroll() {
        for path in every_path() {
            for (method, scope) in path.operations {
                let is_repeatable = crate::call::is_repeatable(method, path.pattern);
                let reads = scope.is_read() && path.pattern != "/companies/scroll";
                assert_eq!(is_repeatable, reads, "{method} {}", path.pattern);
            }
        }
    }

    #[test]
    fn what_resembles_a_literal_is_not_a_parameter() {
        for path in [
            "/contacts/SEARCH",
            "/contacts/search.json",
            "/contacts/Merge",
            "/contacts/merge;x=1",
            "/companies/scroll%20",
            "/Contacts",
            "/contacts.json",
        ] {
            assert_eq!(found("GET", path), Err(404), "{path}");
        }
        assert_eq!(found("GET", "/contacts/searching"), Ok("/contacts/{contact_id}"));
        assert_eq!(found("GET", "/contacts/5.json"), Ok("/contacts/{contact_id}"));
    }

    #[test]
    fn what_is_not_in_the_table_is_404_and_a_wrong_method_405() {
        for path in [
            "",
            "/",
            "/users",
            "/contacts/",
            "/contacts//",
            "/contacts/5/nothing",
            "/contacts/find_by_external_id",
            "/messenger",
            "/fin-sdk/manifest",
            "/edge",
        ] {
            assert_eq!(found("GET", path), Err(404), "{path}");
        }
        for method in ["get", "HEAD", "TRACE", "PROPFIND", ""] {
            assert_eq!(found(method, "/contacts"), Err(405), "{method}");
        }
    }

    #[test]
    fn every_operation_is_found_and_none_is_twice() {
        let mut known = BTreeSet::new();
        for (resource, path) in
            RESOURCES.iter().flat_map(|(first, paths)| paths.iter().map(move |path| (first, path)))
        {
            assert_eq!(path.pattern.split('/').nth(1), Some(*resource));
            let filled: Vec<&str> =
                path.pattern.split('/').map(|s| if s.starts_with('{') { "5" } else { s }).collect();
            for &(method, scope) in path.operations {
                let operation = Operation { method, pattern: path.pattern, scope };
                assert_eq!(find(method, &filled.join("/")).unwrap(), operation);
                assert!(known.insert((method, filled.join("/"))), "{method} {}", path.pattern);
                assert!(method != "DELETE" || !scope.is_read());
                assert!(method != "GET" || scope.is_read());
            }
        }
    }

    #[test]
    fn the_table_has_every_operation_of_api_2_14_and_2_16() {
        let list = include_str!("../../../tests/fixtures/operations.tsv");
        let rows: Vec<Vec<&str>> =
            list.lines().skip(1).map(|row| row.split('\t').collect()).collect();
        for (version, count) in [("2.14", 150), ("2.16", 231)] {
            assert_eq!(rows.iter().filter(|row| row[0] == version).count(), count, "{version}");
        }
        for row in rows {
            let (method, pattern) = (row[2], row[3]);
            let path: Vec<&str> =
                pattern.split('/').map(|s| if s.starts_with('{') { "5" } else { s }).collect();
            assert!(found(method, &path.join("/")).is_ok(), "{method} {pattern}");
        }
    }

    /// What the Preview version has and 2.16 hasn't, from its description in November 2026.
    const PREVIEW: [&str; 27] = [
        "GET /folders",
        "POST /folders",
        "GET /folders/5",
        "PUT /folders/5",
        "DELETE /folders/5",
        "POST /companies/search",
        "POST /companies/bulk",
        "PUT /companies/bulk",
        "POST /companies/bulk/delete",
        "GET /companies/bulk/5",
        "POST /contacts/merge/preview",
        "GET /contacts/activities",
        "POST /contacts/bulk",
        "PUT /contacts/bulk",
        "POST /contacts/bulk/delete",
        "GET /contacts/bulk/5",
        "PUT /conversations/5/conversation_parts/6",
        "POST /ecommerce/connectors/5/catalog",
        "GET /secure_mode_secrets",
        "POST /secure_mode_secrets",
        "DELETE /secure_mode_secrets/5",
        "PUT /teams/5",
        "POST /fin/capabilities",
        "POST /fin/ask",
        "POST /fin/procedures/5/run",
        "POST /fin/escalate",
        "POST /procedures/5/collect_agent_input",
    ];

    #[test]
    fn the_table_holds_what_only_the_preview_version_has() {
        for operation in PREVIEW {
            let (method, path) = operation.split_once(' ').unwrap();
            assert!(found(method, path).is_ok(), "{operation}");
        }
    }

    #[test]
    fn only_an_upload_takes_another_type_than_json() {
        let upload = |method, path| find(method, path).unwrap().upload_type();
        assert_eq!(upload("POST", "/ecommerce/connectors/5/catalog"), Some("multipart/form-data"));
        assert_eq!(upload("POST", "/contacts"), None);
        for ((method, pattern), _) in super::UPLOADS {
            let known = every_path().find(|path| path.pattern == *pattern).unwrap();
            assert!(known.operations.iter().any(|(known, _)| known == method), "{pattern}");
        }
    }

    /// Ways in which a server behind another may read a path, beside as it stands.
    fn readings(path: &str) -> Vec<String> {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        };
        let once = decode(path);
        let twice = decode(&once);
        let mut all = vec![path.to_owned(), once, twice];
        for reading in all.clone() {
            all.push(reading.to_lowercase());
            all.push(reading.trim_end_matches('/').to_owned());
            all.push(reading.replace("//", "/"));
            all.push(reading.replace('\\', "/"));
            let cut = |mark: char| {
                let cut = |s: &str| s.split(mark).next().unwrap_or_default().trim().to_owned();
                reading.split('/').map(cut).collect::<Vec<_>>().join("/")
            };
            all.extend([cut(';'), cut('\0'), cut('?'), cut('#')]);
            if let Some((head, tail)) = reading.rsplit_once('/') {
                let stem = tail.split('.').next().unwrap_or_default();
                all.push(format!("{head}/{stem}"));
            }
            let mut resolved: Vec<&str> = Vec::new();
            for segment in reading.split('/') {
                match segment {
                    "." => {}
                    ".." => drop(resolved.pop()),
                    other => resolved.push(other),
                }
            }
            all.push(resolved.join("/"));
        }
        all
    }

    /// What a server would do with a path that it has read: literals first, then parameters.
    fn routed(method: &str, path: &str) -> Option<(&'static str, Scope)> {
        let exact = every_path().filter_map(|known| {
            let fit = fit(known.pattern, path).filter(|fit| fit.exact)?;
            let (_, scope) = known.operations.iter().find(|(known, _)| *known == method)?;
            Some((fit.literals, known.pattern, *scope))
        });
        exact.max_by_key(|(literals, ..)| *literals).map(|(_, pattern, scope)| (pattern, scope))
    }

    /// Paths near the table's: its segments joined and bent in every way, or one of its paths with
    /// such a segment somewhere.
    fn paths() -> impl Strategy<Value = String> {
        let bent = (
            proptest::sample::select(every_path().copied().collect::<Vec<_>>()),
            segment(),
            any::<prop::sample::Index>(),
        );
        let bent = bent.prop_map(|(path, segment, at)| {
            let mut parts: Vec<&str> = path.pattern.split('/').skip(1).collect();
            let at = at.index(parts.len());
            parts[at] = &segment;
            let filled = parts.iter().map(|part| if part.starts_with('{') { "5" } else { part });
            format!("/{}", filled.collect::<Vec<_>>().join("/"))
        });
        let joined = proptest::collection::vec(segment(), 0..6);
        let joined = joined.prop_map(|parts| format!("/{}", parts.join("/")));
        let slashes = ("/{0,2}", prop_oneof![bent.boxed(), joined.boxed()], "/{0,2}");
        slashes.prop_map(|(front, path, end)| format!("{front}{path}{end}"))
    }

    fn segment() -> impl Strategy<Value = String> {
        let known: Vec<&'static str> = every_path()
            .flat_map(|path| path.pattern.split('/'))
            .filter(|segment| !segment.is_empty() && !segment.starts_with('{'))
            .collect();
        prop_oneof![
            6 => proptest::sample::select(known.clone()).prop_map(str::to_owned),
            2 => "[0-9a-f]{1,8}",
            1 => proptest::sample::select(known.clone()).prop_map(|s| s.to_uppercase()),
            1 => (proptest::sample::select(known), "[.;%/\\\\ ?#~+*]{1,2}[a-z0-9]{0,3}")
                .prop_map(|(s, tail)| format!("{s}{tail}")),
            1 => proptest::sample::select(vec![
                "", ".", "..", "%2e", "%2E%2e", "%2F", "%252F", "%5c", "%00", "%ff", "%73earch",
                "se%61rch", "search%2Ejson", "%2573earch", "5%2F..", "..%2f5", "a%0d%0a", "%", "%zz", "%20search",
                "search%20", "\u{a0}search", "find_by_external_id\u{3000}",
            ]).prop_map(str::to_owned),
            1 => "\\PC{0,6}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever the bytes: the operation that is authorised is the one that is forwarded, in
        /// whichever way the path is read on the other side.
        #[test]
        fn what_is_authorised_is_what_is_forwarded(
            path in paths(),
            query in "(\\?[a-z/?=]{0,6})?",
            method in proptest::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ) {
            let url = format!("https://worker.example{path}{query}");
            let target = Target::of(&url);
            if target.check().is_err() {
                return Ok(());
            }
            let Ok(operation) = find(method, target.path()) else { return Ok(()) };
            let forwarded = target.path_and_query();
            let forwarded = forwarded.split('?').next().unwrap_or_default();
            prop_assert_eq!(forwarded, target.path());
            for reading in readings(forwarded) {
                if let Some((pattern, scope)) = routed(method, &reading) {
                    prop_assert_eq!(
                        (pattern, scope), (operation.pattern, operation.scope),
                        "{} read as {}", target.path(), reading
                    );
                }
            }
        }
    }
}
