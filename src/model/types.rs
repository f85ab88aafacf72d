//! The models as TypeScript declares them, for the npm package (feature `types`). ts-rs derives
//! most of it: here is what it can't know, and the one file of all.

use super::{
    Admin, Batch, Company, Contact, Conversation, ConversationPart, DataAttribute, DataEvent,
    Field, List, Me, Message, Note, OutboxMessage, Reference, Rendered, Segment, Tag, Template,
};
use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::marker::PhantomData;
use ts_rs::{Config, TS, TypeVisitor};

/// Which file the declarations are in.
pub(crate) const FILE: &str = "model.d.ts";

/// The declarations of what Intercom and the Worker answer, each with what it is made of.
pub fn declarations() -> String {
    let config = Config::new().with_large_int("number");
    let mut file = File { config, seen: HashSet::new(), types: BTreeMap::new() };
    file.visit::<Admin>();
    file.visit::<Batch>();
    file.visit::<Company>();
    file.visit::<Contact>();
    file.visit::<Conversation>();
    file.visit::<ConversationPart>();
    file.visit::<DataAttribute>();
    file.visit::<DataEvent>();
    file.visit::<Me>();
    file.visit::<Message>();
    file.visit::<Note>();
    file.visit::<OutboxMessage>();
    file.visit::<Reference>();
    file.visit::<Rendered>();
    file.visit::<Segment>();
    file.visit::<Tag>();
    file.visit::<Template>();
    let types = file.types.into_values();
    std::iter::once(include_str!("types.d.ts").to_owned())
        .chain(types)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Collects declarations by their names.
struct File {
    config: Config,
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
        // What an object holds is its owner's to say.
        let text = tight(T::inline(&self.config))
            .replace("{ [key in string]: JsonValue }", "Record<string, unknown>");
        let declaration = match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            None => format!("{docs}export type {name} = {text};\n").replace("= \n", "=\n"),
            Some(fields) => {
                let generic = "<Attributes = Record<string, unknown>>";
                let generic = if fields.contains(": Attributes") { generic } else { "" };
                let lines = fields.lines().map(str::trim).filter(|line| !line.is_empty());
                let fields: String = lines.map(line).collect();
                format!("{docs}export interface {name}{generic} extends Open {{\n{fields}}}\n")
            }
        };
        self.types.insert(name, declaration);
        T::visit_dependencies(self);
    }
}

/// A line of an interface: a field, or a part of the comment above it.
fn line(line: &str) -> String {
    match line.as_bytes().first() {
        Some(b'/') => format!("  {line}\n"),
        Some(b'*') => format!("   {line}\n"),
        _ => format!("  {};\n", line.trim_end_matches(',')),
    }
}

/// A comment of these lines.
pub(crate) fn docs(lines: &[&str]) -> String {
    format!("/**{} */\n", lines.join("\n *"))
}

/// A union of words, each under what it means.
pub(crate) fn union(words: &[(&[&str], &str)]) -> String {
    let line =
        |(docs, word): &(&[&str], &str)| format!("\n  /**{} */\n  | \"{word}\"", docs.concat());
    words.iter().map(line).collect()
}

/// What `type` says of a model.
pub(crate) trait Kinds {
    /// Its words; none where Intercom doesn't say it.
    const KINDS: &[&str];
}

/// The type of a model's `type`.
pub(crate) struct Kind<T>(PhantomData<T>);

impl<T: Kinds> TS for Kind<T> {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    const IS_OPTION: bool = T::KINDS.is_empty();

    fn name(_: &Config) -> String {
        match T::KINDS {
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
