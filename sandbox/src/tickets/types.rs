//! `/ticket_types` with their attributes, and `/ticket_states`. Each shows the other, so both are
//! in one file.

use crate::call::Call;
use crate::http::body::{id, missing, set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::resource::fields::{FieldType, require, write};
use crate::resource::{Resource, table};
use crate::workspace::{APP_ID, CREATED_AT};
use serde_json::{Map, Value, json};

/// The default attributes of every ticket type: the title and the description of a ticket.
const DEFAULTS: [(&str, bool); 2] = [("_default_title_", false), ("_default_description_", true)];

/// The ticket types.
pub(crate) struct TicketTypes;

/// Returns a ticket type with the default attributes, whose ids start with its own.
fn ticket_type(id: &str, name: &str, category: &str, at: i64) -> Value {
    let attributes = DEFAULTS.iter().zip(0..).map(|((name, multiline), order)| {
        let mut attribute = attribute(&format!("{id}{order}"), id, order, at);
        set(&mut attribute, "name", *name);
        set(&mut attribute, "data_type", "string");
        set(&mut attribute, "input_options", json!({ "multiline": multiline }));
        set(&mut attribute, "default", true);
        attribute
    });
    json!({
        "type": "ticket_type", "id": id, "name": name, "description": "", "icon": "🎟️",
        "workspace_id": APP_ID, "archived": false, "created_at": at, "updated_at": at,
        "is_internal": false, "category": category,
        "ticket_type_attributes": {"type": "list", "data": attributes.collect::<Vec<_>>()},
    })
}

/// Returns an attribute without a name and a data type.
fn attribute(id: &str, ticket_type: &str, order: usize, at: i64) -> Value {
    json!({
        "type": "ticket_type_attribute", "id": id, "workspace_id": APP_ID, "description": "",
        "input_options": null, "order": order, "required_to_create": false,
        "required_to_create_for_contacts": false, "visible_on_create": true,
        "visible_to_contacts": true, "default": false, "archived": false, "created_at": at,
        "ticket_type_id": ticket_type.parse::<u64>().ok(), "updated_at": at,
    })
}

impl Resource for TicketTypes {
    const NAME: &'static str = "ticket_type";
    const FIELDS: &'static [(&'static str, FieldType)] = &[
        ("name", FieldType::Text),
        ("description", FieldType::Text),
        ("category", FieldType::OneOf(&["Customer", "Back-office", "Tracker"])),
        ("icon", FieldType::Text),
        ("is_internal", FieldType::Flag),
        ("archived", FieldType::Flag),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("name", "Name is a required parameter.")];

    fn seed() -> Vec<Value> {
        vec![
            ticket_type("301", "Bug report", "Customer", CREATED_AT),
            ticket_type("302", "Internal task", "Back-office", CREATED_AT),
            ticket_type("303", "Outage", "Tracker", CREATED_AT),
        ]
    }

    fn blank(call: &Call, id: &str) -> Value {
        ticket_type(id, "", "Customer", call.now())
    }

    fn to_json(call: &Call, mut ticket_type: Value) -> Result<Value, ApiError> {
        let states = table::all::<TicketStates>(call.store)?;
        set(&mut ticket_type, "ticket_states", json!({"type": "list", "data": states}));
        Ok(ticket_type)
    }
}

/// The fields of an attribute that a caller may write, without those of `input_options`.
const ATTRIBUTE_FIELDS: [(&str, FieldType); 7] = [
    ("name", FieldType::Text),
    ("description", FieldType::Text),
    ("required_to_create", FieldType::Flag),
    ("required_to_create_for_contacts", FieldType::Flag),
    ("visible_on_create", FieldType::Flag),
    ("visible_to_contacts", FieldType::Flag),
    ("archived", FieldType::Flag),
];

/// The data types of an attribute.
const DATA_TYPES: FieldType =
    FieldType::OneOf(&["string", "list", "integer", "decimal", "boolean", "datetime", "files"]);

/// Answers `POST /ticket_types/{id}/attributes`.
pub(crate) fn create_attribute(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket_type = table::find::<TicketTypes>(call.store, &call.param)?;
    let body = call.request.object()?;
    for name in ["name", "description", "data_type"] {
        require(&[(name, &format!("{name} not specified"))], &body)?;
    }
    let attributes = attributes_mut(&mut ticket_type).ok_or_else(ApiError::not_found)?;
    let has_name = |known: &Value| text(known, "name") == text(&body, "name");
    if attributes.iter().any(has_name) {
        return Err(ApiError::invalid("name", "Name is already taken"));
    }
    let id = table::next_id(call.store)?;
    let id = format!("{id}{}", attributes.len());
    let mut attribute = attribute(&id, &call.param, attributes.len(), call.now());
    write(&[("data_type", DATA_TYPES)], &body, &mut attribute)?;
    write_attribute(&mut attribute, &body)?;
    attributes.push(attribute.clone());
    table::save::<TicketTypes>(call.store, &ticket_type)?;
    ApiResponse::ok(&attribute)
}

/// Answers `PUT /ticket_types/{id}/attributes/{attribute_id}`. The data type does not change.
pub(crate) fn update_attribute(call: &Call) -> Result<ApiResponse, ApiError> {
    let mut ticket_type = table::find::<TicketTypes>(call.store, &call.param)?;
    let body = call.request.object()?;
    let mut known = attributes_mut(&mut ticket_type).into_iter().flatten();
    let attribute = known.find(|known| text(known, "id") == Some(&call.second_param));
    let attribute = attribute.ok_or_else(ApiError::not_found)?;
    write_attribute(attribute, &body)?;
    set(attribute, "updated_at", call.now());
    let attribute = attribute.clone();
    table::save::<TicketTypes>(call.store, &ticket_type)?;
    ApiResponse::ok(&attribute)
}

