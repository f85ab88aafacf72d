//! The table of contacts.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::http::body::{missing, text};
use crate::http::response::ApiError;
use serde::Deserialize;
use serde_json::Value;

/// A row of the table.
#[derive(Deserialize)]
pub(crate) struct ContactRow {
    /// `active`, `archived` or `merged`.
    pub state: String,
    merged_into: Option<String>,
    /// When the row was inserted, in milliseconds since 1970; 0 for the seed data.
    pub inserted_at_ms: u64,
    body: String,
}

impl ContactRow {
    /// Returns the contact if it is active.
    pub fn active(&self) -> Result<Option<Contact>, ApiError> {
        Ok(if self.state == "active" { Some(self.contact()?) } else { None })
    }

    /// Returns the role of the contact, in any state.
    pub fn role(&self) -> Result<String, ApiError> {
        Ok(self.contact()?.role)
    }

    fn contact(&self) -> Result<Contact, ApiError> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// Returns the row of an id, in any state.
pub(crate) fn row(call: &Call, id: &str) -> Result<Option<ContactRow>, ApiError> {
    call.store.row(
        "SELECT state, merged_into, inserted_at_ms, body FROM contact WHERE id = (?1 ->> '$[0]')",
        &[id.into()],
    )
}

/// Returns the row of an external id, active or merged.
pub(crate) fn row_by_external_id(call: &Call, id: &str) -> Result<Option<ContactRow>, ApiError> {
    call.store.row(
        "SELECT state, merged_into, inserted_at_ms, body FROM contact
         WHERE external_id = (?1 ->> '$[0]') AND state <> 'archived'",
        &[id.into()],
    )
}

/// Returns the contact that the path names.
pub(crate) fn from_path(call: &Call) -> Result<Contact, ApiError> {
    unmerged(row(call, &call.param)?)
}

/// Returns the contact of a row, active or archived: 404 if there is no row, 410 if the contact was
/// merged.
pub(crate) fn unmerged(row: Option<ContactRow>) -> Result<Contact, ApiError> {
    let row = row.ok_or_else(|| ApiError::new(404, "not_found", "User Not Found"))?;
    match &row.merged_into {
        Some(into) => Err(ApiError::new(
            410,
            "contact_merged",
            format!("This contact was merged into contact {into}"),
        )
        .with_header("link", format!("</contacts/{into}>; rel=\"canonical\""))),
        None => row.contact(),
    }
}

/// Saves a contact that was changed, and sets its `updated_at`. Searches by `updated_at` use the value
/// from before the change until [`index_changes`].
pub(crate) fn save(call: &Call, contact: &mut Contact) -> Result<(), ApiError> {
    contact.updated_at = call.now();
    call.store.run(
        "UPDATE contact SET body = ?1 ->> '$[1]', unindexed_since_ms = coalesce(unindexed_since_ms, ?1 ->> '$[2]'),
           old_updated_at = coalesce(old_updated_at, body ->> '$.updated_at')
         WHERE id = (?1 ->> '$[0]')",
        &[
            contact.id.as_str().into(),
            serde_json::to_string(contact)?.into(),
            call.now_ms.into(),
        ],
    )
}

/// Adds the changes whose delay is over to the search index. A contact that changed several times
/// in the meantime is added as it is now, when the delay after the first change is over.
pub(crate) fn index_changes(call: &Call) -> Result<(), ApiError> {
    call.store.run(
        "UPDATE contact SET unindexed_since_ms = NULL, old_updated_at = NULL
         WHERE unindexed_since_ms <= (?1 ->> '$[0]')",
        &[call.indexed_until_ms().into()],
    )
}

/// Inserts a new contact; 409 if another contact has its external id or e-mail address.
pub(crate) fn insert(call: &Call, contact: &Contact) -> Result<(), ApiError> {
    reject_duplicate(call, contact)?;
    call.store.run(
        "INSERT INTO contact (state, inserted_at_ms, body) VALUES ('active', ?1 ->> '$[0]', ?1 ->> '$[1]')",
        &[call.now_ms.into(), serde_json::to_string(contact)?.into()],
    )
}

/// Returns the number of the next contact, from which its id is generated. It contains the time: a
/// contact that was deleted may have had the same row.
pub(crate) fn next_number(call: &Call) -> Result<u64, ApiError> {
    let row = call.store.count("SELECT coalesce(max(rowid), 0) + 1 AS n FROM contact", &[])?;
    Ok(call.now_ms.saturating_mul(1_000_000).saturating_add(row))
}

/// Returns the active contacts with this value in a column; users before leads.
pub(crate) fn find_by(call: &Call, column: &str, value: &str) -> Result<Vec<Contact>, ApiError> {
    let select = format!(
        "SELECT body AS entry FROM contact WHERE state = 'active' AND {column} = (?1 ->> '$[0]') \
         ORDER BY role DESC, id"
    );
    call.store.entries(&select, &[value.into()])
}

/// Returns the active contacts that an object names as API 2.x names the contact of a reply: by
/// `intercom_user_id`, `user_id` or `email`.
pub(crate) fn find_customer(call: &Call, customer: &Value) -> Result<Vec<Contact>, ApiError> {
    let columns = [("intercom_user_id", "id"), ("user_id", "external_id"), ("email", "email")];
    let value = columns.iter().find_map(|(name, column)| Some((column, text(customer, name)?)));
    let (column, value) = value.ok_or_else(|| missing("user"))?;
    find_by(call, column, value)
}

/// Returns 409 if another contact has the same external id, or is a user with the same e-mail
/// address. Leads may share an address.
pub(crate) fn reject_duplicate(call: &Call, contact: &Contact) -> Result<(), ApiError> {
    #[derive(Deserialize)]
    struct Duplicate {
        id: String,
        state: String,
    }
    let duplicate: Option<Duplicate> = call.store.row(
        "SELECT id, state FROM contact
         WHERE state <> 'merged' AND id <> (?1 ->> '$[0]')
         AND (external_id = (?1 ->> '$[1]')
              OR (role = 'user' AND (?1 ->> '$[2]') = 'user' AND email = (?1 ->> '$[3]') COLLATE NOCASE))
         ORDER BY state, id",
        &[
            contact.id.as_str().into(),
            contact.external_id.clone().into(),
            contact.role.as_str().into(),
            contact.email.clone().into(),
        ],
    )?;
    duplicate.map_or(Ok(()), |duplicate| {
        let subject =
            if duplicate.state == "archived" { "An archived contact" } else { "A contact" };
        let message =
            format!("{subject} matching those details already exists with id={}", duplicate.id);
        Err(ApiError::new(409, "conflict", message))
    })
}

/// Sets the state of the contact that the path names.
pub(crate) fn set_state(call: &Call, state: &str) -> Result<(), ApiError> {
    call.store.run(
        "UPDATE contact SET state = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[call.param.as_str().into(), state.into()],
    )
}
