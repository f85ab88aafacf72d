//! The exports of the npm package's third WebAssembly. Texts are JSON, except ids, names of sets and
//! fields, and the characters of a column.
//!
//! An error is thrown as JSON text: `{"code":"query","field":"sort[0].field","message":"…"}`. Any
//! other exception is a trap, after which the instance must not be used.

use super::json::write_string;
use super::{Error, Options, SetKind, Skipped};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Smaller than the allocator of Rust's standard library.
#[cfg(all(not(feature = "package"), not(target_feature = "atomics")))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

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

    /// Removes a contact by id. Returns false if the directory does not have it.
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

    /// Opens a result. `request` and the returned text are objects.
    pub fn open(&mut self, request: &str) -> Result<String, JsValue> {
        self.0.open(request).map_err(thrown)
    }

    /// Opens a result again, with the same handle.
    pub fn refresh(&mut self, result: u32) -> Result<String, JsValue> {
        self.0.refresh(result).map_err(thrown)
    }

    /// Returns rows of a result, with their states.
    pub fn slice(&mut self, result: u32, from: u32, to: u32) -> Result<String, JsValue> {
        self.0.slice(result, from, to).map_err(thrown)
    }

    /// Returns the ids of a result.
    pub fn ids(&mut self, result: u32) -> Result<String, JsValue> {
        self.0.ids(result).map_err(thrown)
    }

    /// Counts the rows of a result by a field.
    pub fn counts(&mut self, result: u32, request: &str) -> Result<String, JsValue> {
        self.0.counts(result, request).map_err(thrown)
    }

    /// Counts the changes since a result was opened.
    pub fn changes(&mut self, result: u32) -> Result<String, JsValue> {
        self.0.changes(result).map_err(thrown)
    }

    /// Forgets a result.
    pub fn close(&mut self, result: u32) {
        self.0.close(result);
    }

    /// Returns the characters whose weights are needed to sort by a field, or an empty text.
    pub fn ranks_needed(&mut self, field: &str) -> Result<String, JsValue> {
        self.0.ranks_needed(field).map_err(thrown)
    }

    /// Sets the weights of these characters.
    pub fn set_ranks(&mut self, field: &str, weights: &[u32]) -> Result<(), JsValue> {
        self.0.set_ranks(field, weights).map_err(thrown)
    }

    /// Returns a piece of the contacts as NDJSON in an array, with the position of the next piece, or
    /// `null` after the last.
    pub fn snapshot(&mut self, from: u32) -> Result<Array, JsValue> {
        let (piece, next) = self.0.snapshot(from).map_err(thrown)?;
        let next = next.map_or(JsValue::NULL, JsValue::from);
        Ok(Array::of2(&Uint8Array::from(piece.as_slice()), &next))
    }

    /// Returns the number of contacts, a version that changes with them, the memory in bytes, and the
    /// numbers of skipped contacts.
    pub fn stats(&self) -> String {
        let Skipped { malformed, without_id, too_long } = self.0.skipped();
        let (contacts, version) = (self.0.store().len(), self.0.store().version());
        let memory = core::arch::wasm32::memory_size::<0>() << 16;
        let skipped = format!(
            r#"{{"malformed":{malformed},"without_id":{without_id},"too_long":{too_long}}}"#
        );
        format!(
            r#"{{"contacts":{contacts},"version":{version},"memory":{memory},"skipped":{skipped}}}"#
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
