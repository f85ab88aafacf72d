//! The directory: all contacts of a workspace in a page, to search, filter, sort and count them.
//!
//! It is pure Rust without I/O: contacts arrive as JSON, and rows leave as JSON. It never keeps the
//! JSON. Each file may import only the files above it in `docs/architecture.md`'s table.

mod buffer;
mod cell;
mod column;
mod compact;
mod contact;
mod count;
mod dictionary;
mod error;
#[cfg(target_family = "wasm")]
mod exports;
mod filter;
mod fold;
mod ids;
mod json;
mod lines;
mod options;
mod order;
mod positions;
mod query;
mod radix;
mod ranks;
mod request;
mod result;
mod row_set;
mod rows;
mod schema;
mod segment;
mod sets;
mod snapshot;
mod sort;
mod store;
mod text;
mod texts;
mod typo;
mod words;
mod write;
mod wtf8;

pub use error::Error;
pub use options::Options;
pub use sets::SetKind;

use compact::REMOVED;
use contact::{ContactReader, LineKind, Unreadable};
use json::{Kind, Malformed, Reader};
use lines::{Line, Lines};
use memchr::memmem::find;
use result::Results;
use schema::Schema;
use store::Store;

/// All contacts of a workspace, in memory.
///
/// Memory is limited by the budget of its [`Options`]: a call that needs more returns
/// [`Error::Memory`], and the directory stays usable. Contacts that cannot be read are skipped and
/// counted.
pub struct Directory {
    store: Store,
    lines: Lines,
    reader: ContactReader,
    skipped: Skipped,
    /// During a complete load: the first row that the load has added.
    load_start: Option<u32>,
    results: Results,
    snapshot: snapshot::Position,
}

/// The numbers of contacts that were skipped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Lines that are not a JSON object.
    pub malformed: u32,
    /// Contacts without an id.
    pub without_id: u32,
    /// Lines of more than 32 MiB.
    pub too_long: u32,
}

