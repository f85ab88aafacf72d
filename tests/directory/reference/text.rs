//! Text search: every word must occur in a searched value.

use super::super::fold::fold;
use super::super::json::{Json, points};
use super::{Contact, Failure, Reference};
use std::collections::BTreeMap;

/// Returns the class of values for words, or none if they do not match.
type Class = fn(&[&[u8]], &[Vec<u8>]) -> Option<usize>;

const WORDS: usize = 8;
const BYTES: usize = 256;

/// Returns the words of a query, folded.
pub fn words(text: Option<&Json>) -> Result<Vec<Vec<u8>>, Failure> {
    let folded = match text {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Text(text)) => fold(text),
        Some(_) => return Err(Failure::Query),
    };
    let words = folded.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(<[u8]>::to_vec).collect();
    if words.len() > WORDS || folded.len() > BYTES { Err(Failure::Query) } else { Ok(words) }
}

impl Reference {
    /// Returns the class of each version that matches, and true if only similar words match.
    pub(super) fn search(
        &self,
        rows: &[usize],
        words: &[Vec<u8>],
    ) -> (BTreeMap<usize, usize>, bool) {
        let classes = |class: Class| -> BTreeMap<usize, usize> {
            let class = |row: &usize| class(&self.searched(&self.versions[*row]), words);
            rows.iter().filter_map(|row| Some((*row, class(row)?))).collect()
        };
        let exact = classes(class);
        if !exact.is_empty() || rows.is_empty() {
            return (exact, false);
        }
        let similar = classes(similar_class);
        let typo = !similar.is_empty();
        (similar, typo)
    }

    /// Returns the folded values of a contact that are searched.
    fn searched<'a>(&'a self, contact: &'a Contact) -> Vec<&'a [u8]> {
        let mut paths: Vec<&[u8]> = super::TEXTS.iter().map(|path| path.as_bytes()).collect();
        paths.extend(self.option("search"));
        let mut values: Vec<&[u8]> =
            paths.iter().filter_map(|path| contact.cells.get(*path)?.searched()).collect();
        let companies = contact.sets[1].ids.iter();
        values.extend(companies.filter_map(|id| Some(&*self.names[1].get(id)?.1)));
        values
    }
}

/// Returns the class of a contact: 0 whole value, 1 at word starts, 2 anywhere.
pub fn class(values: &[&[u8]], words: &[Vec<u8>]) -> Option<usize> {
    let in_some = |test: fn(&[u8], &[u8]) -> bool| {
        words.iter().all(|word| values.iter().any(|value| test(value, word)))
    };
    if words.is_empty() || values.contains(&&*words.join(&b' ')) {
        Some(0)
    } else if in_some(starts_word) {
        Some(1)
    } else {
        in_some(contains).then_some(2)
    }
}

/// Returns class 3 if every word of four characters or more occurs or is similar, and every shorter word occurs.
pub fn similar_class(values: &[&[u8]], words: &[Vec<u8>]) -> Option<usize> {
    let matches = |word: &Vec<u8>, value: &&[u8]| contains(value, word) || has_similar(value, word);
    words.iter().all(|word| values.iter().any(|value| matches(word, value))).then_some(3)
}

pub fn contains(value: &[u8], word: &[u8]) -> bool {
    word.is_empty() || value.windows(word.len()).any(|part| part == word)
}

fn starts_word(value: &[u8], word: &[u8]) -> bool {
    (0..value.len()).any(|at| value[at..].starts_with(word) && is_word_start(value, at))
}

fn is_word_start(value: &[u8], at: usize) -> bool {
    at == 0 || (value[at - 1].is_ascii() && !value[at - 1].is_ascii_alphanumeric())
}

/// Tests for a word in the value that is similar, or whose beginning is.
fn has_similar(value: &[u8], word: &[u8]) -> bool {
    let word = points(word);
    let most = match word.len() {
        0..4 => return false,
        4..8 => 1,
        8.. => 2,
    };
    value.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()).any(|candidate| {
        let candidate = points(candidate);
        let beginning = &candidate[..candidate.len().min(word.len())];
        distance(&word, &candidate) <= most || distance(&word, beginning) <= most
    })
}

/// Returns the optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
pub fn distance(left: &[u32], right: &[u32]) -> usize {
    let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
    for row in 0..=left.len() {
        for column in 0..=right.len() {
            table[row][column] = if row == 0 || column == 0 {
                row + column
            } else {
                let differs = usize::from(left[row - 1] != right[column - 1]);
                let edits = [
                    table[row - 1][column] + 1,
                    table[row][column - 1] + 1,
                    table[row - 1][column - 1] + differs,
                ];
                let least = edits.into_iter().min().unwrap_or_default();
                let swapped = row > 1
                    && column > 1
                    && left[row - 1] == right[column - 2]
                    && left[row - 2] == right[column - 1];
                if swapped { least.min(table[row - 2][column - 2] + 1) } else { least }
            };
        }
    }
    table[left.len()][right.len()]
}
