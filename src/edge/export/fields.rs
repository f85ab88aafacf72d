//! The fields of an export's rows: their names, and those that a file in CSV has without a choice.

use crate::call::export::Exported;
use crate::edge::response::Rejection;
use crate::model::json::Described;
use crate::model::{Company, Contact, Conversation, DataModel, Location, Plan, Source, Statistics};
use serde::{Deserialize, Serialize};

/// The field of all custom attributes.
const ATTRIBUTES: &str = "custom_attributes";

/// The place of a field: a member of a row, or a member of an object in the row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct FieldPath {
    /// The member of the row.
    pub name: String,
    /// The member of an object in the row, such as `country` of `location`.
    pub member: Option<String>,
}

/// The fields of one kind of objects.
struct Known {
    /// The fields of the crate's model.
    model: &'static [&'static str],
    /// Fields that Intercom documents and the model keeps without a name.
    more: &'static [&'static str],
    /// Objects in a row, with their members.
    objects: &'static [(&'static str, &'static [&'static str])],
    /// Fields that have lists, which a file in CSV doesn't have without a choice.
    lists: &'static [&'static str],
    /// The kind in Intercom's data attributes.
    attributes: DataModel,
}

const CONTACTS: Known = Known {
    model: Contact::FIELD_NAMES,
    more: &[
        "type",
        "language_override",
        "browser",
        "browser_version",
        "browser_language",
        "os",
        "android_app_name",
        "android_app_version",
        "android_device",
        "android_os_version",
        "android_sdk_version",
        "android_last_seen_at",
        "ios_app_name",
        "ios_app_version",
        "ios_device",
        "ios_os_version",
        "ios_sdk_version",
        "ios_last_seen_at",
        "enabled_push_messaging",
        "sms_consent",
        "unsubscribed_from_sms",
        "opted_in_subscription_types",
        "opted_out_subscription_types",
    ],
    objects: &[("location", Location::FIELD_NAMES)],
    lists: &[
        "type",
        "social_profiles",
        "tags",
        "notes",
        "companies",
        "opted_in_subscription_types",
        "opted_out_subscription_types",
    ],
    attributes: DataModel::Contact,
};

const COMPANIES: Known = Known {
    model: Company::FIELD_NAMES,
    more: &["type"],
    objects: &[("plan", Plan::FIELD_NAMES)],
    lists: &["type", "tags", "segments"],
    attributes: DataModel::Company,
};

const CONVERSATIONS: Known = Known {
    model: Conversation::FIELD_NAMES,
    more: &["type"],
    objects: &[("source", Source::FIELD_NAMES), ("statistics", Statistics::FIELD_NAMES)],
    lists: &["type", "tags", "contacts", "teammates", "linked_objects", "conversation_parts"],
    attributes: DataModel::Conversation,
};

const fn known(of: Exported) -> &'static Known {
    match of {
        Exported::Contacts => &CONTACTS,
        Exported::Companies => &COMPANIES,
        Exported::Conversations => &CONVERSATIONS,
    }
}

/// Returns the model whose data attributes are the custom attributes of the rows.
pub fn data_model(of: Exported) -> &'static str {
    known(of).attributes.as_str()
}

impl FieldPath {
    fn of(name: &str) -> Self {
        let (name, member) = match name.split_once('.') {
            Some((name, member)) => (name, Some(member.to_owned())),
            None => (name, None),
        };
        Self { name: name.to_owned(), member }
    }

    /// Returns the name of a custom attribute.
    pub fn attribute(&self) -> Option<&str> {
        self.member.as_deref().filter(|_| self.name == ATTRIBUTES)
    }

    /// Returns the name with dots.
    pub fn path(&self) -> String {
        match &self.member {
            Some(member) => [&self.name, ".", member].concat(),
            None => self.name.clone(),
        }
    }

