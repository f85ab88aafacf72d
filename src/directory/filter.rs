//! The filter language: reads a query, checks it, and finds the rows that match.

use super::buffer;
use super::error::Error;
use super::request::{self, Scalar, element_path};
use super::row_set::{RowSet, SEGMENT_WORDS};
use super::schema::{Field, Schema};
use super::segment::Segment;
use super::store::Store;
use criterion::{Criterion, Part};
use test::{Scratch, Test};

mod criterion;
mod test;

/// A group in a group has filters only.
const MAX_GROUPS: usize = 2;
/// The most filters of a group.
const MAX_FILTERS: usize = 15;

/// A filter, or a group of them.
#[derive(Debug)]
pub enum Filter {
    /// All filters must match.
    All(Vec<Filter>),
    /// One filter at least must match.
    Any(Vec<Filter>),
    /// A field and what its value must be.
    Field(FieldFilter),
}

/// A filter by one field.
#[derive(Debug)]
pub struct FieldFilter {
    /// The field, or `None` for a custom attribute that no contact has.
    field: Option<Field>,
    criterion: Criterion,
    /// True if the rows match that do not meet the criterion.
    is_negated: bool,
}

/// The rows that match a filter.
pub struct Matches {
    /// The rows.
    pub rows: RowSet,
    /// The number of live rows for which the filter depends on unknown members of a set.
    pub incomplete: usize,
}

impl Filter {
    /// Reads a filter. `path` is its place in the request, for errors.
    pub fn read(json: &str, path: &str, schema: &Schema) -> Result<Self, Error> {
        Self::read_level(json, path, schema, 0)
    }

    fn read_level(json: &str, path: &str, schema: &Schema, level: usize) -> Result<Self, Error> {
        let invalid = |part: &str, message: &str| Error::query([path, part].concat(), message);
        let [field, operator, value] = request::members(json, ["field", "operator", "value"])
            .map_err(|_| invalid("", "an object with field, operator and value"))?;
        let operator = operator.and_then(request::text);
        let operator = operator.ok_or_else(|| invalid(".operator", "an operator, as a text"))?;
        let value = value.ok_or_else(|| invalid(".value", "a value"))?;
        if !matches!(operator.as_slice(), b"AND" | b"OR") {
            let filter = FieldFilter::read(field, &operator, value, path, schema)?;
            return Ok(Self::Field(filter));
        }
        if level == MAX_GROUPS {
            return Err(invalid(".operator", "a group in a group has no groups"));
        }
        let path = [path, ".value"].concat();
        let values = request::elements(value)
            .map_err(|_| Error::query(path.as_str(), "an array of filters"))?;
        if values.len() > MAX_FILTERS {
            return Err(Error::query(path, "at most 15 filters in a group"));
        }
        let mut filters = Vec::new();
        buffer::reserve(&mut filters, values.len())?;
        for (place, value) in values.into_iter().enumerate() {
            let path = element_path(&path, place, "");
            filters.push(Self::read_level(value, &path, schema, level + 1)?);
        }
        Ok(if operator == b"AND" { Self::All(filters) } else { Self::Any(filters) })
    }

    /// Finds the live rows that match.
    pub fn evaluate(&self, store: &Store) -> Result<Matches, Error> {
        let prepared = Prepared::new(self, store)?;
        let mut scratch = Scratch::new()?;
        let mut matches = Matches { rows: RowSet::empty(store)?, incomplete: 0 };
        for (number, segment) in store.segments().iter().enumerate() {
            let verdicts = prepared.evaluate(number, segment, &mut scratch)?;
            let rows = matches.rows.words_mut(number).iter_mut().zip(segment.live());
            let unknown = verdicts.possible.iter().zip(&verdicts.certain);
            for (((row, live), matching), (possible, certain)) in
                rows.zip(&verdicts.matching).zip(unknown)
            {
                *row = matching & live;
                matches.incomplete += (possible & !certain & live).count_ones() as usize;
            }
        }
        Ok(matches)
    }
}

