//! The body of `POST /messages`.

use crate::http::body::text;
use crate::http::response::ApiError;
use serde_json::Value;

/// The body of a message, after the checks that need no database.
#[derive(Debug, PartialEq)]
pub(crate) struct MessageInput<'a> {
    /// The type of the sender.
    pub from: MessageFrom<'a>,
    /// The id of the sender.
    pub from_id: String,
    /// The text.
    pub body: &'a str,
}

/// The type of the sender, and the fields that depend on it.
#[derive(Debug, PartialEq)]
pub(crate) enum MessageFrom<'a> {
    /// An admin.
    Admin {
        /// The subject and the template of an e-mail.
        email: Option<(&'a str, &'a str)>,
        /// The subject; an in-app message can have one, too.
        subject: Option<&'a str>,
        /// The role and the id of each recipient.
        to: Vec<(&'a str, &'a str)>,
    },
    /// A contact with this role.
    Contact(&'a str),
}

impl<'a> MessageInput<'a> {
    /// Reads a body. Like Intercom, it checks the text first and the recipients last.
    pub fn read(message: &'a Value) -> Result<Self, ApiError> {
        let body = text(message, "body")
            .ok_or_else(|| ApiError::new(400, "parameter_invalid", "Body is required"))?;
        let sender = message.get("from").unwrap_or(&Value::Null);
        let from = match text(sender, "type") {
            Some("admin") => Self::by_admin(message)?,
            Some(role @ ("user" | "lead" | "contact")) => MessageFrom::Contact(role),
            _ => {
                let message = "from needs a type of admin, user, lead or contact";
                return Err(ApiError::invalid("from.type", message));
            }
        };
        let from_id = match sender.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(ApiError::invalid("from.id", "from needs an id")),
        };
        Ok(Self { from, from_id, body })
    }

    /// Reads the fields of a message from an admin.
    fn by_admin(message: &'a Value) -> Result<MessageFrom<'a>, ApiError> {
        let subject = text(message, "subject");
        let email = match text(message, "message_type") {
            Some("email") => {
                let subject = subject.ok_or_else(|| {
                    let message = "No subject supplied for email message";
                    ApiError::new(422, "parameter_not_found", message)
                })?;
                let template = text(message, "template")
                    .filter(|template| ["plain", "personal"].contains(template))
                    .ok_or_else(|| {
                        ApiError::invalid("template", "template must be plain or personal")
                    })?;
                Some((subject, template))
            }
            Some("inapp" | "in_app" | "conversation") => None,
            _ => {
                let message = "message_type must be email or inapp";
                return Err(ApiError::invalid("message_type", message));
            }
        };
        let to = match message.get("to") {
            Some(Value::Array(recipients)) => {
                recipients.iter().map(recipient).collect::<Result<_, _>>()?
            }
            Some(one) => vec![recipient(one)?],
            None => Vec::new(),
        };
        if to.is_empty() {
            return Err(ApiError::invalid("to", "to is required"));
        }
        Ok(MessageFrom::Admin { email, subject, to })
    }
}

/// Reads the role and the id of a recipient. API 2.x takes Intercom's id only, not `user_id` or
/// `email`.
fn recipient(to: &Value) -> Result<(&str, &str), ApiError> {
    let role = text(to, "type")
        .filter(|role| ["user", "lead", "contact"].contains(role))
        .ok_or_else(|| ApiError::invalid("to.type", "to needs a type of user or lead"))?;
    let id =
        text(to, "id").ok_or_else(|| ApiError::invalid("to.id", "to needs the contact's id"))?;
    Ok((role, id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn email() -> Value {
        json!({
            "message_type": "email", "subject": "Hey", "body": "How are you ?", "template": "plain",
            "from": {"type": "admin", "id": "1234567"}, "to": {"type": "user", "id": "5bb2"},
        })
    }

    fn refused(change: Value) -> Option<(u16, &'static str, Option<String>)> {
        let mut message = email();
        if let (Value::Object(message), Value::Object(change)) = (&mut message, change) {
            message.extend(change);
        }
        let error = MessageInput::read(&message).err();
        error.map(|error| (error.status, error.code, error.field))
    }

    fn invalid(field: &str) -> Option<(u16, &'static str, Option<String>)> {
        Some((400, "parameter_invalid", Some(field.into())))
    }

    #[test]
    fn the_message_of_the_article_is_valid() {
        assert_eq!(refused(json!({})), None);
        assert_eq!(refused(json!({"from": {"type": "admin", "id": 1234567}})), None);
        assert_eq!(
            refused(json!({"message_type": "inapp", "subject": null, "template": null})),
            None
        );
        assert_eq!(refused(json!({"from": {"type": "user", "id": "5bb2"}, "to": null})), None);
        assert_eq!(
            refused(json!({"to": [{"type": "user", "id": "1"}, {"type": "lead", "id": "2"}]})),
            None
        );
    }

    #[test]
    fn a_missing_field_has_the_error_of_intercom() {
        assert_eq!(refused(json!({"body": null})), Some((400, "parameter_invalid", None)));
        assert_eq!(refused(json!({"subject": null})), Some((422, "parameter_not_found", None)));
        assert_eq!(refused(json!({"template": "fancy"})), invalid("template"));
        assert_eq!(refused(json!({"message_type": "fax"})), invalid("message_type"));
        assert_eq!(refused(json!({"from": null})), invalid("from.type"));
        assert_eq!(refused(json!({"from": {"type": "admin"}})), invalid("from.id"));
        assert_eq!(refused(json!({"to": null})), invalid("to.type"));
        assert_eq!(refused(json!({"to": []})), invalid("to"));
        assert_eq!(
            refused(json!({"to": {"type": "user", "user_id": "john_doe"}})),
            invalid("to.id")
        );
        assert_eq!(refused(json!({"to": {"type": "user", "email": "a@b.c"}})), invalid("to.id"));
    }

    #[test]
    fn the_subject_is_checked_before_the_recipients() {
        let change = json!({"subject": null, "to": {"type": "user", "user_id": "70"}});
        assert_eq!(refused(change), Some((422, "parameter_not_found", None)));
    }
}