impl Directory {
    /// Creates an empty directory.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let schema = Schema::new(options.fields.as_deref(), &options.search)?;
        Ok(Self {
            store: Store::new(schema, options.budget)?,
            lines: Lines::default(),
            reader: ContactReader::default(),
            skipped: Skipped::default(),
            load_start: None,
            results: Results::default(),
            snapshot: snapshot::Position::default(),
        })
    }

    /// Reads a chunk of an export in NDJSON, which may end anywhere. Stores contacts, and removes
    /// the contacts of `edge.removal` lines. Returns the Worker's other lines, such as progress
    /// markers, as a JSON array, or an empty string if there are none.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<String, Error> {
        let mut markers = Vec::new();
        let Self { lines, store, reader, skipped, .. } = self;
        let mut intake = Intake { store, reader, skipped, markers: &mut markers };
        lines.feed(chunk, |line| intake.line(line))?;
        self.finish(markers)
    }

    /// Reads the last line of an export, if it has no line break at its end. The Worker's exports
    /// have one.
    #[cfg_attr(closed, allow(dead_code))]
    pub fn flush(&mut self) -> Result<String, Error> {
        let mut markers = Vec::new();
        let Self { lines, store, reader, skipped, .. } = self;
        let mut intake = Intake { store, reader, skipped, markers: &mut markers };
        lines.flush(|line| intake.line(line))?;
        self.finish(markers)
    }

    fn finish(&mut self, mut markers: Vec<u8>) -> Result<String, Error> {
        self.tidy();
        if !markers.is_empty() {
            buffer::push(&mut markers, b']')?;
        }
        String::from_utf8(markers).map_err(|_| Error::Memory)
    }

    /// Forgets the beginning of a line whose end did not arrive, because the connection broke.
    pub fn discard(&mut self) {
        self.lines.discard();
    }

    /// Stores contacts: the JSON of one, of an array of contacts, or of a page with `data`. Returns
    /// how many were stored.
    pub fn put(&mut self, json: &[u8]) -> Result<u32, Error> {
        let mut markers = Vec::new();
        let Self { store, reader, skipped, .. } = self;
        let mut intake = Intake { store, reader, skipped, markers: &mut markers };
        let stored = intake.contacts(json)?;
        self.tidy();
        Ok(stored)
    }

    /// Removes a contact. Returns false if no contact has this id.
    pub fn remove(&mut self, id: &[u8]) -> bool {
        let removed = self.store.remove(id);
        self.tidy();
        removed
    }

    /// Sets names of tags, companies or segments: a JSON array of objects with `id` and `name`.
    pub fn set_names(&mut self, kind: SetKind, json: &[u8]) -> Result<(), Error> {
        self.store.check_budget(json.len())?;
        let names = read_names(json)?;
        self.store.set_names(kind, names.iter())
    }

    /// Replaces the members of one of Intercom's segments: a JSON array of the contacts' ids.
    pub fn set_members(&mut self, segment: &[u8], json: &[u8]) -> Result<(), Error> {
        let ids =
            options::strings(json).map_err(|_| Error::query("members", "a JSON array of ids"))?;
        let ids: Vec<&[u8]> = ids.iter().map(String::as_bytes).collect();
        self.store.set_members(segment, &ids)
    }

    /// Begins a complete load. [`end_load`](Self::end_load) removes the contacts that it did not
    /// contain.
    pub fn begin_load(&mut self) {
        self.load_start = Some(self.store.end());
    }

    /// Ends a complete load: removes the contacts that were not stored since it began. Returns their
    /// number.
    pub fn end_load(&mut self) -> u32 {
        let Some(start) = self.load_start.take() else { return 0 };
        let removed = self.store.remove_before(start);
        self.tidy();
        removed
    }

    /// Compacts the store if it is worth it. Without memory for it, the dead rows stay.
    fn tidy(&mut self) {
        if self.store.needs_compaction() {
            let _ = self.compact();
        }
    }

    /// Removes the rows of contacts that were updated or removed. The directory does this by itself
    /// when more than a fifth of its rows, and more than 1,024, are outdated.
    pub fn compact(&mut self) -> Result<(), Error> {
        let end = self.store.end();
        let numbers = self.store.compact(&self.results.pinned()?)?;
        self.results.renumber(&numbers, end, &self.store);
        self.snapshot.renumber(&numbers, &self.store);
        if let Some(start) = &mut self.load_start {
            let kept = numbers.iter().take(*start as usize).rfind(|number| **number != REMOVED);
            *start = kept.map_or(0, |number| number + 1);
        }
        Ok(())
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the numbers of contacts that were skipped.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }
}

/// Stores the contacts of lines and pages.
struct Intake<'a> {
    store: &'a mut Store,
    reader: &'a mut ContactReader,
    skipped: &'a mut Skipped,
    markers: &'a mut Vec<u8>,
}

impl Intake<'_> {
    fn line(&mut self, line: Line<'_>) -> Result<(), Error> {
        match line {
            Line::TooLong => self.skipped.too_long += 1,
            Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
            Line::Whole(line) => {
                self.object(line)?;
            }
        }
        Ok(())
    }

    /// Reads one object. Returns true if it is a contact, which was stored.
    fn object(&mut self, json: &[u8]) -> Result<bool, Error> {
        // A removal frees memory, so it needs none.
        if self.store.check_budget(json.len()).is_err() && find(json, b"\"edge.removal\"").is_none()
        {
            return Err(Error::Memory);
        }
        match self.reader.read(json, &mut self.store.parts_mut()) {
            Ok(LineKind::Contact) => {
                self.store.append(&self.reader.draft)?;
                return Ok(true);
            }
            Ok(LineKind::WithoutId) => self.skipped.without_id += 1,
            Ok(LineKind::Removal) => {
                self.store.remove(&self.reader.draft.id);
            }
            Ok(LineKind::Names) => self.names(json)?,
            Ok(LineKind::Other) => {
                let before: &[u8] = if self.markers.is_empty() { b"[" } else { b"," };
                buffer::extend(self.markers, before)?;
                buffer::extend(self.markers, json)?;
            }
            Err(Unreadable::Malformed) => self.skipped.malformed += 1,
            Err(Unreadable::Memory) => return Err(Error::Memory),
        }
        Ok(false)
    }

    /// Reads one contact, an array of contacts, or a page.
    fn contacts(&mut self, json: &[u8]) -> Result<u32, Error> {
        let Ok(contacts) = elements(json) else {
            self.skipped.malformed += 1;
            return Ok(0);
        };
        let Some(contacts) = contacts else { return Ok(u32::from(self.object(json)?)) };
        let mut stored = 0;
        for contact in contacts {
            stored += u32::from(self.object(contact.as_bytes())?);
        }
        Ok(stored)
    }

    fn names(&mut self, json: &[u8]) -> Result<(), Error> {
        let Ok((Some(kind), Some(data))) = read_names_line(json) else {
            self.skipped.malformed += 1;
            return Ok(());
        };
        let names = read_names(data.as_bytes())?;
        self.store.set_names(kind, names.iter())
    }
}

