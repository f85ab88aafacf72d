//! Reads the JSON of a contact, or a line of an export, into a draft of a row.

use super::buffer;
use super::cell::{Cell, Value};
use super::error::Error;
use super::json::{Kind, Malformed, Reader, number_value};
use super::schema::{Field, Member};
use super::segment::Draft;
use super::sets::SetKind;
use super::store::Parts;
use super::texts::TextField;
use std::collections::TryReserveError;

/// What a line of an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A contact, which the draft has.
    Contact,
    /// A contact without an id.
    WithoutId,
    /// A removed contact, whose id the draft has.
    Removal,
    /// Names of tags, companies or segments.
    Names,
    /// Another line of the Worker's, such as a marker of an export.
    Other,
}

/// The reason why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The line is not a JSON object.
    Malformed,
    /// There is no memory for its values.
    Memory,
}

impl From<Malformed> for Unreadable {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<TryReserveError> for Unreadable {
    fn from(_: TryReserveError) -> Self {
        Self::Memory
    }
}

impl From<Error> for Unreadable {
    fn from(_: Error) -> Self {
        Self::Memory
    }
}

/// Reads contacts. It keeps buffers from one contact to the next.
#[derive(Default)]
pub struct ContactReader {
    /// The contact that was read last.
    pub draft: Draft,
    key: Vec<u8>,
    path: Vec<u8>,
    text: Vec<u8>,
    members: Vec<u32>,
    /// The cells of the objects that were read, so that a repeated object replaces the first.
    objects: Vec<(Vec<u8>, std::ops::Range<usize>)>,
}

impl ContactReader {
    /// Reads a line. Of repeated members the last one counts, as for `JSON.parse`.
    pub fn read(&mut self, json: &[u8], parts: &mut Parts<'_>) -> Result<LineKind, Unreadable> {
        self.draft.clear();
        self.objects.clear();
        let mut has_id = false;
        let mut kind = LineKind::Contact;
        let mut reader = Reader::new(json);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let mut scratch = std::mem::take(&mut self.key);
            let name = key.content(&mut scratch)?;
            match (name, parts.schema().member(name)) {
                (b"type", _) if reader.peek()? == Kind::String => {
                    kind = line_kind(reader.string()?.content(&mut self.text)?);
                }
                (_, Some(Member::Field(Field::Id))) => has_id = self.read_id(&mut reader)?,
                (_, Some(Member::Field(Field::Text(field)))) => {
                    self.read_text(&mut reader, field)?
                }
                (_, Some(Member::Field(Field::Set(set)))) => {
                    self.read_set(&mut reader, parts, set)?
                }
                (_, Some(Member::Field(Field::Column(column)))) => {
                    self.read_cell(&mut reader, parts, column)?;
                }
                (_, Some(Member::Object)) => self.read_object(&mut reader, parts, name)?,
                (_, None) => reader.skip()?,
            }
            self.key = scratch;
        }
        reader.end()?;
        match kind {
            LineKind::Contact | LineKind::Removal if !has_id => Ok(LineKind::WithoutId),
            kind => Ok(kind),
        }
    }

    /// Reads the id. Returns false if it is not a text or a number.
    #[inline(never)]
    fn read_id(&mut self, reader: &mut Reader<'_>) -> Result<bool, Unreadable> {
        let id = &mut self.draft.id;
        id.clear();
        match reader.peek()? {
            Kind::String => reader.string()?.append_to(id)?,
            Kind::Number => buffer::extend(id, reader.number()?.as_bytes())?,
            _ => reader.skip()?,
        }
        Ok(!id.is_empty())
    }

    #[inline(never)]
    fn read_text(&mut self, reader: &mut Reader<'_>, field: TextField) -> Result<(), Unreadable> {
        let Some(draft) = self.draft.texts.get_mut(field as usize) else {
            return Ok(reader.skip()?);
        };
        draft.text.clear();
        draft.is_given = true;
        match reader.peek()? {
            Kind::String => reader.string()?.append_to(&mut draft.text)?,
            Kind::Number => buffer::extend(&mut draft.text, reader.number()?.as_bytes())?,
            Kind::True | Kind::False => {
                let text: &[u8] = if reader.bool()? { b"true" } else { b"false" };
                buffer::extend(&mut draft.text, text)?;
            }
            Kind::Null | Kind::Array | Kind::Object => {
                draft.is_given = false;
                reader.skip()?;
            }
        }
        Ok(())
    }

