//! The operations that the sandbox knows: a table of methods and paths.

use super::admins::{Admins, AwayStatusReasons};
use super::answer::{Answer, Refusal};
use super::arrival::Arrival;
use super::articles::{Articles, InternalArticles};
use super::help_center::{HelpCenterCollection, HelpCenters};
use super::jobs::Jobs;
use super::settings::Settings;
use super::store::Store;
use super::subscriptions::SubscriptionTypes;
use super::teams::Teams;
use super::ticket_types::{TicketStates, TicketTypes};
use super::tickets::Tickets;
use super::version::Version;
use super::{
    activity_log, admins, articles, collection, companies, contacts, conversations,
    data_attributes, events, exports, help_center, jobs, messages, notes, reports, segments,
    subscriptions, tags, ticket_types, tickets, visitors,
};
use percent_encoding::percent_decode_str;

/// Everything that an operation may use.
pub(super) struct Call<'a> {
    /// The tables.
    pub store: &'a Store,
    /// What the last reset set.
    pub settings: &'a Settings,
    /// The request.
    pub arrival: &'a Arrival,
    /// What stands for the path's first `{}`, decoded.
    pub name: String,
    /// What stands for its second.
    pub second: String,
    /// The version of the API that the caller speaks.
    pub version: Version,
    /// What time it is, in milliseconds since 1970.
    pub now_ms: u64,
}

impl Call<'_> {
    /// What time it is, in seconds since 1970.
    pub fn now(&self) -> i64 {
        i64::try_from(self.now_ms / 1000).unwrap_or(i64::MAX)
    }
}

/// Answers a call.
type Operation = fn(&Call) -> Result<Answer, Refusal>;