/// Returns the elements of an array, or of the `data` of a page. Any other value has none.
fn elements(json: &[u8]) -> Result<Option<Vec<&str>>, Malformed> {
    let mut reader = Reader::new(json);
    let kind = reader.peek()?;
    let mut found = None;
    match kind {
        Kind::Array => found = Some(array(&mut reader)?),
        Kind::Object => {
            let mut scratch = Vec::new();
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                let is_data = key.content(&mut scratch).is_ok_and(|key| key == b"data");
                if is_data && reader.peek()? == Kind::Array {
                    found = Some(array(&mut reader)?);
                } else {
                    reader.skip()?;
                }
            }
        }
        _ => reader.skip()?,
    }
    reader.end()?;
    Ok(found)
}

fn array<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, Malformed> {
    let mut elements = Vec::new();
    reader.begin_array()?;
    while reader.next_element()? {
        elements.push(reader.value_text()?);
    }
    Ok(elements)
}

/// Ids with their names.
#[derive(Default)]
struct Names {
    texts: Vec<u8>,
    /// The start of each id, the start of its name and the name's end.
    spans: Vec<[usize; 3]>,
}

impl Names {
    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let text = |start: usize, end: usize| self.texts.get(start..end).unwrap_or_default();
        self.spans.iter().map(move |[id, name, end]| (text(*id, *name), text(*name, *end)))
    }
}

