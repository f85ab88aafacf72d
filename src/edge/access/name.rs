//! The names that the settings give to callers and token issuers.

/// The rule of [`is_name`], after the name of the setting's field.
pub const RULE: &str = "is 1 to 64 letters, digits, ., _ or -";

/// Returns true if a text may name a caller or an issuer.
pub fn is_name(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(valid)
}