    /// Returns true if objects of this kind have such a field. Any custom attribute counts.
    fn is_known(&self, of: Exported) -> bool {
        let Known { model, more, objects, .. } = known(of);
        match &self.member {
            None => [model, more].iter().any(|names| names.contains(&&*self.name)),
            Some(member) if self.name == ATTRIBUTES => !member.is_empty(),
            Some(member) => {
                let object = objects.iter().find(|(name, _)| *name == self.name);
                object.is_some_and(|(_, members)| members.contains(&&**member))
            }
        }
    }
}

/// Reads the names in a query, which commas separate. `id` always comes first. Rejects a name that no such object has.
pub fn read(of: Exported, names: &str) -> Result<Vec<FieldPath>, Rejection> {
    let mut fields = vec![FieldPath::of("id")];
    for name in names.split(',').map(str::trim) {
        let field = FieldPath::of(name);
        if !field.is_known(of) {
            return Err(unknown(of, &field));
        }
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// Rejects a field.
pub fn unknown(of: Exported, field: &FieldPath) -> Rejection {
    let name: String = field.path().chars().take(100).collect();
    let what = of.as_str();
    let words = if field.attribute().is_some() {
        format!("The workspace has no custom attribute of {what} with the name of the field {name}")
    } else {
        format!(
            "{what} have no field {name}: the names are those of Intercom's API, such as id or created_at"
        )
    };
    Rejection::parameter("fields", words)
}

/// Returns the columns of a file in CSV without a choice: the fields that are no lists, in the order of the model, and
/// then the custom attributes in alphabetical order.
pub fn columns(of: Exported, mut attributes: Vec<String>) -> Vec<FieldPath> {
    let Known { model, more, objects, lists, .. } = known(of);
    let mut fields = Vec::new();
    for name in
        model.iter().chain(*more).filter(|name| !lists.contains(name) && **name != ATTRIBUTES)
    {
        match objects.iter().find(|(object, _)| object == name) {
            Some((_, members)) => fields.extend(members.iter().map(|member| FieldPath {
                name: (*name).to_string(),
                member: Some((*member).to_owned()),
            })),
            None => fields.push(FieldPath::of(name)),
        }
    }
    attributes.sort_unstable();
    let attribute = |name| FieldPath { name: ATTRIBUTES.to_owned(), member: Some(name) };
    fields.extend(attributes.into_iter().map(attribute));
    fields
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, columns, known, read};
    use crate::call::export::Exported;

    #[test]
    fn an_unknown_field_is_named() {
        let names = |of, text| {
            read(of, text).map(|fields| fields.iter().map(FieldPath::path).collect::<Vec<_>>())
        };
        assert_eq!(
            names(Exported::Contacts, "email, location.country,custom_attributes.a.b,id,email")
                .unwrap(),
            ["id", "email", "location.country", "custom_attributes.a.b"]
        );
        for (of, text) in [
            (Exported::Contacts, "emial"),
            (Exported::Contacts, ""),
            (Exported::Contacts, "location.planet"),
            (Exported::Contacts, "email.domain"),
            (Exported::Contacts, "custom_attributes."),
            (Exported::Companies, "email"),
            (Exported::Conversations, "email"),
        ] {
            let rejection = names(of, text).unwrap_err();
            assert_eq!(rejection.status(), 400);
            let message = rejection.message().unwrap();
            assert!(message.contains(&format!("field {text}")), "{message}");
        }
    }

    #[test]
    fn the_columns_are_the_same_every_time() {
        for of in Exported::ALL {
            let make = || columns(of, vec!["b".to_owned(), "a".to_owned()]);
            let paths: Vec<_> = make().iter().map(FieldPath::path).collect();
            assert_eq!(make(), make());
            assert_eq!(paths.first().map(String::as_str), Some("id"));
            assert!(
                paths.ends_with(&[
                    "custom_attributes.a".to_owned(),
                    "custom_attributes.b".to_owned()
                ])
            );
            assert!(read(of, &paths.join(",")).is_ok());
            let lists = known(of).lists;
            assert!(lists.iter().all(|list| !paths.contains(&(*list).to_owned())));
        }
    }
}
