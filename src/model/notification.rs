//! Notifications: one e-mail to one person, the body of `POST /edge/notify`. The Worker and the npm
//! package check it with this code.

use super::strict::{
    BODY, EMAIL, Fields, ID, InvalidField, RequestBuilder, SUBJECT, Sender, TEMPLATE, USER_ID, read,
};
use super::{JsonRef, JsonType, Object};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// An e-mail to one person, the body of `POST /edge/notify`.
///
/// ```
/// use intercom_edge::model::{Notification, To};
/// use serde_json::json;
///
/// let welcome = Notification::template(To::user_id("john_doe"), "welcome")
///     .variables(json!({"plan": "pro"}))
///     .build()?;
/// let json = r#"{"to": {"user_id": "john_doe"}, "template": "welcome", "variables": {"plan": "pro"}}"#;
/// assert_eq!(Notification::read(json.as_bytes()), Ok(welcome));
///
/// let misspelt = Notification::read(br#"{"to": {"user_id": "john_doe"}, "tempalte": "welcome"}"#);
/// assert_eq!(misspelt.map_err(|error| error.field), Err("tempalte".to_owned()));
/// # Ok::<(), intercom_edge::model::InvalidField>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Notification {
    /// Recipient.
    pub to: To,
    /// Text: a template or an inline text.
    #[cfg_attr(feature = "types", ts(flatten))]
    pub content: Content,
    /// Intercom's id of the admin who sends it; the default is the Worker's configured sender.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>", optional))]
    pub from: Option<String>,
}

/// The text of a notification.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Content {
    /// A template that the Worker stores, and its variables.
    Template {
        /// Name of the template.
        #[cfg_attr(feature = "types", ts(rename = "template"))]
        name: String,
        /// Values for `variables` in the template.
        #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
        variables: Object,
    },
    /// A text that is sent unchanged.
    Inline {
        /// Subject.
        subject: String,
        /// Text; HTML is allowed.
        body: String,
        /// Style of the e-mail.
        #[cfg_attr(feature = "types", ts(as = "Option<Style>", optional))]
        style: Style,
    },
}

/// The style of an e-mail. Intercom calls it the message's `template`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum Style {
    /// A plain e-mail.
    #[default]
    Plain,
    /// The workspace's personal style.
    Personal,
}

/// A reference to a person in one way: by Intercom's id, by your own product's id, or by e-mail
/// address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename_all = "snake_case"))]
pub enum To {
    /// Intercom's id.
    Id(String),
    /// Id that your own product assigned.
    UserId(String),
    /// E-mail address.
    Email(String),
}

impl Notification {
    const FIELDS: &[&str] = &["to", "template", "subject", "body", "variables", "from", "style"];

    /// Reads and checks a request body.
    ///
    /// # Errors
    /// The first invalid field, or one unknown field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Makes a notification from a template that the Worker stores.
    pub fn template(to: To, name: &str) -> RequestBuilder<Self> {
        RequestBuilder::new().with("to", to).with("template", name)
    }

    /// Makes a notification with its own subject and text.
    pub fn inline(to: To, subject: &str, body: &str) -> RequestBuilder<Self> {
        RequestBuilder::new().with("to", to).with("subject", subject).with("body", body)
    }
}

impl RequestBuilder<Notification> {
    /// Sets the style of the e-mail.
    #[must_use]
    pub fn style(self, style: Style) -> Self {
        self.with("style", style.as_str())
    }
}

impl TryFrom<Value> for Notification {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
        let mut fields = Fields::of(value, String::new(), Self::FIELDS)?;
        Ok(Self {
            to: To::field_of(&mut fields)?.ok_or_else(|| fields.invalid("to", To::EXPECTED))?,
            content: Content::of(&mut fields)?,
            from: fields.from()?,
        })
    }
}

impl Serialize for Notification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("to", &self.to)?;
        match &self.content {
            Content::Template { name, variables } => {
                map.serialize_entry("template", name)?;
                if !variables.is_empty() {
                    map.serialize_entry("variables", variables)?;
                }
            }
            Content::Inline { subject, body, style } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("body", body)?;
                map.serialize_entry("style", style.as_str())?;
            }
        }
        if let Some(id) = &self.from {
            map.serialize_entry("from", &Sender(id))?;
        }
        map.end()
    }
}

