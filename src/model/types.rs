//! Writes the models as TypeScript declarations for the npm package (feature `types`). ts-rs
//! derives most of them. Here is the rest, and the file that has all of them.

use super::{
    Admin, Batch, Caller, Company, Contact, Conversation, ConversationPart, DataAttribute,
    DataEvent, ExportProgress, Field, List, LiveEvent, LiveGap, Me, Message, MessageCounts,
    NewBatch, NewMessage, NewReply, NewTemplate, Note, Notification, Order, OutboxMessage, Preview,
    PreviewRequest, Recipient, Reference, Removal, Segment, Tag, Template,
};
use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::marker::PhantomData;
use ts_rs::{Config, TS, TypeVisitor};

/// The name of the file with all declarations.
pub(crate) const FILE: &str = "model.d.ts";

/// Returns the declarations of all request and response bodies, and of the types that they use.
pub fn declarations() -> String {
    let config = Config::new().with_large_int("number");
    let mut file = File { config, open: true, seen: HashSet::new(), types: BTreeMap::new() };
    file.visit::<Admin>();
    file.visit::<Batch>();
    file.visit::<Company>();
    file.visit::<Contact>();
    file.visit::<Conversation>();
    file.visit::<ConversationPart>();
    file.visit::<DataAttribute>();
    file.visit::<DataEvent>();
    file.visit::<ExportProgress>();
    file.visit::<LiveEvent>();
    file.visit::<Caller>();
    file.visit::<LiveGap>();
    file.visit::<Me>();
    file.visit::<Message>();
    file.visit::<MessageCounts>();
    file.visit::<Note>();
    file.visit::<OutboxMessage>();
    file.visit::<Reference>();
    file.visit::<Preview>();
    file.visit::<Removal>();
    file.visit::<Segment>();
    file.visit::<Tag>();
    file.visit::<Template>();
    file.open = false;
    file.visit::<NewBatch>();
    file.visit::<NewMessage>();
    file.visit::<NewTemplate>();
    file.visit::<Notification>();
    file.visit::<Order>();
    file.visit::<PreviewRequest>();
    file.visit::<Recipient>();
    file.visit::<NewReply>();
    let types = file.types.into_values();
    std::iter::once(include_str!("types.d.ts").to_owned())
        .chain(types)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Collects declarations by their names.
struct File {
    config: Config,
    /// True while objects may have unknown fields: responses may, requests may not.
    open: bool,
    seen: HashSet<TypeId>,
    types: BTreeMap<String, String>,
}

impl TypeVisitor for File {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() || !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        let name = T::ident(&self.config);
        if name == "JsonValue" {
            return;
        }
        // ts-rs spends three lines on a comment of one.
        let tight = |text: String| text.replace("/**\n *", "/**").replace("\n */", " */");
        let docs = tight(T::docs().unwrap_or_default());
        // An example is in Rust.
        let docs = match docs.split_once("\n *\n * ```") {
            Some((said, _)) => format!("{said} */\n"),
            None => docs,
        };
        // The values of an object of free keys can be anything.
        let text = tight(T::inline(&self.config))
            .replace("{ [key in string]: JsonValue }", "Record<string, unknown>");
        let declaration = match (fields_of(&text), text.starts_with('{')) {
            (None, false) => format!("{docs}export type {name} = {text};\n").replace("= \n", "=\n"),
            (None, true) => format!("{docs}export type {name} = OneOf<\n{}>;\n", lines(&text)),
            (Some(fields), _) => {
                let generic = "<Attributes = Record<string, unknown>>";
                let generic = if fields.contains("<Attributes>") { generic } else { "" };
                let open = if self.open { " extends Open" } else { "" };
                let fields = lines(fields);
                format!("{docs}export interface {name}{generic}{open} {{\n{fields}}}\n")
            }
        };
        self.types.insert(name, declaration);
        T::visit_dependencies(self);
    }
}

/// Returns the fields of a type that is one object.
fn fields_of(text: &str) -> Option<&str> {
    let fields = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut depth = 0;
    let ends = fields.chars().any(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        depth < 0
    });
    (!ends).then_some(fields)
}

/// Formats fields and the comments above them, one line each, indented by nesting.
fn lines(text: &str) -> String {
    let text = text.replace(", }", ",\n}");
    let mut depth = 1;
    let mut lines = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let closing = usize::from(line.starts_with('}'));
        let indent = "  ".repeat(depth - closing);
        match line.as_bytes().first() {
            Some(b'/') => lines += &format!("{indent}{line}\n"),
            Some(b'*') => lines += &format!("{indent} {line}\n"),
            _ => {
                let field = line.trim_end_matches(',');
                let end = if line.ends_with(['{', '}', ')']) { "" } else { ";" };
                lines += &format!("{indent}{field}{end}\n");
                depth = depth + line.matches('{').count() - line.matches('}').count();
            }
        }
    }
    lines
}

/// Formats a comment.
pub(crate) fn docs(lines: &[&str]) -> String {
    format!("/**{} */\n", lines.join("\n *"))
}

/// Formats a union of names, each below its comment.
pub(crate) fn union(words: &[(&[&str], &str)]) -> String {
    let line =
        |(docs, word): &(&[&str], &str)| format!("\n  /**{} */\n  | \"{word}\"", docs.concat());
    words.iter().map(line).collect()
}

/// The values of a model's `type`.
pub(crate) trait TypeNames {
    /// The names of the type; empty if Intercom does not document them.
    const TYPE_NAMES: &[&str];
}

/// The TypeScript type of a model's field `type`.
pub(crate) struct TypeField<T>(PhantomData<T>);

impl<T: TypeNames> TS for TypeField<T> {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    const IS_OPTION: bool = T::TYPE_NAMES.is_empty();

    fn name(_: &Config) -> String {
        match T::TYPE_NAMES {
            [] => "string | null".to_owned(),
            [kind] => format!("{kind:?}"),
            kinds => {
                let kinds: Vec<_> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
                format!("Word<{}>", kinds.join(" | "))
            }
        }
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }
}

impl<T: TS> TS for Field<T> {
    type WithoutGenerics = Self;
    type OptionInnerType = T;
    const IS_OPTION: bool = true;

    fn name(config: &Config) -> String {
        format!("{} | null", T::name(config))
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }

    fn visit_generics(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        visitor.visit::<T>();
        T::visit_generics(visitor);
    }
}

impl<T: TS> TS for List<T> {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn name(config: &Config) -> String {
        format!("Nested<{}>", T::name(config))
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }

    fn visit_generics(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        visitor.visit::<T>();
        T::visit_generics(visitor);
    }
}
