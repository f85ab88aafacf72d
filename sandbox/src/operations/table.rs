//! The table of operations: method, path and handler.

use crate::admins::admin::Admins;
use crate::admins::away_status_reasons::AwayStatusReasons;
use crate::admins::teams::Teams;
use crate::admins::{self, activity_log};
use crate::call::Call;
use crate::contacts::subscriptions::SubscriptionTypes;
use crate::contacts::{notes, subscriptions, visitors};
use crate::data::{attributes, events};
use crate::help_center::articles::Articles;
use crate::help_center::collections::Collections;
use crate::help_center::help_centers::HelpCenters;
use crate::help_center::internal_articles::InternalArticles;
use crate::help_center::{article_search, collections};
use crate::http::response::{ApiError, ApiResponse};
use crate::operations::{block_contact, merge_contacts, save_tag};
use crate::resource::handlers as resource;
use crate::tickets::jobs::{self, Jobs};
use crate::tickets::table::Tickets;
use crate::tickets::types::{self as ticket_types, TicketStates, TicketTypes};
use crate::{companies, contacts, conversations, exports, messages, segments, tags, tickets};
use percent_encoding::percent_decode_str;

/// A function that answers a call.
type Operation = fn(&Call) -> Result<ApiResponse, ApiError>;

/// Method, path and handler of each operation. `{}` is a path parameter; a literal path is before a
/// path with a parameter that it would match.
static OPERATIONS: [(&str, &str, Operation); 116] = [
    ("GET", "/me", admins::handlers::me),
    ("GET", "/admins", resource::list::<Admins>),
    ("GET", "/admins/activity_logs", activity_log::list),
    ("GET", "/admins/{}", resource::show::<Admins>),
    ("PUT", "/admins/{}/away", admins::handlers::set_away),
    ("GET", "/away_status_reasons", resource::list::<AwayStatusReasons>),
    ("GET", "/teams", resource::list::<Teams>),
    ("GET", "/teams/{}", resource::show::<Teams>),
    ("GET", "/contacts", contacts::handlers::list),
    ("POST", "/contacts", contacts::handlers::create),
    ("POST", "/contacts/search", contacts::handlers::search),
    ("POST", "/contacts/merge", merge_contacts::merge),
    ("GET", "/contacts/find_by_external_id/{}", contacts::handlers::show_by_external_id),
    ("GET", "/contacts/{}", contacts::handlers::show),
    ("PUT", "/contacts/{}", contacts::handlers::update),
    ("DELETE", "/contacts/{}", contacts::handlers::delete),
    ("POST", "/contacts/{}/archive", contacts::handlers::archive),
    ("POST", "/contacts/{}/unarchive", contacts::handlers::unarchive),
    ("GET", "/contacts/{}/tags", contacts::tags::list),
    ("POST", "/contacts/{}/tags", contacts::tags::attach),
    ("DELETE", "/contacts/{}/tags/{}", contacts::tags::detach),
    ("GET", "/contacts/{}/segments", contacts::segments::list),
    ("GET", "/contacts/{}/companies", contacts::companies::list),
    ("POST", "/contacts/{}/companies", contacts::companies::attach),
    ("DELETE", "/contacts/{}/companies/{}", contacts::companies::detach),
    ("GET", "/contacts/{}/notes", notes::list),
    ("POST", "/contacts/{}/notes", notes::create),
    ("POST", "/contacts/{}/block", block_contact::block),
    ("GET", "/contacts/{}/subscriptions", subscriptions::list),
    ("POST", "/contacts/{}/subscriptions", subscriptions::attach),
    ("DELETE", "/contacts/{}/subscriptions/{}", subscriptions::detach),
    ("GET", "/subscription_types", resource::list::<SubscriptionTypes>),
    ("POST", "/messages", messages::handlers::create),
    ("GET", "/conversations", conversations::handlers::list),
    ("POST", "/conversations", conversations::handlers::create),
    ("POST", "/conversations/search", conversations::handlers::search),
    ("POST", "/conversations/redact", conversations::handlers::redact),
    ("GET", "/conversations/{}", conversations::handlers::show),
    ("PUT", "/conversations/{}", conversations::handlers::update),
    ("DELETE", "/conversations/{}", conversations::handlers::delete),
    ("POST", "/conversations/{}/reply", conversations::replies::reply),
    ("POST", "/conversations/{}/parts", conversations::replies::manage),
    ("POST", "/conversations/{}/tags", conversations::tags::attach),
    ("DELETE", "/conversations/{}/tags/{}", conversations::tags::detach),
    ("POST", "/conversations/{}/customers", conversations::participants::attach),
    ("DELETE", "/conversations/{}/customers/{}", conversations::participants::detach),
    ("POST", "/conversations/{}/convert", conversations::convert::convert),
    ("GET", "/data_attributes", attributes::list),
    ("POST", "/data_attributes", attributes::create),
    ("PUT", "/data_attributes/{}", attributes::update),
    ("GET", "/notes/{}", notes::show),
    ("GET", "/events", events::list),
    ("POST", "/events", events::create),
    ("POST", "/events/summaries", events::summarize),
    ("GET", "/visitors", visitors::show),
    ("PUT", "/visitors", visitors::update),
    ("POST", "/visitors/convert", visitors::convert),
    ("GET", "/tags", tags::handlers::list),
    ("POST", "/tags", save_tag::save),
    ("GET", "/tags/{}", tags::handlers::show),
    ("DELETE", "/tags/{}", tags::handlers::delete),
    ("GET", "/segments", segments::list),
    ("GET", "/segments/{}", segments::show),
    ("GET", "/companies", companies::handlers::list),
    ("POST", "/companies", companies::handlers::create_or_update),
    ("POST", "/companies/list", companies::handlers::list_all),
    ("GET", "/companies/scroll", companies::scroll::scroll),
    ("GET", "/companies/{}", companies::handlers::show),
    ("PUT", "/companies/{}", companies::handlers::update),
    ("DELETE", "/companies/{}", companies::handlers::delete),
    ("GET", "/companies/{}/contacts", contacts::companies::members),
    ("GET", "/companies/{}/segments", companies::handlers::segments),
    ("GET", "/articles", resource::list::<Articles>),
    ("POST", "/articles", resource::create::<Articles>),
    ("GET", "/articles/search", article_search::search),
    ("GET", "/articles/{}", resource::show::<Articles>),
    ("PUT", "/articles/{}", resource::update::<Articles>),
    ("DELETE", "/articles/{}", resource::delete::<Articles>),
    ("GET", "/internal_articles", resource::list::<InternalArticles>),
    ("POST", "/internal_articles", resource::create::<InternalArticles>),
    ("GET", "/internal_articles/search", article_search::search_internal),
    ("GET", "/internal_articles/{}", resource::show::<InternalArticles>),
    ("PUT", "/internal_articles/{}", resource::update::<InternalArticles>),
    ("DELETE", "/internal_articles/{}", resource::delete::<InternalArticles>),
    ("GET", "/help_center/help_centers", resource::list::<HelpCenters>),
    ("GET", "/help_center/help_centers/{}", resource::show::<HelpCenters>),
    ("GET", "/help_center/collections", resource::list::<Collections>),
    ("POST", "/help_center/collections", resource::create::<Collections>),
    ("GET", "/help_center/collections/{}", resource::show::<Collections>),
    ("PUT", "/help_center/collections/{}", resource::update::<Collections>),
    ("DELETE", "/help_center/collections/{}", collections::delete),
    ("POST", "/export/content/data", exports::messages::create),
    ("GET", "/export/content/data/{}", exports::messages::show),
    ("POST", "/export/cancel/{}", exports::messages::cancel),
    ("GET", "/download/content/data/{}", exports::messages::download),
    ("POST", "/export/reporting_data/enqueue", exports::reports::create),
    ("GET", "/export/reporting_data/get_datasets", exports::reports::datasets),
    ("GET", "/export/reporting_data/{}", exports::reports::show),
    ("GET", "/download/reporting_data/{}", exports::reports::download),
    ("GET", "/ticket_states", resource::list::<TicketStates>),
    ("GET", "/ticket_types", resource::list::<TicketTypes>),
    ("POST", "/ticket_types", resource::create::<TicketTypes>),
    ("GET", "/ticket_types/{}", resource::show::<TicketTypes>),
    ("PUT", "/ticket_types/{}", resource::update::<TicketTypes>),
    ("POST", "/ticket_types/{}/attributes", ticket_types::create_attribute),
    ("PUT", "/ticket_types/{}/attributes/{}", ticket_types::update_attribute),
    ("POST", "/tickets", tickets::handlers::create),
    ("POST", "/tickets/enqueue", jobs::enqueue),
    ("POST", "/tickets/search", tickets::handlers::search),
    ("GET", "/tickets/{}", resource::show::<Tickets>),
    ("PUT", "/tickets/{}", tickets::handlers::update),
    ("DELETE", "/tickets/{}", tickets::handlers::delete),
    ("POST", "/tickets/{}/reply", tickets::replies::reply),
    ("POST", "/tickets/{}/tags", tickets::tags::attach),
    ("DELETE", "/tickets/{}/tags/{}", tickets::tags::detach),
    ("GET", "/jobs/status/{}", resource::show::<Jobs>),
];

/// Returns the handler of a request and its path parameters; 404 for an unknown path, 405 for
/// another method.
pub(crate) fn find(method: &str, path: &str) -> Result<(Operation, [String; 2]), ApiError> {
    let mut allowed = Vec::new();
    for (allowed_method, pattern, handler) in &OPERATIONS {
        if let Some(names) = matches(pattern, path) {
            if *allowed_method == method {
                return Ok((*handler, names));
            }
            allowed.push(*allowed_method);
        }
    }
    if allowed.is_empty() {
        return Err(ApiError::not_found());
    }
    let message = format!("{method} is not allowed for this resource");
    Err(ApiError::new(405, "method_not_allowed", message).with_header("allow", allowed.join(", ")))
}

/// Returns the decoded path parameters if a path matches a pattern; those that the pattern does not
/// have are empty.
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
        find(method, path).map(|(_, [name, _])| name).map_err(|error| error.status)
    }

    #[test]
    fn path_parameters_are_decoded() {
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
    fn a_wrong_method_lists_the_allowed_ones() {
        let error = find("DELETE", "/contacts").err();
        assert_eq!(
            error.map(|error| (error.status, error.headers)),
            Some((405, vec![("allow", "GET, POST".to_owned())]))
        );
    }
}