/// Method, path and operation. `{}` stands for one name; literal paths come before those.
static OPERATIONS: [(&str, &str, Operation); 116] = [
    ("GET", "/me", admins::me),
    ("GET", "/admins", collection::list::<Admins>),
    ("GET", "/admins/activity_logs", activity_log::list),
    ("GET", "/admins/{}", collection::show::<Admins>),
    ("PUT", "/admins/{}/away", admins::set_away),
    ("GET", "/away_status_reasons", collection::list::<AwayStatusReasons>),
    ("GET", "/teams", collection::list::<Teams>),
    ("GET", "/teams/{}", collection::show::<Teams>),
    ("GET", "/contacts", contacts::list),
    ("POST", "/contacts", contacts::create),
    ("POST", "/contacts/search", contacts::search),
    ("POST", "/contacts/merge", contacts::merge),
    ("GET", "/contacts/find_by_external_id/{}", contacts::show_by_external_id),
    ("GET", "/contacts/{}", contacts::show),
    ("PUT", "/contacts/{}", contacts::update),
    ("DELETE", "/contacts/{}", contacts::delete),
    ("POST", "/contacts/{}/archive", contacts::archive),
    ("POST", "/contacts/{}/unarchive", contacts::unarchive),
    ("GET", "/contacts/{}/tags", contacts::tags),
    ("POST", "/contacts/{}/tags", tags::attach),
    ("DELETE", "/contacts/{}/tags/{}", tags::detach),
    ("GET", "/contacts/{}/segments", contacts::segments),
    ("GET", "/contacts/{}/companies", contacts::companies),
    ("POST", "/contacts/{}/companies", companies::attach),
    ("DELETE", "/contacts/{}/companies/{}", companies::detach),
    ("GET", "/contacts/{}/notes", notes::list),
    ("POST", "/contacts/{}/notes", notes::create),
    ("POST", "/contacts/{}/block", contacts::block),
    ("GET", "/contacts/{}/subscriptions", subscriptions::of_contact),
    ("POST", "/contacts/{}/subscriptions", subscriptions::attach),
    ("DELETE", "/contacts/{}/subscriptions/{}", subscriptions::detach),
    ("GET", "/subscription_types", collection::list::<SubscriptionTypes>),
    ("POST", "/messages", messages::create),
    ("GET", "/conversations", conversations::list),
    ("POST", "/conversations", conversations::create),
    ("POST", "/conversations/search", conversations::search),
    ("POST", "/conversations/redact", conversations::redact),
    ("GET", "/conversations/{}", conversations::show),
    ("PUT", "/conversations/{}", conversations::update),
    ("DELETE", "/conversations/{}", conversations::delete),
    ("POST", "/conversations/{}/reply", conversations::reply),
    ("POST", "/conversations/{}/parts", conversations::manage),
    ("POST", "/conversations/{}/tags", conversations::tag),
    ("DELETE", "/conversations/{}/tags/{}", conversations::untag),
    ("POST", "/conversations/{}/customers", conversations::attach),
    ("DELETE", "/conversations/{}/customers/{}", conversations::detach),
    ("POST", "/conversations/{}/convert", tickets::convert),
    ("GET", "/data_attributes", data_attributes::list),
    ("POST", "/data_attributes", data_attributes::create),
    ("PUT", "/data_attributes/{}", data_attributes::update),
    ("GET", "/notes/{}", notes::show),
    ("GET", "/events", events::list),
    ("POST", "/events", events::create),
    ("POST", "/events/summaries", events::summarize),
    ("GET", "/visitors", visitors::show),
    ("PUT", "/visitors", visitors::update),
    ("POST", "/visitors/convert", visitors::convert),
    ("GET", "/tags", tags::list),
    ("POST", "/tags", tags::save),
    ("GET", "/tags/{}", tags::show),
    ("DELETE", "/tags/{}", tags::delete),
    ("GET", "/segments", segments::list),
    ("GET", "/segments/{}", segments::show),
    ("GET", "/companies", companies::list),
    ("POST", "/companies", companies::save),
    ("POST", "/companies/list", companies::list_all),
    ("GET", "/companies/scroll", companies::scroll),
    ("GET", "/companies/{}", companies::show),
    ("PUT", "/companies/{}", companies::update),
    ("DELETE", "/companies/{}", companies::delete),
    ("GET", "/companies/{}/contacts", companies::contacts),
    ("GET", "/companies/{}/segments", companies::segments),
    ("GET", "/articles", collection::list::<Articles>),
    ("POST", "/articles", collection::create::<Articles>),
    ("GET", "/articles/search", articles::search),
    ("GET", "/articles/{}", collection::show::<Articles>),
    ("PUT", "/articles/{}", collection::update::<Articles>),
    ("DELETE", "/articles/{}", collection::delete::<Articles>),
    ("GET", "/internal_articles", collection::list::<InternalArticles>),
    ("POST", "/internal_articles", collection::create::<InternalArticles>),
    ("GET", "/internal_articles/search", articles::search_internal),
    ("GET", "/internal_articles/{}", collection::show::<InternalArticles>),
    ("PUT", "/internal_articles/{}", collection::update::<InternalArticles>),
    ("DELETE", "/internal_articles/{}", collection::delete::<InternalArticles>),
    ("GET", "/help_center/help_centers", collection::list::<HelpCenters>),
    ("GET", "/help_center/help_centers/{}", collection::show::<HelpCenters>),
    ("GET", "/help_center/collections", collection::list::<HelpCenterCollection>),
    ("POST", "/help_center/collections", collection::create::<HelpCenterCollection>),
    ("GET", "/help_center/collections/{}", collection::show::<HelpCenterCollection>),
    ("PUT", "/help_center/collections/{}", collection::update::<HelpCenterCollection>),
    ("DELETE", "/help_center/collections/{}", help_center::delete),
    ("POST", "/export/content/data", exports::create),
    ("GET", "/export/content/data/{}", exports::show),
    ("POST", "/export/cancel/{}", exports::cancel),
    ("GET", "/download/content/data/{}", exports::download),
    ("POST", "/export/reporting_data/enqueue", reports::create),
    ("GET", "/export/reporting_data/get_datasets", reports::datasets),
    ("GET", "/export/reporting_data/{}", reports::show),
    ("GET", "/download/reporting_data/{}", reports::download),
    ("GET", "/ticket_states", collection::list::<TicketStates>),
    ("GET", "/ticket_types", collection::list::<TicketTypes>),
    ("POST", "/ticket_types", collection::create::<TicketTypes>),
    ("GET", "/ticket_types/{}", collection::show::<TicketTypes>),
    ("PUT", "/ticket_types/{}", collection::update::<TicketTypes>),
    ("POST", "/ticket_types/{}/attributes", ticket_types::create_attribute),
    ("PUT", "/ticket_types/{}/attributes/{}", ticket_types::update_attribute),
    ("POST", "/tickets", tickets::create),
    ("POST", "/tickets/enqueue", jobs::enqueue),
    ("POST", "/tickets/search", tickets::search),
    ("GET", "/tickets/{}", collection::show::<Tickets>),
    ("PUT", "/tickets/{}", tickets::update),
    ("DELETE", "/tickets/{}", tickets::delete),
    ("POST", "/tickets/{}/reply", tickets::reply),
    ("POST", "/tickets/{}/tags", tickets::tag),
    ("DELETE", "/tickets/{}/tags/{}", tickets::untag),
    ("GET", "/jobs/status/{}", collection::show::<Jobs>),
];

