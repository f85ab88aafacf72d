//! The operations of API 2.x that pass: a static table, looked up without allocating.

use super::answer::Refusal;
use std::borrow::Cow;

/// A method and a path; `{}` stands for one parameter.
type Operation = (&'static str, &'static [&'static str]);

const OPERATIONS: [Operation; 12] = [
    ("GET", &["admins"]),
    ("GET", &["admins", "{}"]),
    ("GET", &["companies"]),
    ("GET", &["contacts"]),
    ("POST", &["contacts", "search"]),
    ("GET", &["contacts", "find_by_external_id", "{}"]),
    ("GET", &["contacts", "{}"]),
    ("GET", &["me"]),
    ("POST", &["messages"]),
    ("GET", &["segments"]),
    ("GET", &["tags"]),
    ("GET", &["tags", "{}"]),
];

/// Lets an operation pass that is in the table; a known path with another method is 405, an unknown
/// path 404.
pub fn check(method: &str, path: &[Cow<'_, str>]) -> Result<(), Refusal> {
    let mut allowed = Vec::new();
    // A literal segment wins over a parameter: `/contacts/search` is never a contact's id.
    let literal = OPERATIONS.iter().any(|(_, pattern)| matches(pattern, path, false));
    for (known, pattern) in OPERATIONS {
        if matches(pattern, path, !literal) {
            if known == method {
                return Ok(());
            }
            allowed.push(known);
        }
    }
    if allowed.is_empty() {
        Err(Refusal::not_found("The requested resource was not found"))
    } else {
        Err(Refusal::method_not_allowed(&allowed.join(", ")))
    }
}

fn matches(pattern: &[&str], path: &[Cow<'_, str>], parameters: bool) -> bool {
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(known, segment)| {
            if *known == "{}" { parameters } else { *known == segment.as_ref() }
        })
}

#[cfg(test)]
mod tests {
    use super::check;

    fn passes(method: &str, path: &str) -> bool {
        let path: Vec<_> = path.split('/').skip(1).map(Into::into).collect();
        check(method, &path).is_ok()
    }

    #[test]
    fn only_what_is_in_the_table_passes() {
        assert!(passes("GET", "/contacts"));
        assert!(passes("GET", "/contacts/5"));
        assert!(passes("POST", "/contacts/search"));
        assert!(passes("GET", "/contacts/find_by_external_id/a b"));
        assert!(!passes("GET", "/contacts/search"), "a literal segment wins over a parameter");
        assert!(!passes("DELETE", "/contacts/5"));
        assert!(!passes("GET", "/users"));
        assert!(!passes("GET", "/Contacts"));
        assert!(!passes("get", "/contacts"));
        assert!(!passes("GET", "/contacts/5/tags/6"));
    }
}
