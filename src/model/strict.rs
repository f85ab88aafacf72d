//! Reads the bodies of the Worker's own calls strictly. An unknown field is an error, because a
//! misspelt name would change the message.
//!
//! Written without serde's derives, because a page loads this code in checks.wasm: a single derived
//! enum was measured to make it 17 KB larger, gzipped (52 KB, of at most 42.5 KB). Almost every field
//! has a rule and a message of its own, which derives do not express.

use super::Object;
use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};
use std::marker::PhantomData;

/// An invalid field of a caller's JSON. It never quotes a value, because values are people's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}{}{message}", if .field.is_empty() { "" } else { ": " })]
pub struct InvalidField {
    /// Path of the field, such as `to.email` or `to[3].user_id`; empty for the whole body.
    pub field: String,
    /// Message for people, which says what is valid.
    pub message: String,
}

impl InvalidField {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Reads and checks a body.
pub(super) fn read<T: TryFrom<Value, Error = InvalidField>>(
    json: &[u8],
) -> Result<T, InvalidField> {
    let not_json = |_| InvalidField::new("", "The body is not JSON, or nested too deep");
    serde_json::from_slice::<Value>(json).map_err(not_json)?.try_into()
}

/// The fields of an object, which are taken one by one. `null` counts as absent.
#[derive(Debug)]
pub(super) struct Fields {
    path: String,
    fields: Object,
}

impl Fields {
    /// Reads a value that must be an object without unknown fields.
    pub fn of(value: Value, path: String, known: &[&str]) -> Result<Self, InvalidField> {
        let Value::Object(fields) = value else {
            return Err(InvalidField::new(path, "This is an object"));
        };
        let fields = Self { path, fields };
        match fields.fields.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(fields),
            Some(unknown) => {
                let name: String =
                    unknown.chars().filter(|letter| !letter.is_control()).take(64).collect();
                let known = known.join(", ");
                Err(fields.invalid(&name, format!("There is no such field; there are {known}")))
            }
        }
    }

    /// Returns the path of the object; empty for the whole body.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    /// Returns the error for a field.
    pub fn invalid(&self, name: &str, message: impl Into<String>) -> InvalidField {
        InvalidField::new(self.path_of(name), message)
    }

    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a field that must be an object.
    pub fn object(&mut self, name: &str, known: &[&str]) -> Result<Option<Self>, InvalidField> {
        let path = self.path_of(name);
        self.take(name).map(|value| Self::of(value, path, known)).transpose()
    }

    /// Takes an optional text, and checks its rule.
    pub fn text(&mut self, name: &str, rule: Rule) -> Result<Option<String>, InvalidField> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if (rule.accepts)(&text) => Ok(Some(text)),
            Some(_) => Err(self.invalid(name, rule.expected)),
        }
    }

    /// Takes a required text, and checks its rule.
    pub fn required_text(&mut self, name: &str, rule: Rule) -> Result<String, InvalidField> {
        self.text(name, rule)?.ok_or_else(|| self.invalid(name, rule.expected))
    }

    /// Takes the id of the admin who sends.
    pub fn from(&mut self) -> Result<Option<String>, InvalidField> {
        let Some(mut from) = self.object("from", &["type", "id"])? else { return Ok(None) };
        from.required_text("type", ADMIN)?;
        from.required_text("id", ID).map(Some)
    }

    /// Takes the variables of a template.
    pub fn variables(&mut self) -> Result<Object, InvalidField> {
        let expected = "Variables are an object, nested no deeper than 8 levels, of 64 KB at most";
        match self.take("variables") {
            None => Ok(Object::new()),
            Some(value @ Value::Object(_)) if !is_within(&value, 8) => {
                Err(self.invalid("variables", expected))
            }
            Some(Value::Object(variables))
                if serde_json::to_string(&variables).is_ok_and(|json| json.len() <= 65_536) =>
            {
                Ok(variables)
            }
            Some(_) => Err(self.invalid("variables", expected)),
        }
    }

    /// Takes the version of a template.
    pub fn version(&mut self) -> Result<Option<u32>, InvalidField> {
        let Some(version) = self.take("version") else { return Ok(None) };
        let version = version.as_u64().and_then(|version| u32::try_from(version).ok());
        match version.filter(|version| *version > 0) {
            None => Err(self.invalid("version", "A version is a whole number from 1")),
            version => Ok(version),
        }
    }
}

