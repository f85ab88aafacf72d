//! The naive reference of the directory: contacts in plain vectors, every rule computed over whole values.
//!
//! It knows nothing of the core. It is slow and short, so that its rules can be read beside the documentation.

mod count;
mod filter;
mod order;
mod text;
mod value;

#[cfg(test)]
mod tests;

use super::json::Json;
use super::operation::{Answer, Engine, Failure, Operation};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use value::{Cell, Value};

/// The columns that are kept if the options name no fields.
const COLUMNS: [&str; 21] = [
    "name",
    "email",
    "phone",
    "external_id",
    "role",
    "owner_id",
    "created_at",
    "updated_at",
    "signed_up_at",
    "last_seen_at",
    "last_replied_at",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "has_hard_bounced",
    "marked_email_as_spam",
    "unsubscribed_from_emails",
    "location.country",
    "location.region",
    "location.city",
    "location.country_code",
];

/// The columns that are texts, whatever their JSON is.
const TEXTS: [&str; 4] = ["name", "email", "phone", "external_id"];

/// The sets, and their other names in filters.
const SETS: [(&str, &str); 3] =
    [("tags", "tag_id"), ("companies", "company_id"), ("segments", "segment_id")];

const ATTRIBUTES: &str = "custom_attributes.";

/// A set of ids. An incomplete set has members that are not known.
#[derive(Clone, Default, PartialEq)]
struct Members {
    ids: BTreeSet<Vec<u8>>,
    incomplete: bool,
}

/// One version of a contact.
struct Contact {
    id: Vec<u8>,
    /// The cells by path, without the missing ones.
    cells: BTreeMap<Vec<u8>, Cell>,
    sets: [Members; 3],
}

impl Contact {
    /// Returns the cell of a column.
    fn cell(&self, path: &[u8]) -> Cow<'_, Cell> {
        match (path, self.cells.get(path)) {
            (b"id", _) => Cow::Owned(Cell::new(Value::Text(self.id.clone()))),
            (_, Some(cell)) => Cow::Borrowed(cell),
            (_, None) => Cow::Owned(Cell::new(Value::Missing)),
        }
    }
}

/// A name, as it is and folded.
type Name = (Vec<u8>, Vec<u8>);

/// An open result.
struct Open {
    request: String,
    /// The versions that match, in order.
    rows: Vec<usize>,
    /// The number of rows that slices have.
    limit: usize,
    /// The number of versions when it was opened.
    versions: usize,
}

/// A field of a query.
enum Field {
    Column(Vec<u8>),
    Set(usize),
}

/// The reference.
pub struct Reference {
    options: Json,
    /// The versions of contacts, as they were stored. An update adds a version.
    versions: Vec<Contact>,
    /// The current version of each contact by its id.
    current: BTreeMap<Vec<u8>, usize>,
    /// The names of the members of each set, by id.
    names: [BTreeMap<Vec<u8>, Name>; 3],
    /// The text of each number of a column, which is the first that had its value.
    numbers: BTreeMap<(Vec<u8>, u64), String>,
    /// The seed of the weights by field.
    weights: BTreeMap<Vec<u8>, u64>,
    results: BTreeMap<usize, Open>,
    partial: Vec<u8>,
    /// The contacts that were stored since `begin_load`.
    loading: Option<BTreeSet<Vec<u8>>>,
    malformed: usize,
    no_id: usize,
}

impl Reference {
    /// Returns an empty directory.
    pub fn new(options: &str) -> Self {
        Self {
            options: Json::parse(options.as_bytes()).unwrap(),
            versions: Vec::new(),
            current: BTreeMap::new(),
            names: Default::default(),
            numbers: BTreeMap::new(),
            weights: BTreeMap::new(),
            results: BTreeMap::new(),
            partial: Vec::new(),
            loading: None,
            malformed: 0,
            no_id: 0,
        }
    }

