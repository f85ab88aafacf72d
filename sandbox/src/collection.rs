//! Resources that are plain JSON objects of one table. A resource states its facts as constants:
//! what callers may write, what a new object needs, how the list looks. The handlers here serve all
//! of them. This file knows no single resource.

use super::answer::{Answer, Refusal};
use super::body::set;
use super::html::paragraph;
use super::listing::{self, MAX_PER_PAGE};
use super::operation::Call;
use super::search::SEARCH_DELAY_MS;
use super::store::Store;
use super::workspace::Admin;
use serde_json::{Value, json};

/// A resource of the table `object`.
pub(super) trait Collection {
    /// The name of the resource, as the answer to a deletion has it.
    const KIND: &'static str;
    /// The shape of the list.
    const LIST: Shape = Shape::Whole("list", "data");
    /// The fields that a caller may write.
    const FIELDS: &'static [(&'static str, Takes)] = &[];
    /// The fields that a new object needs, each with the message where it is missing.
    const REQUIRED: &'static [(&'static str, &'static str)] = &[];

    /// Returns the objects of a fresh sandbox, which are the same with every seed.
    fn seed() -> Vec<Value> {
        Vec::new()
    }

    /// Returns a new object with an id, before the caller's fields are written.
    fn fresh(_: &Call, id: &str) -> Value {
        json!({ "id": id })
    }

    /// Checks an object after the caller's fields were written, and derives the other fields.
    fn complete(_: &Call, _: &mut Value) -> Result<(), Refusal> {
        Ok(())
    }

    /// Returns an object as its own answer shows it.
    fn shown(_: &Call, object: Value) -> Result<Value, Refusal> {
        Ok(object)
    }

    /// Returns an object as lists show it.
    fn listed(call: &Call, object: Value) -> Result<Value, Refusal> {
        Self::shown(call, object)
    }

    /// Returns the error for an id that no object has.
    fn unknown() -> Refusal {
        Refusal::not_found()
    }
}

/// The shape of a list.
pub(super) enum Shape {
    /// All objects at once, the oldest first: the list's `type`, and the key of its objects.
    Whole(&'static str, &'static str),
    /// Numbered pages, the object that changed last first: objects per page.
    Pages(u64),
}

/// The values that a field takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// A string; `null` empties the field.
    Text,
    /// A string that is kept as HTML.
    Html,
    /// True or false.
    Flag,
    /// A JSON object; `null` empties the field.
    Object,
    /// An id of an admin, kept as a number.
    Admin,
    /// An id, kept as a string; `null` empties the field.
    Id,
    /// One of these strings.
    OneOf(&'static [&'static str]),
}

impl Takes {
    /// Returns the value as it is kept; an `Err` says what the field takes.
    fn read(self, value: &Value) -> Result<Value, String> {
        let nullable = matches!(self, Self::Text | Self::Object | Self::Id);
        if nullable && value.is_null() {
            return Ok(Value::Null);
        }
        let (read, wanted) = match self {
            Self::Text => (value.as_str().map(Value::from), "a string"),
            Self::Html => (value.as_str().map(|text| paragraph(text).into()), "a string"),
            Self::Flag => (value.as_bool().map(Value::from), "true or false"),
            Self::Object => (value.is_object().then(|| value.clone()), "an object"),
            Self::Admin => {
                let admin = Admin::of_value(value).and_then(|admin| admin.id.parse::<u64>().ok());
                (admin.map(Value::from), "the id of an admin")
            }
            Self::Id => match value {
                Value::String(_) => (Some(value.clone()), "an id"),
                Value::Number(id) => (Some(id.to_string().into()), "an id"),
                _ => (None, "an id"),
            },
            Self::OneOf(words) => {
                let known = value.as_str().is_some_and(|word| words.contains(&word));
                return known.then(|| value.clone()).ok_or_else(|| words.join(" or "));
            }
        };
        read.ok_or_else(|| wanted.to_owned())
    }
}

/// Writes the fields of a body that a caller may write; others are ignored, as Intercom does.
pub(super) fn write(
    fields: &[(&str, Takes)],
    body: &Value,
    object: &mut Value,
) -> Result<(), Refusal> {
    for (name, takes) in fields {
        if let Some(value) = body.get(*name) {
            let value = takes
                .read(value)
                .map_err(|wanted| Refusal::invalid(name, format!("{name} must be {wanted}")))?;
            set(object, name, value);
        }
    }
    Ok(())
}

