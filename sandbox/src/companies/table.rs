//! The table of companies.

use crate::http::body::{set, text};
use crate::http::response::ApiError;
use crate::store::Store;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// Returns all companies, oldest first, each with the number of its contacts.
pub(crate) fn all(store: &Store) -> Result<Vec<Value>, ApiError> {
    let mut companies: Vec<Value> =
        store.entries("SELECT entry FROM company ORDER BY number", &[])?;
    count_contacts(store, companies.iter_mut())?;
    Ok(companies)
}

/// Returns the next companies after a row number, oldest first, each with its row number.
pub(crate) fn after(store: &Store, number: u64, limit: u64) -> Result<Vec<(u64, Value)>, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        entry: String,
    }
    let rows: Vec<Row> = store.rows(
        "SELECT number, entry FROM company WHERE number > (?1 ->> '$[0]') ORDER BY number
         LIMIT (?1 ->> '$[1]')",
        &[number.into(), limit.into()],
    )?;
    let companies: Result<Vec<(u64, Value)>, ApiError> =
        rows.iter().map(|row| Ok((row.number, serde_json::from_str(&row.entry)?))).collect();
    let mut companies = companies?;
    count_contacts(store, companies.iter_mut().map(|(_, company)| company))?;
    Ok(companies)
}

/// Sets `user_count` of each company.
fn count_contacts<'a>(
    store: &Store,
    companies: impl Iterator<Item = &'a mut Value>,
) -> Result<(), ApiError> {
    #[derive(Deserialize)]
    struct MemberCount {
        id: String,
        n: u64,
    }
    let members: Vec<MemberCount> = store.rows(
        "SELECT member.value AS id, count(*) AS n FROM contact, json_each(contact.companies) AS member
         WHERE contact.state = 'active' GROUP BY 1",
        &[],
    )?;
    let members: HashMap<String, u64> = members.into_iter().map(|row| (row.id, row.n)).collect();
    for company in companies {
        let count = text(company, "id").and_then(|id| members.get(id)).copied().unwrap_or(0);
        set(company, "user_count", count);
    }
    Ok(())
}

/// Returns the company of an id, or 404.
pub(crate) fn find(store: &Store, id: &str) -> Result<Value, ApiError> {
    all(store)?.into_iter().find(|company| text(company, "id") == Some(id)).ok_or_else(not_found)
}

/// Returns the companies of several ids, oldest first.
pub(crate) fn find_all(store: &Store, ids: &[String]) -> Result<Vec<Value>, ApiError> {
    let mut companies = all(store)?;
    companies.retain(|company| ids.iter().any(|id| text(company, "id") == Some(id)));
    Ok(companies)
}

/// Returns the company that an object names by `id` or `company_id`, or 404.
pub(crate) fn find_named(store: &Store, reference: &Value) -> Result<Value, ApiError> {
    let matches = |company: &Value| {
        ["id", "company_id"].iter().any(|name| {
            let id = text(reference, name);
            id.is_some() && id == text(company, name)
        })
    };
    all(store)?.into_iter().find(matches).ok_or_else(not_found)
}

/// Saves a company that was changed.
pub(crate) fn save(store: &Store, company: &Value) -> Result<(), ApiError> {
    store.run(
        "UPDATE company SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[text(company, "id").into(), company.to_string().into()],
    )
}

/// Returns the error for an unknown company.
pub(crate) fn not_found() -> ApiError {
    ApiError::new(404, "company_not_found", "Company Not Found")
}
