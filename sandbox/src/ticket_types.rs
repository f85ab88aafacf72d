//! `/ticket_types`, the attributes of each, and `/ticket_states`.

use super::answer::{Answer, Refusal};
use super::body::{id, set, text};
use super::collection::{self, Collection, Takes};
use super::operation::Call;
use super::workspace::{APP_ID, BEGAN};
use serde_json::{Map, Value, json};

/// The attributes that every ticket type has: the title and the description of a ticket.
const DEFAULTS: [(&str, bool); 2] = [("_default_title_", false), ("_default_description_", true)];

/// The ticket types.
pub(super) struct TicketTypes;

/// Returns a ticket type with the default attributes, whose ids follow from its own.
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

fn attribute(id: &str, ticket_type: &str, order: usize, at: i64) -> Value {
    json!({
        "type": "ticket_type_attribute", "id": id, "workspace_id": APP_ID, "description": "",
        "input_options": null, "order": order, "required_to_create": false,
        "required_to_create_for_contacts": false, "visible_on_create": true,
        "visible_to_contacts": true, "default": false, "archived": false, "created_at": at,
        "ticket_type_id": ticket_type.parse::<u64>().ok(), "updated_at": at,
    })
}

impl Collection for TicketTypes {
    const KIND: &'static str = "ticket_type";
    const FIELDS: &'static [(&'static str, Takes)] = &[
        ("name", Takes::Text),
        ("description", Takes::Text),
        ("category", Takes::OneOf(&["Customer", "Back-office", "Tracker"])),
        ("icon", Takes::Text),
        ("is_internal", Takes::Flag),
        ("archived", Takes::Flag),
    ];
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("name", "Name is a required parameter.")];

    fn seed() -> Vec<Value> {
        vec![
            ticket_type("301", "Bug report", "Customer", BEGAN),
            ticket_type("302", "Internal task", "Back-office", BEGAN),
            ticket_type("303", "Outage", "Tracker", BEGAN),
        ]
    }

    fn fresh(call: &Call, id: &str) -> Value {
        ticket_type(id, "", "Customer", call.now())
    }

    fn shown(call: &Call, mut of: Value) -> Result<Value, Refusal> {
        let states = collection::all::<TicketStates>(call.store)?;
        set(&mut of, "ticket_states", json!({"type": "list", "data": states}));
        Ok(of)
    }
}

/// The fields of an attribute that a caller may write; those of `input_options` are apart.
const ATTRIBUTE: [(&str, Takes); 7] = [
    ("name", Takes::Text),
    ("description", Takes::Text),
    ("required_to_create", Takes::Flag),
    ("required_to_create_for_contacts", Takes::Flag),
    ("visible_on_create", Takes::Flag),
    ("visible_to_contacts", Takes::Flag),
    ("archived", Takes::Flag),
];

const DATA_TYPES: Takes =
    Takes::OneOf(&["string", "list", "integer", "decimal", "boolean", "datetime", "files"]);

/// Answers `POST /ticket_types/{id}/attributes`.
pub(super) fn create_attribute(call: &Call) -> Result<Answer, Refusal> {
    let mut of = collection::find::<TicketTypes>(call.store, &call.name)?;
    let body = call.arrival.object()?;
    for name in ["name", "description", "data_type"] {
        collection::require(&[(name, &format!("{name} not specified"))], &body)?;
    }
    let attributes = attributes_mut(&mut of).ok_or_else(Refusal::not_found)?;
    let same = |known: &Value| text(known, "name") == text(&body, "name");
    if attributes.iter().any(same) {
        return Err(Refusal::invalid("name", "Name is already taken"));
    }
    let id = collection::next_id(call.store)?;
    let id = format!("{id}{}", attributes.len());
    let mut attribute = attribute(&id, &call.name, attributes.len(), call.now());
    collection::write(&[("data_type", DATA_TYPES)], &body, &mut attribute)?;
    write_attribute(&mut attribute, &body)?;
    attributes.push(attribute.clone());
    collection::keep::<TicketTypes>(call.store, &of)?;
    Answer::ok(&attribute)
}

