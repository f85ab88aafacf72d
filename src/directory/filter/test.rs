//! Tests all rows of a segment by one criterion. A value that many rows have is compared once.

use super::Verdicts;
use super::criterion::{Criterion, Equal, Part};
use crate::directory::buffer;
use crate::directory::cell::{Cell, Value};
use crate::directory::column::Column;
use crate::directory::dictionary::{Dictionary, SEPARATOR};
use crate::directory::error::Error;
use crate::directory::fold::fold_into;
use crate::directory::ids::Id;
use crate::directory::row_set::SEGMENT_WORDS;
use crate::directory::schema::Field;
use crate::directory::segment::{ROW_BITS, ROWS, Segment};
use crate::directory::sets::{Set, SetKind, Sets};
use crate::directory::sort;
use crate::directory::store::Store;
use crate::directory::texts::{TextField, Texts};
use crate::directory::write;
use memchr::memchr;
use memchr::memmem::Finder;

/// A criterion with what is needed to test rows fast.
pub enum Test<'f> {
    /// All rows match, or none.
    Same(bool),
    /// The rows of ids.
    Rows(Vec<u32>),
    /// The id is tested as a text.
    Id(&'f Criterion),
    /// A column, with the answer for each cell that is not a whole number.
    Cells(u32, Vec<bool>, Wholes<'f>),
    /// A set, with the answers for each distinct set.
    Sets(SetKind, SetAnswers),
    /// Searches the folded texts of a field for a pattern.
    Pattern(TextField, Pattern),
    /// The folded text of a field is tested.
    Text(TextField, &'f Criterion),
}

/// The answers of each distinct set: true if it meets a criterion.
#[derive(Default)]
pub struct SetAnswers {
    /// Whatever its unknown members are.
    certain: Vec<bool>,
    /// With certain unknown members at least.
    possible: Vec<bool>,
}

/// The whole numbers that match.
pub enum Wholes<'f> {
    /// Numbers from the first on, as many as the second says.
    Range(u32, u32),
    /// Numbers, ascending.
    List(Vec<u32>),
    /// Numbers by their digits.
    Digits(&'f Criterion),
}

/// A pattern in folded texts, each of which begins with a separator.
pub struct Pattern {
    bytes: Vec<u8>,
    /// True if the pattern ends with the separator of the next text.
    is_end: bool,
}

/// Memory that is reused for each segment.
pub struct Scratch {
    cells: Vec<Cell>,
    text: Vec<u8>,
    folded: Vec<u8>,
}

impl Scratch {
    /// Allocates the memory.
    pub fn new() -> Result<Self, Error> {
        let mut cells = Vec::new();
        buffer::resize(&mut cells, ROWS, Cell::MISSING)?;
        Ok(Self { cells, text: Vec::new(), folded: Vec::new() })
    }

    /// Reads the cells of a column.
    fn read(&mut self, column: &Column, len: usize) -> &[Cell] {
        let cells = self.cells.get_mut(..len).unwrap_or_default();
        column.read(cells);
        cells
    }
}

impl<'f> Test<'f> {
    /// Prepares a criterion.
    pub fn new(
        field: Option<Field>,
        criterion: &'f Criterion,
        store: &Store,
    ) -> Result<Self, Error> {
        match (field, criterion) {
            (None, criterion) => Ok(Self::Same(criterion.allows_missing())),
            (Some(Field::Id), Criterion::Equal(equal)) => {
                let mut rows = Vec::new();
                for id in equal.ids() {
                    buffer::reserve(&mut rows, 1)?;
                    rows.extend(store.find(id));
                }
                Ok(Self::Rows(rows))
            }
            (Some(Field::Id), criterion) => Ok(Self::Id(criterion)),
            (Some(Field::Text(field)), criterion) => Self::of_text(field, criterion),
            (Some(Field::Column(column)), criterion) => match store.dictionary(column) {
                Some(dictionary) => {
                    let table = table_of(dictionary, criterion)?;
                    Ok(Self::Cells(column, table, Wholes::new(criterion)?))
                }
                None => Ok(Self::Same(criterion.allows_missing())),
            },
            (Some(Field::Set(kind)), Criterion::Equal(equal)) => {
                Ok(Self::Sets(kind, answers_of(store.sets(kind), equal)?))
            }
            (Some(Field::Set(_)), _) => Ok(Self::Same(false)),
        }
    }

    fn of_text(field: TextField, criterion: &'f Criterion) -> Result<Self, Error> {
        let (text, is_start, is_end) = match criterion {
            Criterion::Text(_, None) => return Ok(Self::Same(false)),
            Criterion::Text(part, Some(text)) => {
                (Some(text.as_slice()), *part == Part::Start, *part == Part::End)
            }
            Criterion::Equal(equal) => (equal.only_text(), true, true),
            Criterion::Order { .. } => (None, false, false),
        };
        // An empty text would be found in rows without a text.
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self::Text(field, criterion));
        };
        let mut bytes = Vec::new();
        if is_start {
            buffer::push(&mut bytes, SEPARATOR)?;
        }
        buffer::extend(&mut bytes, text)?;
        if is_end {
            buffer::push(&mut bytes, SEPARATOR)?;
        }
        Ok(Self::Pattern(field, Pattern { bytes, is_end }))
    }

    /// Tests the rows of a segment.
    pub fn evaluate(
        &self,
        number: usize,
        segment: &Segment,
        scratch: &mut Scratch,
    ) -> Result<Verdicts, Error> {
        let len = segment.len();
        match self {
            Self::Same(matches) => Ok(Verdicts::all(*matches)),
            Self::Rows(rows) => {
                let mut words = [0; SEGMENT_WORDS];
                for row in rows.iter().filter(|row| (*row >> ROW_BITS) as usize == number) {
                    insert(&mut words, *row as usize % ROWS);
                }
                Ok(Verdicts::known(words))
            }
            Self::Id(criterion) => evaluate_ids(criterion, segment, scratch),
            Self::Cells(column, table, wholes) => match segment.column(*column) {
                Some(column) => wholes.evaluate(table, scratch.read(column, len)),
                None => Ok(Verdicts::all(table.first().copied().unwrap_or(false))),
            },
            Self::Sets(kind, answers) => match segment.set(*kind) {
                Some(column) => Ok(evaluate_sets(answers, scratch.read(column, len))),
                None => Ok(Verdicts::all(false)),
            },
            Self::Pattern(field, pattern) => {
                Ok(Verdicts::known(pattern.find(segment.texts(), *field)))
            }
            Self::Text(field, criterion) => {
                let texts = segment.texts();
                let mut words = [0; SEGMENT_WORDS];
                for row in 0..len {
                    let matches = match texts.has(row, *field) {
                        true => {
                            criterion.matches(Value::Text(&[]), texts.folded_field(row, *field))
                        }
                        false => criterion.allows_missing(),
                    };
                    if matches {
                        insert(&mut words, row);
                    }
                }
                Ok(Verdicts::known(words))
            }
        }
    }
}

