//! `POST /contacts/merge`.

use crate::call::Call;
use crate::contacts::table::{row, save, unmerged};
use crate::contacts::view::respond;
use crate::conversations::table as conversations;
use crate::http::response::{ApiError, ApiResponse};
use crate::tickets::table as tickets;
use serde_json::Value;

/// Merges a lead into a user, with its tags, companies, subscriptions, notes, conversations and
/// tickets.
pub(crate) fn merge(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let contact = |name: &str, role: &str| {
        let id = body.get(name).and_then(Value::as_str).ok_or_else(|| {
            ApiError::new(400, "parameter_not_found", format!("{name} not specified"))
        })?;
        let contact = unmerged(row(call, id)?)?;
        if contact.role == role {
            Ok(contact)
        } else {
            Err(ApiError::invalid(name, format!("{name} must be a {role}")))
        }
    };
    let (from, mut into) = (contact("from", "lead")?, contact("into", "user")?);
    let add_missing = |target: &mut Vec<String>, ids: &[String]| {
        for id in ids {
            if !target.contains(id) {
                target.push(id.clone());
            }
        }
    };
    add_missing(&mut into.tags, &from.tags);
    add_missing(&mut into.companies, &from.companies);
    add_missing(&mut into.opted_in, &from.opted_in);
    add_missing(&mut into.opted_out, &from.opted_out);
    into.notes.extend(from.notes);
    save(call, &mut into)?;
    call.store.run(
        "UPDATE contact SET state = 'merged', merged_into = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[from.id.as_str().into(), into.id.as_str().into()],
    )?;
    conversations::replace_contact(call, &from.id, &into)?;
    tickets::replace_contact(call, &from.id, &into)?;
    respond(call, &into)
}
