//! The operations of API 2.x that pass: a static table, looked up without allocating.

use super::answer::Refusal;
use std::borrow::Cow;

/// A method and a path; `{}` stands for one parameter.
type Operation = (&'static str, &'static [&'static str]);

const OPERATIONS: [Operation; 18] = [
    ("GET", &["admins"]),
    ("GET", &["admins", "{}"]),
    ("GET", &["companies"]),
    ("GET", &["companies", "{}"]),
    ("GET", &["contacts"]),
    ("POST", &["contacts", "search"]),
    ("GET", &["contacts", "find_by_external_id", "{}"]),
    ("GET", &["contacts", "{}"]),
    ("GET", &["contacts", "{}", "companies"]),
    ("GET", &["contacts", "{}", "notes"]),
    ("GET", &["contacts", "{}", "segments"]),
    ("GET", &["contacts", "{}", "tags"]),
    ("GET", &["me"]),
    ("POST", &["messages"]),
    ("GET", &["segments"]),
    ("GET", &["segments", "{}"]),
    ("GET", &["tags"]),
    ("GET", &["tags", "{}"]),
];

/// Lets an operation pass that is in the table; a known path with another method is 405, an unknown
/// path 404.
pub fn check(method: &str, path: &[Cow<'_, str>]) -> Result<(), Refusal> {
    let mut allowed = Vec::new();
    // A literal segment wins over a parameter: `/contacts/search` is never a contact's id.
    let fewest = OPERATIONS.iter().filter_map(|(_, pattern)| parameters(pattern, path)).min();
    for (known, pattern) in OPERATIONS {
        if fewest.is_some() && parameters(pattern, path) == fewest {
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

/// How many parameters the path fills, if it is one of the pattern's.
fn parameters(pattern: &[&str], path: &[Cow<'_, str>]) -> Option<usize> {
    let fits =
        |(known, segment): (&&str, &Cow<'_, str>)| *known == "{}" || *known == segment.as_ref();
    let same = pattern.len() == path.len() && pattern.iter().zip(path).all(fits);
    same.then(|| pattern.iter().filter(|known| **known == "{}").count())
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
        assert!(passes("GET", "/contacts/5/tags"));
        assert!(!passes("GET", "/contacts/5/tags/6"));
        assert!(!passes("GET", "/contacts/5/nothing"));
    }
}
