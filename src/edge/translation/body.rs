//! Reads and checks bodies of API 1.x, before the first request to Intercom.

use crate::call::JsonText;
use crate::edge::request::body;
use crate::edge::request::context::RequestContext;
use crate::edge::response::Rejection;
use crate::model::Object;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the request's body, which must be a JSON object.
pub async fn object<T: DeserializeOwned>(context: &RequestContext<'_>) -> Result<T, Rejection> {
    read(&body::json(context).await?)
}

/// Reads a JSON object.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let reason = if error.is_data() {
            "The body is not a JSON object".to_owned()
        } else {
            format!("The body is not JSON: line {line}, column {column}")
        };
        Rejection::new(400, "bad_request", reason).naming("body")
    })
}

/// Checks that a body is a JSON object, and keeps its text.
pub fn json_text(body: Vec<u8>) -> Result<JsonText, Rejection> {
    read::<Object>(&body)?;
    // serde_json has checked that the body is UTF-8.
    String::from_utf8(body).map(JsonText).map_err(|_| invalid("body", "The body is not UTF-8"))
}

/// A field has an invalid value: 422.
pub fn invalid(field: &str, message: &str) -> Rejection {
    Rejection::new(422, "parameter_invalid", message).naming(field)
}

/// A field is missing: 422.
pub fn missing(field: &str, message: &str) -> Rejection {
    Rejection::new(422, "parameter_not_found", message).naming(field)
}

/// Rejects a model with a field of the wrong type.
pub fn well_formed(within: &str, invalid_field: Option<&str>) -> Result<(), Rejection> {
    match invalid_field {
        Some(name) => Err(invalid(&path(within, name), &format!("{name} has the wrong type"))),
        None => Ok(()),
    }
}

/// Reads a boolean; null is false. A text or a number is rejected, because a wrong guess would do the opposite.
pub fn flag(within: &str, object: &Object, name: &str) -> Result<bool, Rejection> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(invalid(&path(within, name), &format!("{name} is true or false"))),
    }
}

/// The fields of a person that only API 2.x has. API 1.x calls them `user_id` and `last_request_at`, has the role
/// in the path, and has no owner.
pub const PERSON_OF_V2: &[&str] = &["role", "external_id", "owner_id", "last_seen_at"];

/// The fields that name a person only in API 2.x.
pub const PARTY_OF_V2: &[&str] = &["role", "external_id", "contact_id"];

/// The fields of a message that only API 2.x has.
pub const MESSAGE_OF_V2: &[&str] = &["cc", "bcc", "create_conversation_without_contact_reply"];

/// Rejects a body with fields that only API 2.x has. Its caller means API 2.x, and to drop these fields would
/// write something else.
pub fn of_v1(within: &str, object: &Object, only_v2: &[&str]) -> Result<(), Rejection> {
    let given = only_v2.iter().filter(|name| object.contains_key(**name));
    let given: Vec<String> = given.map(|name| path(within, name)).collect();
    let (names, verb) = match given.as_slice() {
        [] => return Ok(()),
        [name] => (name.clone(), "is a field"),
        names => (names.join(" and "), "are fields"),
    };
    let words = format!("{names} {verb} of API 2.x: send Intercom-Version: 2.14. Nothing was sent");
    let rejection = given
        .first()
        .map(|name| Rejection::parameter(name, words).holding("fields", given.clone().into()));
    rejection.map_or(Ok(()), Err)
}

/// Joins the name of a field to the path of the field that contains it.
pub fn path(within: &str, name: &str) -> String {
    if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::{PERSON_OF_V2, flag, of_v1};
    use crate::model::Object;
    use serde_json::json;

    fn object(value: serde_json::Value) -> Object {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_boolean_is_true_false_or_null_and_nothing_else() {
        let read = |value| flag("companies[0]", &object(json!({ "remove": value })), "remove");
        assert!(read(json!(true)).unwrap() && !read(json!(false)).unwrap());
        assert!(!read(json!(null)).unwrap() && !flag("", &Object::new(), "remove").unwrap());
        for value in
            [json!("true"), json!("yes"), json!(""), json!(1), json!(0), json!([]), json!({})]
        {
            assert_eq!(read(value.clone()).unwrap_err().status(), 422, "{value}");
        }
    }

    #[test]
    fn fields_of_api_2_are_named_with_the_version_to_send() {
        let body = object(json!({ "external_id": "9", "email": "a@b.c", "role": null }));
        let rejection = of_v1("", &body, PERSON_OF_V2).unwrap_err();
        assert_eq!(rejection.status(), 400);
        let words = "role and external_id are fields of API 2.x: send Intercom-Version: 2.14. \
                     Nothing was sent";
        assert_eq!(rejection.message(), Some(words));
        assert!(of_v1("", &object(json!({ "user_id": "9" })), PERSON_OF_V2).is_ok());
    }
}
