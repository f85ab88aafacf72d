//! The core behind the interface that sequences run on. All that depends on the core's interface is here.

use super::json::{Json, points};
use super::operation::{Answer, Engine, Failure, Operation, weight};
use super::queries::sorted_by;
use intercom_edge::directory::{Directory, Error, Options, SetKind};
use std::collections::{BTreeMap, HashMap};

/// The core, with its open results by slot.
pub struct Core {
    options: String,
    directory: Directory,
    handles: HashMap<usize, u32>,
    /// The request of each open result: its sorts need ranks.
    requests: HashMap<usize, String>,
    /// The seed of the weights by field.
    weights: BTreeMap<String, u64>,
}

/// A handle that no result has.
const UNKNOWN: u32 = 999_999_999;

impl Core {
    /// Creates an empty directory.
    pub fn new(options: &str) -> Self {
        Self {
            options: options.into(),
            directory: create(options),
            handles: HashMap::new(),
            requests: HashMap::new(),
            weights: BTreeMap::new(),
        }
    }

    fn handle(&self, slot: usize) -> u32 {
        self.handles.get(&slot).copied().unwrap_or(UNKNOWN)
    }

    fn open(&mut self, slot: usize, request: &str) -> Result<String, Error> {
        self.directory.close(self.handle(slot));
        self.handles.remove(&slot);
        self.rank(&sorted_by(request));
        let answer = self.directory.open(request)?;
        let result =
            Json::parse(answer.as_bytes()).unwrap().get("result").and_then(Json::as_number);
        self.handles.insert(slot, result.unwrap() as u32);
        self.requests.insert(slot, request.into());
        Ok(answer)
    }

    /// Weighs the characters of fields that have weights, as the package does before it sorts.
    fn rank(&mut self, fields: &[String]) {
        for field in fields {
            let Some(seed) = self.weights.get(field) else { continue };
            let needed = self.directory.ranks_needed(field).unwrap_or_default();
            if !needed.is_empty() {
                let weights: Vec<u32> =
                    needed.chars().map(|char| weight(*seed, char.into())).collect();
                self.directory.set_ranks(field, &weights).unwrap();
            }
        }
    }
}

fn create(options: &str) -> Directory {
    Directory::new(&Options::read(options.as_bytes()).unwrap()).unwrap()
}

impl Engine for Core {
    fn apply(&mut self, operation: &Operation) -> Answer {
        let directory = &mut self.directory;
        let none = || "null".to_owned();
        let answer = match operation {
            Operation::Feed(bytes) => directory.feed(bytes).map(markers),
            Operation::Flush => directory.flush().map(markers),
            Operation::Discard => {
                directory.discard();
                Ok(none())
            }
            Operation::Put(bytes) => directory.put(bytes).map(|stored| stored.to_string()),
            Operation::Remove(id) => Ok(directory.remove(id.as_bytes()).to_string()),
            Operation::Names { set, json } => {
                let kind = SetKind::of(set.as_bytes()).unwrap();
                directory.set_names(kind, json).map(|()| none())
            }
            Operation::Members { segment, json } => {
                directory.set_members(segment.as_bytes(), json).map(|()| none())
            }
            Operation::BeginLoad => {
                directory.begin_load();
                Ok(none())
            }
            Operation::EndLoad => {
                directory.end_load();
                Ok(none())
            }
            Operation::Open { slot, request } => self.open(*slot, request).map(opened),
            Operation::Refresh { slot } => {
                let fields = self.requests.get(slot).map(|request| sorted_by(request));
                self.rank(&fields.unwrap_or_default());
                self.directory.refresh(self.handle(*slot)).map(opened)
            }
            Operation::Slice { slot, from, to } => {
                self.directory.slice(self.handle(*slot), *from as u32, *to as u32).map(slice)
            }
            Operation::Ids { slot } => self.directory.ids(self.handle(*slot)),
            Operation::Counts { slot, request } => {
                let request_json = Json::parse(request.as_bytes()).unwrap_or(Json::Null);
                if let Some(field) = request_json.get("field").and_then(Json::as_text) {
                    self.rank(&[String::from_utf8_lossy(field).into_owned()]);
                }
                let handle = slot.map_or(0, |slot| self.handle(slot));
                self.directory.counts(handle, request)
            }
            Operation::Changes { slot } => self.directory.changes(self.handle(*slot)),
            Operation::Close { slot } => {
                self.directory.close(self.handle(*slot));
                self.handles.remove(slot);
                Ok(none())
            }
            Operation::Weigh { field, seed } => {
                self.weights.insert(field.clone(), *seed);
                Ok(none())
            }
            Operation::Compact => directory.compact().map(|_| none()),
            Operation::Stats => Ok(self.stats()),
            Operation::Restore => self.restore().map(|()| none()),
        };
        answer.map(|json| normal(&json)).map_err(|error| match error {
            Error::Memory => Failure::Memory,
            Error::Query { .. } => Failure::Query,
            Error::UnknownResult => Failure::Result,
        })
    }
}

