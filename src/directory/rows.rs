//! Rows as JSON, in the shape of Intercom's contacts.

use super::buffer;
use super::cell::Cell;
use super::error::Error;
use super::schema::Schema;
use super::sets::SetKind;
use super::store::Store;
use super::texts::TextField;
use super::write;

/// The members of a row's JSON, with their keys as JSON.
pub struct Layout {
    groups: Vec<Group>,
    sets: Vec<SetKind>,
}

/// Members of the contact, or of an object in it.
struct Group {
    /// The name of the object; empty for the contact itself.
    object: Vec<u8>,
    /// The columns with their keys, such as `"plan":`.
    members: Vec<(u32, Vec<u8>)>,
}

impl Layout {
    /// Finds the members in a schema. Without `segments` the rows do not contain those sets.
    pub fn new(schema: &Schema, segments: bool) -> Result<Self, Error> {
        let mut groups: Vec<Group> = Vec::new();
        for (column, path) in (0..).zip(schema.paths()) {
            let dot = path.iter().position(|byte| *byte == b'.');
            let (object, member) = match dot.and_then(|dot| path.split_at_checked(dot)) {
                Some((object, member)) => (object, member.get(1..).unwrap_or_default()),
                None => (&[][..], path.as_slice()),
            };
            let mut key = Vec::new();
            write::string(&mut key, member)?;
            buffer::push(&mut key, b':')?;
            let group = match groups.iter_mut().find(|group| group.object == object) {
                Some(group) => group,
                None => {
                    let mut name = Vec::new();
                    buffer::extend(&mut name, object)?;
                    buffer::push(&mut groups, Group { object: name, members: Vec::new() })?;
                    let Some(group) = groups.last_mut() else { return Err(Error::Memory) };
                    group
                }
            };
            buffer::push(&mut group.members, (column, key))?;
        }
        let mut sets = Vec::new();
        for kind in SetKind::ALL {
            let is_kept = schema.field(kind.path().as_bytes()).is_some();
            if is_kept && (segments || kind != SetKind::Segments) {
                buffer::push(&mut sets, kind)?;
            }
        }
        Ok(Self { groups, sets })
    }

    /// Appends a row. Fields without a value are left out, and so are segments if there are none.
    pub fn write(&self, store: &Store, row: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        let Some((segment, place)) = store.place(row) else {
            return buffer::extend(out, b"null");
        };
        buffer::extend(out, b"{\"id\":")?;
        write::id(out, segment.ids().get(place))?;
        for field in TextField::ALL {
            if let Some(text) = segment.texts().get(place, field) {
                buffer::push(out, b',')?;
                write::string(out, field.path().as_bytes())?;
                buffer::push(out, b':')?;
                write::string(out, text)?;
            }
        }
        for group in &self.groups {
            let is_object = !group.object.is_empty();
            let mut is_open = !is_object;
            for (number, key) in &group.members {
                let cell =
                    segment.column(*number).map_or(Cell::MISSING, |column| column.get(place));
                if cell == Cell::MISSING {
                    continue;
                }
                let Some(dictionary) = store.dictionary(*number) else { continue };
                buffer::push(out, b',')?;
                if !is_open {
                    write::string(out, &group.object)?;
                    buffer::extend(out, b":{")?;
                    is_open = true;
                }
                buffer::extend(out, key)?;
                write::value(out, dictionary.value(cell))?;
            }
            if is_object && is_open {
                buffer::push(out, b'}')?;
            }
        }
        for kind in &self.sets {
            write_set(store, row, *kind, out)?;
        }
        buffer::push(out, b'}')
    }
}

fn write_set(store: &Store, row: u32, kind: SetKind, out: &mut Vec<u8>) -> Result<(), Error> {
    let sets = store.sets(kind);
    let set = sets.table().set(store.set_of(row, kind));
    if kind == SetKind::Segments && set.members.is_empty() && !set.has_more {
        return Ok(());
    }
    buffer::push(out, b',')?;
    write::string(out, kind.path().as_bytes())?;
    buffer::extend(out, b":{\"type\":\"list\",\"data\":[")?;
    for (place, member) in set.members.iter().enumerate() {
        if place > 0 {
            buffer::push(out, b',')?;
        }
        buffer::extend(out, b"{\"type\":")?;
        write::string(out, kind.object().as_bytes())?;
        buffer::extend(out, b",\"id\":")?;
        write::string(out, sets.id(*member))?;
        if let Some(name) = sets.name(*member) {
            buffer::extend(out, b",\"name\":")?;
            write::string(out, name)?;
        }
        buffer::push(out, b'}')?;
    }
    buffer::extend(
        out,
        if set.has_more { b"],\"has_more\":true}" } else { b"],\"has_more\":false}" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Directory, Options};

    fn row(options: &str, contact: &str) -> String {
        let mut directory = Directory::new(&Options::read(options.as_bytes()).unwrap()).unwrap();
        directory.set_names(SetKind::Tags, br#"[{"id":"7","name":"VIP \"1\""}]"#).unwrap();
        assert_eq!(directory.put(contact.as_bytes()).unwrap(), 1);
        let mut out = Vec::new();
        let layout = Layout::new(directory.store.schema(), true).unwrap();
        layout.write(&directory.store, 0, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_has_the_shape_of_a_contact() {
        let contact = concat!(
            r#"{"id":"5f3b1c2d4e5f6a7b8c9d0e1f","name":"Zoë \ud800","phone":null,"role":"user","#,
            r#""created_at":1700000000,"has_hard_bounced":false,"location":{"country":"Chile"},"#,
            r#""tags":{"data":[{"id":"7"},{"id":"8"}],"has_more":true},"#,
            r#""custom_attributes":{"a.b":1.50,"\"c":[1, 2],"d":null}}"#
        );
        let expected = concat!(
            r#"{"id":"5f3b1c2d4e5f6a7b8c9d0e1f","name":"Zoë \ud800","role":"user","#,
            r#""created_at":1700000000,"has_hard_bounced":false,"location":{"country":"Chile"},"#,
            r#""custom_attributes":{"a.b":1.50,"\"c":[1, 2]},"#,
            r#""tags":{"type":"list","data":[{"type":"tag","id":"7","name":"VIP \"1\""},"#,
            r#"{"type":"tag","id":"8"}],"has_more":true},"#,
            r#""companies":{"type":"list","data":[],"has_more":false}}"#
        );
        assert_eq!(row("{}", contact), expected);
        assert_eq!(row("{}", expected), expected);
    }

    #[test]
    fn segments_are_left_out_if_there_are_none() {
        let contact = r#"{"id":"1","segments":{"type":"list","data":[],"has_more":true}}"#;
        assert_eq!(row(r#"{"fields":["segments"]}"#, contact), contact);
        let without = contact.replace("true", "false");
        assert_eq!(row(r#"{"fields":["segments"]}"#, &without), r#"{"id":"1"}"#);
    }

    #[test]
    fn a_row_has_the_kept_fields_only() {
        let contact = r#"{"id":"1","name":"A","email":"b","custom_attributes":{"x":1,"y":2}}"#;
        let options = r#"{"fields":["email","custom_attributes.y"]}"#;
        let expected = r#"{"id":"1","email":"b","custom_attributes":{"y":2}}"#;
        assert_eq!(row(options, contact), expected);
    }
}
