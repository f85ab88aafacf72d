//! The body of a request that creates or updates a contact.

use crate::contacts::contact::Contact;
use crate::http::body;
use crate::http::response::ApiError;
use crate::random::Random;
use serde_json::{Map, Value};

/// The body of a create or an update, after its check. `Some(None)` is a field that was `null`: the
/// update empties it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ContactInput {
    role: Option<String>,
    external_id: Option<Option<String>>,
    email: Option<Option<String>>,
    phone: Option<Option<String>>,
    name: Option<Option<String>>,
    avatar: Option<Option<String>>,
    language_override: Option<Option<String>>,
    signed_up_at: Option<Option<i64>>,
    last_seen_at: Option<Option<i64>>,
    owner_id: Option<Option<u64>>,
    unsubscribed_from_emails: Option<bool>,
    custom_attributes: Map<String, Value>,
}

impl ContactInput {
    /// Reads a body. Like Intercom, it ignores fields that cannot be written.
    pub fn read(body: &Value) -> Result<Self, ApiError> {
        let text = |name: &str| match body.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
            Some(_) => Err(ApiError::invalid(name, format!("{name} must be a string"))),
        };
        let time = |name: &str| match body.get(name) {
            None => Ok::<_, ApiError>(None),
            Some(_) => Ok(Some(body::time(body, name)?)),
        };
        let role = text("role")?.flatten();
        if !role.as_deref().is_none_or(|role| role == "user" || role == "lead") {
            return Err(ApiError::invalid("role", "role must be user or lead"));
        }
        let email = text("email")?.map(|email| email.map(|email| email.to_lowercase()));
        if !email.iter().flatten().all(|email| is_address(email)) {
            return Err(ApiError::invalid("email", "email is not a valid e-mail address"));
        }
        Ok(Self {
            role,
            external_id: text("external_id")?,
            email,
            phone: text("phone")?,
            name: text("name")?,
            avatar: text("avatar")?,
            language_override: text("language_override")?,
            signed_up_at: time("signed_up_at")?,
            last_seen_at: time("last_seen_at")?,
            owner_id: owner_id(body)?,
            unsubscribed_from_emails: body::flag(body, "unsubscribed_from_emails")?,
            custom_attributes: body::object(body, "custom_attributes")?,
        })
    }

    /// Returns a new contact. The number makes its id unique.
    pub fn create(self, now: i64, number: u64) -> Result<Contact, ApiError> {
        let has_identity =
            self.external_id.iter().flatten().chain(self.email.iter().flatten()).count() > 0;
        let role = self.role.clone().unwrap_or_else(|| "user".to_owned());
        if !has_identity && self.role.as_deref() != Some("lead") {
            return Err(ApiError::new(
                400,
                "parameter_not_found",
                "At least one of email, external_id or the role lead is required",
            ));
        }
        let mut random = Random::new(now.unsigned_abs(), number);
        let mut contact = Contact {
            id: format!("{now:08x}{:016x}", random.next()),
            role,
            created_at: now,
            ..Contact::default()
        };
        if contact.role == "lead" {
            contact.external_id = Some(random.uuid());
        }
        Ok(self.update(contact, now))
    }

    /// Returns a contact after the update.
    pub fn update(self, mut contact: Contact, now: i64) -> Contact {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut contact.role, self.role);
        set(&mut contact.external_id, self.external_id);
        set(&mut contact.email, self.email);
        set(&mut contact.phone, self.phone);
        set(&mut contact.name, self.name);
        set(&mut contact.avatar, self.avatar);
        set(&mut contact.language_override, self.language_override);
        set(&mut contact.signed_up_at, self.signed_up_at);
        set(&mut contact.last_seen_at, self.last_seen_at);
        set(&mut contact.owner_id, self.owner_id);
        set(&mut contact.unsubscribed_from_emails, self.unsubscribed_from_emails);
        contact.custom_attributes.extend(self.custom_attributes);
        contact.updated_at = now;
        contact
    }
}

/// Reads the id of the owner; an absent field is `None`, and `null` is `Some(None)`.
fn owner_id(body: &Value) -> Result<Option<Option<u64>>, ApiError> {
    match body.get("owner_id") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::Number(id)) if id.is_u64() => Ok(Some(id.as_u64())),
        Some(Value::String(id)) if id.parse::<u64>().is_ok() => Ok(Some(id.parse().ok())),
        Some(_) => Err(ApiError::invalid("owner_id", "owner_id must be the id of an admin")),
    }
}

/// Returns true if a text has the form of an e-mail address.
fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(mailbox, host)| {
        !mailbox.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn created(body: &Value) -> Result<Contact, ApiError> {
        ContactInput::read(body)?.create(1_700_000_000, 501)
    }

    #[test]
    fn a_new_contact_needs_an_email_an_external_id_or_the_role_lead() {
        assert!(created(&json!({"email": "a@example.com"})).is_ok());
        assert!(created(&json!({"external_id": "a"})).is_ok());
        let lead = created(&json!({"role": "lead"}));
        assert!(lead.is_ok_and(|lead| lead.external_id.is_some_and(|id| id.len() == 36)));
        for unidentified in
            [json!({}), json!({"role": "user"}), json!({"name": "A", "email": null})]
        {
            assert_eq!(created(&unidentified).map_err(|r| r.status), Err(400), "{unidentified}");
        }
    }

    #[test]
    fn a_new_id_is_24_hex_digits_and_differs_by_number() {
        let id = |number| {
            ContactInput::default().create(1_700_000_000, number).map(|contact| contact.id)
        };
        let lead = |number| {
            ContactInput { role: Some("lead".into()), ..ContactInput::default() }
                .create(1_700_000_000, number)
                .map(|contact| contact.id)
                .unwrap_or_default()
        };
        assert!(id(1).is_err());
        assert_eq!(lead(1).len(), 24);
        assert_ne!(lead(1), lead(2));
    }

    #[test]
    fn an_invalid_field_is_named() {
        for (name, value) in [
            ("role", json!("admin")),
            ("email", json!("nobody")),
            ("email", json!(7)),
            ("owner_id", json!("x")),
            ("signed_up_at", json!("today")),
            ("unsubscribed_from_emails", json!("yes")),
            ("custom_attributes", json!([])),
        ] {
            let field = ContactInput::read(&json!({ name: value })).map_err(|error| error.field);
            assert_eq!(field, Err(Some(name.to_owned())));
        }
    }

    #[test]
    fn an_update_changes_the_fields_it_has_and_null_empties_them() {
        let mut contact =
            Contact { phone: Some("1".into()), name: Some("A".into()), ..Contact::default() };
        contact.custom_attributes.insert("plan".into(), "pro".into());
        let body = json!({"phone": null, "custom_attributes": {"seats": 2}, "id": "other"});
        let after =
            ContactInput::read(&body).map(|input| input.update(contact, 9)).unwrap_or_default();
        assert_eq!((after.phone, after.name.as_deref()), (None, Some("A")));
        assert_eq!(Value::from(after.custom_attributes), json!({"plan": "pro", "seats": 2}));
        assert_eq!((after.updated_at, after.id.as_str()), (9, ""));
    }
}