/// Makes one bit of each cell.
fn pack(cells: &[Cell], mut test: impl FnMut(Cell) -> bool) -> [u64; SEGMENT_WORDS] {
    let mut words = [0; SEGMENT_WORDS];
    for (word, cells) in words.iter_mut().zip(cells.chunks(64)) {
        let mut bytes = [0; 8];
        for (byte, cells) in bytes.iter_mut().zip(cells.chunks(8)) {
            for (bit, cell) in cells.iter().enumerate() {
                *byte |= u8::from(test(*cell)) << bit;
            }
        }
        *word = u64::from_le_bytes(bytes);
    }
    words
}

fn insert(words: &mut [u64; SEGMENT_WORDS], place: usize) {
    if let Some(word) = words.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

/// Returns the answer for each cell that is not a whole number.
fn table_of(dictionary: &Dictionary, criterion: &Criterion) -> Result<Vec<bool>, Error> {
    let mut table = Vec::new();
    buffer::reserve(&mut table, dictionary.cells())?;
    let mut scratch = Vec::new();
    for bits in 0..dictionary.cells() as u32 {
        let cell = Cell::from_bits(bits);
        let value = dictionary.value(cell);
        let folded = match (value, dictionary.folded(), cell.as_entry()) {
            (Value::Text(_) | Value::Number(..), Some(folded), Some(entry)) => folded.get(entry),
            (Value::Text(text) | Value::Number(_, text), ..) => {
                scratch.clear();
                fold_into(text, &mut scratch)?;
                &scratch
            }
            _ => &[],
        };
        table.push(criterion.matches(value, folded));
    }
    Ok(table)
}

/// Returns for each set if it meets the criterion certainly, and if it does possibly.
fn answers_of(sets: &Sets, equal: &Equal) -> Result<SetAnswers, Error> {
    let mut members = Vec::new();
    for id in equal.ids() {
        buffer::reserve(&mut members, 1)?;
        members.extend(sets.ids().find_text(id));
    }
    sort::sort(&mut members, &|left, right| left.cmp(&right))?;
    let mut answers = SetAnswers::default();
    let table = sets.table();
    buffer::reserve(&mut answers.certain, table.len())?;
    buffer::reserve(&mut answers.possible, table.len())?;
    for set in (0..table.len() as u32).map(|set| table.set(set)) {
        let is_empty = set.members.is_empty() && !set.has_more;
        let certain = has_any(set, &members) || equal.missing && is_empty;
        let possible = certain || set.has_more && !equal.ids().is_empty();
        answers.certain.push(certain);
        answers.possible.push(possible);
    }
    Ok(answers)
}

fn has_any(set: Set<'_>, members: &[u32]) -> bool {
    set.members.iter().any(|member| members.binary_search(member).is_ok())
}

fn evaluate_sets(answers: &SetAnswers, cells: &[Cell]) -> Verdicts {
    let certain = pack(cells, |cell| has_answer(&answers.certain, cell));
    let possible = pack(cells, |cell| has_answer(&answers.possible, cell));
    Verdicts { matching: certain, certain, possible }
}

/// Returns the answer for a cell.
fn has_answer(answers: &[bool], cell: Cell) -> bool {
    answers.get(cell.bits() as usize).copied().unwrap_or(false)
}

fn evaluate_ids(
    criterion: &Criterion,
    segment: &Segment,
    scratch: &mut Scratch,
) -> Result<Verdicts, Error> {
    let mut words = [0; SEGMENT_WORDS];
    let Scratch { text, folded, .. } = scratch;
    for place in 0..segment.len() {
        text.clear();
        folded.clear();
        let id = segment.ids().get(place);
        id.append_to(text)?;
        if let Id::Text(text) = id {
            fold_into(text, folded)?;
        } else {
            // Digits are folded already.
            id.append_to(folded)?;
        }
        if criterion.matches(Value::Text(text), folded) {
            insert(&mut words, place);
        }
    }
    Ok(Verdicts::known(words))
}

impl Pattern {
    /// Finds the rows whose text of the field has the pattern.
    fn find(&self, texts: &Texts, field: TextField) -> [u64; SEGMENT_WORDS] {
        let mut words = [0; SEGMENT_WORDS];
        let (all, ends) = (texts.all_folded(), texts.ends());
        let finder = Finder::new(&self.bytes);
        let is_start = self.bytes.first() == Some(&SEPARATOR);
        let (mut from, mut row, mut row_start) = (0, 0, 0);
        while let Some(start) = self.next(all, from, &finder) {
            while let Some(end) = ends.get(row).map(|end| *end as usize)
                && end <= start
            {
                row_start = end;
                row += 1;
            }
            let Some(row_end) = ends.get(row).map(|end| *end as usize) else { break };
            let before = all.get(row_start..start + usize::from(is_start)).unwrap_or_default();
            let number = before.iter().filter(|byte| **byte == SEPARATOR).count();
            if number == field as usize + 1 {
                insert(&mut words, row);
            }
            // The next text, or the next row if this text is the field's or later.
            let rest = all.get(start + 1..row_end).filter(|_| number <= field as usize);
            from = match rest.and_then(|rest| memchr(SEPARATOR, rest)) {
                Some(length) => start + 1 + length,
                None => row_end,
            };
        }
        words
    }

    /// Finds the pattern from a place on. The end of a text is the separator of the next one; that
    /// of the last text of all is the end.
    fn next(&self, all: &[u8], from: usize, finder: &Finder<'_>) -> Option<usize> {
        let rest = all.get(from..)?;
        if let Some(found) = finder.find(rest) {
            return Some(from + found);
        }
        let last = self.bytes.strip_suffix(&[SEPARATOR]).filter(|_| self.is_end)?;
        rest.ends_with(last).then(|| all.len() - last.len())
    }
}

/// The bits of the cell of 0. Those of other whole numbers follow.
const FIRST_WHOLE: u32 = 1 << 31;
/// The number of cells of whole numbers.
const WHOLES: u32 = 1 << 31;

impl<'f> Wholes<'f> {
    fn new(criterion: &'f Criterion) -> Result<Self, Error> {
        Ok(match criterion {
            Criterion::Equal(equal) => {
                let wholes = equal.wholes()?;
                match wholes.as_slice() {
                    [] => Self::Range(0, 0),
                    [whole] => Self::Range(*whole, 1),
                    _ => Self::List(wholes),
                }
            }
            Criterion::Text(_, None) => Self::Range(0, 0),
            Criterion::Text(_, Some(_)) => Self::Digits(criterion),
            Criterion::Order { order, number, .. } => match number {
                None => Self::Range(0, 0),
                // Casts to integers saturate.
                Some(number) if order.is_gt() => {
                    let first =
                        if *number < 0.0 { 0 } else { (number.floor() as u32).saturating_add(1) };
                    let first = first.min(WHOLES);
                    Self::Range(first, WHOLES - first)
                }
                Some(number) => Self::Range(0, (number.ceil() as u32).min(WHOLES)),
            },
        })
    }

    /// Tests cells. `table` has the answers for the other values.
    fn evaluate(&self, table: &[bool], cells: &[Cell]) -> Result<Verdicts, Error> {
        let in_table = |cell: Cell| has_answer(table, cell);
        let words = match self {
            Self::Range(_, 0) => pack(cells, in_table),
            Self::Range(first, len) => {
                let (first, len) = (FIRST_WHOLE.wrapping_add(*first), *len);
                let in_range = |cell: Cell| cell.bits().wrapping_sub(first) < len;
                match table.contains(&true) {
                    true => pack(cells, |cell| in_range(cell) || in_table(cell)),
                    false => pack(cells, in_range),
                }
            }
            Self::List(list) => pack(cells, |cell| match cell.as_whole() {
                Some(whole) => list.binary_search(&whole).is_ok(),
                None => in_table(cell),
            }),
            Self::Digits(criterion) => {
                let mut digits = Vec::new();
                buffer::reserve(&mut digits, 10)?;
                pack(cells, |cell| match cell.as_whole() {
                    Some(whole) => {
                        digits.clear();
                        // It cannot fail: the memory is reserved.
                        let written = write::number(&mut digits, u64::from(whole));
                        written.is_ok() && criterion.matches(Value::Text(&[]), &digits)
                    }
                    None => in_table(cell),
                })
            }
        };
        Ok(Verdicts::known(words))
    }
}
