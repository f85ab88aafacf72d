//! Topics of events: the scope that each topic requires, and the patterns by which readers select topics.

use crate::edge::access::scope::{Scope, Scopes};
use crate::edge::response::Rejection;
use crate::model::{MAX_TOPICS, is_topic_pattern};
use serde::{Deserialize, Serialize};

/// The scope of each group of topics, by the beginning of their names. Intercom's pages "Webhook models" list the
/// topics of each version of its API. `batch.` and `message.` are the outbox's own.
const GROUPS: [(&str, Scope); 17] = [
    ("contact.", Scope::ContactsRead),
    ("admin.", Scope::AdminsRead),
    ("article.", Scope::ArticlesRead),
    ("batch.", Scope::MessagesRead),
    ("call.", Scope::CallsRead),
    ("company.", Scope::CompaniesRead),
    ("content_stat.", Scope::ContentRead),
    ("conversation.", Scope::ConversationsRead),
    ("conversation_part.", Scope::ConversationsRead),
    ("event.", Scope::EventsRead),
    ("granular.", Scope::ContactsRead),
    ("job.", Scope::JobsRead),
    ("message.", Scope::MessagesRead),
    ("ticket.", Scope::TicketsRead),
    // The names of API 1.x.
    ("user.", Scope::ContactsRead),
    ("visitor.", Scope::VisitorsRead),
    // A topic that a later version of Intercom's API adds.
    ("", Scope::EdgeAdmin),
];

/// Returns the scopes that a reader of a topic needs: `edge:admin` for an unknown topic.
pub fn scopes(topic: &str) -> impl Iterator<Item = Scope> {
    let group = GROUPS.iter().find(|(group, _)| topic.starts_with(group));
    let scope = group.map_or(Scope::EdgeAdmin, |(_, scope)| *scope);
    std::iter::once(scope).chain(of_contact(topic))
}

/// Returns the scope of the contact that the items of some topics contain, such as `company.contact.attached`.
fn of_contact(topic: &str) -> Option<Scope> {
    topic.contains(".contact.").then_some(Scope::ContactsRead)
}

/// The topics that a reader selects: names, or beginnings of names followed by `*`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Topics(Vec<String>);

impl Topics {
    /// Reads a list of patterns. Rejects an empty list and an invalid pattern with 400, and with 403 a pattern if the
    /// scopes allow none of its topics.
    pub fn parse<'a>(
        patterns: impl IntoIterator<Item = &'a str>,
        scopes: Scopes,
    ) -> Result<Self, Rejection> {
        let patterns = patterns.into_iter().map(str::trim).filter(|pattern| !pattern.is_empty());
        let topics: Vec<String> = patterns.map(str::to_owned).collect();
        if !(1..=MAX_TOPICS).contains(&topics.len()) {
            let words = format!("Name 1 to {MAX_TOPICS} topics; * selects all");
            return Err(Rejection::parameter("topics", words));
        }
        for pattern in &topics {
            if !is_topic_pattern(pattern) {
                let words = "A topic is a name such as contact.created, or the beginning of names \
                             and *, such as contact.*";
                return Err(Rejection::parameter("topics", words));
            }
            if let Some(scope) = missing(pattern, scopes) {
                return Err(scope.missing());
            }
        }
        Ok(Self(topics))
    }

    /// Checks if a topic is selected.
    pub fn select(&self, topic: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => topic.starts_with(beginning),
            None => topic == pattern,
        })
    }
}