fn read_names(json: &[u8]) -> Result<Names, Error> {
    let invalid = |_| Error::query("names", "a JSON array of objects with an id and a name");
    let mut names = Names::default();
    let mut reader = Reader::new(json);
    reader.begin_array().map_err(invalid)?;
    let (mut id, mut name, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    while reader.next_element().map_err(invalid)? {
        id.clear();
        name.clear();
        reader.begin_object().map_err(invalid)?;
        while let Some(key) = reader.next_key().map_err(invalid)? {
            let target = match key.content(&mut scratch)? {
                b"id" => &mut id,
                b"name" => &mut name,
                _ => {
                    reader.skip().map_err(invalid)?;
                    continue;
                }
            };
            target.clear();
            match reader.peek().map_err(invalid)? {
                Kind::String => reader.string().map_err(invalid)?.append_to(target)?,
                Kind::Number => {
                    buffer::extend(target, reader.number().map_err(invalid)?.as_bytes())?;
                }
                _ => reader.skip().map_err(invalid)?,
            }
        }
        if id.is_empty() {
            continue;
        }
        let start = names.texts.len();
        buffer::extend(&mut names.texts, &id)?;
        buffer::extend(&mut names.texts, &name)?;
        buffer::push(&mut names.spans, [start, start + id.len(), names.texts.len()])?;
    }
    reader.end().map_err(invalid)?;
    Ok(names)
}

/// Returns the kind of an `edge.names` line, and the text of its `data`.
fn read_names_line(json: &[u8]) -> Result<(Option<SetKind>, Option<&str>), Malformed> {
    let (mut kind, mut data, mut scratch) = (None, None, Vec::new());
    let mut reader = Reader::new(json);
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        let key = key.content(&mut scratch).map_err(|_| Malformed)?;
        match (key, reader.peek()?) {
            (b"set", Kind::String) => {
                kind = SetKind::of(reader.string()?.content(&mut scratch).map_err(|_| Malformed)?);
            }
            (b"data", _) => data = Some(reader.value_text()?),
            _ => reader.skip()?,
        }
    }
    Ok((kind, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        Directory::new(&Options::default()).unwrap()
    }

    #[test]
    fn an_export_is_read_in_chunks() {
        let export = concat!(
            r#"{"type":"edge.export","state":"running"}"#,
            "\n",
            r#"{"type":"contact","id":"1","email":"a@example.com"}"#,
            "\n",
            r#"{"id":"2","tags":{"data":[{"id":"7"}]},"custom_attributes":{"plan":"pro"}}"#,
            "\n\n",
            r#"{"id":"2","name":"B"}"#,
            "\nnot JSON\n{}\n",
            r#"{"type":"edge.names","set":"tags","data":[{"id":7,"name":"VIP"}]}"#,
            "\n",
            r#"{"type":"edge.removal","id":"1"}"#,
            "\n",
            r#"{"type":"edge.export","state":"done"}"#,
            "\n"
        );
        for cut in 0..export.len() {
            let mut directory = directory();
            let (first, second) = export.as_bytes().split_at(cut);
            let markers =
                [directory.feed(first).unwrap(), directory.feed(second).unwrap()].concat();
            assert_eq!(
                markers.replace("][", ","),
                r#"[{"type":"edge.export","state":"running"},{"type":"edge.export","state":"done"}]"#
            );
            assert_eq!(directory.store.len(), 1);
            assert_eq!(directory.skipped(), Skipped { malformed: 1, without_id: 1, too_long: 0 });
            assert_eq!(directory.store.sets(SetKind::Tags).name(0), Some(&b"VIP"[..]));
        }
    }

    #[test]
    fn contacts_are_put_as_one_as_an_array_or_as_a_page() {
        let mut directory = directory();
        assert_eq!(directory.put(br#"{"id":"1"}"#), Ok(1));
        assert_eq!(directory.put(br#"[{"id":"2"},{"id":3},7]"#), Ok(2));
        assert_eq!(directory.put(br#"{"type":"list","data":[{"id":"4"}],"total_count":1}"#), Ok(1));
        assert_eq!(directory.put(b"[{}"), Ok(0));
        assert_eq!(directory.skipped().malformed, 2);
        assert!(directory.remove(b"3") && !directory.remove(b"3"));
        assert_eq!(directory.store.len(), 3);
    }

    #[test]
    fn a_complete_load_removes_what_it_does_not_contain() {
        let mut directory = directory();
        directory.put(br#"[{"id":"1"},{"id":"2"},{"id":"3"}]"#).unwrap();
        directory.begin_load();
        directory.put(br#"[{"id":"2"},{"id":"4"}]"#).unwrap();
        directory.compact().unwrap();
        assert_eq!(directory.end_load(), 2);
        let kept = ["1", "2", "3", "4"].map(|id| directory.store.find(id.as_bytes()).is_some());
        assert_eq!(kept, [false, true, false, true]);
        assert_eq!(directory.end_load(), 0);
    }

    #[test]
    fn the_last_of_repeated_members_counts() {
        let mut directory = directory();
        directory
            .put(
                br#"{"id":"0","name":"A","name":null,"role":"user","role":"lead",
                    "location":{"city":"x","country":"y"},"location":{"region":"w"},
                    "location":{"city":"z"},"id":"1"}"#,
            )
            .unwrap();
        let store = &directory.store;
        let row = store.find(b"1").unwrap();
        let (segment, place) = store.place(row).unwrap();
        let cell = |path: &str| match store.schema().field(path.as_bytes()) {
            Some(schema::Field::Column(column)) => {
                let cell =
                    segment.column(column).map_or(cell::Cell::MISSING, |cells| cells.get(place));
                store.dictionary(column).unwrap().value(cell)
            }
            _ => panic!("{path}"),
        };
        assert_eq!(segment.texts().get(place, texts::TextField::Name), None);
        assert_eq!(cell("role"), cell::Value::Text(b"lead"));
        assert_eq!(cell("location.city"), cell::Value::Text(b"z"));
        assert_eq!(cell("location.country"), cell::Value::Missing);
        assert_eq!(cell("location.region"), cell::Value::Missing);
    }
}