/// Answers `PUT /ticket_types/{id}/attributes/{attribute_id}`; the data type stays.
pub(super) fn update_attribute(call: &Call) -> Result<Answer, Refusal> {
    let mut of = collection::find::<TicketTypes>(call.store, &call.name)?;
    let body = call.arrival.object()?;
    let mut known = attributes_mut(&mut of).into_iter().flatten();
    let attribute = known.find(|known| text(known, "id") == Some(&call.second));
    let attribute = attribute.ok_or_else(Refusal::not_found)?;
    write_attribute(attribute, &body)?;
    set(attribute, "updated_at", call.now());
    let attribute = attribute.clone();
    collection::keep::<TicketTypes>(call.store, &of)?;
    Answer::ok(&attribute)
}

fn attributes_mut(of: &mut Value) -> Option<&mut Vec<Value>> {
    of.pointer_mut("/ticket_type_attributes/data")?.as_array_mut()
}

/// Writes what a body says of an attribute.
fn write_attribute(attribute: &mut Value, body: &Value) -> Result<(), Refusal> {
    collection::write(&ATTRIBUTE, body, attribute)?;
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

/// The ticket states. Each is good for every ticket type.
pub(super) struct TicketStates;

impl Collection for TicketStates {
    const KIND: &'static str = "ticket_state";

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

    /// A list names the ticket types of each state.
    fn listed(call: &Call, mut state: Value) -> Result<Value, Refusal> {
        let mut types = collection::all::<TicketTypes>(call.store)?;
        for of in &mut types {
            if let Some(of) = of.as_object_mut() {
                for name in ["workspace_id", "created_at", "updated_at", "ticket_type_attributes"] {
                    of.remove(name);
                }
            }
        }
        set(&mut state, "archived", false);
        set(&mut state, "ticket_types", json!({"type": "list", "data": types}));
        Ok(state)
    }
}

/// Returns the ticket type that a body names.
pub(super) fn of_body(call: &Call, body: &Value) -> Result<Value, Refusal> {
    let id = id(body, "ticket_type_id").ok_or_else(|| super::body::missing("ticket_type_id"))?;
    collection::find::<TicketTypes>(call.store, &id)
}

/// Checks the attributes of a ticket: all must be the type's, and a new ticket has the required ones.
pub(super) fn check(
    of: &Value,
    attributes: &Map<String, Value>,
    is_new: bool,
) -> Result<(), Refusal> {
    let known: Vec<&Value> = of
        .pointer("/ticket_type_attributes/data")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|known| known.get("archived") != Some(&true.into()))
        .collect();
    let is_known = |name: &str| known.iter().any(|known| text(known, "name") == Some(name));
    if let Some(name) = attributes.keys().find(|name| !is_known(name)) {
        return Err(Refusal::invalid(
            name,
            format!("'{name}' is not an attribute of the ticket type"),
        ));
    }
    let lacks = |known: &&Value| {
        let value = text(known, "name").and_then(|name| attributes.get(name));
        known.get("required_to_create") == Some(&true.into()) && value.is_none_or(Value::is_null)
    };
    if is_new && known.iter().any(lacks) {
        return Err(Refusal::new(400, "parameter_invalid", "Missing required ticket attributes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_has_the_attributes_of_its_type_and_the_required_ones() {
        let mut of = ticket_type("1", "Bug", "Customer", 7);
        let mut required = attribute("9", "1", 2, 7);
        set(&mut required, "name", "Severity");
        set(&mut required, "required_to_create", true);
        attributes_mut(&mut of).unwrap().push(required);
        let checked = |attributes: Value, is_new| {
            let attributes = attributes.as_object().unwrap();
            check(&of, attributes, is_new).map_err(|refusal| refusal.message)
        };
        assert_eq!(checked(json!({"_default_title_": "T", "Severity": 1}), true), Ok(()));
        assert_eq!(checked(json!({}), false), Ok(()));
        let missing = Err("Missing required ticket attributes".to_owned());
        assert_eq!(checked(json!({"_default_title_": "T"}), true), missing);
        assert_eq!(checked(json!({"Severity": null}), true), missing);
        assert!(checked(json!({"Colour": 1}), false).is_err());
    }

    #[test]
    fn the_options_of_an_attribute_follow_from_its_data_type() {
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
