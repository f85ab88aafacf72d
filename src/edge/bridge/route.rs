//! The table of API 1.x's operations, which says whether each is bridged, forwarded or gone. `docs/api-1.x.md`
//! has the same table, and a test compares the two.

use crate::edge::access::scope::Scope;
use crate::edge::bridge::parameters::{
    COMPANIES, COMPANY_USERS, CONVERSATION, CONVERSATIONS, COUNTS, EVENTS, NONE, NOTES, PEOPLE,
    PERSON, Parameters, SCROLL, SEGMENTS, VISITOR, VISITOR_BY_ID, WHOLE,
};
use crate::edge::operation;
use crate::edge::request::target::Target;
use crate::edge::request::values;
use crate::edge::response::Rejection;
use crate::v1::PersonKind;
use Disposition::{Bridged, Forwarded, Gone};
use PersonKind::{Lead, User};
use std::borrow::Cow;

/// A bridged operation of API 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V1Operation {
    /// Lists a numbered page of people, or the one that the query names.
    ListPeople(PersonKind),
    /// Lists the next hundred people.
    ScrollPeople(PersonKind),
    /// Gets a person by Intercom's id.
    ShowPerson(PersonKind),
    /// Updates or creates a person.
    SavePerson(PersonKind),
    /// Updates the person that the path or the body names.
    UpdatePerson(PersonKind),
    /// Archives a user or deletes a lead, by Intercom's id.
    RemovePerson(PersonKind),
    /// Archives a user or deletes a lead, by `id`, `user_id` or `email` in the query or the body.
    RemoveNamedPerson(PersonKind),
    /// Converts a lead to a user.
    ConvertLead,
    /// Deletes a user permanently.
    EraseUser,
    /// Gets a visitor by `user_id`.
    ShowVisitor,
    /// Updates a visitor.
    UpdateVisitor,
    /// Converts a visitor to a user or a lead.
    ConvertVisitor,
    /// Lists a page of companies, one company, or a company's users.
    ListCompanies,
    /// Lists the next hundred companies.
    ScrollCompanies,
    /// Gets a company by Intercom's id.
    ShowCompany,
    /// Updates or creates a company.
    SaveCompany,
    /// Lists a page of a company's users.
    ListCompanyUsers,
    /// Lists all tags.
    ListTags,
    /// Creates or renames a tag, or tags or untags people or companies.
    SaveTag,
    /// Deletes a tag.
    DeleteTag,
    /// Lists a page of a person's notes.
    ListNotes,
    /// Gets a note.
    ShowNote,
    /// Writes a note.
    CreateNote,
    /// Lists a page of a person's events.
    ListEvents,
    /// Records an event.
    CreateEvent,
    /// Lists a page of conversations.
    ListConversations,
    /// Gets a conversation.
    ShowConversation,
    /// Marks a conversation as read or unread.
    UpdateConversation,
    /// Replies in a conversation, or closes, opens, snoozes or assigns it.
    Reply,
    /// Counts companies, segments, tags, users and leads.
    Count,
    /// Sends a message.
    SendMessage,
}

impl V1Operation {
    /// Gives the scope that the operation needs. The body or the query may need more.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::ListPeople(_)
            | Self::ScrollPeople(_)
            | Self::ShowPerson(_)
            | Self::ListCompanyUsers
            | Self::Count => Scope::ContactsRead,
            Self::SavePerson(_)
            | Self::UpdatePerson(_)
            | Self::RemovePerson(_)
            | Self::RemoveNamedPerson(_)
            | Self::ConvertLead
            | Self::EraseUser => Scope::ContactsWrite,
            Self::ShowVisitor => Scope::VisitorsRead,
            Self::UpdateVisitor | Self::ConvertVisitor => Scope::VisitorsWrite,
            Self::ListCompanies | Self::ScrollCompanies | Self::ShowCompany => Scope::CompaniesRead,
            Self::SaveCompany => Scope::CompaniesWrite,
            Self::ListTags => Scope::TagsRead,
            Self::SaveTag | Self::DeleteTag => Scope::TagsWrite,
            Self::ListNotes | Self::ShowNote => Scope::NotesRead,
            Self::CreateNote => Scope::NotesWrite,
            Self::ListEvents => Scope::EventsRead,
            Self::CreateEvent => Scope::EventsWrite,
            Self::ListConversations | Self::ShowConversation => Scope::ConversationsRead,
            Self::UpdateConversation | Self::Reply => Scope::ConversationsWrite,
            Self::SendMessage => Scope::MessagesSend,
        }
    }
}

