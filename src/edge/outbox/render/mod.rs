//! Checks and renders templates. The language is Jinja's, by `minijinja`; docs/messages.md lists the values
//! that a template can use.
//!
//! Neither a template nor the values in it are trusted: none may make the Worker run long, need much memory,
//! or send an e-mail in which something is missing.

mod filter;
mod scan;

use crate::model::Object;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Template, UndefinedBehavior, Value, escape_formatter,
};
use std::io::{self, Write};

/// The unrendered texts of a template.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The text, HTML.
    pub body: &'a str,
}

/// The values that a template can use.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The recipient, a contact of API 2.x.
    pub contact: Option<&'a Object>,
    /// The admin who sends.
    pub admin: Option<&'a Object>,
    /// The variables of the request.
    pub variables: &'a Object,
}

/// The rendered texts of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedTexts {
    /// The subject, plain.
    pub subject: String,
    /// The text, HTML.
    pub body: String,
}

/// An error in a template, or in the values for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `subject` or `body`.
    pub field: &'static str,
    /// The line and the error. It quotes the template and no value.
    pub message: String,
}

/// The longest text of a template, in bytes.
const MAX_SOURCE_BYTES: usize = 64 << 10;

/// The longest rendered text, in bytes.
const MAX_RENDERED_BYTES: usize = 256 << 10;

/// The most steps of rendering a text.
const MAX_STEPS: u64 = 100_000;

/// The deepest recursion of loops.
const MAX_DEPTH: usize = 8;

impl Source<'_> {
    /// Checks if a template may use a value with this name.
    pub fn uses(&self, name: &str) -> bool {
        [self.subject, self.body].iter().any(|text| text.contains(name))
    }

    fn texts(&self) -> [Text<'_>; 2] {
        let subject = Text { field: "subject", text: self.subject, html: false };
        [subject, Text { field: "body", text: self.body, html: true }]
    }
}

/// Checks a template without rendering it.
pub fn check(source: &Source<'_>) -> Result<(), Fault> {
    source.texts().iter().try_for_each(|text| text.with_template(|_| Ok(())))
}

/// Renders a template.
pub fn render(source: &Source<'_>, context: &Context<'_>) -> Result<RenderedTexts, Fault> {
    let context = value_of(context);
    let [subject, body] = source.texts().map(|text| text.rendered(&context));
    let (subject, body) = (subject?, body?);
    if subject.chars().any(char::is_control) {
        let message = "A subject has no line breaks, and this one got one when it was filled in";
        return Err(Fault { field: "subject", message: message.to_owned() });
    }
    Ok(RenderedTexts { subject, body })
}

/// A text of a template.
struct Text<'a> {
    field: &'static str,
    text: &'a str,
    html: bool,
}

impl Text<'_> {
    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { field: self.field, message: message.into() }
    }

    fn with_template<T>(
        &self,
        run: impl FnOnce(&Template<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        scan::check(self.text, MAX_SOURCE_BYTES).map_err(|message| self.fault(message))?;
        let environment = environment(self.html);
        let template = environment.template_from_str(self.text);
        template
            .and_then(|template| run(&template))
            .map_err(|error| self.fault(describe(&error, self.text)))
    }

    fn rendered(&self, context: &Value) -> Result<String, Fault> {
        let mut output = Output::default();
        self.with_template(|template| {
            template.render_captured_to(context.clone(), &mut output).map(drop)
        })?;
        let text = String::from_utf8(output.0).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(self.fault("Nothing is left of it when it is filled in"));
        }
        Ok(text)
    }
}

fn environment<'a>(html: bool) -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(
        move |_| {
            if html { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    environment.set_formatter(|output, state, value| {
        escape_formatter(output, state, &filter::printed(value.clone()))
    });
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Errors say which expression it was.
    environment.set_debug(true);
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_recursion_limit(MAX_DEPTH);
    filter::add_to(&mut environment);
    environment
}

/// Makes the values that a template can use. Custom attributes are always there, so that a template can give a
/// default for one.
fn value_of(context: &Context<'_>) -> Value {
    let person = |person: Option<&Object>| {
        let mut person = person.cloned().unwrap_or_default();
        let attributes = person.entry("custom_attributes").or_insert_with(Default::default);
        if attributes.is_null() {
            *attributes = Object::new().into();
        }
        person.into()
    };
    let all = [
        ("contact", person(context.contact)),
        ("admin", person(context.admin)),
        ("variables", serde_json::Value::from(context.variables.clone())),
    ];
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), from_json(value)))
        .collect::<filter::Map>()
        .into()
}

/// Turns JSON into a value for templates. `null` is missing, so that no e-mail says "none".
fn from_json(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::UNDEFINED,
        Json::Bool(truth) => Value::from(*truth),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(from_json).collect::<Vec<_>>().into()
        }
        Json::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), from_json(value)))
            .collect::<filter::Map>()
            .into(),
        Json::Number(number) => filter::number(number),
    }
}

/// Describes an error. The description quotes the template and no value: values are personal data.
fn describe(error: &Error, text: &str) -> String {
    let what = match error.kind() {
        ErrorKind::SyntaxError => error.detail().unwrap_or("this can't be read"),
        ErrorKind::UndefinedError => {
            let named = error.range().and_then(|range| text.get(range)).unwrap_or("a value");
            let line = line(error);
            return format!(
                "The template can't be filled in{line}: {named} is missing: give it a default"
            );
        }
        ErrorKind::OutOfFuel => "it takes too many steps",
        ErrorKind::WriteFailure => "it is longer than 256 KB when it is filled in",
        ErrorKind::UnknownFilter => "there is no such filter",
        ErrorKind::UnknownTest => "there is no such test",
        ErrorKind::UnknownFunction => "there is no such function",
        ErrorKind::UnknownMethod => "there is no such method",
        _ => "a value doesn't fit what is done with it",
    };
    format!("The template can't be filled in{}: {what}", line(error))
}

fn line(error: &Error) -> String {
    error.line().map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// A buffer for a rendered text of limited length.
#[derive(Default)]
struct Output(Vec<u8>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
