//! The fields that a search knows: where each is kept, and what it may be compared with.

/// What is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Resource {
    /// People.
    #[default]
    Contact,
    /// What they talk about.
    Conversation,
    /// What teammates work on.
    Ticket,
}

/// What kind of value a field has, which decides how it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text that must match letter by letter.
    Id,
    /// A number in a text, which is also a page's place in some exports: `>` and `<` compare it as
    /// a number, and no text at all as 0.
    NumberId,
    /// A text; capital and small letters are the same.
    Text,
    /// A whole number.
    Integer,
    /// Seconds since 1970, compared by whole day.
    Date,
    /// Seconds since 1970, compared by the second. `>` and `<` hold for the same second, too.
    Time,
    /// True or false.
    Flag,
    /// A list of ids, kept as a JSON array.
    Members,
    /// A text of which each word is compared for itself, kept as a JSON array of small letters.
    Words,
    /// The number of an admin or a team; 0 is nobody.
    Assignee,
    /// An attribute of the workspace's own: compares as the value that it's compared with.
    Attribute,
}

/// A field of what is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// SQL that gives its value.
    pub sql: String,
    /// How it compares.
    pub kind: Kind,
}

/// A contact's fields that have a column of their own.
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

/// A contact's fields that are looked up in the body.
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

/// A conversation's fields, all of them looked up in the body.
const OF_CONVERSATION: [(&str, Kind); 56] = [
    ("id", Kind::NumberId),
    ("created_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("source.type", Kind::Text),
    ("source.id", Kind::Id),
    ("source.delivered_as", Kind::Text),
    ("source.subject", Kind::Text),
    ("source.body", Kind::Words),
    ("source.author.id", Kind::Id),
    ("source.author.type", Kind::Text),
    ("source.author.name", Kind::Text),
    ("source.author.email", Kind::Text),
    ("source.url", Kind::Text),
    ("contact_ids", Kind::Members),
    ("teammate_ids", Kind::Members),
    ("admin_assignee_id", Kind::Assignee),
    ("team_assignee_id", Kind::Assignee),
    ("channel_initiated", Kind::Text),
    ("open", Kind::Flag),
    ("read", Kind::Flag),
    ("state", Kind::Text),
    ("waiting_since", Kind::Time),
    ("snoozed_until", Kind::Time),
    ("tag_ids", Kind::Members),
    ("priority", Kind::Text),
    ("statistics.time_to_assignment", Kind::Integer),
    ("statistics.time_to_admin_reply", Kind::Integer),
    ("statistics.time_to_first_close", Kind::Integer),
    ("statistics.time_to_last_close", Kind::Integer),
    ("statistics.median_time_to_reply", Kind::Integer),
    ("statistics.first_contact_reply_at", Kind::Time),
    ("statistics.first_assignment_at", Kind::Time),
    ("statistics.first_admin_reply_at", Kind::Time),
    ("statistics.first_close_at", Kind::Time),
    ("statistics.last_assignment_at", Kind::Time),
    ("statistics.last_assignment_admin_reply_at", Kind::Time),
    ("statistics.last_contact_reply_at", Kind::Time),
    ("statistics.last_admin_reply_at", Kind::Time),
    ("statistics.last_close_at", Kind::Time),
    ("statistics.last_closed_by_id", Kind::Id),
    ("statistics.count_reopens", Kind::Integer),
    ("statistics.count_assignments", Kind::Integer),
    ("statistics.count_conversation_parts", Kind::Integer),
    ("conversation_rating.requested_at", Kind::Time),
    ("conversation_rating.replied_at", Kind::Time),
    ("conversation_rating.score", Kind::Integer),
    ("conversation_rating.remark", Kind::Text),
    ("conversation_rating.contact_id", Kind::Id),
    ("conversation_rating.admin_id", Kind::Id),
    ("ai_agent_participated", Kind::Flag),
    ("ai_agent.resolution_state", Kind::Text),
    ("ai_agent.last_answer_type", Kind::Text),
    ("ai_agent.rating", Kind::Integer),
    ("ai_agent.rating_remark", Kind::Text),
    ("ai_agent.source_type", Kind::Text),
    ("ai_agent.source_title", Kind::Text),
];

/// A ticket's fields, all of them looked up in the body.
const OF_TICKET: [(&str, Kind); 14] = [
    ("id", Kind::NumberId),
    ("created_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("title", Kind::Text),
    ("description", Kind::Text),
    ("category", Kind::Text),
    ("ticket_type_id", Kind::NumberId),
    ("contact_ids", Kind::Members),
    ("teammate_ids", Kind::Members),
    ("admin_assignee_id", Kind::Assignee),
    ("team_assignee_id", Kind::Assignee),
    ("open", Kind::Flag),
    ("state", Kind::Text),
    ("snoozed_until", Kind::Time),
];

impl Resource {
    /// The table that has it.
    pub fn table(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Conversation => "conversation",
            Self::Ticket => "object",
        }
    }

    /// What its lists are sorted by where nothing else is asked for, the latest first.
    pub fn usual_order(self) -> &'static str {
        match self {
            Self::Contact | Self::Ticket => "created_at",
            Self::Conversation => "updated_at",
        }
    }

    /// The field that Intercom calls by this name; `None` if a search doesn't know it.
    pub fn field(self, name: &str) -> Option<Field> {
        match self {
            Self::Contact => Field::of_contact(name),
            Self::Conversation => Field::of_conversation(name),
            Self::Ticket => Field::of_ticket(name),
        }
    }

    /// SQL for sorting by the field: what has no value comes before all others. `None` if a search
    /// can't be sorted by it.
    pub fn sort_key(self, name: &str) -> Option<String> {
        let Field { sql, kind } = self.field(name)?;
        match (name, kind) {
            // Never null, and indexed as they are.
            ("id" | "created_at" | "updated_at", _) => Some(sql),
            (_, Kind::Id | Kind::Text) => Some(format!("coalesce({sql}, '')")),
            (_, Kind::Integer | Kind::Date | Kind::Time) if !name.contains('.') => {
                Some(format!("coalesce({sql}, -1)"))
            }
            (_, Kind::Flag | Kind::Assignee) => Some(sql),
            _ => None,
        }
    }
}

