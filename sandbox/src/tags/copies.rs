//! The copies of a tag in companies and conversations. They are changed in their tables: those
//! resources import tags, and not the reverse.

use crate::http::response::ApiError;
use crate::store::Store;

/// Renames a tag in companies and conversations, or removes it from them if `name` is `None`.
pub(crate) fn change_copies(store: &Store, id: &str, name: Option<&str>) -> Result<(), ApiError> {
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