/// Finds the operation of a request, and the names in its path.
pub(super) fn find(method: &str, path: &str) -> Result<(Operation, [String; 2]), Refusal> {
    let mut allowed = Vec::new();
    for (known, pattern, operation) in &OPERATIONS {
        if let Some(names) = matches(pattern, path) {
            if *known == method {
                return Ok((*operation, names));
            }
            allowed.push(*known);
        }
    }
    if allowed.is_empty() {
        return Err(Refusal::not_found());
    }
    let message = format!("{method} is not allowed for this resource");
    Err(Refusal::new(405, "method_not_allowed", message).with_header("allow", allowed.join(", ")))
}

/// The decoded names in a path that fits the pattern; empty where the pattern has none.
fn matches(pattern: &str, path: &str) -> Option<[String; 2]> {
    let mut names = [const { String::new() }; 2];
    let mut free = names.iter_mut();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected == "{}" && !segment.is_empty() {
            *free.next()? = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<String, u16> {
        find(method, path).map(|(_, [name, _])| name).map_err(|refusal| refusal.status)
    }

    #[test]
    fn names_in_paths_are_decoded() {
        assert_eq!(found("GET", "/contacts/5bb2"), Ok("5bb2".into()));
        assert_eq!(
            found("GET", "/contacts/find_by_external_id/a%2Fb%20c%C3%A9"),
            Ok("a/b cé".into())
        );
        let names = |names: [&str; 2]| Some(names.map(str::to_owned));
        assert_eq!(matches("/contacts/{}/tags", "/contacts/1/tags"), names(["1", ""]));
        assert_eq!(matches("/contacts/{}/tags/{}", "/contacts/1/tags/2"), names(["1", "2"]));
    }

    #[test]
    fn unknown_paths_are_not_found() {
        for path in
            ["/users", "/", "", "/contacts/", "/contacts/1/x", "/contacts/1/tags/", "/CONTACTS"]
        {
            assert_eq!(found("GET", path), Err(404), "{path}");
        }
        assert_eq!(found("GET", "/contacts/%ff"), Err(404));
    }

    #[test]
    fn a_known_path_tells_its_methods() {
        let refusal = find("DELETE", "/contacts").err();
        assert_eq!(
            refusal.map(|refusal| (refusal.status, refusal.headers)),
            Some((405, vec![("allow", "GET, POST".to_owned())]))
        );
    }
}
