//! The operations of API 1.x: one table of what becomes of each, looked up without allocating.
//! `docs/api-1.x.md` has the same table in words, and a test compares the two.

use crate::edge::access::scope::Scope;
use crate::edge::bridge::parameters::{
    COMPANIES, COMPANY_USERS, CONVERSATION, CONVERSATIONS, COUNTS, EVENTS, NONE, NOTES, PEOPLE,
    PERSON, Parameters, SCROLL, SEGMENTS, VISITOR, VISITOR_BY_ID, WHOLE,
};
use crate::edge::operation;
use crate::edge::request::target::Target;
use crate::edge::request::values;
use crate::edge::response::Rejection;
use crate::v1::Kind;
use Fate::{Bridged, Forwarded, Gone};
use Kind::{Lead, User};
use std::borrow::Cow;

/// A bridged operation of API 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A numbered page of people, or the one whom the query names.
    ListPeople(Kind),
    /// The next hundred people.
    ScrollPeople(Kind),
    /// One person by Intercom's id.
    ShowPerson(Kind),
    /// Changes a person, or makes one.
    SavePerson(Kind),
    /// Changes a person, whom the path or the body names.
    UpdatePerson(Kind),
    /// Archives a user or deletes a lead, by Intercom's id.
    RemovePerson(Kind),
    /// The same, by a name in the query or the body.
    RemoveNamedPerson(Kind),
    /// Makes a lead a user.
    ConvertLead,
    /// Deletes a user for good.
    EraseUser,
    /// A visitor, by `user_id`.
    ShowVisitor,
    /// Changes a visitor.
    UpdateVisitor,
    /// Makes a visitor a user or a lead.
    ConvertVisitor,
    /// A page of companies, one company, or a company's users.
    ListCompanies,
    /// The next hundred companies.
    ScrollCompanies,
    /// One company by Intercom's id.
    ShowCompany,
    /// Changes a company, or makes one.
    SaveCompany,
    /// A company's users.
    ListCompanyUsers,
    /// All tags.
    ListTags,
    /// Makes, renames, puts on or takes off a tag.
    SaveTag,
    /// Deletes a tag.
    DeleteTag,
    /// A person's notes.
    ListNotes,
    /// One note.
    ShowNote,
    /// Writes a note.
    CreateNote,
    /// A person's events.
    ListEvents,
    /// Records an event.
    CreateEvent,
    /// A page of conversations.
    ListConversations,
    /// One conversation.
    ShowConversation,
    /// Changes a conversation: whether it was read.
    UpdateConversation,
    /// Replies in a conversation, or closes, opens, snoozes or assigns it.
    Reply,
    /// How many there are of each.
    Count,
    /// Sends a message.
    SendMessage,
}

