//! Templates: what may stand in one, and filling one in. The language is Jinja's, by `minijinja`;
//! docs/messages.md says what there is to fill in.
//!
//! A template is its author's, and what fills it is anybody's: neither may make the Worker run long,
//! need much memory, or send a mail in which something is missing.

mod filter;
mod scan;

use crate::model::Object;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Template, UndefinedBehavior, Value, escape_formatter,
};
use std::io::{self, Write};

/// A template's texts, unrendered.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The text, HTML.
    pub body: &'a str,
}

/// What a template is filled with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The person who reads, as API 2.x has them.
    pub contact: Option<&'a Object>,
    /// The admin who sends.
    pub admin: Option<&'a Object>,
    /// What the call gave.
    pub variables: &'a Object,
}

/// A template's texts, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, plain.
    pub subject: String,
    /// The text, HTML.
    pub body: String,
}

/// What is wrong with a template, or with what it is filled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `subject` or `body`.
    pub field: &'static str,
    /// Where, and what: it names things and quotes nobody's data.
    pub message: String,
}

/// How long a template's text may be, in bytes.
const SOURCE: usize = 64 << 10;

/// How long a rendered text may be, in bytes.
const RENDERED: usize = 256 << 10;

/// How many steps rendering may take.
const STEPS: u64 = 100_000;

/// How deep loops may call themselves.
const DEPTH: usize = 8;

impl Source<'_> {
    /// Whether a template may ask for something by this name.
    pub fn asks_for(&self, name: &str) -> bool {
        [self.subject, self.body].iter().any(|text| text.contains(name))
    }

    fn texts(&self) -> [Text<'_>; 2] {
        let subject = Text { field: "subject", text: self.subject, html: false };
        [subject, Text { field: "body", text: self.body, html: true }]
    }
}

/// Checks a template as far as that goes without something to fill it with.
pub fn check(source: &Source<'_>) -> Result<(), Fault> {
    source.texts().iter().try_for_each(|text| text.with_template(|_| Ok(())))
}

/// Fills a template in.
pub fn render(source: &Source<'_>, context: &Context<'_>) -> Result<Rendered, Fault> {
    let context = value_of(context);
    let [subject, body] = source.texts().map(|text| text.filled(&context));
    let (subject, body) = (subject?, body?);
    if subject.chars().any(char::is_control) {
        let message = "A subject has no line breaks, and this one got one when it was filled in";
        return Err(Fault { field: "subject", message: message.to_owned() });
    }
    Ok(Rendered { subject, body })
}

/// One of a template's texts.
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
        scan::check(self.text, SOURCE).map_err(|message| self.fault(message))?;
        let environment = environment(self.html);
        let template = environment.template_from_str(self.text);
        template
            .and_then(|template| run(&template))
            .map_err(|error| self.fault(response(&error, self.text)))
    }

    fn filled(&self, context: &Value) -> Result<String, Fault> {
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
    environment.set_fuel(Some(STEPS));
    environment.set_recursion_limit(DEPTH);
    filter::add_to(&mut environment);
    environment
}

/// What a template finds. The person's and the admin's attributes are there even if they have none,
/// so that a default can be given for one.
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
        .map(|(name, value)| ((*name).to_owned(), filled(value)))
        .collect::<filter::Map>()
        .into()
}

/// A JSON value as templates have it: null is missing, because nobody is to read "none".
fn filled(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::UNDEFINED,
        Json::Bool(truth) => Value::from(*truth),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(filled).collect::<Vec<_>>().into()
        }
        Json::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), filled(value)))
            .collect::<filter::Map>()
            .into(),
        Json::Number(number) => filter::number(number),
    }
}

/// An error in words that quote the template, and no value: a value is somebody's.
fn response(error: &Error, text: &str) -> String {
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

/// What a text is written to: it takes no more than is allowed.
#[derive(Default)]
struct Output(Vec<u8>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > RENDERED {
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
