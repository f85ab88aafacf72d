//! `/tags`, and tags on contacts and companies.

use super::answer::{Answer, Refusal};
use super::operation::Call;
use super::page::List;
use super::store::Store;
use super::{companies, contacts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A tag.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tag {
    #[serde(skip_deserializing, default = "kind")]
    r#type: &'static str,
    /// Intercom's id.
    pub id: String,
    /// The word.
    pub name: String,
}

fn kind() -> &'static str {
    "tag"
}

impl From<super::workspace::Tag> for Tag {
    fn from(tag: super::workspace::Tag) -> Self {
        Self { r#type: kind(), id: tag.id.to_owned(), name: tag.name.to_owned() }
    }
}

/// A tag on somebody, or on something.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Applied {
    /// Which.
    #[serde(flatten)]
    pub tag: Tag,
    applied_at: i64,
    applied_by: AppliedBy,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "admin")]
struct AppliedBy {
    id: String,
}

impl Tag {
    /// The tag as it stands on somebody, put there by the first admin.
    pub fn applied(self, applied_at: i64) -> Applied {
        self.applied_by("1234567", applied_at)
    }

    /// The tag as an admin puts it on something.
    pub fn applied_by(self, admin: &str, applied_at: i64) -> Applied {
        Applied { tag: self, applied_at, applied_by: AppliedBy { id: admin.to_owned() } }
    }
}

/// All tags, the oldest first.
pub(super) fn all(store: &Store) -> Result<Vec<Tag>, Refusal> {
    store.rows("SELECT CAST(id AS TEXT) AS id, name FROM tag ORDER BY tag.id", &[])
}

/// The tag of an id.
pub(super) fn of_id(store: &Store, id: &str) -> Result<Tag, Refusal> {
    all(store)?.into_iter().find(|tag| tag.id == id).ok_or_else(Refusal::not_found)
}

/// The tag whose id a body names.
pub(super) fn of_body(store: &Store, body: &Value) -> Result<Tag, Refusal> {
    match body.get("id") {
        Some(Value::String(id)) => of_id(store, id),
        Some(Value::Number(id)) => of_id(store, &id.to_string()),
        _ => Err(Refusal::new(400, "parameter_not_found", "tag not specified")),
    }
}

/// `GET /tags`.
pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(&List::whole(all(call.store)?))
}

/// `GET /tags/{id}`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(&of_id(call.store, &call.name)?)
}

/// `POST /tags`: makes a tag, renames one, or puts one on contacts or on and off companies. It finds
/// everybody before it changes anything.
pub(super) fn save(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let invalid = || Refusal::new(400, "parameter_invalid", "invalid tag parameters");
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(invalid)?;
    if let Some(id) = body.get("id") {
        let tag = of_id(call.store, &id.as_str().map_or_else(|| id.to_string(), str::to_owned))?;
        let same =
            |known: &Tag| known.id != tag.id && known.name.to_lowercase() == name.to_lowercase();
        if all(call.store)?.iter().any(same) {
            return Err(Refusal::new(409, "conflict", "A tag with this name already exists"));
        }
        call.store.run(
            "UPDATE tag SET name = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
            &[tag.id.as_str().into(), name.into()],
        )?;
        change_copies(call.store, &tag.id, Some(name))?;
        return Answer::ok(&of_id(call.store, &tag.id)?);
    }
    let entries = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries.clone()),
        Some(_) => Err(invalid()),
    };
    let mut people = Vec::new();
    for user in entries("users")? {
        let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
        people.extend(contacts::named(call, "id", id)?);
        if people.last().is_none_or(|person| person.id != id) {
            return Err(Refusal::new(404, "not_found", "User Not Found"));
        }
    }
    let mut staffed = Vec::new();
    for entry in entries("companies")? {
        let untag = entry.get("untag") == Some(&Value::Bool(true));
        staffed.push((companies::named(call.store, &entry)?, untag));
    }
    call.store.run("INSERT OR IGNORE INTO tag (name) VALUES (?1 ->> '$[0]')", &[name.into()])?;
    let lower = name.to_lowercase();
    let tag = all(call.store)?.into_iter().find(|tag| tag.name.to_lowercase() == lower);
    let tag = tag.ok_or_else(invalid)?;
    for mut person in people {
        if !person.tags.contains(&tag.id) {
            person.tags.push(tag.id.clone());
            contacts::keep(call, &person)?;
        }
    }
    for (mut company, untag) in staffed {
        if let Some(tags) = company.pointer_mut("/tags/tags").and_then(Value::as_array_mut) {
            tags.retain(|known| known.get("id").and_then(Value::as_str) != Some(&tag.id));
            if !untag {
                tags.push(serde_json::to_value(&tag)?);
            }
        }
        companies::keep(call.store, &company)?;
    }
    Answer::ok(&tag)
}

/// Gives a tag its new name, or removes it, where companies and conversations show it.
fn change_copies(store: &Store, id: &str, name: Option<&str>) -> Result<(), Refusal> {
    for (table, column) in [("company", "entry"), ("conversation", "body")] {
        let update = format!(
            "UPDATE {table} SET {column} = json_set({column}, '$.tags.tags', (
               SELECT json_group_array(json(
                 iif(value ->> '$.id' = (?1 ->> '$[0]'), json_set(value, '$.name', ?1 ->> '$[1]'), value)))
               FROM json_each({column}, '$.tags.tags')
               WHERE (?1 ->> '$[1]') IS NOT NULL OR value ->> '$.id' <> (?1 ->> '$[0]')))
             WHERE EXISTS (SELECT 1 FROM json_each({column}, '$.tags.tags')
               WHERE value ->> '$.id' = (?1 ->> '$[0]'))"
        );
        store.run(&update, &[id.into(), name.into()])?;
    }
    Ok(())
}

/// `DELETE /tags/{id}`, off everybody and everything that has it.
pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    let tag = of_id(call.store, &call.name)?;
    call.store.run("DELETE FROM tag WHERE id = (?1 ->> '$[0]')", &[tag.id.as_str().into()])?;
    call.store.run(
        "UPDATE contact SET body = json_set(body, '$.tags', (
           SELECT json_group_array(value) FROM json_each(contact.tags) WHERE value <> (?1 ->> '$[0]')))
         WHERE EXISTS (SELECT 1 FROM json_each(contact.tags) WHERE value = (?1 ->> '$[0]'))",
        &[tag.id.as_str().into()],
    )?;
    change_copies(call.store, &tag.id, None)?;
    Ok(Answer::empty(200))
}

/// `POST /contacts/{id}/tags`.
pub(super) fn attach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = contacts::person(call)?;
    let body = call.arrival.object()?;
    let tag = of_body(call.store, &body)?;
    if !person.tags.contains(&tag.id) {
        person.tags.push(tag.id.clone());
        contacts::keep(call, &person)?;
    }
    Answer::ok(&tag.applied(call.now()))
}

/// `DELETE /contacts/{id}/tags/{tag_id}`; somebody without the tag is 404.
pub(super) fn detach(call: &Call) -> Result<Answer, Refusal> {
    let mut person = contacts::person(call)?;
    let tag = of_id(call.store, &call.second)?;
    let before = person.tags.len();
    person.tags.retain(|id| *id != tag.id);
    if person.tags.len() == before {
        return Err(Refusal::not_found());
    }
    contacts::keep(call, &person)?;
    Answer::ok(&tag.applied(call.now()))
}