/// Returns true if arrays and objects are nested at most `levels` deep.
fn is_within(value: &Value, levels: usize) -> bool {
    let within = |value| levels > 0 && is_within(value, levels - 1);
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(within),
        Value::Object(entries) => levels > 0 && entries.values().all(within),
        _ => true,
    }
}

/// A rule for texts, and the message that states it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub accepts: fn(&str) -> bool,
    pub expected: &'static str,
}

const ADMIN: Rule =
    Rule { accepts: |text| text == "admin", expected: "An admin sends: type is admin" };

/// The rule for Intercom's ids.
pub(super) const ID: Rule =
    Rule { accepts: is_id, expected: "An id is a text of 1 to 128 letters, digits, - or _" };

/// The rule for ids of the caller's own product.
pub(super) const USER_ID: Rule = Rule {
    accepts: is_user_id,
    expected: "A user_id is a text of 1 to 255 letters, digits, spaces and visible ASCII characters \
        without /, \\ and %",
};

/// The rule for e-mail addresses: the form only.
pub(crate) const EMAIL: Rule = Rule {
    accepts: is_email,
    expected: "An e-mail address is a text of 3 to 255 characters with an @ and without spaces",
};

/// The rule for subjects.
pub(super) const SUBJECT: Rule = Rule {
    accepts: |text| {
        let ends_line =
            |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        text.len() <= 1024 && !text.trim().is_empty() && !text.contains(ends_line)
    },
    expected: "A subject is a text of 1 KB at most, not blank, without line breaks and control characters",
};

/// The rule for texts of e-mails.
pub(super) const BODY: Rule = Rule {
    accepts: |text| text.len() <= 262_144 && !text.trim().is_empty(),
    expected: "A body is a text of 256 KB at most, not blank",
};

/// The rule for names of templates.
pub(super) const TEMPLATE: Rule = Rule {
    accepts: is_template_name,
    expected: "A template's name is 1 to 64 lower-case letters, digits, ., _ and -, and begins with a letter or digit",
};

/// Returns true if the text can be an id of Intercom's.
pub(crate) fn is_id(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=128).contains(&text.len()) && text.bytes().all(valid)
}

/// Returns true if the text can be an id of the caller's own product. It becomes a path segment at
/// Intercom, so it must not contain characters that lead to another path.
pub(crate) fn is_user_id(text: &str) -> bool {
    let valid = |letter: char| {
        let plain = letter.is_ascii_graphic() || letter.is_alphanumeric() || letter == ' ';
        plain && !matches!(letter, '/' | '\\' | '%')
    };
    (1..=255).contains(&text.chars().count())
        && text.chars().all(valid)
        && !matches!(text, "." | "..")
}

fn is_email(text: &str) -> bool {
    let plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
    let ends = |(name, domain): (&str, &str)| !name.is_empty() && !domain.is_empty();
    (3..=255).contains(&text.len())
        && text.chars().all(plain)
        && text.rsplit_once('@').is_some_and(ends)
}

/// Returns true if the text is a valid template name: 1 to 64 lower-case letters, digits, `.`, `_`
/// and `-`, the first a letter or digit.
pub fn is_template_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let valid = |byte: u8| plain(byte) || matches!(byte, b'.' | b'_' | b'-');
    text.len() <= 64 && text.bytes().next().is_some_and(plain) && text.bytes().all(valid)
}

/// A builder of a request body. [`build`](Self::build) builds it, by the same rules as for JSON.
#[derive(Clone, Debug)]
pub struct RequestBuilder<T> {
    fields: Object,
    request: PhantomData<fn() -> T>,
}

impl<T: TryFrom<Value, Error = InvalidField>> RequestBuilder<T> {
    /// Checks all fields and returns the request.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn build(self) -> Result<T, InvalidField> {
        Value::Object(self.fields).try_into()
    }
}

impl<T> RequestBuilder<T> {
    pub(super) fn new() -> Self {
        Self { fields: Object::new(), request: PhantomData }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the variables of the template, an object.
    #[must_use]
    pub fn variables(self, variables: impl Into<Value>) -> Self {
        self.with("variables", variables)
    }

    /// Sets the admin who sends, by Intercom's id.
    #[must_use]
    pub fn from_admin(self, id: &str) -> Self {
        self.with("from", json!({ "type": "admin", "id": id }))
    }
}

/// The value of `from`: an admin.
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "Pick<Admin, \"type\" | \"id\">"))]
pub(super) struct Sender<'a>(pub &'a str);

impl Serialize for Sender<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("type", "admin"), ("id", self.0)])
    }
}