    fn option(&self, name: &str) -> Vec<&[u8]> {
        let items = self.options.get(name).and_then(Json::items).unwrap_or_default();
        items.iter().filter_map(Json::as_text).collect()
    }

    /// Tests whether a column or a set is kept.
    fn keeps(&self, path: &[u8]) -> bool {
        let mut groups = [&b"location."[..], b"custom_attributes."].into_iter();
        let group = groups.find(|group| path.starts_with(group));
        let is_default = COLUMNS.iter().chain(&["tags", "companies", "segments"]);
        let is_default = is_default.into_iter().any(|column| column.as_bytes() == path);
        let is_attribute = group == Some(ATTRIBUTES.as_bytes());
        if !matches!(self.options.get("fields"), Some(Json::List(..))) {
            return is_default || is_attribute;
        }
        let fields = self.option("fields");
        let has_group = group.is_some_and(|group| fields.contains(&&group[..group.len() - 1]));
        fields.contains(&path) || has_group && (is_attribute || is_default)
    }

    fn field(&self, name: Option<&Json>) -> Result<Field, Failure> {
        let name = name.and_then(Json::as_text).ok_or(Failure::Query)?;
        let names =
            |(set, other): &(&str, &str)| set.as_bytes() == name || other.as_bytes() == name;
        if let Some(set) = SETS.iter().position(names) {
            let kept = self.keeps(SETS[set].0.as_bytes());
            return kept.then_some(Field::Set(set)).ok_or(Failure::Query);
        }
        let known = name == b"id" || self.keeps(name);
        known.then(|| Field::Column(name.to_vec())).ok_or(Failure::Query)
    }

    fn column(&self, name: Option<&Json>) -> Result<Vec<u8>, Failure> {
        match self.field(name)? {
            Field::Column(path) => Ok(path),
            Field::Set(_) => Err(Failure::Query),
        }
    }

