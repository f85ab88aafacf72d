//! `/visitors`: people who have visited the website, before they are contacts.

use crate::call::Call;
use crate::contacts::contact::Contact;
use crate::contacts::input::ContactInput;
use crate::contacts::table::{find_by, insert, next_number};
use crate::contacts::view::respond;
use crate::http::body::{missing, set, text};
use crate::http::response::{ApiError, ApiResponse};
use crate::store::Store;
use crate::workspace::APP_ID;
use serde_json::{Value, json};
use std::borrow::Cow;

/// The id and the `user_id` of each visitor of the seed data.
const VISITORS: [(&str, &str); 2] = [
    ("5bb2f45a1e099bf2d553a2e1", "8d1e5f4c-7a63-4c55-9d0e-0000000000e1"),
    ("5bb2f45a1e099bf2d553a2e2", "8d1e5f4c-7a63-4c55-9d0e-0000000000e2"),
];

/// When the visitors of the seed data visited the website, in seconds since 1970.
const VISITED_AT: i64 = 1_734_537_996;

/// Returns a visitor of the seed data.
fn visitor(id: &str, user_id: &str) -> Value {
    json!({
        "type": "visitor", "id": id, "user_id": user_id, "anonymous": true, "email": "",
        "phone": null, "name": null, "pseudonym": "Violet Suitcase",
        "avatar": {"type": "avatar", "image_url": null}, "app_id": APP_ID,
        "companies": {"type": "company.list", "companies": []}, "location_data": {},
        "last_request_at": null, "created_at": VISITED_AT, "remote_created_at": VISITED_AT,
        "signed_up_at": VISITED_AT, "updated_at": VISITED_AT, "session_count": 0,
        "social_profiles": {"type": "social_profile.list", "social_profiles": []},
        "owner_id": null, "unsubscribed_from_emails": false, "marked_email_as_spam": false,
        "has_hard_bounced": false, "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []}, "custom_attributes": {},
        "referrer": null, "utm_campaign": null, "utm_content": null, "utm_medium": null,
        "utm_source": null, "utm_term": null, "do_not_track": null,
    })
}

/// Inserts the visitors of the seed data.
pub(crate) fn insert_seed(store: &Store) -> Result<(), ApiError> {
    let visitors = VISITORS.map(|(id, user_id)| visitor(id, user_id));
    store.run_with("INSERT INTO visitor (entry) SELECT value FROM json_each(?1)", &visitors)
}

/// Returns the visitor that the first present value names, or 404.
fn find<'a>(
    call: &Call,
    names: &[&str],
    value: impl Fn(&str) -> Option<Cow<'a, str>>,
) -> Result<Value, ApiError> {
    for name in names {
        if let Some(value) = value(name) {
            let select = format!("SELECT entry FROM visitor WHERE {name} = (?1 ->> '$[0]')");
            let found = call.store.entries(&select, &[value.into()])?.into_iter().next();
            return found.ok_or_else(|| ApiError::new(404, "not_found", "Visitor Not Found"));
        }
    }
    Err(missing("visitor"))
}

/// Answers `GET /visitors`.
pub(crate) fn show(call: &Call) -> Result<ApiResponse, ApiError> {
    ApiResponse::ok(&find(call, &["user_id"], |name| call.request.query(name))?)
}

/// Answers `PUT /visitors`: changes the name and the attributes.
pub(crate) fn update(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let mut visitor = find(call, &["id", "user_id"], |name| text(&body, name).map(Cow::from))?;
    if let Some(name) = body.get("name") {
        set(&mut visitor, "name", name.clone());
    }
    if let (Some(Value::Object(attributes)), Some(Value::Object(added))) =
        (visitor.get_mut("custom_attributes"), body.get("custom_attributes"))
    {
        attributes.extend(added.clone());
    }
    set(&mut visitor, "updated_at", call.now());
    call.store.run(
        "UPDATE visitor SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[text(&visitor, "id").into(), visitor.to_string().into()],
    )?;
    ApiResponse::ok(&visitor)
}

/// Answers `POST /visitors/convert`: merges the visitor into an existing contact, or makes a user
/// or a lead of it.
pub(crate) fn convert(call: &Call) -> Result<ApiResponse, ApiError> {
    let body = call.request.object()?;
    let role = text(&body, "type").filter(|role| ["user", "lead"].contains(role));
    let role = role.ok_or_else(|| ApiError::invalid("type", "type must be user or lead"))?;
    let required = |name: &str| {
        body.get(name).filter(|object| object.is_object()).ok_or_else(|| missing(name))
    };
    let (reference, user) = (required("visitor")?, required("user")?);
    let names = ["id", "user_id", "email"];
    let visitor = find(call, &names, |name| text(reference, name).map(Cow::from))?;
    let mut existing = None;
    for (name, column) in [("id", "id"), ("user_id", "external_id"), ("email", "email")] {
        if let Some(value) = text(user, name).filter(|_| existing.is_none()) {
            existing =
                find_by(call, column, value)?.into_iter().find(|contact| contact.role == role);
        }
    }
    let contact = match existing {
        Some(contact) => contact,
        None => insert_contact(call, role, user, &visitor)?,
    };
    call.store
        .run("DELETE FROM visitor WHERE id = (?1 ->> '$[0]')", &[text(&visitor, "id").into()])?;
    respond(call, &contact)
}

/// Inserts the contact that a visitor becomes.
fn insert_contact(
    call: &Call,
    role: &str,
    user: &Value,
    visitor: &Value,
) -> Result<Contact, ApiError> {
    let mut input = json!({ "role": role, "name": visitor.get("name") });
    for (name, field) in [("user_id", "external_id"), ("email", "email")] {
        if let Some(value) = text(user, name) {
            set(&mut input, field, value);
        }
    }
    let contact = ContactInput::read(&input)?.create(call.now(), next_number(call)?)?;
    insert(call, &contact)?;
    Ok(contact)
}