    fn read_cell(
        &mut self,
        reader: &mut Reader<'_>,
        parts: &mut Parts<'_>,
        column: u32,
    ) -> Result<(), Unreadable> {
        let value = match reader.peek()? {
            Kind::String => Value::Text(reader.string()?.content(&mut self.text)?),
            Kind::Number => number(reader.number()?),
            Kind::True | Kind::False => Value::Bool(reader.bool()?),
            Kind::Null => {
                reader.null()?;
                Value::Missing
            }
            Kind::Array | Kind::Object => Value::Json(reader.value_text()?.as_bytes()),
        };
        let cell = match parts.dictionary(column) {
            Some(dictionary) => dictionary.intern(value)?,
            None => Cell::MISSING,
        };
        Ok(buffer::push(&mut self.draft.cells, (column, cell))?)
    }

    fn read_object(
        &mut self,
        reader: &mut Reader<'_>,
        parts: &mut Parts<'_>,
        name: &[u8],
    ) -> Result<(), Unreadable> {
        let known = self.objects.iter().position(|(object, _)| object == name);
        if let Some((_, cells)) = known.and_then(|place| self.objects.get(place)) {
            for (_, cell) in self.draft.cells.get_mut(cells.clone()).unwrap_or_default() {
                *cell = Cell::MISSING;
            }
        }
        let start = self.draft.cells.len();
        if reader.peek()? != Kind::Object {
            return Ok(reader.skip()?);
        }
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            self.path.clear();
            buffer::extend(&mut self.path, name)?;
            buffer::push(&mut self.path, b'.')?;
            key.append_to(&mut self.path)?;
            match parts.column(&self.path)? {
                Some(column) => self.read_cell(reader, parts, column)?,
                None => reader.skip()?,
            }
        }
        let cells = start..self.draft.cells.len();
        if let Some((_, known)) = known.and_then(|place| self.objects.get_mut(place)) {
            *known = cells;
            return Ok(());
        }
        let mut object = Vec::new();
        buffer::extend(&mut object, name)?;
        Ok(buffer::push(&mut self.objects, (object, cells))?)
    }

    #[inline(never)]
    fn read_set(
        &mut self,
        reader: &mut Reader<'_>,
        parts: &mut Parts<'_>,
        kind: SetKind,
    ) -> Result<(), Unreadable> {
        self.members.clear();
        let mut has_more = false;
        if reader.peek()? == Kind::Object {
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                match (key.content(&mut self.text)?, reader.peek()?) {
                    (b"data", Kind::Array) => self.read_members(reader, parts, kind)?,
                    (b"has_more", Kind::True | Kind::False) => has_more = reader.bool()?,
                    _ => reader.skip()?,
                }
            }
        } else {
            reader.skip()?;
        }
        let Some(sets) = parts.sets(kind) else { return Ok(()) };
        let set = sets.table_mut().intern(&mut self.members, has_more)?;
        if let Some(place) = self.draft.sets.get_mut(kind as usize) {
            *place = set;
        }
        Ok(())
    }

    #[inline(never)]
    fn read_members(
        &mut self,
        reader: &mut Reader<'_>,
        parts: &mut Parts<'_>,
        kind: SetKind,
    ) -> Result<(), Unreadable> {
        self.members.clear();
        reader.begin_array()?;
        while reader.next_element()? {
            if reader.peek()? != Kind::Object {
                reader.skip()?;
                continue;
            }
            let mut member = None;
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                if key.content(&mut self.text)? != b"id" {
                    reader.skip()?;
                    continue;
                }
                let id = match reader.peek()? {
                    Kind::String => Some(reader.string()?.content(&mut self.text)?),
                    Kind::Number => Some(reader.number()?.as_bytes()),
                    _ => {
                        reader.skip()?;
                        None
                    }
                };
                member = match (id, parts.sets(kind)) {
                    (Some(id), Some(sets)) if !id.is_empty() => Some(sets.member(id)?),
                    _ => None,
                };
            }
            if let Some(member) = member {
                buffer::push(&mut self.members, member)?;
            }
        }
        Ok(())
    }
}

fn line_kind(name: &[u8]) -> LineKind {
    match name {
        b"edge.removal" => LineKind::Removal,
        b"edge.names" => LineKind::Names,
        name if name.starts_with(b"edge.") => LineKind::Other,
        _ => LineKind::Contact,
    }
}

/// Reads a number. Most numbers are times, which need no floating point.
fn number(text: &str) -> Value<'_> {
    if text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = text.bytes().fold(0u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        if let Some(whole) =
            u32::try_from(number).ok().and_then(Cell::whole).and_then(Cell::as_whole)
        {
            return Value::Whole(whole);
        }
    }
    Value::Number(number_value(text), text.as_bytes())
}
