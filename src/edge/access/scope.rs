//! Scopes, named after Intercom's resources, and sets of them.

use crate::edge::response::Rejection;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Lists the scopes once: a variant and its name.
macro_rules! scopes {
    ($($scope:ident $name:literal,)*) => {
        /// A permission of a caller.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope {
            $(#[doc = $name] $scope,)*
        }

        impl Scope {
            /// All scopes, in the order of the variants.
            pub const ALL: &'static [Self] = &[$(Self::$scope,)*];

            /// Gives the name in keys and tokens.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$scope => $name,)*
                }
            }
        }
    };
}

scopes! {
    AdminsRead "admins:read",
    AdminsWrite "admins:write",
    AiContentRead "ai_content:read",
    AiContentWrite "ai_content:write",
    ArticlesRead "articles:read",
    ArticlesWrite "articles:write",
    AudiencesRead "audiences:read",
    AudiencesWrite "audiences:write",
    BannersRead "banners:read",
    BannersWrite "banners:write",
    BrandsRead "brands:read",
    CallsRead "calls:read",
    CallsWrite "calls:write",
    CompaniesRead "companies:read",
    CompaniesWrite "companies:write",
    ContactsRead "contacts:read",
    ContactsWrite "contacts:write",
    ContentRead "content:read",
    ContentWrite "content:write",
    ContentSnippetsRead "content_snippets:read",
    ContentSnippetsWrite "content_snippets:write",
    ConversationsRead "conversations:read",
    ConversationsWrite "conversations:write",
    CustomChannelEventsWrite "custom_channel_events:write",
    CustomObjectsRead "custom_objects:read",
    CustomObjectsWrite "custom_objects:write",
    DataAttributesRead "data_attributes:read",
    DataAttributesWrite "data_attributes:write",
    DataConnectorsRead "data_connectors:read",
    DataConnectorsWrite "data_connectors:write",
    EcommerceWrite "ecommerce:write",
    EdgeAdmin "edge:admin",
    EmailsRead "emails:read",
    EventsRead "events:read",
    EventsWrite "events:write",
    ExportRead "export:read",
    ExportWrite "export:write",
    FinWrite "fin:write",
    FoldersRead "folders:read",
    FoldersWrite "folders:write",
    HelpCenterRead "help_center:read",
    HelpCenterWrite "help_center:write",
    IdentityVerificationRead "identity_verification:read",
    IdentityVerificationWrite "identity_verification:write",
    InternalArticlesRead "internal_articles:read",
    InternalArticlesWrite "internal_articles:write",
    IpAllowlistRead "ip_allowlist:read",
    IpAllowlistWrite "ip_allowlist:write",
    JobsRead "jobs:read",
    MacrosRead "macros:read",
    MessagesAdmin "messages:admin",
    MessagesBatch "messages:batch",
    MessagesRead "messages:read",
    MessagesRetry "messages:retry",
    MessagesSend "messages:send",
    NewsRead "news:read",
    NewsWrite "news:write",
    NotesRead "notes:read",
    NotesWrite "notes:write",
    OfficeHoursRead "office_hours:read",
    OfficeHoursWrite "office_hours:write",
    PhoneCallRedirectsWrite "phone_call_redirects:write",
    ReportingRead "reporting:read",
    ReportingWrite "reporting:write",
    SegmentsRead "segments:read",
    SubscriptionsRead "subscriptions:read",
    SubscriptionsWrite "subscriptions:write",
    TagsRead "tags:read",
    TagsWrite "tags:write",
    TeamsRead "teams:read",
    TeamsWrite "teams:write",
    TemplatesRead "templates:read",
    TemplatesWrite "templates:write",
    TicketsRead "tickets:read",
    TicketsWrite "tickets:write",
    VisitorsRead "visitors:read",
    VisitorsWrite "visitors:write",
    WorkflowsRead "workflows:read",
}