impl Route {
    /// What a caller must be allowed to do, the strongest need of the operation.
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

/// What becomes of an operation of API 1.x.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The Worker speaks it.
    Bridged(Route),
    /// API 2.x takes the same request: it is forwarded.
    Forwarded,
    /// Nothing in API 2.x does it; the sentence says what to do in its place.
    Gone(&'static str),
}

/// A method, a path, in which `{}` stands for one id, what becomes of it, and its query parameters.
type Operation = (&'static str, &'static [&'static str], Fate, Parameters);

const BULK: &str = "API 2.x has no bulk jobs: send each item by itself, with POST /users, DELETE \
                    /users/{id} or POST /events";
const WEBHOOKS: &str = "API 2.x has no calls for webhooks: they are set in Intercom's Developer \
                        Hub, under the app's Webhooks";

/// A literal path comes before one that an id would match, too.
const OPERATIONS: [Operation; 64] = [
    ("GET", &["users"], Bridged(Route::ListPeople(User)), PEOPLE),
    ("POST", &["users"], Bridged(Route::SavePerson(User)), NONE),
    ("PUT", &["users"], Bridged(Route::UpdatePerson(User)), NONE),
    ("DELETE", &["users"], Bridged(Route::RemoveNamedPerson(User)), PERSON),
    ("GET", &["users", "scroll"], Bridged(Route::ScrollPeople(User)), SCROLL),
    ("GET", &["users", "{}"], Bridged(Route::ShowPerson(User)), NONE),
    ("DELETE", &["users", "{}"], Bridged(Route::RemovePerson(User)), NONE),
    ("POST", &["user_delete_requests"], Bridged(Route::EraseUser), NONE),
    ("GET", &["contacts"], Bridged(Route::ListPeople(Lead)), PEOPLE),
    ("POST", &["contacts"], Bridged(Route::SavePerson(Lead)), NONE),
    ("PUT", &["contacts"], Bridged(Route::UpdatePerson(Lead)), NONE),
    ("DELETE", &["contacts"], Bridged(Route::RemoveNamedPerson(Lead)), PERSON),
    ("GET", &["contacts", "scroll"], Bridged(Route::ScrollPeople(Lead)), SCROLL),
    ("POST", &["contacts", "convert"], Bridged(Route::ConvertLead), NONE),
    ("GET", &["contacts", "{}"], Bridged(Route::ShowPerson(Lead)), NONE),
    ("PUT", &["contacts", "{}"], Bridged(Route::UpdatePerson(Lead)), NONE),
    ("DELETE", &["contacts", "{}"], Bridged(Route::RemovePerson(Lead)), NONE),
    ("GET", &["visitors"], Bridged(Route::ShowVisitor), VISITOR),
    ("POST", &["visitors"], Bridged(Route::UpdateVisitor), NONE),
    ("PUT", &["visitors"], Bridged(Route::UpdateVisitor), NONE),
    ("POST", &["visitors", "convert"], Bridged(Route::ConvertVisitor), NONE),
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
    ("GET", &["companies"], Bridged(Route::ListCompanies), COMPANIES),
    ("POST", &["companies"], Bridged(Route::SaveCompany), NONE),
    ("GET", &["companies", "scroll"], Bridged(Route::ScrollCompanies), SCROLL),
    ("GET", &["companies", "{}"], Bridged(Route::ShowCompany), NONE),
    ("GET", &["companies", "{}", "users"], Bridged(Route::ListCompanyUsers), COMPANY_USERS),
    ("GET", &["tags"], Bridged(Route::ListTags), WHOLE),
    ("POST", &["tags"], Bridged(Route::SaveTag), NONE),
    ("DELETE", &["tags", "{}"], Bridged(Route::DeleteTag), NONE),
    ("GET", &["segments"], Forwarded, SEGMENTS),
    ("GET", &["segments", "{}"], Forwarded, NONE),
    ("GET", &["notes"], Bridged(Route::ListNotes), NOTES),
    ("POST", &["notes"], Bridged(Route::CreateNote), NONE),
    ("GET", &["notes", "{}"], Bridged(Route::ShowNote), NONE),
    ("GET", &["events"], Bridged(Route::ListEvents), EVENTS),
    ("POST", &["events"], Bridged(Route::CreateEvent), NONE),
    ("GET", &["counts"], Bridged(Route::Count), COUNTS),
    ("POST", &["messages"], Bridged(Route::SendMessage), NONE),
    ("GET", &["admins"], Forwarded, WHOLE),
    ("GET", &["admins", "{}"], Forwarded, NONE),
    ("PUT", &["admins", "{}", "away"], Forwarded, NONE),
    ("GET", &["me"], Forwarded, NONE),
    ("GET", &["conversations"], Bridged(Route::ListConversations), CONVERSATIONS),
    ("GET", &["conversations", "{}"], Bridged(Route::ShowConversation), CONVERSATION),
    ("PUT", &["conversations", "{}"], Bridged(Route::UpdateConversation), CONVERSATION),
    ("POST", &["conversations", "{}", "reply"], Bridged(Route::Reply), NONE),
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

/// First segments that API 2.x doesn't know: another method there is no call of either.
const ONLY_IN_V1: [&str; 6] =
    ["users", "user_delete_requests", "counts", "customers", "bulk", "subscriptions"];

/// A bridged call: its operation, and the id in its path or nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// What is asked.
    pub route: Route,
    /// What stands for the path's `{}`.
    pub id: &'a str,
    /// The path's pattern, segment by segment.
    pub pattern: &'static [&'static str],
}

/// The bridged call of a method and a path, if there is one. A forwarded call of API 1.x has no other
/// parameters than API 1.x had, either.
pub fn route<'a>(
    method: &str,
    path: &'a [Cow<'_, str>],
    target: &Target<'_>,
) -> Result<Option<Asked<'a>>, Rejection> {
    let fits = |(_, pattern, ..): &&Operation| matches(pattern, path);
    let mut here = OPERATIONS.iter().filter(fits);
    let Some((_, pattern, fate, parameters)) = here.find(|(known, ..)| *known == method) else {
        return if path.first().is_some_and(|first| ONLY_IN_V1.contains(&first.as_ref())) {
            Err(wrong_method(path))
        } else {
            Ok(None)
        };
    };
    if is_literal(method, target, pattern) {
        return Ok(None);
    }
    if !matches!(fate, Gone(_)) {
        target.parameters()?.iter().try_for_each(|(name, value)| parameters.check(name, value))?;
    }
    match fate {
        Forwarded => Ok(None),
        Gone(instead) => Err(Rejection::new(410, "gone", *instead)),
        Bridged(route) => {
            let id = match pattern.iter().zip(path).find(|(known, _)| **known == "{}") {
                Some((_, segment)) => values::id("id", segment)?,
                None => "",
            };
            Ok(Some(Asked { route: *route, id, pattern }))
        }
    }
}

