//! The fields that searches take: the SQL of each, and how it compares.

/// A resource that can be searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Searchable {
    /// Contacts.
    #[default]
    Contact,
    /// Conversations.
    Conversation,
    /// Tickets.
    Ticket,
}

/// How a field compares with the value of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// A string that must match exactly.
    Id,
    /// A number in a string. Exports use it as the position of a page: `>` and `<` compare it as a
    /// number, and an empty string as 0.
    NumberId,
    /// A string, without regard to case.
    Text,
    /// An integer.
    Integer,
    /// Seconds since 1970, compared by whole day.
    Date,
    /// Seconds since 1970, compared by the second. `>` and `<` include the same second.
    Time,
    /// A boolean.
    Flag,
    /// A list of ids, stored as a JSON array.
    Members,
    /// A text whose words compare separately, stored as a JSON array in lower case.
    Words,
    /// The number of an admin or a team; 0 is not assigned.
    Assignee,
    /// A custom attribute; it compares as the type of the filter's value does.
    Attribute,
}

/// A field that searches can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The SQL of its value.
    pub sql: String,
    /// How the field compares.
    pub comparison: Comparison,
}

/// The fields of contacts that have a column.
const CONTACT_COLUMNS: [(&str, Comparison); 12] = [
    ("id", Comparison::Id),
    ("role", Comparison::Id),
    ("external_id", Comparison::Id),
    ("email", Comparison::Text),
    ("name", Comparison::Text),
    ("phone", Comparison::Text),
    ("owner_id", Comparison::Integer),
    ("created_at", Comparison::Date),
    ("updated_at", Comparison::Date),
    ("signed_up_at", Comparison::Date),
    ("last_seen_at", Comparison::Date),
    ("last_contacted_at", Comparison::Date),
];

/// The fields of contacts that are only in the JSON text.
const CONTACT_BODY: [(&str, Comparison); 28] = [
    ("avatar", Comparison::Text),
    ("last_replied_at", Comparison::Date),
    ("last_email_opened_at", Comparison::Date),
    ("last_email_clicked_at", Comparison::Date),
    ("language_override", Comparison::Text),
    ("browser", Comparison::Text),
    ("browser_version", Comparison::Text),
    ("browser_language", Comparison::Text),
    ("os", Comparison::Text),
    ("location.country", Comparison::Text),
    ("location.region", Comparison::Text),
    ("location.city", Comparison::Text),
    ("referrer", Comparison::Text),
    ("utm_source", Comparison::Text),
    ("android_app_name", Comparison::Text),
    ("android_app_version", Comparison::Text),
    ("android_device", Comparison::Text),
    ("android_os_version", Comparison::Text),
    ("android_sdk_version", Comparison::Text),
    ("android_last_seen_at", Comparison::Date),
    ("ios_app_name", Comparison::Text),
    ("ios_app_version", Comparison::Text),
    ("ios_device", Comparison::Text),
    ("ios_os_version", Comparison::Text),
    ("ios_sdk_version", Comparison::Text),
    ("ios_last_seen_at", Comparison::Date),
    ("location.country_code", Comparison::Text),
    ("location.continent_code", Comparison::Text),
];

/// The booleans of contacts, which are stored only if they are true.
const CONTACT_FLAGS: [&str; 3] =
    ["unsubscribed_from_emails", "marked_email_as_spam", "has_hard_bounced"];

/// The lists of ids of contacts, and their columns.
const CONTACT_LISTS: [(&str, &str); 3] =
    [("tag_id", "tags"), ("segment_id", "segments"), ("company_id", "companies")];