/// Returns 400 with the message of the first required field that a body lacks.
pub(super) fn require(required: &[(&str, &str)], body: &Value) -> Result<(), Refusal> {
    let lacks = |name: &str| match body.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    match required.iter().find(|(name, _)| lacks(name)) {
        Some((_, message)) => Err(Refusal::new(400, "parameter_not_found", *message)),
        None => Ok(()),
    }
}

/// Answers the list.
pub(super) fn list<T: Collection>(call: &Call) -> Result<Answer, Refusal> {
    let mut objects = all::<T>(call.store)?;
    match T::LIST {
        Shape::Whole(kind, key) => {
            // Intercom's SDK pages some of these lists, too, and asks until a page is empty.
            if call.arrival.query("page").is_some() {
                objects = listing::cut(call, objects, MAX_PER_PAGE)?.items;
            }
            let objects: Result<Vec<Value>, Refusal> =
                objects.into_iter().map(|object| T::listed(call, object)).collect();
            Answer::ok(&json!({ "type": kind, key: objects? }))
        }
        Shape::Pages(per_page) => {
            // Both sorts keep the order of equals, so that the newest of one second is first.
            objects.reverse();
            objects.sort_by_key(|object| {
                std::cmp::Reverse(object.get("updated_at").and_then(Value::as_i64))
            });
            let objects: Result<Vec<Value>, Refusal> =
                objects.into_iter().map(|object| T::listed(call, object)).collect();
            listing::numbered(call, objects?, per_page)
        }
    }
}

/// Answers the object that the path names.
pub(super) fn show<T: Collection>(call: &Call) -> Result<Answer, Refusal> {
    Answer::ok(&T::shown(call, find::<T>(call.store, &call.name)?)?)
}

/// Makes an object of the body.
pub(super) fn create<T: Collection>(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let mut object = T::fresh(call, &next_id(call.store)?);
    apply::<T>(call, &body, &mut object)?;
    insert::<T>(call.store, &object, call.now_ms)?;
    Answer::ok(&T::shown(call, object)?)
}

/// Changes the object that the path names.
pub(super) fn update<T: Collection>(call: &Call) -> Result<Answer, Refusal> {
    let mut object = find::<T>(call.store, &call.name)?;
    let body = call.arrival.object()?;
    apply::<T>(call, &body, &mut object)?;
    set(&mut object, "updated_at", call.now());
    keep::<T>(call.store, &object)?;
    Answer::ok(&T::shown(call, object)?)
}

/// Writes a body into an object, which must have the required fields then.
fn apply<T: Collection>(call: &Call, body: &Value, object: &mut Value) -> Result<(), Refusal> {
    write(T::FIELDS, body, object)?;
    require(T::REQUIRED, object)?;
    T::complete(call, object)
}

/// Deletes the object that the path names.
pub(super) fn delete<T: Collection>(call: &Call) -> Result<Answer, Refusal> {
    find::<T>(call.store, &call.name)?;
    remove::<T>(call.store, &call.name)?;
    Answer::ok(&json!({"id": call.name, "object": T::KIND, "deleted": true}))
}

/// Returns all objects, the oldest first.
pub(super) fn all<T: Collection>(store: &Store) -> Result<Vec<Value>, Refusal> {
    let select = "SELECT body AS entry FROM object WHERE kind = (?1 ->> '$[0]') ORDER BY number";
    store.entries(select, &[T::KIND.into()])
}

/// Returns the objects that a search's index holds by now, the newest first.
pub(super) fn indexed<T: Collection>(call: &Call) -> Result<Vec<Value>, Refusal> {
    call.store.entries(
        "SELECT body AS entry FROM object WHERE kind = (?1 ->> '$[0]')
         AND made_at_ms <= (?1 ->> '$[1]') ORDER BY number DESC",
        &[T::KIND.into(), call.now_ms.saturating_sub(SEARCH_DELAY_MS).into()],
    )
}

