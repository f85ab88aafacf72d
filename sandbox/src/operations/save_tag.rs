//! `POST /tags`.

use crate::call::Call;
use crate::companies::table as companies;
use crate::contacts::contact::Contact;
use crate::contacts::table as contacts;
use crate::http::response::{ApiError, ApiResponse};
use crate::tags::handlers::rename;
use crate::tags::table::all;
use crate::tags::tag::Tag;
use serde_json::Value;

/// Creates a tag, renames one, adds one to contacts, or adds it to or removes it from companies.
/// It looks up all contacts and companies before it changes one.
pub(crate) fn save(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(invalid)?;
    if let Some(id) = body.get("id") {
        return rename(call, &id.as_str().map_or_else(|| id.to_string(), str::to_owned), name);
    }
    let users = named_users(call, &body)?;
    let companies = named_companies(call, &body)?;
    call.store.run("INSERT OR IGNORE INTO tag (name) VALUES (?1 ->> '$[0]')", &[name.into()])?;
    let lower = name.to_lowercase();
    let tag = all(call.store)?.into_iter().find(|tag| tag.name.to_lowercase() == lower);
    let tag = tag.ok_or_else(invalid)?;
    for mut contact in users {
        if !contact.tags.contains(&tag.id) {
            contact.tags.push(tag.id.clone());
            contacts::save(call, &mut contact)?;
        }
    }
    for (company, is_removal) in companies {
        change_company(call, company, &tag, is_removal)?;
    }
    ApiResponse::ok(&tag)
}

/// Returns the contacts of `users`; 404 if one is unknown.
fn named_users(call: &Call, body: &Value) -> Result<Vec<Contact>, ApiError> {
    let mut users = Vec::new();
    for user in entries(body, "users")? {
        let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
        users.extend(contacts::find_by(call, "id", id)?);
        if users.last().is_none_or(|contact: &Contact| contact.id != id) {
            return Err(ApiError::new(404, "not_found", "User Not Found"));
        }
    }
    Ok(users)
}

/// Returns the companies of `companies`, each with true if `untag` is set; 404 if one is unknown.
fn named_companies(call: &Call, body: &Value) -> Result<Vec<(Value, bool)>, ApiError> {
    let companies = entries(body, "companies")?;
    let named = companies.iter().map(|entry| {
        let is_removal = entry.get("untag") == Some(&Value::Bool(true));
        Ok((companies::find_named(call.store, entry)?, is_removal))
    });
    named.collect()
}

fn change_company(
    call: &Call,
    mut company: Value,
    tag: &Tag,
    is_removal: bool,
) -> Result<(), ApiError> {
    if let Some(tags) = company.pointer_mut("/tags/tags").and_then(Value::as_array_mut) {
        tags.retain(|known| known.get("id").and_then(Value::as_str) != Some(&tag.id));
        if !is_removal {
            tags.push(serde_json::to_value(tag)?);
        }
    }
    companies::save(call.store, &company)
}

fn entries(body: &Value, key: &str) -> Result<Vec<Value>, ApiError> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries.clone()),
        Some(_) => Err(invalid()),
    }
}

fn invalid() -> ApiError {
    ApiError::new(400, "parameter_invalid", "invalid tag parameters")
}
