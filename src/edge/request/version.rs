//! The API version of a request: the header `Intercom-Version`, as in Intercom's own rule, or else the path
//! and the client library. The body isn't needed.

use crate::edge::config::version::Dialect;
use crate::edge::operation;
use crate::edge::request::context::RequestContext;
use crate::edge::response::Rejection;
use crate::edge::runtime::{self, ClientMarks};

/// Clients of API 2.x, some of which pin no version: the product in their `User-Agent`, and its first major
/// version for 2.x. `docs/api-1.x.md` has the same table.
const CLIENTS_OF_V2: [(&str, u32); 5] = [
    // @intercom/cli
    ("IntercomCLI", 0),
    // Intercom's Node client. From version 6 it has its package's name, and pins a version.
    ("intercom-node-client", 3),
    ("intercom-client", 6),
    ("python-intercom", 4),
    ("Intercom-Ruby", 4),
];

/// Gives the API version of a request.
///
/// A request without a version gets the default. If that is API 1.x, a client of API 2.x still gets 2.x for an
/// operation of API 2.x. An operation that only one of the two APIs has is found by the tables of operations.
pub fn of(context: &RequestContext<'_>) -> Result<Dialect, Rejection> {
    let RequestContext { head, config, target, .. } = context;
    if let Some(version) = pinned(head.intercom_version)? {
        return Dialect::parse(version).ok_or_else(invalid);
    }
    let default = Dialect::parse(&config.default_version).ok_or_else(invalid)?;
    let marked = matches!(default, Dialect::V1(_))
        && operation::find(head.method, target.path()).is_ok()
        && uses_v2(&ClientMarks::of(&runtime::client_marks_of(context.request)));
    Ok(if marked { Dialect::V2(config.upstream_version.clone()) } else { default })
}

/// Gives the version in the header, if there is one. Several headers are one value with commas; the same
/// version twice counts as once.
fn pinned(header: &str) -> Result<Option<&str>, Rejection> {
    if header.is_empty() {
        return Ok(None);
    }
    let mut versions = header.split(',').map(str::trim);
    let first = versions.next().unwrap_or_default();
    if versions.all(|other| other == first) {
        Ok(Some(first))
    } else {
        Err(rejected("Intercom-Version has two values that differ: send one version"))
    }
}

fn invalid() -> Rejection {
    rejected(
        "Intercom-Version is 1.0 to 1.4 for API 1.x, a version such as 2.14 for API 2.x, or a name such \
         as Unstable",
    )
}

fn rejected(message: &str) -> Rejection {
    Rejection::new(400, "intercom_version_invalid", message).naming("Intercom-Version")
}

/// Returns true if a client uses API 2.x. Clients from the generator Fern do: Intercom has used it since API 2.11.
fn uses_v2(marks: &ClientMarks<'_>) -> bool {
    let products = marks.user_agent.split_whitespace().filter_map(|part| part.split_once('/'));
    let known = |(name, version): (&str, &str)| {
        let major = version.split('.').next().unwrap_or_default().parse().ok();
        let fits = |first: u32| major.is_some_and(|major: u32| major >= first);
        CLIENTS_OF_V2.iter().any(|(known, first)| known.eq_ignore_ascii_case(name) && fits(*first))
    };
    !marks.fern_header.is_empty() || products.into_iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::{ClientMarks, Dialect, pinned, uses_v2};

    /// `None` where nothing is pinned, an error where what is pinned is invalid.
    fn dialect(header: &str) -> Result<Option<String>, ()> {
        let Some(version) = pinned(header).map_err(drop)? else { return Ok(None) };
        let dialect = Dialect::parse(version).ok_or(())?;
        let bridged = matches!(dialect, Dialect::V1(_));
        let how = if bridged { "bridged" } else { "as it stands" };
        Ok(Some(format!("{how} {}", dialect.upstream_version("2.14"))))
    }

    #[test]
    fn a_version_is_one_of_api_1_or_goes_upstream() {
        assert_eq!(dialect(""), Ok(None));
        for (header, expected) in [
            ("1.0", "bridged 2.14"),
            ("1.4", "bridged 2.14"),
            (" 1.4 ", "bridged 2.14"),
            ("1.4, 1.4", "bridged 2.14"),
            ("2.0", "as it stands 2.0"),
            ("2.16", "as it stands 2.16"),
            ("2.14,2.14, 2.14", "as it stands 2.14"),
            ("9.99", "as it stands 9.99"),
            ("Unstable", "as it stands Unstable"),
            ("Preview", "as it stands Preview"),
        ] {
            assert_eq!(dialect(header), Ok(Some(expected.to_owned())), "{header:?}");
        }
    }

    #[test]
    fn what_is_no_version_or_two_is_refused() {
        for header in [
            "1",
            "2",
            "1.5",
            "1.x",
            "01.4",
            "1.04",
            "1,4",
            "1.4,",
            ",",
            "1.4.0",
            "2.14.1",
            "v2.14",
            "2.",
            ".4",
            "0.9",
            "+2.1",
            "2.+1",
            "2.14, 1.4",
            "1.4, 2.14",
            "1.4, 1.3",
            "2.14 1.4",
            "2.14;q=1",
            "Un stable",
            "2.१",
            "-",
            "999.1",
        ] {
            assert_eq!(dialect(header), Err(()), "{header:?}");
        }
    }

    #[test]
    fn clients_of_api_2_are_known_by_what_they_send() {
        let speaks = |user_agent| uses_v2(&ClientMarks { fern_header: "", user_agent });
        for agent in [
            "IntercomCLI/0.9.0",
            "intercom-node-client/3.1.5",
            "intercom-node-client/5.0.0",
            "intercom-client/6.4.0",
            "python-intercom/4.0.0",
            "python-intercom/5.0.1",
            "Intercom-Ruby/4.2.2",
            "my-app/1.0 intercom-node-client/4.0.0",
        ] {
            assert!(speaks(agent), "{agent}");
        }
        // The same clients when they spoke API 1.x, and what could speak either.
        for agent in [
            "",
            "intercom-node-client/1.0.0",
            "intercom-node-client/2.0.0",
            "python-intercom/3.1.0",
            "Intercom-Ruby/3.9.5",
            "Intercom-PHP/4.4.0",
            "intercom-go/2.0.0",
            "intercom-dotnet/2.0.0",
            "curl/8.5.0",
            "python-requests/2.34.2",
            "axios/1.7.0",
            "node",
            "intercom-node-client",
            "intercom-node-client/",
            "not-python-intercom/5.0.1",
        ] {
            assert!(!speaks(agent), "{agent}");
        }
        assert!(uses_v2(&ClientMarks { fern_header: "x-fern-language", user_agent: "" }));
    }

    /// `docs/api-1.x.md` has the same clients.
    #[test]
    fn the_docs_name_the_same_clients() {
        let text = include_str!("../../../docs/api-1.x.md");
        for (product, first) in super::CLIENTS_OF_V2 {
            let cell = format!("`{product}/` from {first}");
            assert!(text.contains(&cell), "no {cell}");
        }
    }
}