impl Field {
    fn of_contact(name: &str) -> Option<Self> {
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
            return Self::of_attribute(name, Kind::Date);
        };
        Some(Self { sql, kind })
    }

    fn of_conversation(name: &str) -> Option<Self> {
        let Some((_, kind)) = OF_CONVERSATION.iter().find(|(field, _)| *field == name) else {
            return Self::of_attribute(name, Kind::Time);
        };
        let ids = |list: &str| {
            format!("(SELECT json_group_array(value ->> '$.id') FROM json_each(body, '$.{list}'))")
        };
        let sql = match (name, kind) {
            ("contact_ids", _) => ids("contacts.contacts"),
            ("teammate_ids", _) => ids("teammates.teammates"),
            ("tag_ids", _) => ids("tags.tags"),
            ("channel_initiated", _) => "(body ->> '$.source.type')".to_owned(),
            (_, Kind::Words) => "words".to_owned(),
            (_, Kind::Assignee) => format!("coalesce(body ->> '$.{name}', 0)"),
            _ => format!("(body ->> '$.{name}')"),
        };
        Some(Self { sql, kind: *kind })
    }

    fn of_ticket(name: &str) -> Option<Self> {
        // The attribute of a ticket type is named by its id, and kept by its name.
        if let Some(id) = name.strip_prefix("ticket_attribute.") {
            if id.is_empty() || !id.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            let sql = format!(
                "(SELECT value FROM json_each(body, '$.ticket_attributes') WHERE key = (
                   SELECT known.value ->> '$.name' FROM object AS of,
                     json_each(of.body, '$.ticket_type_attributes.data') AS known
                   WHERE of.kind = 'ticket_type' AND of.id = object.body ->> '$.ticket_type_id'
                     AND known.value ->> '$.id' = '{id}'))"
            );
            return Some(Self { sql, kind: Kind::Attribute });
        }
        let (_, kind) = OF_TICKET.iter().find(|(field, _)| *field == name)?;
        let ids = |of: &str, list: &str| {
            format!(
                "(SELECT json_group_array(value ->> '$.{of}') FROM json_each(body, '$.{list}'))"
            )
        };
        let sql = match (name, kind) {
            // Searches have words of their own for the categories.
            ("category", _) => "CASE body ->> '$.category' WHEN 'Customer' THEN 'request'
               WHEN 'Back-office' THEN 'task' ELSE 'tracker' END"
                .to_owned(),
            ("contact_ids", _) => ids("id", "contacts.contacts"),
            ("teammate_ids", _) => ids("author.id", "ticket_parts.ticket_parts"),
            ("title" | "description", _) => {
                format!("(body ->> '$.ticket_attributes._default_{name}_')")
            }
            (_, Kind::Assignee) => format!("CAST(body ->> '$.{name}' AS INTEGER)"),
            _ => format!("(body ->> '$.{name}')"),
        };
        Some(Self { sql, kind: *kind })
    }

    /// An attribute of the workspace's own; those named after a time are of this kind.
    fn of_attribute(name: &str, time: Kind) -> Option<Self> {
        let attribute = name.strip_prefix("custom_attributes.")?;
        // The name goes into a JSON path inside an SQL text, each with a quote of its own.
        if attribute.is_empty() || attribute.contains(['"', '\'', '\\', '\0']) {
            return None;
        }
        let kind = if attribute.ends_with("_at") { time } else { Kind::Attribute };
        Some(Self { sql: format!(r#"(body ->> '$.custom_attributes."{attribute}"')"#), kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_not_known() {
        for name in ["", "foo", "body", "custom_attributes", "custom_attributes.", "location"] {
            assert_eq!(Resource::Contact.field(name), None, "{name}");
        }
    }

    #[test]
    fn the_attribute_of_a_ticket_type_is_named_by_digits() {
        let kind = |name| Resource::Ticket.field(name).map(|field| field.kind);
        assert_eq!(kind("ticket_attribute.3012"), Some(Kind::Attribute));
        for name in ["ticket_attribute.", "ticket_attribute.1'", "ticket_attribute.x", "email"] {
            assert_eq!(kind(name), None, "{name}");
        }
    }

    #[test]
    fn an_attribute_cannot_leave_its_quotes() {
        for name in ["a'b", "a\"b", "a\\b", "a\0b"] {
            assert_eq!(
                Resource::Contact.field(&format!("custom_attributes.{name}")),
                None,
                "{name}"
            );
        }
    }

    #[test]
    fn attributes_named_after_a_time_are_dates() {
        let kind = |name| Resource::Contact.field(name).map(|field| field.kind);
        assert_eq!(kind("custom_attributes.renewal_at"), Some(Kind::Date));
        assert_eq!(kind("custom_attributes.plan"), Some(Kind::Attribute));
    }

    #[test]
    fn lists_and_attributes_sort_nothing() {
        for name in ["tag_id", "custom_attributes.plan", "custom_attributes.renewal_at", "foo"] {
            assert_eq!(Resource::Contact.sort_key(name), None, "{name}");
        }
        assert_eq!(Resource::Contact.sort_key("name").as_deref(), Some("coalesce(name, '')"));
    }
}
