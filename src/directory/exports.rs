//! The exports of the npm package's third WebAssembly. Texts are JSON, except ids, names of sets and
//! fields, and the characters of a column.
//!
//! An error is thrown as JSON text: `{"code":"query","field":"sort[0].field","message":"…"}`. Any
//! other exception is a trap, after which the instance must not be used.

use super::json::write_string;
use super::{Error, Options, SetKind, Skipped};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Opens an empty directory with the JSON of [`Options`].
#[wasm_bindgen]
pub fn open_directory(options: &str) -> Result<Directory, JsValue> {
    let options = Options::read(options.as_bytes()).map_err(thrown)?;
    super::Directory::new(&options).map(Directory).map_err(thrown)
}

/// A directory, as JavaScript holds it.
#[wasm_bindgen]
pub struct Directory(super::Directory);

#[wasm_bindgen]
impl Directory {
    /// Reads a chunk of NDJSON. Returns the markers in it as a JSON array, or an empty text.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<String, JsValue> {
        self.0.feed(chunk).map_err(thrown)
    }

    /// Forgets the beginning of a line whose end did not arrive.
    pub fn discard(&mut self) {
        self.0.discard();
    }

    /// Stores contacts: one, an array, or a page. Returns how many were stored.
    pub fn put(&mut self, json: &str) -> Result<u32, JsValue> {
        self.0.put(json.as_bytes()).map_err(thrown)
    }

    /// Removes a contact by id. Returns false if there is none.
    pub fn remove(&mut self, id: &str) -> bool {
        self.0.remove(id.as_bytes())
    }

    /// Sets the names of `tags`, `companies` or `segments`: an array of objects with `id` and `name`.
    pub fn names(&mut self, set: &str, json: &str) -> Result<(), JsValue> {
        let kind = SetKind::of(set.as_bytes());
        let kind =
            kind.ok_or_else(|| thrown(Error::query("set", "tags, companies or segments")))?;
        self.0.set_names(kind, json.as_bytes()).map_err(thrown)
    }

    /// Replaces the members of a segment: an array of ids.
    pub fn members(&mut self, segment: &str, json: &str) -> Result<(), JsValue> {
        self.0.set_members(segment.as_bytes(), json.as_bytes()).map_err(thrown)
    }

    /// Begins a complete load.
    pub fn begin_load(&mut self) {
        self.0.begin_load();
    }

    /// Ends a complete load. Removes the contacts that it did not contain, and returns their number.
    pub fn end_load(&mut self) -> u32 {
        self.0.end_load()
    }

    /// Returns the number of contacts, a version that changes with them, the memory in bytes, and the
    /// numbers of skipped contacts.
    pub fn stats(&self) -> String {
        let Skipped { malformed, without_id, too_long } = self.0.skipped();
        let (contacts, version) = (self.0.store().len(), self.0.store().version());
        let memory = core::arch::wasm32::memory_size::<0>() << 16;
        format!(
            r#"{{"contacts":{contacts},"version":{version},"memory":{memory},"skipped":{{"malformed":{malformed},"without_id":{without_id},"too_long":{too_long}}}}}"#
        )
    }
}

/// Converts an error to the JSON that is thrown.
fn thrown(error: Error) -> JsValue {
    let (field, message) = match error {
        // Without memory, no text is made.
        Error::Memory => return JsValue::from_str(r#"{"code":"memory"}"#),
        Error::UnknownResult => return JsValue::from_str(r#"{"code":"result"}"#),
        Error::Query { field, message } => (quoted(&field), quoted(&message)),
    };
    JsValue::from_str(&format!(r#"{{"code":"query","field":{field},"message":{message}}}"#))
}

fn quoted(text: &str) -> String {
    let mut json = Vec::new();
    let written = write_string(&mut json, text.as_bytes()).is_ok();
    String::from_utf8(json).ok().filter(|_| written).unwrap_or_else(|| "null".to_owned())
}
