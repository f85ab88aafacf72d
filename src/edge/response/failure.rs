//! The kinds of the runtime's errors, for the log. Their texts may contain personal data, and aren't logged.

/// Returns true if the disk or an object's storage is full.
pub fn is_storage_full(error: &worker::Error) -> bool {
    kind(error) == "SQLITE_FULL"
}

/// Gives the kind of a runtime's error without its text, which may quote values: a missing binding, SQLite's
/// code if the text has one (such as `SQLITE_FULL`), or else the variant's name.
pub fn kind(error: &worker::Error) -> String {
    let text = error.to_string();
    if let Some(name) = text.split('`').nth(1).filter(|_| text.starts_with("Binding `")) {
        return missing_binding(name);
    }
    let code = text.split(|character: char| !character.is_ascii_uppercase() && character != '_');
    match code.into_iter().find(|word| word.starts_with("SQLITE_")) {
        Some(code) => code.to_owned(),
        None => identifier(<&str>::from(error)).unwrap_or("an error").to_owned(),
    }
}

/// Says that a binding is missing.
pub fn missing_binding(name: &str) -> String {
    format!("the binding {name} is missing")
}

/// Gives a text back if it is an identifier, and so no sentence.
pub fn identifier(name: &str) -> Option<&str> {
    let is_name = |name: &&str| {
        (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    Some(name).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn the_kind_of_an_error_is_in_the_log_and_its_text_is_not() {
        for (text, expected) in [
            ("no such column: template: SQLITE_ERROR", "SQLITE_ERROR"),
            ("database or disk is full: SQLITE_FULL", "SQLITE_FULL"),
            ("ada@example.com", "JsError"),
            ("Binding `SENDERS` is undefined.", "the binding SENDERS is missing"),
        ] {
            let error = worker::Error::JsError(text.to_owned());
            assert_eq!(kind(&error), expected, "{text}");
        }
    }
}
