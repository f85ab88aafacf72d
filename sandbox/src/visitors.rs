//! `/visitors`: people who left no name yet.

use super::answer::{Answer, Refusal};
use super::contacts;
use super::draft::Draft;
use super::operation::Call;
use super::workspace::APP_ID;
use serde_json::{Map, Value, json};

/// When the visitors of the seed came, in seconds since 1970.
const CAME: i64 = 1_734_537_996;

/// A visitor who has done nothing yet.
pub(super) fn fresh(id: &str, user_id: &str) -> Value {
    json!({
        "type": "visitor", "id": id, "user_id": user_id, "anonymous": true, "email": "",
        "phone": null, "name": null, "pseudonym": "Violet Suitcase",
        "avatar": {"type": "avatar", "image_url": null}, "app_id": APP_ID,
        "companies": {"type": "company.list", "companies": []}, "location_data": {},
        "last_request_at": null, "created_at": CAME, "remote_created_at": CAME,
        "signed_up_at": CAME, "updated_at": CAME, "session_count": 0,
        "social_profiles": {"type": "social_profile.list", "social_profiles": []},
        "owner_id": null, "unsubscribed_from_emails": false, "marked_email_as_spam": false,
        "has_hard_bounced": false, "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []}, "custom_attributes": {},
        "referrer": null, "utm_campaign": null, "utm_content": null, "utm_medium": null,
        "utm_source": null, "utm_term": null, "do_not_track": null,
    })
}

/// The visitor whom the first of these names; 404 where there is none.
fn named(
    call: &Call,
    names: &[&str],
    value: impl Fn(&str) -> Option<String>,
) -> Result<Value, Refusal> {
    for name in names {
        if let Some(value) = value(name) {
            let select = format!("SELECT entry FROM visitor WHERE {name} = (?1 ->> '$[0]')");
            let found = call.store.entries(&select, &[value.into()])?.into_iter().next();
            return found.ok_or_else(|| Refusal::new(404, "not_found", "Visitor Not Found"));
        }
    }
    Err(Refusal::new(400, "parameter_not_found", "visitor not specified"))
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `GET /visitors`.
pub(super) fn show(call: &Call) -> Result<Answer, Refusal> {
    let query = |name: &str| call.arrival.query(name).map(|value| value.into_owned());
    Answer::ok(&named(call, &["user_id"], query)?)
}

/// `PUT /visitors`: the name and the attributes.
pub(super) fn update(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let mut visitor = named(call, &["id", "user_id"], |name| text(&body, name))?;
    if let Some(visitor) = visitor.as_object_mut() {
        if let Some(name) = body.get("name") {
            visitor.insert("name".to_owned(), name.clone());
        }
        if let (Some(Value::Object(mine)), Some(Value::Object(written))) =
            (visitor.get_mut("custom_attributes"), body.get("custom_attributes"))
        {
            mine.extend(written.clone());
        }
        visitor.insert("updated_at".to_owned(), call.now().into());
    }
    call.store.run(
        "UPDATE visitor SET entry = ?1 ->> '$[1]' WHERE id = (?1 ->> '$[0]')",
        &[text(&visitor, "id").into(), visitor.to_string().into()],
    )?;
    Answer::ok(&visitor)
}

/// `POST /visitors/convert`: the visitor goes into the user if there is one, and else becomes one,
/// or a lead.
pub(super) fn convert(call: &Call) -> Result<Answer, Refusal> {
    let body = call.arrival.object()?;
    let role = text(&body, "type").filter(|role| role == "user" || role == "lead");
    let role = role.ok_or_else(|| Refusal::invalid("type", "type must be user or lead"))?;
    let part = |name: &str| {
        body.get(name).filter(|part| part.is_object()).ok_or_else(|| {
            Refusal::new(400, "parameter_not_found", format!("{name} not specified"))
        })
    };
    let (of, user) = (part("visitor")?, part("user")?);
    let visitor = named(call, &["id", "user_id", "email"], |name| text(of, name))?;
    let mut existing = None;
    for (name, column) in [("id", "id"), ("user_id", "external_id"), ("email", "email")] {
        if let Some(value) = text(user, name).filter(|_| existing.is_none()) {
            existing =
                contacts::named(call, column, &value)?.into_iter().find(|it| it.role == role);
        }
    }
    let person = match existing {
        Some(person) => person,
        None => {
            let mut draft = Map::new();
            draft.insert("role".to_owned(), role.into());
            for (name, field) in [("user_id", "external_id"), ("email", "email")] {
                if let Some(value) = text(user, name) {
                    draft.insert(field.to_owned(), value.into());
                }
            }
            draft.insert("name".to_owned(), visitor.get("name").cloned().unwrap_or_default());
            let number =
                call.store.count("SELECT coalesce(max(rowid), 0) + 1 AS n FROM contact", &[])?;
            let person = Draft::read(&Value::Object(draft))?.create(call.now(), number)?;
            contacts::settle(call, &person)?;
            person
        }
    };
    call.store
        .run("DELETE FROM visitor WHERE id = (?1 ->> '$[0]')", &[text(&visitor, "id").into()])?;
    contacts::shown(call, &person)
}
