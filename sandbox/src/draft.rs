//! What somebody writes about a person: the body of a create or an update.

use super::answer::Refusal;
use super::body;
use super::dice::Dice;
use super::person::Person;
use serde_json::{Map, Value};

/// A body that was checked. A field that is `Some(None)` was `null`: it is to be emptied.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Draft {
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

impl Draft {
    /// Reads a body. Fields that nobody may write are ignored, as Intercom does.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let text = |name: &str| match body.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
            Some(_) => Err(Refusal::invalid(name, format!("{name} must be a string"))),
        };
        let time = |name: &str| match body.get(name) {
            None => Ok::<_, Refusal>(None),
            Some(_) => Ok(Some(body::time(body, name)?)),
        };
        let role = text("role")?.flatten();
        if !role.as_deref().is_none_or(|role| role == "user" || role == "lead") {
            return Err(Refusal::invalid("role", "role must be user or lead"));
        }
        let email = text("email")?.map(|email| email.map(|email| email.to_lowercase()));
        let is_address = |email: &String| {
            email.split_once('@').is_some_and(|(mailbox, host)| {
                !mailbox.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
            })
        };
        if !email.iter().flatten().all(is_address) {
            return Err(Refusal::invalid("email", "email is not a valid e-mail address"));
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
            owner_id: match body.get("owner_id") {
                None => None,
                Some(Value::Null) => Some(None),
                Some(Value::Number(id)) if id.is_u64() => Some(id.as_u64()),
                Some(Value::String(id)) if id.parse::<u64>().is_ok() => Some(id.parse().ok()),
                Some(_) => {
                    return Err(Refusal::invalid(
                        "owner_id",
                        "owner_id must be the id of an admin",
                    ));
                }
            },
            unsubscribed_from_emails: match body.get("unsubscribed_from_emails") {
                None | Some(Value::Null) => None,
                Some(Value::Bool(flag)) => Some(*flag),
                Some(_) => {
                    let name = "unsubscribed_from_emails";
                    return Err(Refusal::invalid(name, format!("{name} must be true or false")));
                }
            },
            custom_attributes: match body.get("custom_attributes") {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(attributes)) => attributes.clone(),
                Some(_) => {
                    let name = "custom_attributes";
                    return Err(Refusal::invalid(name, format!("{name} must be an object")));
                }
            },
        })
    }

    /// A new person of it. The number makes the id one of its own.
    pub fn create(self, now: i64, number: u64) -> Result<Person, Refusal> {
        let named =
            self.external_id.iter().flatten().chain(self.email.iter().flatten()).count() > 0;
        let role = self.role.clone().unwrap_or_else(|| "user".to_owned());
        if !named && self.role.as_deref() != Some("lead") {
            return Err(Refusal::new(
                400,
                "parameter_not_found",
                "At least one of email, external_id or the role lead is required",
            ));
        }
        let mut dice = Dice::new(now.unsigned_abs(), number);
        let mut person = Person {
            id: format!("{now:08x}{:016x}", dice.next()),
            role,
            created_at: now,
            ..Person::default()
        };
        if person.role == "lead" {
            person.external_id = Some(dice.uuid());
        }
        Ok(self.update(person, now))
    }

    /// A person after it.
    pub fn update(self, mut person: Person, now: i64) -> Person {
        fn set<T>(field: &mut T, written: Option<T>) {
            if let Some(written) = written {
                *field = written;
            }
        }
        set(&mut person.role, self.role);
        set(&mut person.external_id, self.external_id);
        set(&mut person.email, self.email);
        set(&mut person.phone, self.phone);
        set(&mut person.name, self.name);
        set(&mut person.avatar, self.avatar);
        set(&mut person.language_override, self.language_override);
        set(&mut person.signed_up_at, self.signed_up_at);
        set(&mut person.last_seen_at, self.last_seen_at);
        set(&mut person.owner_id, self.owner_id);
        set(&mut person.unsubscribed_from_emails, self.unsubscribed_from_emails);
        person.custom_attributes.extend(self.custom_attributes);
        person.updated_at = now;
        person
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn created(body: &Value) -> Result<Person, Refusal> {
        Draft::read(body)?.create(1_700_000_000, 501)
    }

    #[test]
    fn somebody_new_needs_a_name_to_be_found_by() {
        assert!(created(&json!({"email": "a@example.com"})).is_ok());
        assert!(created(&json!({"external_id": "a"})).is_ok());
        let lead = created(&json!({"role": "lead"}));
        assert!(lead.is_ok_and(|lead| lead.external_id.is_some_and(|id| id.len() == 36)));
        for nameless in [json!({}), json!({"role": "user"}), json!({"name": "A", "email": null})] {
            assert_eq!(created(&nameless).map_err(|r| r.status), Err(400), "{nameless}");
        }
    }

    #[test]
    fn a_new_id_is_24_hex_digits_and_differs_by_number() {
        let id = |number| Draft::default().create(1_700_000_000, number).map(|person| person.id);
        let lead = |number| {
            Draft { role: Some("lead".into()), ..Draft::default() }
                .create(1_700_000_000, number)
                .map(|person| person.id)
                .unwrap_or_default()
        };
        assert!(id(1).is_err());
        assert_eq!(lead(1).len(), 24);
        assert_ne!(lead(1), lead(2));
    }

    #[test]
    fn a_bad_field_is_named() {
        for (name, value) in [
            ("role", json!("admin")),
            ("email", json!("nobody")),
            ("email", json!(7)),
            ("owner_id", json!("x")),
            ("signed_up_at", json!("today")),
            ("unsubscribed_from_emails", json!("yes")),
            ("custom_attributes", json!([])),
        ] {
            let field = Draft::read(&json!({ name: value })).map_err(|refusal| refusal.field);
            assert_eq!(field, Err(Some(name.to_owned())));
        }
    }

    #[test]
    fn an_update_changes_what_it_names_and_empties_what_it_calls_null() {
        let mut person =
            Person { phone: Some("1".into()), name: Some("A".into()), ..Person::default() };
        person.custom_attributes.insert("plan".into(), "pro".into());
        let body = json!({"phone": null, "custom_attributes": {"seats": 2}, "id": "other"});
        let after = Draft::read(&body).map(|draft| draft.update(person, 9)).unwrap_or_default();
        assert_eq!((after.phone, after.name.as_deref()), (None, Some("A")));
        assert_eq!(Value::from(after.custom_attributes), json!({"plan": "pro", "seats": 2}));
        assert_eq!((after.updated_at, after.id.as_str()), (9, ""));
    }
}