    /// Reads complete lines. Returns the markers.
    fn lines(&mut self, bytes: &[u8]) -> Vec<Json> {
        let mut markers = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            if line.iter().all(|byte| b" \t\r".contains(byte)) {
                continue;
            }
            let Ok(json @ Json::Object(..)) = Json::parse(line) else {
                self.malformed += 1;
                continue;
            };
            match json.get("type").and_then(Json::as_text) {
                Some(b"edge.removal") => {
                    if let Some(id) = json.get("id").and_then(id_text) {
                        self.current.remove(&id);
                    }
                }
                Some(b"edge.names") => {
                    let set = json.get("set").and_then(Json::as_text).unwrap_or_default();
                    self.learn(set, json.get("data").and_then(Json::items).unwrap_or_default());
                }
                Some(name) if name.starts_with(b"edge.") => markers.push(json),
                _ => {
                    self.store(&json);
                }
            }
        }
        markers
    }

    fn feed(&mut self, bytes: &[u8]) -> Vec<Json> {
        self.partial.extend(bytes);
        let complete = self.partial.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let rest = self.partial.split_off(complete);
        let lines = std::mem::replace(&mut self.partial, rest);
        self.lines(&lines)
    }

    fn put(&mut self, bytes: &[u8]) -> usize {
        let contacts = match Json::parse(bytes) {
            Err(_) => {
                self.malformed += 1;
                return 0;
            }
            Ok(Json::List(items, _)) => items,
            Ok(json) => match json.get("data").and_then(Json::items) {
                Some(items) => items.to_vec(),
                None => vec![json],
            },
        };
        contacts.iter().filter(|contact| self.store(contact)).count()
    }

    /// Stores a contact. Returns false if it is skipped.
    fn store(&mut self, json: &Json) -> bool {
        if !matches!(json, Json::Object(..)) {
            self.malformed += 1;
            return false;
        }
        let Some(id) = json.get("id").and_then(id_text) else {
            self.no_id += 1;
            return false;
        };
        let mut sets = SETS.map(|(set, _)| {
            let kept = self.keeps(set.as_bytes());
            members(json.get(set).filter(|_| kept))
        });
        // Intercom's contacts come without segments: those of the previous version stay.
        if sets[2] == Members::default() {
            let previous = self.current.get(&id).map(|version| &self.versions[*version]);
            sets[2] = previous.map(|contact| contact.sets[2].clone()).unwrap_or_default();
        }
        if let Some(loading) = &mut self.loading {
            loading.insert(id.clone());
        }
        let cells = self.cells(json);
        self.current.insert(id.clone(), self.versions.len());
        self.versions.push(Contact { id, cells, sets });
        true
    }

    fn cells(&mut self, json: &Json) -> BTreeMap<Vec<u8>, Cell> {
        let mut cells = BTreeMap::new();
        for (path, json) in occurrences(json) {
            let is_set = SETS.iter().any(|(set, _)| set.as_bytes() == path);
            if is_set || path == b"id" || !self.keeps(&path) {
                continue;
            }
            let text = TEXTS.iter().any(|name| name.as_bytes() == path);
            let value = match json.map_or(Value::Missing, |json| Value::of(json, text)) {
                Value::Number(text) => Value::Number(self.number_text(&path, text)),
                value => value,
            };
            match value {
                // A later null replaces an earlier value.
                Value::Missing => cells.remove(&path),
                value => cells.insert(path, Cell::new(value)),
            };
        }
        cells
    }

    /// Returns the text that a column has for a number: equal numbers have the text of the first.
    fn number_text(&mut self, path: &[u8], text: String) -> String {
        let number = value::number(&text);
        let small = (0.0..2_147_483_648.0).contains(&number) && number.fract() == 0.0;
        if small && number.is_sign_positive() {
            return format!("{number}");
        }
        self.numbers.entry((path.to_vec(), number.to_bits())).or_insert(text).clone()
    }

    /// Forgets the texts of numbers that no contact has.
    fn forget_numbers(&mut self) {
        let mut kept = BTreeMap::new();
        for version in self.current.values() {
            for (path, cell) in &self.versions[*version].cells {
                if let Value::Number(text) = &cell.value {
                    kept.insert((path.clone(), value::number(text).to_bits()), text.clone());
                }
            }
        }
        self.numbers = kept;
    }

    fn learn(&mut self, set: &[u8], entries: &[Json]) {
        let Some(set) = SETS.iter().position(|(name, _)| name.as_bytes() == set) else { return };
        for entry in entries {
            if let (Some(id), Some(Json::Text(name))) =
                (entry.get("id").and_then(id_text), entry.get("name"))
            {
                self.names[set].insert(id, (name.clone(), super::fold::fold(name)));
            }
        }
    }

    fn members(&mut self, segment: &str, ids: &Json) {
        if !self.keeps(b"segments") {
            return;
        }
        let ids: BTreeSet<_> = ids.items().unwrap_or_default().iter().filter_map(id_text).collect();
        for (id, version) in &self.current {
            let segments = &mut self.versions[*version].sets[2].ids;
            if ids.contains(id) {
                segments.insert(segment.as_bytes().to_vec());
            } else {
                segments.remove(segment.as_bytes());
            }
        }
    }

    fn end_load(&mut self) {
        if let Some(loaded) = self.loading.take() {
            self.current.retain(|id, _| loaded.contains(id));
        }
    }

    /// Searches, and keeps the result in a slot.
    fn open(&mut self, slot: usize, request: &str) -> Result<Json, Failure> {
        let json = Json::parse(request.as_bytes()).map_err(|_| Failure::Query)?;
        let keys = self.sort_keys(json.get("sort"))?;
        let words = text::words(json.get("text"))?;
        let filter = self.read_filter(json.get("where"))?;
        let mut incomplete = 0;
        let mut filtered = Vec::new();
        for version in self.current.values() {
            let verdict = filter.test(&self.versions[*version]);
            incomplete += usize::from(verdict.unknown);
            filtered.extend(verdict.matches.then_some(*version));
        }
        let (classes, typo) = self.search(&filtered, &words);
        let mut rows: Vec<usize> = classes.keys().copied().collect();
        rows.sort_by(|left, right| {
            let newest = self.versions[*right].id.cmp(&self.versions[*left].id);
            let keyed = self.compare(&keys, &self.versions[*left], &self.versions[*right]);
            match keys.is_empty() {
                true => classes[left].cmp(&classes[right]).then(newest),
                false => keyed.then(newest),
            }
        });
        let total = rows.len();
        let limit = json.get("limit").and_then(Json::as_number).unwrap_or(usize::MAX).min(total);
        let versions = self.versions.len();
        self.results.insert(slot, Open { request: request.into(), rows, limit, versions });
        Ok(Json::object([
            ("total", Json::number(total)),
            ("typo", Json::Bool(typo)),
            ("incomplete", Json::number(incomplete)),
        ]))
    }

    fn result(&self, slot: usize) -> Result<&Open, Failure> {
        self.results.get(&slot).ok_or(Failure::Result)
    }

    /// Returns the state of a row: 0 is current, 1 is changed, 2 is removed.
    fn state(&self, version: usize) -> usize {
        match self.current.get(&self.versions[version].id) {
            Some(current) if *current == version => 0,
            Some(_) => 1,
            None => 2,
        }
    }

    fn slice(&self, slot: usize, from: usize, to: usize) -> Result<Json, Failure> {
        let open = self.result(slot)?;
        let rows = open.rows.iter().take(open.limit.min(to)).skip(from);
        let states: String = rows.clone().map(|row| self.state(*row).to_string()).collect();
        let rows = rows.map(|row| self.row(&self.versions[*row]));
        Ok(Json::object([("rows", Json::list(rows)), ("states", Json::text(states))]))
    }

    fn ids(&self, slot: usize) -> Result<Json, Failure> {
        let open = self.result(slot)?;
        let rows = open.rows.iter().take(open.limit);
        Ok(Json::list(rows.map(|row| Json::text(&self.versions[*row].id))))
    }

    fn changes(&self, slot: usize) -> Result<Json, Failure> {
        let open = self.result(slot)?;
        let rows = &open.rows[..open.limit];
        let count =
            |state| Json::number(rows.iter().filter(|row| self.state(**row) == state).count());
        let added = Json::Bool(self.versions.len() > open.versions);
        Ok(Json::object([("changed", count(1)), ("removed", count(2)), ("added", added)]))
    }

    /// Returns a contact in Intercom's shape, without what is missing or empty.
    fn row(&self, contact: &Contact) -> Json {
        let mut row = vec![(b"id".to_vec(), Json::text(&contact.id))];
        let mut groups: BTreeMap<&[u8], Vec<(Vec<u8>, Json)>> = BTreeMap::new();
        for (path, cell) in &contact.cells {
            let group = [&b"location"[..], b"custom_attributes"]
                .into_iter()
                .find_map(|group| Some((group, path.strip_prefix(group)?.strip_prefix(b".")?)));
            match group {
                Some((group, name)) => {
                    groups.entry(group).or_default().push((name.to_vec(), cell.value.json()))
                }
                None => row.push((path.clone(), cell.value.json())),
            }
        }
        row.extend(
            groups.into_iter().map(|(group, members)| (group.to_vec(), Json::object(members))),
        );
        for (set, members) in contact.sets.iter().enumerate() {
            if members.ids.is_empty() && !members.incomplete {
                continue;
            }
            let data = members.ids.iter().map(|id| {
                let name = self.names[set].get(id).map(|(name, _)| ("name", Json::text(name)));
                Json::object([("id", Json::text(id))].into_iter().chain(name))
            });
            let list = [("data", Json::list(data)), ("has_more", Json::Bool(members.incomplete))];
            row.push((SETS[set].0.into(), Json::object(list)));
        }
        Json::object(row)
    }
}