fn matches(pattern: &[&str], path: &[Cow<'_, str>]) -> bool {
    let fits = |(known, segment): (&&str, &Cow<'_, str>)| *known == "{}" || known == segment;
    pattern.len() == path.len() && pattern.iter().zip(path).all(fits)
}

/// Whether API 2.x knows a literal where the pattern has an id, as in `/conversations/deleted` and
/// `/admins/activity_logs`: that is no call of API 1.x.
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
    use super::{Asked, Fate, Kind, OPERATIONS, Route, route};
    use crate::edge::request::target::Target;
    use std::borrow::Cow;
    use std::collections::{BTreeMap, BTreeSet};

    fn segments(path: &str) -> Vec<Cow<'_, str>> {
        path.split('/').skip(1).map(Into::into).collect()
    }

    /// The operation of a method and of a path with a query.
    fn routed(method: &str, path: &str) -> Result<Option<(Route, String)>, u16> {
        let target = Target::of(path);
        let path = segments(path.split('?').next().unwrap_or_default());
        let asked = route(method, &path, &target).map_err(|rejection| rejection.status())?;
        Ok(asked.map(|Asked { route, id, .. }| (route, id.to_owned())))
    }

    fn found(method: &str, path: &str) -> Option<(Route, String)> {
        routed(method, path).ok().flatten()
    }

    fn refused(method: &str, path: &str) -> Option<u16> {
        routed(method, path).err()
    }

    #[test]
    fn a_call_of_api_1_is_found_with_its_id() {
        for (method, path, route, id) in [
            ("GET", "/users", Route::ListPeople(Kind::User), ""),
            ("POST", "/contacts", Route::SavePerson(Kind::Lead), ""),
            ("GET", "/contacts/scroll", Route::ScrollPeople(Kind::Lead), ""),
            ("GET", "/users/5", Route::ShowPerson(Kind::User), "5"),
            ("DELETE", "/contacts/5", Route::RemovePerson(Kind::Lead), "5"),
            ("PUT", "/contacts/5", Route::UpdatePerson(Kind::Lead), "5"),
            ("GET", "/companies/5/users", Route::ListCompanyUsers, "5"),
            ("POST", "/messages", Route::SendMessage, ""),
            ("POST", "/conversations/last/reply", Route::Reply, "last"),
        ] {
            assert_eq!(found(method, path), Some((route, id.to_owned())), "{method} {path}");
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

    /// `docs/api-1.x.md` says of each operation what becomes of it.
    #[test]
    fn the_docs_have_the_same_operations_with_the_same_fate() {
        let text = include_str!("../../../docs/api-1.x.md");
        let section = text.split("\n## ").find(|section| section.starts_with("Every call of 1.x"));
        let mut documented = BTreeMap::new();
        for row in section.unwrap().lines().filter(|line| line.starts_with("| `")) {
            let mut cells = row.split('|').map(str::trim).skip(1);
            let (call, fate) = (cells.next().unwrap(), cells.next().unwrap());
            let before = documented.insert(call.trim_matches('`').to_owned(), fate.to_owned());
            assert_eq!(before, None, "two rows: {row}");
        }
        for (method, pattern, fate, _) in OPERATIONS {
            let call = format!("{method} /{}", pattern.join("/").replace("{}", "{id}"));
            let words = documented.remove(&call).unwrap_or_else(|| panic!("no row for {call}"));
            let fits = match fate {
                Fate::Bridged(_) => ["yes", "with differences"].contains(&words.as_str()),
                Fate::Forwarded => words == "yes",
                Fate::Gone(_) => words == "no",
            };
            assert!(fits, "{call} is {fate:?}, and the docs say {words}");
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
        for (_, _, fate, _) in OPERATIONS {
            if let Fate::Bridged(route) = fate {
                let (resource, verb) = route.scope().name().split_once(':').unwrap();
                assert!(!resource.is_empty() && ["read", "write", "send"].contains(&verb));
            }
        }
    }
}
