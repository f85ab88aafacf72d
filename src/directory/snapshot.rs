//! The directory as NDJSON, to store it and to feed it again.

use super::buffer;
use super::error::Error;
use super::rows::Layout;
use super::sets::{SetKind, Sets};
use super::store::Store;
use super::write;

/// The size of a piece, which may be larger by a line and the names.
const PIECE: usize = 1 << 20;
/// The names of a line.
const NAMES: usize = 1_000;

/// Returns the live contacts from a row on, about 1 MB of lines, and the row at which the next piece
/// begins. The piece from row 0 begins with the names of tags, companies and segments. A contact's
/// segments are left out: Intercom's contacts have none.
pub fn piece(store: &Store, from: u32) -> Result<(Vec<u8>, Option<u32>), Error> {
    let mut out = Vec::new();
    if from == 0 {
        for kind in SetKind::ALL {
            write_names(kind, store.sets(kind), &mut out)?;
        }
    }
    let names = out.len();
    let layout = Layout::new(store.schema(), false)?;
    for row in from..store.end() {
        if !store.is_live(row) {
            continue;
        }
        if out.len() - names >= PIECE {
            return Ok((out, Some(row)));
        }
        layout.write(store, row, &mut out)?;
        buffer::push(&mut out, b'\n')?;
    }
    Ok((out, None))
}

fn write_names(kind: SetKind, sets: &Sets, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut written = 0;
    let members = 0..sets.ids().len() as u32;
    for (member, name) in members.filter_map(|member| Some((member, sets.name(member)?))) {
        if written % NAMES == 0 {
            buffer::extend(out, if written > 0 { b"]}\n" } else { b"" })?;
            buffer::extend(out, b"{\"type\":\"edge.names\",\"set\":")?;
            write::string(out, kind.path().as_bytes())?;
            buffer::extend(out, b",\"data\":[")?;
        } else {
            buffer::push(out, b',')?;
        }
        buffer::extend(out, b"{\"id\":")?;
        write::string(out, sets.id(member))?;
        buffer::extend(out, b",\"name\":")?;
        write::string(out, name)?;
        buffer::push(out, b'}')?;
        written += 1;
    }
    buffer::extend(out, if written > 0 { b"]}\n" } else { b"" })
}

/// The position of a snapshot that is being written, across compactions.
#[derive(Default)]
pub struct Position {
    /// The row that the last piece returned, and its number now.
    next: Option<(u32, u32)>,
}

impl Position {
    /// Returns the piece from a position on, which the piece before returned; 0 for the first.
    pub fn piece(&mut self, store: &Store, from: u32) -> Result<(Vec<u8>, Option<u32>), Error> {
        let row = match self.next {
            Some((given, row)) if given == from => row,
            _ => from,
        };
        let (bytes, next) = piece(store, row)?;
        self.next = next.map(|next| (next, next));
        Ok((bytes, next))
    }

    /// Gives the row its new number after a compaction.
    pub fn renumber(&mut self, numbers: &[u32], store: &Store) {
        if let Some((_, row)) = &mut self.next {
            let rest = numbers.get(*row as usize..).unwrap_or_default();
            let kept = rest.iter().find(|number| **number < store.end());
            *row = kept.copied().unwrap_or(store.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Directory, Options};

    fn directory(contacts: impl Iterator<Item = u32>) -> Directory {
        let mut directory = Directory::new(&Options::default()).unwrap();
        directory.set_names(SetKind::Tags, br#"[{"id":"7","name":"VIP"}]"#).unwrap();
        for id in contacts {
            let name = "N".repeat(300);
            let contact =
                format!(r#"{{"id":"{id}","name":"{name}","tags":{{"data":[{{"id":"7"}}]}}}}"#);
            directory.put(contact.as_bytes()).unwrap();
        }
        directory
    }

    fn rows(directory: &mut Directory) -> Vec<String> {
        let opened = directory.open("{}").unwrap();
        let rows = directory.slice(1, 0, u32::MAX).unwrap();
        directory.close(1);
        assert!(opened.contains("\"result\":1"));
        rows.split("{\"id\"").map(str::to_owned).collect()
    }

    #[test]
    fn a_directory_is_restored_from_its_pieces() {
        let mut original = directory(0..9_000);
        let (mut pieces, mut from) = (0, Some(0));
        let mut restored = Directory::new(&Options::default()).unwrap();
        while let Some(position) = from {
            let (bytes, next) = original.snapshot(position).unwrap();
            restored.feed(&bytes).unwrap();
            pieces += 1;
            from = next;
            if pieces == 1 {
                // Updates and removals in between, and a compaction.
                for id in 0..4_000u32 {
                    original.remove(id.to_string().as_bytes());
                    restored.remove(id.to_string().as_bytes());
                }
                original.put(br#"{"id":"8999","name":"new"}"#).unwrap();
                original.compact().unwrap();
            }
        }
        assert!((3..9).contains(&pieces), "{pieces}");
        assert_eq!(rows(&mut original), rows(&mut restored));
    }

    #[test]
    fn an_empty_directory_is_an_empty_piece() {
        let store = Directory::new(&Options::default()).unwrap().store;
        assert_eq!(piece(&store, 0), Ok((Vec::new(), None)));
    }
}