impl Engine for Reference {
    fn apply(&mut self, operation: &Operation) -> Answer {
        let json = |bytes: &[u8]| Json::parse(bytes).unwrap_or(Json::Null);
        let done = Ok(Json::Null);
        let answer = match operation {
            Operation::Feed(bytes) => Ok(Json::list(self.feed(bytes))),
            Operation::Flush => {
                let line = std::mem::take(&mut self.partial);
                Ok(Json::list(self.lines(&line)))
            }
            Operation::Discard => {
                self.partial.clear();
                done
            }
            Operation::Put(bytes) => Ok(Json::number(self.put(bytes))),
            Operation::Remove(id) => Ok(Json::Bool(self.current.remove(id.as_bytes()).is_some())),
            Operation::Names { set, json: names } => {
                self.learn(set.as_bytes(), json(names).items().unwrap_or_default());
                done
            }
            Operation::Members { segment, json: ids } => {
                self.members(segment, &json(ids));
                done
            }
            Operation::BeginLoad => {
                self.loading = Some(BTreeSet::new());
                done
            }
            Operation::EndLoad => {
                self.end_load();
                done
            }
            Operation::Open { slot, request } => {
                self.results.remove(slot);
                self.open(*slot, request)
            }
            Operation::Refresh { slot } => {
                let request = self.result(*slot)?.request.clone();
                self.open(*slot, &request)
            }
            Operation::Slice { slot, from, to } => self.slice(*slot, *from, *to),
            Operation::Ids { slot } => self.ids(*slot),
            Operation::Counts { slot, request } => self.counts(*slot, request),
            Operation::Changes { slot } => self.changes(*slot),
            Operation::Close { slot } => {
                self.results.remove(slot);
                done
            }
            Operation::Weigh { field, seed } => {
                self.weights.insert(field.as_bytes().to_vec(), *seed);
                done
            }
            Operation::Compact => done,
            Operation::Stats => Ok(Json::object([
                ("contacts", Json::number(self.current.len())),
                ("malformed", Json::number(self.malformed)),
                ("no_id", Json::number(self.no_id)),
            ])),
            Operation::Restore => {
                // Open results, segments, weights and the counts of skipped lines are not in a snapshot.
                self.results.clear();
                self.weights.clear();
                self.partial.clear();
                self.loading = None;
                (self.malformed, self.no_id) = (0, 0);
                self.forget_numbers();
                self.versions.iter_mut().for_each(|contact| contact.sets[2] = Members::default());
                done
            }
        };
        answer.map(|json| json.sorted().write())
    }
}

