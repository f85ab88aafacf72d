//! The options of a directory, as JSON.

use super::error::Error;
use super::json::{Kind, Malformed, Reader};

/// The options of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The fields to keep, such as `email` or `custom_attributes.plan`. Default: the common fields of
    /// Intercom's contacts, and all custom attributes.
    pub fields: Option<Vec<String>>,
    /// The fields that the text search covers besides names, e-mail addresses, phone numbers,
    /// external ids and companies.
    pub search: Vec<String>,
    /// The most memory that contacts may occupy, in bytes.
    pub budget: usize,
}

/// 1,000,000 contacts need about 300 MB.
const DEFAULT_BUDGET: usize = 512 << 20;

impl Default for Options {
    fn default() -> Self {
        Self { fields: None, search: Vec::new(), budget: DEFAULT_BUDGET }
    }
}

impl Options {
    /// Reads options from JSON: an object with `fields`, `search` and `budget`, each of which may be
    /// absent or `null`.
    ///
    /// ```
    /// use intercom_edge::directory::Options;
    /// let options = Options::read(br#"{"fields":["email"],"budget":1000000}"#)?;
    /// assert_eq!(options.fields, Some(vec!["email".to_owned()]));
    /// # Ok::<(), intercom_edge::directory::Error>(())
    /// ```
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let mut options = Self::default();
        let invalid = |field: &str, message: &str| Err(Error::query(field, message));
        let mut scratch = Vec::new();
        let mut read = || {
            let mut reader = Reader::new(json);
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                let key = key.content(&mut scratch).map_err(|_| Malformed)?;
                match (key, reader.peek()?) {
                    (_, Kind::Null) => reader.null()?,
                    (b"fields", Kind::Array) => options.fields = Some(string_array(&mut reader)?),
                    (b"search", Kind::Array) => options.search = string_array(&mut reader)?,
                    (b"budget", Kind::Number) => {
                        options.budget = reader.number()?.parse().map_err(|_| Malformed)?;
                    }
                    _ => return Err(Malformed),
                }
            }
            reader.end()
        };
        match read() {
            Ok(()) => Ok(options),
            Err(Malformed) => invalid("options", "an object with fields, search and budget"),
        }
    }
}

/// Reads a JSON array of strings. A lone surrogate is replaced.
pub(super) fn strings(json: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut reader = Reader::new(json);
    let strings = string_array(&mut reader)?;
    reader.end()?;
    Ok(strings)
}

fn string_array(reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    let mut strings = Vec::new();
    reader.begin_array()?;
    while reader.next_element()? {
        let mut text = Vec::new();
        reader.string()?.append_to(&mut text).map_err(|_| Malformed)?;
        strings.push(String::from_utf8_lossy(&text).into_owned());
    }
    Ok(strings)
}
