//! The table `change`: the changes that the triggers of the database have written, one row for each
//! changed object.

use crate::http::response::ApiError;
use crate::store::Store;
use serde::Deserialize;
use serde_json::Value;

/// A changed object.
pub(crate) struct Change {
    /// The number of the row, in the order of the changes.
    pub number: u64,
    /// The name of the resource: a table, or a resource of the table `object`.
    pub resource: String,
    /// The object before the first change of the request; `None` if it is new.
    pub before: Option<Value>,
    /// The object after the last change of the request; `None` if it was deleted.
    pub after: Option<Value>,
}

/// Returns the next changes after the row with a number.
pub(crate) fn next(store: &Store, number: u64, limit: usize) -> Result<Vec<Change>, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        resource: String,
        before: Option<String>,
        after: Option<String>,
    }
    let rows: Vec<Row> = store.rows(
        "SELECT number, resource, before, after FROM change WHERE number > (?1 ->> '$[0]')
         ORDER BY number LIMIT (?1 ->> '$[1]')",
        &[number.into(), limit.into()],
    )?;
    let read =
        |text: Option<String>| text.map(|text| serde_json::from_str::<Value>(&text)).transpose();
    let changes = rows.into_iter().map(|row| {
        Ok(Change {
            number: row.number,
            resource: row.resource,
            before: read(row.before)?,
            after: read(row.after)?,
        })
    });
    changes.collect()
}

/// Returns an object of a resource that was deleted during the request.
pub(crate) fn deleted(store: &Store, resource: &str, id: &str) -> Result<Option<Value>, ApiError> {
    let select = "SELECT before AS entry FROM change
         WHERE resource = (?1 ->> '$[0]') AND id = (?1 ->> '$[1]') AND after IS NULL";
    Ok(store.entries(select, &[resource.into(), id.into()])?.into_iter().next())
}

/// Removes all changes.
pub(crate) fn clear(store: &Store) -> Result<(), ApiError> {
    store.run("DELETE FROM change", &[])
}
