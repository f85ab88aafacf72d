//! The Worker's templates: what is stored, what is rendered, and what comes back.

use super::notification::{Style, To};
use super::shape::model;
use super::strict::{BODY, Draft, Fields, Invalid, SUBJECT, Sender, read};
use super::{Object, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// What `PUT /edge/templates/{name}` stores.
///
/// ```
/// use intercom_edge::model::{NewTemplate, Style};
/// let template = NewTemplate::read(br#"{"subject": "Hi {{ contact.name }}", "body": "<p>News</p>"}"#)?;
/// assert_eq!(template.style, Style::Plain);
/// # Ok::<(), intercom_edge::model::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct NewTemplate {
    /// The subject, in Jinja's language.
    pub subject: String,
    /// The text, in Jinja's language; HTML is allowed.
    pub body: String,
    /// How the e-mail looks.
    #[cfg_attr(feature = "types", ts(as = "Option<Style>", optional))]
    pub style: Style,
}

impl NewTemplate {
    /// Reads a body.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(json: &[u8]) -> Result<Self, Invalid> {
        read(json)
    }

    /// A template.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn new(subject: &str, body: &str, style: Style) -> Result<Self, Invalid> {
        json!({ "subject": subject, "body": body, "style": style.as_str() }).try_into()
    }
}

impl TryFrom<Value> for NewTemplate {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let mut fields = Fields::of(value, String::new(), &["subject", "body", "style"])?;
        Ok(Self {
            subject: fields.required_text("subject", SUBJECT)?,
            body: fields.required_text("body", BODY)?,
            style: Style::field_of(&mut fields)?,
        })
    }
}

impl Serialize for NewTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = [
            ("subject", self.subject.as_str()),
            ("body", &self.body),
            ("style", self.style.as_str()),
        ];
        serializer.collect_map(entries)
    }
}

/// What `POST /edge/templates/{name}/preview` renders a template for.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(rename = "PreviewFields", optional_fields))]
#[non_exhaustive]
pub struct Preview {
    /// The person, whom the template finds as `contact`.
    pub to: Option<To>,
    /// What the template finds as `variables`.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
    /// The admin whom the template finds as `admin`, by Intercom's id.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>"))]
    pub from: Option<String>,
    /// Which version; the newest without one.
    pub version: Option<u32>,
}

impl Preview {
    /// Reads a body.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(json: &[u8]) -> Result<Self, Invalid> {
        read(json)
    }

    /// A preview for nobody.
    pub fn draft() -> Draft<Self> {
        Draft::new()
    }
}

impl Draft<Preview> {
    /// The same, for a person.
    #[must_use]
    pub fn to(self, to: To) -> Self {
        self.with("to", to)
    }

    /// The same, of an older version.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.with("version", version)
    }
}

impl TryFrom<Value> for Preview {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let known = ["to", "variables", "from", "version"];
        let mut fields = Fields::of(value, String::new(), &known)?;
        Ok(Self {
            to: To::field_of(&mut fields)?,
            variables: fields.variables()?,
            from: fields.from()?,
            version: fields.version()?,
        })
    }
}

impl Serialize for Preview {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(to) = &self.to {
            map.serialize_entry("to", to)?;
        }
        if !self.variables.is_empty() {
            map.serialize_entry("variables", &self.variables)?;
        }
        if let Some(id) = &self.from {
            map.serialize_entry("from", &Sender(id))?;
        }
        if let Some(version) = &self.version {
            map.serialize_entry("version", version)?;
        }
        map.end()
    }
}

model! {
    /// A version of a template, an `edge.template`.
    pub struct Template = "edge.template" {
        /// Its name.
        #[ts(as = "String")]
        name: String,
        /// Its version, from 1.
        #[ts(as = "i64")]
        version: i64,
        /// How the e-mail looks.
        #[ts(as = "Style")]
        style: Style,
        /// The subject, in Jinja's language.
        #[ts(as = "String")]
        subject: String,
        /// The text, in Jinja's language.
        #[ts(as = "String")]
        body: String,
        /// When the version was made.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
    }
}

model! {
    /// A rendered template, an `edge.preview`.
    #[ts(rename = "Preview")]
    pub struct Rendered = "edge.preview" {
        /// The subject.
        #[ts(as = "String")]
        subject: String,
        /// The text, as HTML.
        #[ts(as = "String")]
        body: String,
        /// What was rendered.
        #[ts(as = "TemplateVersion")]
        template: TemplateVersion,
    }
}

model! {
    /// A version of a template by its name.
    pub struct TemplateVersion {
        /// The template's name.
        #[ts(as = "String")]
        name: String,
        /// Its version, from 1.
        #[ts(as = "i64")]
        version: i64,
    }
}