impl Content {
    fn of(fields: &mut Fields) -> Result<Self, InvalidField> {
        let inline = ["subject", "body"].into_iter().find(|name| fields.has(name));
        match (fields.text("template", TEMPLATE)?, inline) {
            (Some(_), Some(name)) => Err(fields.invalid(name, "A template has a text of its own")),
            (Some(_), None) if fields.has("style") => {
                Err(fields.invalid("style", "A template has a style of its own"))
            }
            (Some(name), None) => Ok(Self::Template { name, variables: fields.variables()? }),
            (None, None) => {
                Err(fields.invalid("template", "Give a template, or a subject and a body"))
            }
            (None, Some(_)) if fields.has("variables") => {
                Err(fields.invalid("variables", "Variables are for a template"))
            }
            (None, Some(_)) => Ok(Self::Inline {
                subject: fields.required_text("subject", SUBJECT)?,
                body: fields.required_text("body", BODY)?,
                style: Style::field_of(fields)?,
            }),
        }
    }
}

impl Style {
    /// Returns the name that Intercom's API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Personal => "personal",
        }
    }

    pub(super) fn field_of(fields: &mut Fields) -> Result<Self, InvalidField> {
        let style = fields.take("style").map_or(Ok(Self::Plain), Self::from_value);
        style.map_err(|_| fields.invalid("style", "A style is plain or personal"))
    }
}

impl JsonType for Style {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value.as_str() {
            Some("plain") => Ok(Self::Plain),
            Some("personal") => Ok(Self::Personal),
            _ => Err(value),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Text(self.as_str())
    }
}

impl To {
    pub(super) const FIELDS: &[&str] = &["id", "user_id", "email"];
    const EXPECTED: &str = "Name a person by one of id, user_id and email";

    /// Makes a reference by Intercom's id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }

    /// Makes a reference by your own product's id.
    pub fn user_id(id: impl Into<String>) -> Self {
        Self::UserId(id.into())
    }

    /// Makes a reference by e-mail address.
    pub fn email(address: impl Into<String>) -> Self {
        Self::Email(address.into())
    }

    /// Returns a key that is equal for equal references; e-mail addresses compare without case.
    ///
    /// ```
    /// use intercom_edge::model::To;
    /// assert_eq!(To::email("Ann@Example.com").key(), To::email("ann@example.com").key());
    /// assert_ne!(To::id("ann").key(), To::user_id("ann").key());
    /// ```
    pub fn key(&self) -> String {
        let (name, text) = self.entry();
        match self {
            Self::Email(address) => format!("{name}:{}", address.to_lowercase()),
            Self::Id(_) | Self::UserId(_) => format!("{name}:{text}"),
        }
    }

    /// Returns the name of the field that identifies the person, and its value.
    pub fn entry(&self) -> (&'static str, &str) {
        match self {
            Self::Id(id) => ("id", id),
            Self::UserId(id) => ("user_id", id),
            Self::Email(address) => ("email", address),
        }
    }

    /// Reads the person in the field `to`.
    pub(super) fn field_of(fields: &mut Fields) -> Result<Option<Self>, InvalidField> {
        fields.object("to", Self::FIELDS)?.as_mut().map(Self::among).transpose()
    }

    /// Reads the person that exactly one of the fields identifies.
    pub(super) fn among(fields: &mut Fields) -> Result<Self, InvalidField> {
        let mut named = Self::FIELDS.iter().filter(|name| fields.has(name));
        match (named.next(), named.next()) {
            (Some(&"id"), None) => fields.required_text("id", ID).map(Self::Id),
            (Some(&"user_id"), None) => fields.required_text("user_id", USER_ID).map(Self::UserId),
            (Some(_), None) => fields.required_text("email", EMAIL).map(Self::Email),
            _ => Err(InvalidField::new(fields.path(), Self::EXPECTED)),
        }
    }
}

impl From<To> for Value {
    fn from(to: To) -> Self {
        let (name, text) = to.entry();
        json!({ name: text })
    }
}

impl Serialize for To {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([self.entry()])
    }
}