fn attributes_mut(ticket_type: &mut Value) -> Option<&mut Vec<Value>> {
    ticket_type.pointer_mut("/ticket_type_attributes/data")?.as_array_mut()
}

/// Writes the fields of a body into an attribute.
fn write_attribute(attribute: &mut Value, body: &Value) -> Result<(), ApiError> {
    write(&ATTRIBUTE_FIELDS, body, attribute)?;
    let options = match text(attribute, "data_type") {
        Some("string") => body.get("multiline").map(|multiline| json!({"multiline": multiline})),
        Some("files") => {
            body.get("allow_multiple_values").map(|many| json!({"allow_multiple_values": many}))
        }
        Some("list") => text(body, "list_items").map(|items| {
            let items = items
                .split(',')
                .zip(1..)
                .map(|(item, number)| json!({"id": format!("{number}"), "name": item.trim()}));
            json!({"items": items.collect::<Vec<_>>()})
        }),
        _ => None,
    };
    if let Some(options) = options {
        set(attribute, "input_options", options);
    }
    Ok(())
}

/// The ticket states. Every ticket type has all of them.
pub(crate) struct TicketStates;

impl Resource for TicketStates {
    const NAME: &'static str = "ticket_state";

    fn seed() -> Vec<Value> {
        let states = [
            ("401", "submitted", "Submitted", "Submitted"),
            ("402", "in_progress", "In progress", "In progress"),
            ("403", "waiting_on_customer", "Waiting on customer", "Waiting on you"),
            ("404", "resolved", "Resolved", "Resolved"),
        ];
        let states = states.iter().map(|(id, category, internal_label, external_label)| {
            json!({
                "type": "ticket_state", "id": id, "category": category,
                "internal_label": internal_label, "external_label": external_label,
            })
        });
        states.collect()
    }

    /// Adds the ticket types.
    fn to_list_json(call: &Call, mut state: Value) -> Result<Value, ApiError> {
        let mut types = table::all::<TicketTypes>(call.store)?;
        for ticket_type in &mut types {
            if let Some(ticket_type) = ticket_type.as_object_mut() {
                for name in ["workspace_id", "created_at", "updated_at", "ticket_type_attributes"] {
                    ticket_type.remove(name);
                }
            }
        }
        set(&mut state, "archived", false);
        set(&mut state, "ticket_types", json!({"type": "list", "data": types}));
        Ok(state)
    }
}

/// Returns the ticket type that a body names.
pub(crate) fn from_body(call: &Call, body: &Value) -> Result<Value, ApiError> {
    let id = id(body, "ticket_type_id").ok_or_else(|| missing("ticket_type_id"))?;
    table::find::<TicketTypes>(call.store, &id)
}

/// Checks the attributes of a ticket: the ticket type must have all of them, and a new ticket needs
/// the required ones.
pub(crate) fn check(
    ticket_type: &Value,
    attributes: &Map<String, Value>,
    is_new: bool,
) -> Result<(), ApiError> {
    let known: Vec<&Value> = ticket_type
        .pointer("/ticket_type_attributes/data")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|known| known.get("archived") != Some(&true.into()))
        .collect();
    let is_known = |name: &str| known.iter().any(|known| text(known, "name") == Some(name));
    if let Some(name) = attributes.keys().find(|name| !is_known(name)) {
        return Err(ApiError::invalid(
            name,
            format!("'{name}' is not an attribute of the ticket type"),
        ));
    }
    let is_missing = |known: &&Value| {
        let value = text(known, "name").and_then(|name| attributes.get(name));
        known.get("required_to_create") == Some(&true.into()) && value.is_none_or(Value::is_null)
    };
    if is_new && known.iter().any(is_missing) {
        return Err(ApiError::new(400, "parameter_invalid", "Missing required ticket attributes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_has_the_attributes_of_its_type_and_the_required_ones() {
        let mut bug = ticket_type("1", "Bug", "Customer", 7);
        let mut required = attribute("9", "1", 2, 7);
        set(&mut required, "name", "Severity");
        set(&mut required, "required_to_create", true);
        attributes_mut(&mut bug).unwrap().push(required);
        let checked = |attributes: Value, is_new| {
            let attributes = attributes.as_object().unwrap();
            check(&bug, attributes, is_new).map_err(|error| error.message)
        };
        assert_eq!(checked(json!({"_default_title_": "T", "Severity": 1}), true), Ok(()));
        assert_eq!(checked(json!({}), false), Ok(()));
        let missing = Err("Missing required ticket attributes".to_owned());
        assert_eq!(checked(json!({"_default_title_": "T"}), true), missing);
        assert_eq!(checked(json!({"Severity": null}), true), missing);
        assert!(checked(json!({"Colour": 1}), false).is_err());
    }

    #[test]
    fn the_data_type_of_an_attribute_decides_its_options() {
        let options = |data_type: &str, body: Value| {
            let mut attribute = json!({ "data_type": data_type });
            write_attribute(&mut attribute, &body).unwrap();
            attribute.get("input_options").cloned()
        };
        let all =
            json!({"multiline": true, "allow_multiple_values": true, "list_items": "Low, High"});
        assert_eq!(options("string", all.clone()), Some(json!({"multiline": true})));
        assert_eq!(options("files", all.clone()), Some(json!({"allow_multiple_values": true})));
        let items = json!([{"id": "1", "name": "Low"}, {"id": "2", "name": "High"}]);
        assert_eq!(options("list", all.clone()), Some(json!({ "items": items })));
        assert_eq!(options("integer", all), None);
    }
}