impl Core {
    fn restore(&mut self) -> Result<(), Error> {
        let mut restored = Self::new(&self.options);
        let mut from = Some(0);
        while let Some(position) = from {
            let (bytes, next) = self.directory.snapshot(position)?;
            restored.directory.feed(&bytes)?;
            from = next;
        }
        restored.directory.flush()?;
        *self = restored;
        Ok(())
    }
}

fn normal(json: &str) -> String {
    Json::parse(json.as_bytes()).unwrap().sorted().write()
}

fn markers(text: String) -> String {
    if text.is_empty() { "[]".into() } else { text }
}

/// Removes the members that are not compared.
fn without(json: &Json, names: &[&str]) -> Json {
    let members = json.members().iter();
    let kept = members.filter(|(name, _)| !names.iter().any(|other| other.as_bytes() == name));
    Json::object(kept.cloned())
}

fn opened(text: String) -> String {
    without(&Json::parse(text.as_bytes()).unwrap(), &["result"]).write()
}

fn slice(text: String) -> String {
    let json = Json::parse(text.as_bytes()).unwrap();
    let rows = json.get("rows").and_then(Json::items).unwrap().iter().map(row);
    let states = json.get("states").unwrap().clone();
    Json::object([("rows", Json::list(rows)), ("states", states)]).write()
}

/// Brings a row into the form of the reference: without types, empty objects and empty sets, members sorted by id.
fn row(row: &Json) -> Json {
    let row = without(row, &["type"]);
    let mut members = Vec::new();
    for (name, value) in row.members() {
        let value = match &**name {
            b"location" | b"custom_attributes" if value.members().is_empty() => continue,
            b"location" => without(value, &["type"]),
            b"tags" | b"companies" | b"segments" => {
                let list = set(value);
                if list.get("data").and_then(Json::items).is_some_and(<[Json]>::is_empty)
                    && matches!(list.get("has_more"), Some(Json::Bool(false)))
                {
                    continue;
                }
                list
            }
            _ => value.clone(),
        };
        members.push((name.clone(), value));
    }
    Json::object(members)
}

fn set(list: &Json) -> Json {
    let mut data: Vec<Json> = list.get("data").and_then(Json::items).unwrap().to_vec();
    data.sort_by_key(|entry| entry.get("id").and_then(Json::as_text).map(points));
    let data = data.iter().map(|entry| without(entry, &["type", "url"]));
    Json::object([
        ("data", Json::list(data)),
        ("has_more", list.get("has_more").cloned().unwrap_or(Json::Bool(false))),
    ])
}

impl Core {
    /// Returns the numbers of contacts and of skipped lines.
    fn stats(&self) -> String {
        let skipped = self.directory.skipped();
        let figures = [
            ("contacts", self.directory.store().len()),
            ("malformed", skipped.malformed as usize),
            ("no_id", skipped.without_id as usize),
        ];
        Json::object(figures.map(|(name, figure)| (name, Json::number(figure)))).write()
    }

    /// Returns the bytes that the directory occupies.
    pub fn memory(&self) -> usize {
        self.directory.store().memory()
    }
}
