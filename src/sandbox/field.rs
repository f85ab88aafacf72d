//! The fields that a search knows: where each is kept, and what it may be compared with.

/// What kind of value a field has, which decides how it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text that must match letter by letter.
    Id,
    /// A text; capital and small letters are the same.
    Text,
    /// A whole number.
    Integer,
    /// Seconds since 1970, compared by whole day.
    Date,
    /// True or false.
    Flag,
    /// A list of ids, kept as a JSON array.
    Members,
    /// An attribute of the workspace's own: compares as the value that it's compared with.
    Attribute,
}

/// A field of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// SQL that gives its value.
    pub sql: String,
    /// How it compares.
    pub kind: Kind,
}

/// Fields that have a column of their own.
const COLUMNS: [(&str, Kind); 12] = [
    ("id", Kind::Id),
    ("role", Kind::Id),
    ("external_id", Kind::Id),
    ("email", Kind::Text),
    ("name", Kind::Text),
    ("phone", Kind::Text),
    ("owner_id", Kind::Integer),
    ("created_at", Kind::Date),
    ("updated_at", Kind::Date),
    ("signed_up_at", Kind::Date),
    ("last_seen_at", Kind::Date),
    ("last_contacted_at", Kind::Date),
];

/// Fields that are looked up in the body.
const IN_BODY: [(&str, Kind); 28] = [
    ("avatar", Kind::Text),
    ("last_replied_at", Kind::Date),
    ("last_email_opened_at", Kind::Date),
    ("last_email_clicked_at", Kind::Date),
    ("language_override", Kind::Text),
    ("browser", Kind::Text),
    ("browser_version", Kind::Text),
    ("browser_language", Kind::Text),
    ("os", Kind::Text),
    ("location.country", Kind::Text),
    ("location.region", Kind::Text),
    ("location.city", Kind::Text),
    ("referrer", Kind::Text),
    ("utm_source", Kind::Text),
    ("android_app_name", Kind::Text),
    ("android_app_version", Kind::Text),
    ("android_device", Kind::Text),
    ("android_os_version", Kind::Text),
    ("android_sdk_version", Kind::Text),
    ("android_last_seen_at", Kind::Date),
    ("ios_app_name", Kind::Text),
    ("ios_app_version", Kind::Text),
    ("ios_device", Kind::Text),
    ("ios_os_version", Kind::Text),
    ("ios_sdk_version", Kind::Text),
    ("ios_last_seen_at", Kind::Date),
    ("location.country_code", Kind::Text),
    ("location.continent_code", Kind::Text),
];

/// Flags, which are kept only where they are set.
const FLAGS: [&str; 3] = ["unsubscribed_from_emails", "marked_email_as_spam", "has_hard_bounced"];

/// Lists of ids, and the columns that have them.
const MEMBERS: [(&str, &str); 3] =
    [("tag_id", "tags"), ("segment_id", "segments"), ("company_id", "companies")];

impl Field {
    /// The field that Intercom calls by this name; `None` if a search doesn't know it.
    pub fn named(name: &str) -> Option<Self> {
        let kind_in = |known: &[(&str, Kind)]| {
            known.iter().find(|(field, _)| *field == name).map(|(_, kind)| *kind)
        };
        let (sql, kind) = if let Some(kind) = kind_in(&COLUMNS) {
            (name.to_owned(), kind)
        } else if let Some(kind) = kind_in(&IN_BODY) {
            (format!("(body ->> '$.{name}')"), kind)
        } else if FLAGS.contains(&name) {
            (format!("coalesce(body ->> '$.{name}', 0)"), Kind::Flag)
        } else if let Some((_, column)) = MEMBERS.iter().find(|(field, _)| *field == name) {
            ((*column).to_owned(), Kind::Members)
        } else if name == "email_domain" {
            ("substr(email, instr(email, '@') + 1)".to_owned(), Kind::Text)
        } else {
            let attribute = name.strip_prefix("custom_attributes.")?;
            // The name goes into a JSON path inside an SQL text, each with a quote of its own.
            if attribute.is_empty() || attribute.contains(['"', '\'', '\\', '\0']) {
                return None;
            }
            let kind = if attribute.ends_with("_at") { Kind::Date } else { Kind::Attribute };
            (format!(r#"(body ->> '$.custom_attributes."{attribute}"')"#), kind)
        };
        Some(Self { sql, kind })
    }

    /// SQL for sorting by the field: who has no value comes before all others. `None` if a search
    /// can't be sorted by it.
    pub fn sort_key(name: &str) -> Option<String> {
        let Self { sql, kind } = Self::named(name)?;
        match (name, kind) {
            // Never null, and indexed as they are.
            ("id" | "created_at" | "updated_at", _) => Some(sql),
            (_, Kind::Id | Kind::Text) => Some(format!("coalesce({sql}, '')")),
            (_, Kind::Integer | Kind::Date) if !name.contains('.') => {
                Some(format!("coalesce({sql}, -1)"))
            }
            (_, Kind::Flag) => Some(sql),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_not_known() {
        for name in ["", "foo", "body", "custom_attributes", "custom_attributes.", "location"] {
            assert_eq!(Field::named(name), None, "{name}");
        }
    }

    #[test]
    fn an_attribute_cannot_leave_its_quotes() {
        for name in ["a'b", "a\"b", "a\\b", "a\0b"] {
            assert_eq!(Field::named(&format!("custom_attributes.{name}")), None, "{name}");
        }
    }

    #[test]
    fn attributes_named_after_a_time_are_dates() {
        let kind = |name| Field::named(name).map(|field| field.kind);
        assert_eq!(kind("custom_attributes.renewal_at"), Some(Kind::Date));
        assert_eq!(kind("custom_attributes.plan"), Some(Kind::Attribute));
    }

    #[test]
    fn lists_and_attributes_sort_nothing() {
        for name in ["tag_id", "custom_attributes.plan", "custom_attributes.renewal_at", "foo"] {
            assert_eq!(Field::sort_key(name), None, "{name}");
        }
        assert_eq!(Field::sort_key("name").as_deref(), Some("coalesce(name, '')"));
    }
}