/// The Worker's treatment of an operation of API 1.x.
#[derive(Clone, Copy, Debug)]
enum Disposition {
    /// The Worker translates it.
    Bridged(V1Operation),
    /// API 2.x accepts the same request: the Worker forwards it.
    Forwarded,
    /// API 2.x has nothing like it: the answer is 410, and the sentence says what to do instead.
    Gone(&'static str),
}

/// A method, a path with `{}` for an id, the disposition, and the query parameters.
type Row = (&'static str, &'static [&'static str], Disposition, Parameters);

const BULK: &str = "API 2.x has no bulk jobs: send each item by itself, with POST /users, DELETE \
                    /users/{id} or POST /events";
const WEBHOOKS: &str = "API 2.x has no calls for webhooks: they are set in Intercom's Developer \
                        Hub, under the app's Webhooks";

/// A literal path comes before a pattern that matches it too.
const OPERATIONS: [Row; 64] = [
    ("GET", &["users"], Bridged(V1Operation::ListPeople(User)), PEOPLE),
    ("POST", &["users"], Bridged(V1Operation::SavePerson(User)), NONE),
    ("PUT", &["users"], Bridged(V1Operation::UpdatePerson(User)), NONE),
    ("DELETE", &["users"], Bridged(V1Operation::RemoveNamedPerson(User)), PERSON),
    ("GET", &["users", "scroll"], Bridged(V1Operation::ScrollPeople(User)), SCROLL),
    ("GET", &["users", "{}"], Bridged(V1Operation::ShowPerson(User)), NONE),
    ("DELETE", &["users", "{}"], Bridged(V1Operation::RemovePerson(User)), NONE),
    ("POST", &["user_delete_requests"], Bridged(V1Operation::EraseUser), NONE),
    ("GET", &["contacts"], Bridged(V1Operation::ListPeople(Lead)), PEOPLE),
    ("POST", &["contacts"], Bridged(V1Operation::SavePerson(Lead)), NONE),
    ("PUT", &["contacts"], Bridged(V1Operation::UpdatePerson(Lead)), NONE),
    ("DELETE", &["contacts"], Bridged(V1Operation::RemoveNamedPerson(Lead)), PERSON),
    ("GET", &["contacts", "scroll"], Bridged(V1Operation::ScrollPeople(Lead)), SCROLL),
    ("POST", &["contacts", "convert"], Bridged(V1Operation::ConvertLead), NONE),
    ("GET", &["contacts", "{}"], Bridged(V1Operation::ShowPerson(Lead)), NONE),
    ("PUT", &["contacts", "{}"], Bridged(V1Operation::UpdatePerson(Lead)), NONE),
    ("DELETE", &["contacts", "{}"], Bridged(V1Operation::RemovePerson(Lead)), NONE),
    ("GET", &["visitors"], Bridged(V1Operation::ShowVisitor), VISITOR),
    ("POST", &["visitors"], Bridged(V1Operation::UpdateVisitor), NONE),
    ("PUT", &["visitors"], Bridged(V1Operation::UpdateVisitor), NONE),
    ("POST", &["visitors", "convert"], Bridged(V1Operation::ConvertVisitor), NONE),
    ("GET", &["visitors", "{}"], Gone(VISITOR_BY_ID), NONE),
    (
        "DELETE",
        &["visitors", "{}"],
        Gone(
            "API 2.x can't delete a visitor: make it a lead with POST /visitors/convert, then \
             DELETE /contacts/{id}",
        ),
        NONE,
    ),
    ("GET", &["companies"], Bridged(V1Operation::ListCompanies), COMPANIES),
    ("POST", &["companies"], Bridged(V1Operation::SaveCompany), NONE),
    ("GET", &["companies", "scroll"], Bridged(V1Operation::ScrollCompanies), SCROLL),
    ("GET", &["companies", "{}"], Bridged(V1Operation::ShowCompany), NONE),
    ("GET", &["companies", "{}", "users"], Bridged(V1Operation::ListCompanyUsers), COMPANY_USERS),
    ("GET", &["tags"], Bridged(V1Operation::ListTags), WHOLE),
    ("POST", &["tags"], Bridged(V1Operation::SaveTag), NONE),
    ("DELETE", &["tags", "{}"], Bridged(V1Operation::DeleteTag), NONE),
    ("GET", &["segments"], Forwarded, SEGMENTS),
    ("GET", &["segments", "{}"], Forwarded, NONE),
    ("GET", &["notes"], Bridged(V1Operation::ListNotes), NOTES),
    ("POST", &["notes"], Bridged(V1Operation::CreateNote), NONE),
    ("GET", &["notes", "{}"], Bridged(V1Operation::ShowNote), NONE),
    ("GET", &["events"], Bridged(V1Operation::ListEvents), EVENTS),
    ("POST", &["events"], Bridged(V1Operation::CreateEvent), NONE),
    ("GET", &["counts"], Bridged(V1Operation::Count), COUNTS),
    ("POST", &["messages"], Bridged(V1Operation::SendMessage), NONE),
    ("GET", &["admins"], Forwarded, WHOLE),
    ("GET", &["admins", "{}"], Forwarded, NONE),
    ("PUT", &["admins", "{}", "away"], Forwarded, NONE),
    ("GET", &["me"], Forwarded, NONE),
    ("GET", &["conversations"], Bridged(V1Operation::ListConversations), CONVERSATIONS),
    ("GET", &["conversations", "{}"], Bridged(V1Operation::ShowConversation), CONVERSATION),
    ("PUT", &["conversations", "{}"], Bridged(V1Operation::UpdateConversation), CONVERSATION),
    ("POST", &["conversations", "{}", "reply"], Bridged(V1Operation::Reply), NONE),
    (
        "POST",
        &["customers", "search"],
        Gone("API 2.x searches users and leads alike with POST /contacts/search"),
        NONE,
    ),
    (
        "GET",
        &["data_attributes", "customer"],
        Gone("API 2.x lists them with GET /data_attributes?model=contact"),
        NONE,
    ),
    (
        "GET",
        &["data_attributes", "company"],
        Gone("API 2.x lists them with GET /data_attributes?model=company"),
        NONE,
    ),
    ("POST", &["bulk", "users"], Gone(BULK), NONE),
    ("POST", &["bulk", "events"], Gone(BULK), NONE),
    ("GET", &["jobs", "{}"], Gone(BULK), NONE),
    ("GET", &["jobs", "{}", "error"], Gone(BULK), NONE),
    ("GET", &["subscriptions"], Gone(WEBHOOKS), NONE),
    ("POST", &["subscriptions"], Gone(WEBHOOKS), NONE),
    ("GET", &["subscriptions", "{}"], Gone(WEBHOOKS), NONE),
    ("POST", &["subscriptions", "{}"], Gone(WEBHOOKS), NONE),
    ("PUT", &["subscriptions", "{}"], Gone(WEBHOOKS), NONE),
    ("DELETE", &["subscriptions", "{}"], Gone(WEBHOOKS), NONE),
    ("GET", &["subscriptions", "{}", "sent"], Gone(WEBHOOKS), NONE),
    ("GET", &["subscriptions", "{}", "error"], Gone(WEBHOOKS), NONE),
    ("POST", &["subscriptions", "{}", "ping"], Gone(WEBHOOKS), NONE),
];

/// First segments that only API 1.x has. A method that isn't in the table is an error there.
const ONLY_IN_V1: [&str; 6] =
    ["users", "user_delete_requests", "counts", "customers", "bulk", "subscriptions"];

/// A bridged call: its operation and its path parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The operation.
    pub operation: V1Operation,
    /// The path parameter; empty if there is none.
    pub id: &'a str,
    /// The segments of the path's pattern.
    pub pattern: &'static [&'static str],
}

/// Finds the bridged call of a method and a path; `None` if the request is forwarded. The query parameters of
/// a forwarded call are checked too, because API 2.x ignores unknown ones.
pub fn find<'a>(
    method: &str,
    path: &'a [Cow<'_, str>],
    target: &Target<'_>,
) -> Result<Option<Match<'a>>, Rejection> {
    let fits = |(_, pattern, ..): &&Row| matches(pattern, path);
    let mut here = OPERATIONS.iter().filter(fits);
    let Some((_, pattern, disposition, parameters)) = here.find(|(known, ..)| *known == method)
    else {
        return if path.first().is_some_and(|first| ONLY_IN_V1.contains(&first.as_ref())) {
            Err(wrong_method(path))
        } else {
            Ok(None)
        };
    };
    if is_literal(method, target, pattern) {
        return Ok(None);
    }
    if !matches!(disposition, Gone(_)) {
        target.parameters()?.iter().try_for_each(|(name, value)| parameters.check(name, value))?;
    }
    match disposition {
        Forwarded => Ok(None),
        Gone(instead) => Err(Rejection::new(410, "gone", *instead)),
        Bridged(operation) => {
            let id = match pattern.iter().zip(path).find(|(known, _)| **known == "{}") {
                Some((_, segment)) => values::id("id", segment)?,
                None => "",
            };
            Ok(Some(Match { operation: *operation, id, pattern }))
        }
    }
}