impl Scope {
    /// 403 for a caller without the scope.
    pub fn missing(self) -> Rejection {
        let name = self.name();
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{name}\"");
        Rejection::forbidden(format!("The caller doesn't have the scope {name}"))
            .with("www-authenticate", challenge)
    }

    /// Returns true if the scope only allows reading. A call that needs only such a scope may be repeated.
    pub fn is_read(self) -> bool {
        self.name().ends_with(":read")
    }

    /// Returns the other scopes that this one includes. `messages:admin` is older than the scopes that divide it.
    const fn included(self) -> &'static [Self] {
        match self {
            Self::MessagesAdmin => &[
                Self::MessagesBatch,
                Self::MessagesRead,
                Self::MessagesRetry,
                Self::TemplatesRead,
                Self::TemplatesWrite,
            ],
            _ => &[],
        }
    }

    /// Returns the scope and those that it includes as bits of a set.
    fn bits(self) -> u128 {
        self.included().iter().fold(self.bit(), |bits, scope| bits | scope.bit())
    }

    const fn bit(self) -> u128 {
        1 << self as u8
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u128);

impl Scopes {
    /// Reads names: those of [`Scope`], `*` for all scopes, `*:read` for all read scopes. The set also has the
    /// scopes that a named one includes. The error is the first unknown name.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        names.into_iter().try_fold(Self::default(), |scopes, name| {
            let means = |scope: &Scope| match name {
                "*" => true,
                "*:read" => scope.is_read(),
                _ => scope.name() == name,
            };
            let bits = Scope::ALL.iter().filter(|scope| means(scope)).fold(0, |b, s| b | s.bits());
            if bits == 0 { Err(name) } else { Ok(Self(scopes.0 | bits)) }
        })
    }

    /// Returns true if the set has a scope.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Checks if the set has all scopes of another.
    pub const fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Joins two sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Writes a set as the list of its names.
impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = Scope::ALL.iter().filter(|scope| self.contains(**scope));
        serializer.collect_seq(held.map(|scope| scope.name()))
    }
}

/// Reads a list of names.
impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Self::parse(names.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};

    #[test]
    fn a_set_holds_what_it_names() {
        let scopes = Scopes::parse(["contacts:read", "messages:send"]).unwrap();
        assert!(scopes.contains(Scope::ContactsRead) && scopes.contains(Scope::MessagesSend));
        assert!(!scopes.contains(Scope::ContactsWrite) && !scopes.contains(Scope::EdgeAdmin));
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["contacts:read","messages:send"]"#);
        assert_eq!(Scopes::parse([]).unwrap(), Scopes::default());
    }

    #[test]
    fn messages_admin_includes_the_scopes_that_divide_it_and_no_other() {
        let admin = Scopes::parse(["messages:admin"]).unwrap();
        let names = [
            "messages:admin",
            "messages:batch",
            "messages:read",
            "messages:retry",
            "templates:read",
            "templates:write",
        ];
        assert_eq!(serde_json::to_value(admin).unwrap(), serde_json::json!(names));
        for scope in Scope::ALL.iter().filter(|scope| **scope != Scope::MessagesAdmin) {
            let alone = Scopes::parse([scope.name()]).unwrap();
            let held: Vec<&Scope> = Scope::ALL.iter().filter(|it| alone.contains(**it)).collect();
            assert_eq!(held, [scope]);
        }
    }

    #[test]
    fn a_star_means_all_scopes_or_all_read_scopes() {
        let all = Scopes::parse(["*"]).unwrap();
        let reading = Scopes::parse(["*:read"]).unwrap();
        for scope in Scope::ALL {
            assert!(all.contains(*scope));
            assert_eq!(reading.contains(*scope), scope.name().ends_with(":read"));
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        for name in ["", "contacts", "contact:read", "contacts:*", "Contacts:read", "* "] {
            assert_eq!(Scopes::parse(["admins:read", name]), Err(name));
        }
    }

    #[test]
    fn names_are_sorted_and_fit_the_set() {
        let names: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
        let place = |name: &str| name.replace(':', "\u{1}");
        assert!(names.is_sorted_by_key(|name| place(name)));
        assert!(names.len() <= 128);
    }
}
