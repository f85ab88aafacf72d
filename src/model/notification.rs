//! One e-mail to one person, as `POST /edge/notify` takes it. The Worker and the package check it
//! by this code.

use super::strict::{
    BODY, Draft, EMAIL, Fields, ID, Invalid, SUBJECT, Sender, TEMPLATE, USER_ID, read,
};
use super::{Json, Object, Shape};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// An e-mail to one person.
///
/// ```
/// use intercom_edge::model::{Notification, To};
/// use serde_json::json;
///
/// let welcome = Notification::template(To::user_id("john_doe"), "welcome")
///     .variables(json!({"plan": "pro"}))
///     .check()?;
/// let json = r#"{"to": {"user_id": "john_doe"}, "template": "welcome", "variables": {"plan": "pro"}}"#;
/// assert_eq!(Notification::read(json.as_bytes()), Ok(welcome));
///
/// let misspelt = Notification::read(br#"{"to": {"user_id": "john_doe"}, "tempalte": "welcome"}"#);
/// assert_eq!(misspelt.map_err(|error| error.field), Err("tempalte".to_owned()));
/// # Ok::<(), intercom_edge::model::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Notification {
    /// Who reads it.
    pub to: To,
    /// What it says.
    #[cfg_attr(feature = "types", ts(flatten))]
    pub content: Content,
    /// The admin who sends it, by Intercom's id; the Worker's own sender without one.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>", optional))]
    pub from: Option<String>,
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Content {
    /// A template of the Worker's, and what it is filled with.
    Template {
        /// The template's name.
        #[cfg_attr(feature = "types", ts(rename = "template"))]
        name: String,
        /// What the template finds as `variables`.
        #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
        variables: Object,
    },
    /// The text itself, in which nothing is filled in.
    Inline {
        /// The subject.
        subject: String,
        /// The text; HTML is allowed.
        body: String,
        /// How it looks.
        #[cfg_attr(feature = "types", ts(as = "Option<Style>", optional))]
        style: Style,
    },
}

/// How an e-mail looks, plain or in the workspace's own style; Intercom calls it the message's
/// `template`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum Style {
    /// No look.
    #[default]
    Plain,
    /// The workspace's own.
    Personal,
}

/// A person, named in one way: by Intercom's id, by the id that your own product gave, or by
/// e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(rename_all = "snake_case"))]
pub enum To {
    /// By Intercom's id.
    Id(String),
    /// By the id that your own product gave.
    UserId(String),
    /// By e-mail address.
    Email(String),
}

impl Notification {
    const FIELDS: &[&str] = &["to", "template", "subject", "body", "variables", "from", "style"];

    /// Reads a body.
    ///
    /// # Errors
    /// The first field that is wrong; of unknown fields, one.
    pub fn read(json: &[u8]) -> Result<Self, Invalid> {
        read(json)
    }

    /// A notification of a template.
    pub fn template(to: To, name: &str) -> Draft<Self> {
        Draft::new().with("to", to).with("template", name)
    }

    /// A notification of a text.
    pub fn inline(to: To, subject: &str, body: &str) -> Draft<Self> {
        Draft::new().with("to", to).with("subject", subject).with("body", body)
    }
}

impl Draft<Notification> {
    /// The same, its text in this look.
    #[must_use]
    pub fn style(self, style: Style) -> Self {
        self.with("style", style.as_str())
    }
}

impl TryFrom<Value> for Notification {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let mut fields = Fields::of(value, String::new(), Self::FIELDS)?;
        Ok(Self {
            to: To::field_of(&mut fields)?.ok_or_else(|| fields.invalid("to", To::SAYS))?,
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
    fn of(fields: &mut Fields) -> Result<Self, Invalid> {
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
    /// Intercom's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Personal => "personal",
        }
    }

    pub(super) fn field_of(fields: &mut Fields) -> Result<Self, Invalid> {
        let style = fields.take("style").map_or(Ok(Self::Plain), Self::from_value);
        style.map_err(|_| fields.invalid("style", "A style is plain or personal"))
    }
}

impl Shape for Style {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value.as_str() {
            Some("plain") => Ok(Self::Plain),
            Some("personal") => Ok(Self::Personal),
            _ => Err(value),
        }
    }

    fn json(&self) -> Json<'_> {
        Json::Text(self.as_str())
    }
}

impl To {
    pub(super) const FIELDS: &[&str] = &["id", "user_id", "email"];
    const SAYS: &str = "Name a person by one of id, user_id and email";

    /// A person by Intercom's id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }

    /// A person by the id that your own product gave.
    pub fn user_id(id: impl Into<String>) -> Self {
        Self::UserId(id.into())
    }

    /// A person by e-mail address.
    pub fn email(address: impl Into<String>) -> Self {
        Self::Email(address.into())
    }

    /// A text that is the same for the same name of the same person.
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

    /// By which field the person is named, and what it holds.
    pub fn entry(&self) -> (&'static str, &str) {
        match self {
            Self::Id(id) => ("id", id),
            Self::UserId(id) => ("user_id", id),
            Self::Email(address) => ("email", address),
        }
    }

    /// The person whom the field `to` names.
    pub(super) fn field_of(fields: &mut Fields) -> Result<Option<Self>, Invalid> {
        fields.object("to", Self::FIELDS)?.as_mut().map(Self::among).transpose()
    }

    /// The person whom one of these fields names.
    pub(super) fn among(fields: &mut Fields) -> Result<Self, Invalid> {
        let mut named = Self::FIELDS.iter().filter(|name| fields.has(name));
        match (named.next(), named.next()) {
            (Some(&"id"), None) => fields.required_text("id", ID).map(Self::Id),
            (Some(&"user_id"), None) => fields.required_text("user_id", USER_ID).map(Self::UserId),
            (Some(_), None) => fields.required_text("email", EMAIL).map(Self::Email),
            _ => Err(Invalid::new(fields.path(), Self::SAYS)),
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