fn matches(pattern: &[&str], path: &[Cow<'_, str>]) -> bool {
    let fits = |(known, segment): (&&str, &Cow<'_, str>)| *known == "{}" || known == segment;
    pattern.len() == path.len() && pattern.iter().zip(path).all(fits)
}

/// Returns true if API 2.x has a literal where the pattern has an id, as in `/conversations/deleted` and
/// `/admins/activity_logs`. Such a path is a call of API 2.x.
fn is_literal(method: &str, target: &Target<'_>, pattern: &[&str]) -> bool {
    let Ok(operation) = operation::find(method, target.path()) else { return false };
    let segments = operation.pattern.split('/').skip(1);
    pattern.iter().zip(segments).any(|(known, segment)| *known == "{}" && !segment.starts_with('{'))
}

fn wrong_method(path: &[Cow<'_, str>]) -> Rejection {
    let here = OPERATIONS.iter().filter(|(_, pattern, ..)| matches(pattern, path));
    let mut methods: Vec<&str> = Vec::new();
    for (method, ..) in here {
        if !methods.contains(method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        operation::unknown()
    } else {
        Rejection::method_not_allowed(&methods.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Disposition, Match, OPERATIONS, PersonKind, V1Operation, find};
    use crate::edge::request::target::Target;
    use std::borrow::Cow;
    use std::collections::{BTreeMap, BTreeSet};

    fn segments(path: &str) -> Vec<Cow<'_, str>> {
        path.split('/').skip(1).map(Into::into).collect()
    }

    /// The operation of a method and of a path with a query.
    fn routed(method: &str, path: &str) -> Result<Option<(V1Operation, String)>, u16> {
        let target = Target::of(path);
        let path = segments(path.split('?').next().unwrap_or_default());
        let found = find(method, &path, &target).map_err(|rejection| rejection.status())?;
        Ok(found.map(|Match { operation, id, .. }| (operation, id.to_owned())))
    }

    fn found(method: &str, path: &str) -> Option<(V1Operation, String)> {
        routed(method, path).ok().flatten()
    }

    fn refused(method: &str, path: &str) -> Option<u16> {
        routed(method, path).err()
    }

    #[test]
    fn a_call_of_api_1_is_found_with_its_id() {
        for (method, path, operation, id) in [
            ("GET", "/users", V1Operation::ListPeople(PersonKind::User), ""),
            ("POST", "/contacts", V1Operation::SavePerson(PersonKind::Lead), ""),
            ("GET", "/contacts/scroll", V1Operation::ScrollPeople(PersonKind::Lead), ""),
            ("GET", "/users/5", V1Operation::ShowPerson(PersonKind::User), "5"),
            ("DELETE", "/contacts/5", V1Operation::RemovePerson(PersonKind::Lead), "5"),
            ("PUT", "/contacts/5", V1Operation::UpdatePerson(PersonKind::Lead), "5"),
            ("GET", "/companies/5/users", V1Operation::ListCompanyUsers, "5"),
            ("POST", "/messages", V1Operation::SendMessage, ""),
            ("POST", "/conversations/last/reply", V1Operation::Reply, "last"),
        ] {
            assert_eq!(found(method, path), Some((operation, id.to_owned())), "{method} {path}");
        }
    }

    #[test]
    fn what_api_2_knows_and_api_1_does_not_is_no_call_of_the_bridge() {
        for (method, path) in [
            ("GET", "/messages"),
            ("POST", "/contacts/search"),
            ("POST", "/contacts/merge"),
            ("POST", "/contacts/5/archive"),
            ("GET", "/contacts/5/tags"),
            ("PUT", "/companies/5"),
            ("GET", "/admins"),
            ("GET", "/segments/5"),
            ("POST", "/conversations"),
            ("GET", "/conversations/deleted"),
            ("GET", "/conversations/attributes"),
            ("GET", "/admins/activity_logs?created_at_after=1"),
            ("POST", "/conversations/5/parts"),
            ("DELETE", "/conversations/5"),
            ("GET", "/tags/5"),
        ] {
            assert_eq!(routed(method, path), Ok(None), "{method} {path}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_path_is_said() {
        assert_eq!(refused("PATCH", "/users"), Some(405));
        assert_eq!(refused("POST", "/users/5"), Some(405));
        assert_eq!(refused("GET", "/users/5/tags"), Some(404));
        assert_eq!(refused("GET", "/users/a b"), Some(400));
        assert_eq!(refused("GET", "/users/💥"), Some(400));
        assert_eq!(refused("POST", "/bulk/users"), Some(410));
        assert_eq!(refused("DELETE", "/visitors/5"), Some(410));
    }

    #[test]
    fn a_parameter_that_the_operation_does_not_read_is_rejected() {
        for (method, path, status) in [
            ("GET", "/users?page=2&email=a%40example.com", None),
            ("GET", "/users?display=all", Some(400)),
            ("GET", "/users?updated_since=1", Some(410)),
            ("GET", "/users/5?user_id=6", Some(400)),
            ("POST", "/users?role=lead", Some(400)),
            ("DELETE", "/users/5?_method=GET", Some(400)),
            ("GET", "/segments?include_count=true", None),
            ("GET", "/segments?page=2", Some(410)),
            ("GET", "/admins?per_page=5", Some(410)),
            ("GET", "/conversations?type=user&user_id=5&unread=true&page=2", None),
            ("GET", "/conversations?company_id=5", Some(400)),
            ("GET", "/conversations?state=open", Some(400)),
            ("GET", "/conversations?before=1374844930", Some(410)),
            ("GET", "/users?=1", Some(400)),
            ("GET", "/users?%00=1", Some(400)),
            // A call of API 2.x only: its parameters are Intercom's to judge.
            ("POST", "/contacts/search?anything=1", None),
        ] {
            assert_eq!(refused(method, path), status, "{method} {path}");
        }
    }

    #[test]
    fn no_operation_is_in_the_table_twice_or_hidden_by_another() {
        for (method, pattern, ..) in OPERATIONS {
            let path: Vec<Cow<'_, str>> = pattern.iter().map(|part| (*part).into()).collect();
            let first = OPERATIONS
                .iter()
                .find(|(known, other, ..)| *known == method && super::matches(other, &path));
            assert_eq!(first.map(|(_, first, ..)| *first), Some(pattern), "{method} {pattern:?}");
        }
    }

    /// `docs/api-1.x.md` has the disposition of each operation.
    #[test]
    fn the_docs_have_the_same_operations_with_the_same_disposition() {
        let text = include_str!("../../../docs/api-1.x.md");
        let section = text.split("\n## ").find(|section| section.starts_with("Every call of 1.x"));
        let mut documented = BTreeMap::new();
        for row in section.unwrap().lines().filter(|line| line.starts_with("| `")) {
            let mut cells = row.split('|').map(str::trim).skip(1);
            let (call, disposition) = (cells.next().unwrap(), cells.next().unwrap());
            let before =
                documented.insert(call.trim_matches('`').to_owned(), disposition.to_owned());
            assert_eq!(before, None, "two rows: {row}");
        }
        for (method, pattern, disposition, _) in OPERATIONS {
            let call = format!("{method} /{}", pattern.join("/").replace("{}", "{id}"));
            let words = documented.remove(&call).unwrap_or_else(|| panic!("no row for {call}"));
            let fits = match disposition {
                Disposition::Bridged(_) => ["yes", "with differences"].contains(&words.as_str()),
                Disposition::Forwarded => words == "yes",
                Disposition::Gone(_) => words == "no",
            };
            assert!(fits, "{call} is {disposition:?}, and the docs say {words}");
        }
        assert!(documented.is_empty(), "documented, but not in the table: {documented:?}");
    }

    /// The words in backticks of a table's cell.
    fn words(cell: &str) -> BTreeSet<&str> {
        cell.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_docs_and_the_api_description_have_the_same_parameters() {
        let text = include_str!("../../../docs/api-1.x.md");
        let mut sections = text.split("\n## ");
        let section = sections.find(|it| it.starts_with("Query parameters of each call")).unwrap();
        let mut rows: BTreeMap<&str, Vec<&str>> = section
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|row| row.split('|').map(str::trim).skip(1).collect::<Vec<_>>())
            .map(|cells| (cells[0].trim_matches('`'), cells))
            .collect();
        let api: serde_json::Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
        for (method, pattern, _, parameters) in OPERATIONS {
            let path = format!("/{}", pattern.join("/").replace("{}", "{id}"));
            let call = format!("{method} {path}");
            let carried: BTreeSet<&str> = parameters.carried.iter().copied().collect();
            let mut gone: BTreeSet<&str> = parameters.gone.iter().map(|(name, _)| *name).collect();
            if call == "GET /companies" {
                gone.insert("order=asc");
            }
            let row = rows.remove(&*call).unwrap_or_else(|| vec![""; 3]);
            assert_eq!((words(row[1]), words(row[2])), (carried.clone(), gone), "{call}");

            let operation = &api["paths"][&path][method.to_lowercase()];
            let Some(described) = operation["parameters"].as_array() else { continue };
            let described = described.iter().filter_map(|it| it["$ref"].as_str());
            let described: BTreeSet<&str> = described
                .filter_map(|it| api["components"]["parameters"].get(it.rsplit('/').next()?))
                .filter(|it| it["in"] == "query")
                .filter_map(|it| it["name"].as_str())
                .collect();
            // What only comes in addresses that the Worker gives isn't described.
            let from_addresses = match call.as_str() {
                "GET /companies/{id}/users" => &["type", "company_id", "name"][..],
                _ => &["starting_after"],
            };
            let carried: BTreeSet<&str> =
                carried.into_iter().filter(|name| !from_addresses.contains(name)).collect();
            assert_eq!(described, carried, "{call}");
        }
        assert!(rows.is_empty(), "documented, but not in the table: {rows:?}");
    }

    #[test]
    fn every_scope_names_a_resource_and_what_is_done() {
        for (_, _, disposition, _) in OPERATIONS {
            if let Disposition::Bridged(operation) = disposition {
                let (resource, verb) = operation.scope().name().split_once(':').unwrap();
                assert!(!resource.is_empty() && ["read", "write", "send"].contains(&verb));
            }
        }
    }
}