/// Returns every value of a contact with its path, in the order of the JSON. A path can occur again: a repeated object
/// first takes away what the one before had.
fn occurrences(json: &Json) -> Vec<(Vec<u8>, Option<&Json>)> {
    let mut found: Vec<(Vec<u8>, Option<&Json>)> = Vec::new();
    for (name, value) in json.members() {
        if !matches!(&**name, b"location" | b"custom_attributes") {
            found.push((name.clone(), Some(value)));
            continue;
        }
        let prefix = [name, &b"."[..]].concat();
        let before: Vec<_> =
            found.iter().filter(|(path, _)| path.starts_with(&prefix)).cloned().collect();
        found.extend(before.into_iter().map(|(path, _)| (path, None)));
        let members = value.members().iter();
        found.extend(members.map(|(name, value)| ([&prefix[..], name].concat(), Some(value))));
    }
    found
}

fn id_text(json: &Json) -> Option<Vec<u8>> {
    match json {
        Json::Text(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(text) => Some(text.clone().into_bytes()),
        _ => None,
    }
}

fn members(list: Option<&Json>) -> Members {
    let Some(list) = list else { return Members::default() };
    let entries = list.get("data").and_then(Json::items).unwrap_or_default();
    Members {
        ids: entries.iter().filter_map(|entry| entry.get("id").and_then(id_text)).collect(),
        incomplete: matches!(list.get("has_more"), Some(Json::Bool(true))),
    }
}
