//! What a value must be to match: an operator of the filter language with its values.

use crate::directory::buffer;
use crate::directory::cell::Value;
use crate::directory::error::Error;
use crate::directory::fold::fold_into;
use crate::directory::request::Scalar;
use crate::directory::sort;
use std::cmp::Ordering;

/// What a value must be.
#[derive(Debug)]
pub enum Criterion {
    /// One of some values.
    Equal(Equal),
    /// A text, or the text of a number, with a folded text in some part of it. `None` matches no
    /// value.
    Text(Part, Option<Vec<u8>>),
    /// Greater, or less, than a number or a folded text.
    Order {
        /// The order of the value and the number or text.
        order: Ordering,
        /// The number.
        number: Option<f64>,
        /// The folded text.
        text: Option<Vec<u8>>,
    },
}

/// The part of a text where another text is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Anywhere in the text.
    Inside,
    /// At the start.
    Start,
    /// At the end.
    End,
}

/// Values, of which one must be equal.
#[derive(Debug, Default)]
pub struct Equal {
    /// True if ids are compared, which are texts and not folded.
    pub is_id: bool,
    /// True if a missing value matches.
    pub missing: bool,
    bools: [bool; 2],
    /// Ascending. 0 is never -0.
    numbers: Vec<f64>,
    /// Folded texts, ascending.
    texts: Vec<Vec<u8>>,
    /// Texts as they are written, ascending; of ids also the texts of numbers.
    exact: Vec<Vec<u8>>,
}

impl Criterion {
    /// The value equals one of `values`.
    pub fn equal(values: &[Scalar<'_>], is_id: bool) -> Result<Self, Error> {
        let mut equal = Equal { is_id, ..Equal::default() };
        for value in values {
            match value {
                Scalar::Null => equal.missing = true,
                Scalar::Bool(value) => {
                    let [no, yes] = &mut equal.bools;
                    *(if *value { yes } else { no }) = true;
                }
                Scalar::Number(text) if is_id => add(&mut equal.exact, text.as_bytes())?,
                Scalar::Number(_) => {}
                Scalar::Text(text) => {
                    add(&mut equal.exact, text)?;
                    if !is_id {
                        let folded = folded(text)?;
                        buffer::push(&mut equal.texts, folded)?;
                    }
                }
            }
            if let Some(number) = value.number().filter(|_| !is_id) {
                // -0 becomes 0.
                buffer::push(&mut equal.numbers, number + 0.0)?;
            }
        }
        sort::sort_elements(&mut equal.numbers, &f64::total_cmp)?;
        sort::sort_elements(&mut equal.texts, &|left, right| left.cmp(right))?;
        sort::sort_elements(&mut equal.exact, &|left, right| left.cmp(right))?;
        Ok(Self::Equal(equal))
    }

    /// The value has a text in a part of it.
    pub fn text(part: Part, value: &Scalar<'_>) -> Result<Self, Error> {
        Ok(Self::Text(part, value.text().map(folded).transpose()?))
    }

    /// The value is greater or less.
    pub fn order(is_greater: bool, value: &Scalar<'_>) -> Result<Self, Error> {
        let text = match value {
            Scalar::Text(text) => Some(folded(text)?),
            _ => None,
        };
        let order = if is_greater { Ordering::Greater } else { Ordering::Less };
        Ok(Self::Order { order, number: value.number(), text })
    }

    /// Returns true if a missing value meets the criterion.
    pub fn allows_missing(&self) -> bool {
        matches!(self, Self::Equal(equal) if equal.missing)
    }

    /// Tests a value. `folded` is its folded text, or the folded text of a number.
    pub fn matches(&self, value: Value<'_>, folded: &[u8]) -> bool {
        match self {
            Self::Equal(equal) => equal.matches(value, folded),
            Self::Text(part, Some(text)) => match value {
                Value::Text(_) | Value::Number(..) => part.matches(folded, text),
                _ => false,
            },
            Self::Text(_, None) => false,
            Self::Order { order, number, text } => match value {
                Value::Number(value, _) => {
                    number.and_then(|number| value.partial_cmp(&number)) == Some(*order)
                }
                Value::Text(_) => text.as_deref().map(|text| folded.cmp(text)) == Some(*order),
                _ => false,
            },
        }
    }
}

impl Part {
    fn matches(self, text: &[u8], part: &[u8]) -> bool {
        match self {
            Self::Inside => memchr::memmem::find(text, part).is_some(),
            Self::Start => text.starts_with(part),
            Self::End => text.ends_with(part),
        }
    }
}

impl Equal {
    fn matches(&self, value: Value<'_>, folded: &[u8]) -> bool {
        let [no, yes] = self.bools;
        match value {
            Value::Missing => self.missing,
            Value::Bool(value) => {
                if value {
                    yes
                } else {
                    no
                }
            }
            Value::Whole(number) => self.has_number(f64::from(number)),
            Value::Number(_, text) if self.is_id => self.has_exact(text),
            Value::Number(number, _) => self.has_number(number),
            Value::Text(text) if self.is_id => self.has_exact(text),
            Value::Text(_) => {
                self.texts.binary_search_by(|text| text.as_slice().cmp(folded)).is_ok()
            }
            Value::Json(text) => self.has_exact(text),
        }
    }

    fn has_number(&self, number: f64) -> bool {
        self.numbers.binary_search_by(|other| other.total_cmp(&(number + 0.0))).is_ok()
    }

    fn has_exact(&self, text: &[u8]) -> bool {
        self.exact.binary_search_by(|other| other.as_slice().cmp(text)).is_ok()
    }

    /// Returns the ids.
    pub fn ids(&self) -> &[Vec<u8>] {
        &self.exact
    }

    /// Returns the only folded text, if there is one and a missing value does not match.
    pub fn only_text(&self) -> Option<&[u8]> {
        match self.texts.as_slice() {
            [text] if !self.missing => Some(text),
            _ => None,
        }
    }

    /// Returns the whole numbers from 0 to 2,147,483,647, ascending.
    pub fn wholes(&self) -> Result<Vec<u32>, Error> {
        let mut wholes = Vec::new();
        if self.is_id {
            for id in &self.exact {
                buffer::reserve(&mut wholes, 1)?;
                wholes.extend(whole_of(id));
            }
            sort::sort(&mut wholes, &|left, right| left.cmp(&right))?;
        }
        for number in &self.numbers {
            let whole = *number as u32;
            if f64::from(whole) == *number && whole < 1 << 31 {
                buffer::push(&mut wholes, whole)?;
            }
        }
        Ok(wholes)
    }
}

/// Returns the whole number that is written as `id`.
fn whole_of(id: &[u8]) -> Option<u32> {
    let is_canonical = matches!(id, [b'0'] | [b'1'..=b'9', ..]) && id.len() <= 10;
    let digits = id.iter().try_fold(0u64, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'))
    });
    u32::try_from(digits?).ok().filter(|number| is_canonical && *number < 1 << 31)
}

fn add(texts: &mut Vec<Vec<u8>>, text: &[u8]) -> Result<(), Error> {
    let mut copy = Vec::new();
    buffer::extend(&mut copy, text)?;
    buffer::push(texts, copy)
}

fn folded(text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut folded = Vec::new();
    fold_into(text, &mut folded)?;
    Ok(folded)
}