impl FieldFilter {
    fn read(
        field: Option<&str>,
        operator: &[u8],
        value: &str,
        path: &str,
        schema: &Schema,
    ) -> Result<Self, Error> {
        let invalid = |part: &str, message: &str| Error::query([path, part].concat(), message);
        let owner = schema.field(b"owner_id");
        let field = request::field(field, &[path, ".field"].concat(), schema)?;
        let is_list = matches!(operator, b"IN" | b"NIN");
        let values = if is_list {
            let elements = request::elements(value)
                .map_err(|_| invalid(".value", "an array of values, for IN and NIN"))?;
            read_scalars(&elements, &[path, ".value"].concat())?
        } else {
            let scalar = request::scalar(value)
                .map_err(|_| invalid(".value", "a text, a number, true, false or null"))?;
            vec![scalar]
        };
        let is_equality = is_list || matches!(operator, b"=" | b"!=");
        if matches!(field, Some(Field::Set(_))) && !is_equality {
            return Err(invalid(".operator", "one of =, !=, IN and NIN, for a set"));
        }
        let is_id = match field {
            Some(Field::Id | Field::Set(_)) => true,
            field => field.is_some() && field == owner,
        };
        let criterion = match (operator, values.first()) {
            _ if is_equality => Criterion::equal(&values, is_id)?,
            (b"~" | b"!~", Some(value)) => Criterion::text(Part::Inside, value)?,
            (b"^", Some(value)) => Criterion::text(Part::Start, value)?,
            (b"$", Some(value)) => Criterion::text(Part::End, value)?,
            (b">", Some(value)) => Criterion::order(true, value)?,
            (b"<", Some(value)) => Criterion::order(false, value)?,
            _ => return Err(invalid(".operator", "an operator of Intercom's search")),
        };
        let is_negated = matches!(operator, b"!=" | b"NIN" | b"!~");
        Ok(Self { field, criterion, is_negated })
    }
}

fn read_scalars<'a>(elements: &[&'a str], path: &str) -> Result<Vec<Scalar<'a>>, Error> {
    let mut scalars = Vec::new();
    for (place, element) in elements.iter().enumerate() {
        let scalar = request::scalar(element).map_err(|_| {
            Error::query(element_path(path, place, ""), "a text, a number, true, false or null")
        })?;
        buffer::push(&mut scalars, scalar)?;
    }
    Ok(scalars)
}

/// One bit per row of a segment, for each verdict.
#[derive(Clone)]
struct Verdicts {
    /// The row matches, as far as the known members of its sets say.
    matching: [u64; SEGMENT_WORDS],
    /// The row matches, whatever the unknown members are.
    certain: [u64; SEGMENT_WORDS],
    /// The row matches, or would match with certain unknown members.
    possible: [u64; SEGMENT_WORDS],
}

impl Verdicts {
    fn all(matches: bool) -> Self {
        Self::known([if matches { u64::MAX } else { 0 }; SEGMENT_WORDS])
    }

    /// Verdicts that no unknown member can change.
    fn known(words: [u64; SEGMENT_WORDS]) -> Self {
        Self { matching: words, certain: words, possible: words }
    }

    fn negate(&mut self) {
        std::mem::swap(&mut self.certain, &mut self.possible);
        for words in [&mut self.matching, &mut self.certain, &mut self.possible] {
            words.iter_mut().for_each(|word| *word = !*word);
        }
    }

    fn combine(&mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) {
        let pairs = [
            (&mut self.matching, &other.matching),
            (&mut self.certain, &other.certain),
            (&mut self.possible, &other.possible),
        ];
        for (words, others) in pairs {
            for (word, other) in words.iter_mut().zip(others) {
                *word = combine(*word, *other);
            }
        }
    }
}

/// A filter with a table of answers for each distinct value.
enum Prepared<'f> {
    All(Vec<Prepared<'f>>),
    Any(Vec<Prepared<'f>>),
    Test(Test<'f>, bool),
}

impl<'f> Prepared<'f> {
    fn new(filter: &'f Filter, store: &Store) -> Result<Self, Error> {
        let list = |filters: &'f [Filter]| {
            let mut list = Vec::new();
            for filter in filters {
                buffer::push(&mut list, Self::new(filter, store)?)?;
            }
            Ok::<_, Error>(list)
        };
        Ok(match filter {
            Filter::All(filters) => Self::All(list(filters)?),
            Filter::Any(filters) => Self::Any(list(filters)?),
            Filter::Field(filter) => {
                let test = Test::new(filter.field, &filter.criterion, store)?;
                Self::Test(test, filter.is_negated)
            }
        })
    }

    fn evaluate(
        &self,
        number: usize,
        segment: &Segment,
        scratch: &mut Scratch,
    ) -> Result<Verdicts, Error> {
        match self {
            Self::Test(test, is_negated) => {
                let mut verdicts = test.evaluate(number, segment, scratch)?;
                if *is_negated {
                    verdicts.negate();
                }
                Ok(verdicts)
            }
            Self::All(filters) => {
                let mut verdicts = Verdicts::all(true);
                for filter in filters {
                    let other = filter.evaluate(number, segment, scratch)?;
                    verdicts.combine(&other, |left, right| left & right);
                }
                Ok(verdicts)
            }
            Self::Any(filters) => {
                let mut verdicts = Verdicts::all(false);
                for filter in filters {
                    let other = filter.evaluate(number, segment, scratch)?;
                    verdicts.combine(&other, |left, right| left | right);
                }
                Ok(verdicts)
            }
        }
    }
}

#[cfg(test)]
mod tests;