/// Finds a scope without which a caller may read no topic of a pattern.
fn missing(pattern: &str, held: Scopes) -> Option<Scope> {
    let is_missing = |scope: &Scope| !held.contains(*scope);
    let Some(beginning) = pattern.strip_suffix('*') else {
        return scopes(pattern).find(is_missing);
    };
    let within = |(group, _): &&(&str, Scope)| {
        group.starts_with(beginning) || (!group.is_empty() && beginning.starts_with(group))
    };
    let mut groups: Vec<Scope> = GROUPS.iter().filter(within).map(|(_, scope)| *scope).collect();
    if groups.is_empty() {
        groups.extend(scopes(beginning));
    }
    match groups.iter().all(is_missing) {
        true => groups.first().copied(),
        false => of_contact(beginning).filter(is_missing),
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes, Topics, scopes};

    #[test]
    fn each_topic_has_the_scope_of_its_group() {
        for (topic, expected) in [
            ("contact.user.created", Scope::ContactsRead),
            ("user.tag.created", Scope::ContactsRead),
            ("conversation.admin.replied", Scope::ConversationsRead),
            ("conversation_part.tag.created", Scope::ConversationsRead),
            ("message.sent", Scope::MessagesRead),
            ("batch.progress", Scope::MessagesRead),
            ("job.completed", Scope::JobsRead),
            ("unknown.created", Scope::EdgeAdmin),
            ("contacts", Scope::EdgeAdmin),
            ("", Scope::EdgeAdmin),
        ] {
            assert!(scopes(topic).eq([expected]), "{topic}");
        }
    }

    #[test]
    fn a_topic_whose_item_contains_a_contact_needs_its_scope_too() {
        let both = [Scope::CompaniesRead, Scope::ContactsRead];
        assert!(scopes("company.contact.attached").eq(both));
        let companies = Scopes::parse(["companies:read"]).unwrap();
        for pattern in ["company.contact.attached", "company.contact.*"] {
            let rejection = Topics::parse([pattern], companies).unwrap_err();
            assert!(rejection.message().unwrap().contains("contacts:read"), "{pattern}");
        }
        assert!(Topics::parse(["company.*"], companies).is_ok());
        let all = Scopes::parse(["companies:read", "contacts:read"]).unwrap();
        assert!(Topics::parse(["company.contact.*"], all).is_ok());
    }

    #[test]
    fn a_pattern_selects_names_or_beginnings() {
        let scopes = Scopes::parse(["*"]).unwrap();
        let topics = Topics::parse(["contact.*", " message.sent "], scopes).unwrap();
        for topic in ["contact.created", "contact.tag.deleted", "message.sent"] {
            assert!(topics.select(topic), "{topic}");
        }
        for topic in ["contacts", "company.created", "message.sent.twice", ""] {
            assert!(!topics.select(topic), "{topic}");
        }
        assert!(Topics::parse(["*"], scopes).unwrap().select("anything"));
    }

    #[test]
    fn an_empty_list_is_rejected_and_does_not_select_all() {
        let scopes = Scopes::parse(["*"]).unwrap();
        for patterns in [&[][..], &[""], &["", " "]] {
            let rejection = Topics::parse(patterns.iter().copied(), scopes).unwrap_err();
            assert_eq!(rejection.status(), 400, "{patterns:?}");
            assert_eq!(rejection.message(), Some("Name 1 to 100 topics; * selects all"));
        }
    }

    #[test]
    fn a_pattern_that_selects_nothing_readable_is_rejected_with_the_scope() {
        let scopes = Scopes::parse(["contacts:read"]).unwrap();
        for allowed in ["*", "contact.*", "con*", "contact.created", "user.*", "contact.tag.*"] {
            assert!(Topics::parse([allowed], scopes).is_ok(), "{allowed}");
        }
        for (denied, name) in [
            ("company.*", "companies:read"),
            ("company.created", "companies:read"),
            ("conv*", "conversations:read"),
            ("unknown.*", "edge:admin"),
            ("contacts", "edge:admin"),
        ] {
            let rejection = Topics::parse(["contact.*", denied], scopes).unwrap_err();
            assert_eq!(rejection.status(), 403, "{denied}");
            assert!(rejection.message().unwrap().contains(name), "{denied}");
        }
    }

    #[test]
    fn a_pattern_that_can_be_no_topic_is_rejected() {
        let scopes = Scopes::parse(["*"]).unwrap();
        let long = "a".repeat(101);
        for pattern in ["*.created", "contact.*.created", "contact created", "ü", "a\nb", &long] {
            assert_eq!(Topics::parse([pattern], scopes).unwrap_err().status(), 400, "{pattern}");
        }
        let many: Vec<&str> = std::iter::repeat_n("contact.*", 101).collect();
        assert_eq!(Topics::parse(many, scopes).unwrap_err().status(), 400);
    }
}