/// The fields of conversations, all in the JSON text.
const CONVERSATION: [(&str, Comparison); 56] = [
    ("id", Comparison::NumberId),
    ("created_at", Comparison::Time),
    ("updated_at", Comparison::Time),
    ("source.type", Comparison::Text),
    ("source.id", Comparison::Id),
    ("source.delivered_as", Comparison::Text),
    ("source.subject", Comparison::Text),
    ("source.body", Comparison::Words),
    ("source.author.id", Comparison::Id),
    ("source.author.type", Comparison::Text),
    ("source.author.name", Comparison::Text),
    ("source.author.email", Comparison::Text),
    ("source.url", Comparison::Text),
    ("contact_ids", Comparison::Members),
    ("teammate_ids", Comparison::Members),
    ("admin_assignee_id", Comparison::Assignee),
    ("team_assignee_id", Comparison::Assignee),
    ("channel_initiated", Comparison::Text),
    ("open", Comparison::Flag),
    ("read", Comparison::Flag),
    ("state", Comparison::Text),
    ("waiting_since", Comparison::Time),
    ("snoozed_until", Comparison::Time),
    ("tag_ids", Comparison::Members),
    ("priority", Comparison::Text),
    ("statistics.time_to_assignment", Comparison::Integer),
    ("statistics.time_to_admin_reply", Comparison::Integer),
    ("statistics.time_to_first_close", Comparison::Integer),
    ("statistics.time_to_last_close", Comparison::Integer),
    ("statistics.median_time_to_reply", Comparison::Integer),
    ("statistics.first_contact_reply_at", Comparison::Time),
    ("statistics.first_assignment_at", Comparison::Time),
    ("statistics.first_admin_reply_at", Comparison::Time),
    ("statistics.first_close_at", Comparison::Time),
    ("statistics.last_assignment_at", Comparison::Time),
    ("statistics.last_assignment_admin_reply_at", Comparison::Time),
    ("statistics.last_contact_reply_at", Comparison::Time),
    ("statistics.last_admin_reply_at", Comparison::Time),
    ("statistics.last_close_at", Comparison::Time),
    ("statistics.last_closed_by_id", Comparison::Id),
    ("statistics.count_reopens", Comparison::Integer),
    ("statistics.count_assignments", Comparison::Integer),
    ("statistics.count_conversation_parts", Comparison::Integer),
    ("conversation_rating.requested_at", Comparison::Time),
    ("conversation_rating.replied_at", Comparison::Time),
    ("conversation_rating.score", Comparison::Integer),
    ("conversation_rating.remark", Comparison::Text),
    ("conversation_rating.contact_id", Comparison::Id),
    ("conversation_rating.admin_id", Comparison::Id),
    ("ai_agent_participated", Comparison::Flag),
    ("ai_agent.resolution_state", Comparison::Text),
    ("ai_agent.last_answer_type", Comparison::Text),
    ("ai_agent.rating", Comparison::Integer),
    ("ai_agent.rating_remark", Comparison::Text),
    ("ai_agent.source_type", Comparison::Text),
    ("ai_agent.source_title", Comparison::Text),
];

/// The fields of tickets, all in the JSON text.
const TICKET: [(&str, Comparison); 14] = [
    ("id", Comparison::NumberId),
    ("created_at", Comparison::Time),
    ("updated_at", Comparison::Time),
    ("title", Comparison::Text),
    ("description", Comparison::Text),
    ("category", Comparison::Text),
    ("ticket_type_id", Comparison::NumberId),
    ("contact_ids", Comparison::Members),
    ("teammate_ids", Comparison::Members),
    ("admin_assignee_id", Comparison::Assignee),
    ("team_assignee_id", Comparison::Assignee),
    ("open", Comparison::Flag),
    ("state", Comparison::Text),
    ("snoozed_until", Comparison::Time),
];

impl Searchable {
    /// Returns the table of the resource.
    pub fn table(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Conversation => "conversation",
            Self::Ticket => "object",
        }
    }

    /// Returns the field of the default order, the latest first.
    pub fn default_sort_field(self) -> &'static str {
        match self {
            Self::Contact | Self::Ticket => "created_at",
            Self::Conversation => "updated_at",
        }
    }

    /// Returns the field of a name; `None` if searches cannot use it.
    pub fn field(self, name: &str) -> Option<Field> {
        match self {
            Self::Contact => Field::of_contact(name),
            Self::Conversation => Field::of_conversation(name),
            Self::Ticket => Field::of_ticket(name),
        }
    }

    /// Returns the SQL that sorts by a field; items without a value come first in ascending order.
    /// `None` if the field cannot be sorted by.
    pub fn sort_key(self, name: &str) -> Option<String> {
        let Field { sql, comparison } = self.field(name)?;
        match (name, comparison) {
            // These are never null, and have an index without `coalesce`.
            ("id" | "created_at" | "updated_at", _) => Some(sql),
            (_, Comparison::Id | Comparison::Text) => Some(format!("coalesce({sql}, '')")),
            (_, Comparison::Integer | Comparison::Date | Comparison::Time)
                if !name.contains('.') =>
            {
                Some(format!("coalesce({sql}, -1)"))
            }
            (_, Comparison::Flag | Comparison::Assignee) => Some(sql),
            _ => None,
        }
    }
}

impl Field {
    fn of_contact(name: &str) -> Option<Self> {
        let comparison_in = |known: &[(&str, Comparison)]| {
            known.iter().find(|(field, _)| *field == name).map(|(_, comparison)| *comparison)
        };
        let (sql, comparison) = if let Some(comparison) = comparison_in(&CONTACT_COLUMNS) {
            // A search finds a change of `updated_at` later than other changes.
            let column = if name == "updated_at" { "indexed_updated_at" } else { name };
            (column.to_owned(), comparison)
        } else if let Some(comparison) = comparison_in(&CONTACT_BODY) {
            (format!("(body ->> '$.{name}')"), comparison)
        } else if CONTACT_FLAGS.contains(&name) {
            (format!("coalesce(body ->> '$.{name}', 0)"), Comparison::Flag)
        } else if let Some((_, column)) = CONTACT_LISTS.iter().find(|(field, _)| *field == name) {
            ((*column).to_owned(), Comparison::Members)
        } else if name == "email_domain" {
            ("substr(email, instr(email, '@') + 1)".to_owned(), Comparison::Text)
        } else {
            return Self::of_attribute(name, Comparison::Date);
        };
        Some(Self { sql, comparison })
    }

