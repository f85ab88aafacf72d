//! The table `object`: reads and writes the objects of a resource.

use crate::call::Call;
use crate::http::response::ApiError;
use crate::resource::Resource;
use crate::store::Store;
use serde_json::Value;

/// Returns all objects, oldest first.
pub(crate) fn all<T: Resource>(store: &Store) -> Result<Vec<Value>, ApiError> {
    let select =
        "SELECT body AS entry FROM object WHERE resource = (?1 ->> '$[0]') ORDER BY number";
    store.entries(select, &[T::NAME.into()])
}

/// Returns the objects that are old enough for the search index, newest first.
pub(crate) fn indexed<T: Resource>(call: &Call) -> Result<Vec<Value>, ApiError> {
    call.store.entries(
        "SELECT body AS entry FROM object WHERE resource = (?1 ->> '$[0]')
         AND inserted_at_ms <= (?1 ->> '$[1]') ORDER BY number DESC",
        &[T::NAME.into(), call.indexed_until_ms().into()],
    )
}

/// Returns the object of an id, or the error of its resource.
pub(crate) fn find<T: Resource>(store: &Store, id: &str) -> Result<Value, ApiError> {
    let select = "SELECT body AS entry FROM object
         WHERE resource = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')";
    let found = store.entries(select, &[T::NAME.into(), id.into()])?;
    found.into_iter().next().ok_or_else(T::not_found)
}

/// Returns an id that no object ever had; those of the seed data are lower.
pub(crate) fn next_id(store: &Store) -> Result<String, ApiError> {
    const FIRST: u64 = 8_000;
    let count = store.count("SELECT coalesce(max(number), 0) + 1 AS n FROM object", &[])?;
    Ok((FIRST + count).to_string())
}

/// Inserts a new object, created at this time in milliseconds since 1970.
pub(crate) fn insert<T: Resource>(
    store: &Store,
    object: &Value,
    inserted_at_ms: u64,
) -> Result<(), ApiError> {
    store.run(
        "INSERT INTO object (resource, inserted_at_ms, body)
         VALUES (?1 ->> '$[0]', ?1 ->> '$[1]', ?1 ->> '$[2]')",
        &[T::NAME.into(), inserted_at_ms.into(), object.to_string().into()],
    )
}

/// Saves an object that was changed.
pub(crate) fn save<T: Resource>(store: &Store, object: &Value) -> Result<(), ApiError> {
    store.run(
        "UPDATE object SET body = ?1 ->> '$[2]'
         WHERE resource = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')",
        &[T::NAME.into(), object.get("id").cloned().into(), object.to_string().into()],
    )
}

/// Removes an object. Its row stays, so that no other object gets its number.
pub(crate) fn remove<T: Resource>(store: &Store, id: &str) -> Result<(), ApiError> {
    store.run(
        "UPDATE object SET resource = 'deleted' WHERE resource = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]')",
        &[T::NAME.into(), id.into()],
    )
}

/// Inserts the seed data of a resource.
pub(crate) fn insert_seed<T: Resource>(store: &Store) -> Result<(), ApiError> {
    T::seed().iter().try_for_each(|object| insert::<T>(store, object, 0))
}