/// Returns the object of an id.
pub(super) fn find<T: Collection>(store: &Store, id: &str) -> Result<Value, Refusal> {
    let select = "SELECT body AS entry FROM object
         WHERE kind = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')";
    let found = store.entries(select, &[T::KIND.into(), id.into()])?;
    found.into_iter().next().ok_or_else(T::unknown)
}

/// Returns an id that no object ever had; those of the seed are lower.
pub(super) fn next_id(store: &Store) -> Result<String, Refusal> {
    const FIRST: u64 = 8_000;
    let count = store.count("SELECT coalesce(max(number), 0) + 1 AS n FROM object", &[])?;
    Ok((FIRST + count).to_string())
}

/// Keeps a new object, made at this time in milliseconds since 1970.
pub(super) fn insert<T: Collection>(
    store: &Store,
    object: &Value,
    made_at_ms: u64,
) -> Result<(), Refusal> {
    store.run(
        "INSERT INTO object (kind, made_at_ms, body)
         VALUES (?1 ->> '$[0]', ?1 ->> '$[1]', ?1 ->> '$[2]')",
        &[T::KIND.into(), made_at_ms.into(), object.to_string().into()],
    )
}

/// Keeps an object that was changed.
pub(super) fn keep<T: Collection>(store: &Store, object: &Value) -> Result<(), Refusal> {
    store.run(
        "UPDATE object SET body = ?1 ->> '$[2]'
         WHERE kind = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')",
        &[T::KIND.into(), object.get("id").cloned().into(), object.to_string().into()],
    )
}

/// Removes an object. Its row stays, so that no other object gets its number.
pub(super) fn remove<T: Collection>(store: &Store, id: &str) -> Result<(), Refusal> {
    store.run(
        "UPDATE object SET kind = 'deleted' WHERE kind = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')",
        &[T::KIND.into(), id.into()],
    )
}

/// Keeps the objects of a fresh sandbox.
pub(super) fn settle<T: Collection>(store: &Store) -> Result<(), Refusal> {
    T::seed().iter().try_for_each(|object| insert::<T>(store, object, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, Takes)] = &[
        ("title", Takes::Text),
        ("body", Takes::Html),
        ("on", Takes::Flag),
        ("author_id", Takes::Admin),
        ("parent_id", Takes::Id),
        ("state", Takes::OneOf(&["draft", "published"])),
    ];

    fn written(body: &Value) -> Result<Value, (Option<String>, String)> {
        let mut object = json!({});
        write(FIELDS, body, &mut object)
            .map(|()| object)
            .map_err(|refusal| (refusal.field, refusal.message))
    }

    #[test]
    fn what_may_be_written_is_kept_in_one_form() {
        assert_eq!(
            written(&json!({
                "title": "T", "body": "B", "on": true, "author_id": "1234567", "parent_id": 7,
                "state": "draft", "id": "mine", "unknown": 1,
            })),
            Ok(json!({
                "title": "T", "body": "<p>B</p>", "on": true, "author_id": 1_234_567,
                "parent_id": "7", "state": "draft",
            }))
        );
        assert_eq!(written(&json!({"title": null})), Ok(json!({"title": null})));
    }

    #[test]
    fn a_value_of_another_kind_is_refused_and_its_field_named() {
        for (name, value) in [
            ("title", json!(1)),
            ("body", json!(null)),
            ("on", json!("true")),
            ("author_id", json!(1)),
            ("parent_id", json!({})),
            ("state", json!("done")),
        ] {
            let field = written(&json!({ name: value })).map_err(|(field, _)| field);
            assert_eq!(field, Err(Some(name.to_owned())), "{name}");
        }
        let message = written(&json!({"state": "x"})).map_err(|(_, message)| message);
        assert_eq!(message, Err("state must be draft or published".to_owned()));
    }

    #[test]
    fn the_first_missing_field_is_named_by_its_message() {
        let required = [("a", "No a"), ("b", "No b")];
        let message = |body| require(&required, &body).map_err(|refusal| refusal.message);
        assert_eq!(message(json!({"a": 1, "b": false})), Ok(()));
        assert_eq!(message(json!({"a": 1})), Err("No b".to_owned()));
        assert_eq!(message(json!({"a": " ", "b": 1})), Err("No a".to_owned()));
        assert_eq!(message(json!({"b": 1, "a": null})), Err("No a".to_owned()));
    }
}
