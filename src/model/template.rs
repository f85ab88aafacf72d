//! Templates that the Worker stores and renders.

use super::json::model;
use super::notification::{Style, To};
use super::strict::{BODY, Fields, InvalidField, RequestBuilder, SUBJECT, Sender, read};
use super::{Object, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// The body of `PUT /edge/templates/{name}`.
///
/// ```
/// use intercom_edge::model::{NewTemplate, Style};
/// let template = NewTemplate::read(br#"{"subject": "Hi {{ contact.name }}", "body": "<p>News</p>"}"#)?;
/// assert_eq!(template.style, Style::Plain);
/// # Ok::<(), intercom_edge::model::InvalidField>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct NewTemplate {
    /// Subject, in Jinja's language.
    pub subject: String,
    /// Text, in Jinja's language; HTML is allowed.
    pub body: String,
    /// Style of the e-mail.
    #[cfg_attr(feature = "types", ts(as = "Option<Style>", optional))]
    pub style: Style,
}

impl NewTemplate {
    /// Reads and checks a request body.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Makes a template.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn new(subject: &str, body: &str, style: Style) -> Result<Self, InvalidField> {
        json!({ "subject": subject, "body": body, "style": style.as_str() }).try_into()
    }
}

impl TryFrom<Value> for NewTemplate {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
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

/// The body of `POST /edge/templates/{name}/preview`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(rename = "PreviewFields", optional_fields))]
#[non_exhaustive]
pub struct PreviewRequest {
    /// Person for `contact` in the template.
    pub to: Option<To>,
    /// Values for `variables` in the template.
    #[cfg_attr(feature = "types", ts(as = "Option<Object>", optional))]
    pub variables: Object,
    /// Intercom's id of the admin for `admin` in the template.
    #[cfg_attr(feature = "types", ts(as = "Option<Sender<'static>>"))]
    pub from: Option<String>,
    /// Version of the template; the default is the newest.
    pub version: Option<u32>,
}

impl PreviewRequest {
    /// Reads and checks a request body.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn read(json: &[u8]) -> Result<Self, InvalidField> {
        read(json)
    }

    /// Makes a preview without a person.
    pub fn draft() -> RequestBuilder<Self> {
        RequestBuilder::new()
    }
}

impl RequestBuilder<PreviewRequest> {
    /// Sets the person for `contact` in the template.
    #[must_use]
    pub fn to(self, to: To) -> Self {
        self.with("to", to)
    }

    /// Sets the version of the template.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.with("version", version)
    }
}

impl TryFrom<Value> for PreviewRequest {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
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

impl Serialize for PreviewRequest {
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
        /// Name of the template.
        #[ts(as = "String")]
        name: String,
        /// Version of the template, from 1.
        #[ts(as = "i64")]
        version: i64,
        /// Style of the e-mail.
        #[ts(as = "Style")]
        style: Style,
        /// Subject, in Jinja's language.
        #[ts(as = "String")]
        subject: String,
        /// Text, in Jinja's language.
        #[ts(as = "String")]
        body: String,
        /// Time of creation of this version.
        #[ts(as = "i64")]
        created_at: Timestamp,
    }
}

model! {
    /// A rendered template, an `edge.preview`.
    pub struct Preview = "edge.preview" {
        /// Subject.
        #[ts(as = "String")]
        subject: String,
        /// Text as HTML.
        #[ts(as = "String")]
        body: String,
        /// Template and version that were rendered.
        #[ts(as = "TemplateVersion")]
        template: TemplateVersion,
    }
}

model! {
    /// A reference to a version of a template.
    pub struct TemplateVersion {
        /// Name of the template.
        #[ts(as = "String")]
        name: String,
        /// Version of the template, from 1.
        #[ts(as = "i64")]
        version: i64,
    }
}