    fn of_conversation(name: &str) -> Option<Self> {
        let Some((_, comparison)) = CONVERSATION.iter().find(|(field, _)| *field == name) else {
            return Self::of_attribute(name, Comparison::Time);
        };
        let ids = |list: &str| {
            format!("(SELECT json_group_array(value ->> '$.id') FROM json_each(body, '$.{list}'))")
        };
        let sql = match (name, comparison) {
            ("contact_ids", _) => ids("contacts.contacts"),
            ("teammate_ids", _) => ids("teammates.teammates"),
            ("tag_ids", _) => ids("tags.tags"),
            ("channel_initiated", _) => "(body ->> '$.source.type')".to_owned(),
            (_, Comparison::Words) => "words".to_owned(),
            (_, Comparison::Assignee) => format!("coalesce(body ->> '$.{name}', 0)"),
            _ => format!("(body ->> '$.{name}')"),
        };
        Some(Self { sql, comparison: *comparison })
    }

    fn of_ticket(name: &str) -> Option<Self> {
        // A filter has the id of the attribute, and a ticket has its name.
        if let Some(id) = name.strip_prefix("ticket_attribute.") {
            if id.is_empty() || !id.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            let sql = format!(
                "(SELECT value FROM json_each(body, '$.ticket_attributes') WHERE key = (
                   SELECT known.value ->> '$.name' FROM object AS type,
                     json_each(type.body, '$.ticket_type_attributes.data') AS known
                   WHERE type.resource = 'ticket_type' AND type.id = object.body ->> '$.ticket_type_id'
                     AND known.value ->> '$.id' = '{id}'))"
            );
            return Some(Self { sql, comparison: Comparison::Attribute });
        }
        let (_, comparison) = TICKET.iter().find(|(field, _)| *field == name)?;
        let ids = |path: &str, list: &str| {
            format!(
                "(SELECT json_group_array(value ->> '$.{path}') FROM json_each(body, '$.{list}'))"
            )
        };
        let sql = match (name, comparison) {
            // Searches have other names for the categories.
            ("category", _) => "CASE body ->> '$.category' WHEN 'Customer' THEN 'request'
               WHEN 'Back-office' THEN 'task' ELSE 'tracker' END"
                .to_owned(),
            ("contact_ids", _) => ids("id", "contacts.contacts"),
            ("teammate_ids", _) => ids("author.id", "ticket_parts.ticket_parts"),
            ("title" | "description", _) => {
                format!("(body ->> '$.ticket_attributes._default_{name}_')")
            }
            (_, Comparison::Assignee) => format!("CAST(body ->> '$.{name}' AS INTEGER)"),
            _ => format!("(body ->> '$.{name}')"),
        };
        Some(Self { sql, comparison: *comparison })
    }

    /// Returns a custom attribute. One whose name ends with `_at` compares as `time` does.
    fn of_attribute(name: &str, time: Comparison) -> Option<Self> {
        let attribute = name.strip_prefix("custom_attributes.")?;
        // The name is in a JSON path inside an SQL string, and must not end either quote.
        if attribute.is_empty() || attribute.contains(['"', '\'', '\\', '\0']) {
            return None;
        }
        let comparison = if attribute.ends_with("_at") { time } else { Comparison::Attribute };
        Some(Self { sql: format!(r#"(body ->> '$.custom_attributes."{attribute}"')"#), comparison })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_none() {
        for name in ["", "foo", "body", "custom_attributes", "custom_attributes.", "location"] {
            assert_eq!(Searchable::Contact.field(name), None, "{name}");
        }
    }

    #[test]
    fn the_attribute_of_a_ticket_type_is_named_by_digits() {
        let comparison = |name| Searchable::Ticket.field(name).map(|field| field.comparison);
        assert_eq!(comparison("ticket_attribute.3012"), Some(Comparison::Attribute));
        for name in ["ticket_attribute.", "ticket_attribute.1'", "ticket_attribute.x", "email"] {
            assert_eq!(comparison(name), None, "{name}");
        }
    }

    #[test]
    fn an_attribute_name_with_quotes_is_none() {
        for name in ["a'b", "a\"b", "a\\b", "a\0b"] {
            assert_eq!(
                Searchable::Contact.field(&format!("custom_attributes.{name}")),
                None,
                "{name}"
            );
        }
    }

    #[test]
    fn attributes_named_after_a_time_are_dates() {
        let comparison = |name| Searchable::Contact.field(name).map(|field| field.comparison);
        assert_eq!(comparison("custom_attributes.renewal_at"), Some(Comparison::Date));
        assert_eq!(comparison("custom_attributes.plan"), Some(Comparison::Attribute));
    }

    #[test]
    fn lists_and_attributes_cannot_be_sorted_by() {
        for name in ["tag_id", "custom_attributes.plan", "custom_attributes.renewal_at", "foo"] {
            assert_eq!(Searchable::Contact.sort_key(name), None, "{name}");
        }
        assert_eq!(Searchable::Contact.sort_key("name").as_deref(), Some("coalesce(name, '')"));
    }
}
