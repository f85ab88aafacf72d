//! Conversations of API 1.x: lists with its filters, one conversation, changes and replies.

use crate::call::{PageRequest, conversation};
use crate::edge::bridge::Bridge;
use crate::edge::bridge::pages::CursorPage;
use crate::edge::bridge::reply::{Action, ConversationRef, Reply};
use crate::edge::intercom::person::{PersonRef, id_of};
use crate::edge::messages;
use crate::edge::request::body::{json, json_of};
use crate::edge::request::values::{alone, last};
use crate::edge::response::{Answer, Rejection};
use crate::edge::translation::body::json_text;
use crate::edge::translation::person::{not_found, reference_of};
use crate::model::{FilterValue, Group, Id, List, Operator, Order, Search, Sort};
use crate::v1::{Conversation, PersonKind};

/// The default of `per_page`.
const USUAL_PAGE: u32 = 20;

/// The parameters that name a person.
const PERSON: [&str; 3] = ["intercom_user_id", "user_id", "email"];

/// The query parameters of `GET /conversations`.
struct ListQuery<'a> {
    page: CursorPage,
    /// The person whose conversations are listed, and the parameter that names the person.
    person: Option<(&'static str, PersonRef)>,
    filters: Vec<Group>,
    /// The field and the order, if the caller gives them.
    sort: Option<Sort>,
    display_as: Option<&'a str>,
    /// The parameters that the next page's address repeats.
    repeated: Vec<(String, String)>,
}

impl<'a> ListQuery<'a> {
    /// Reads the parameters, all of which are known. Of several with one name, the last counts.
    fn read(parameters: &'a [(String, String)]) -> Result<Self, Rejection> {
        let page = CursorPage::read(parameters, USUAL_PAGE)?;
        let mut repeated: Vec<(String, String)> = Vec::new();
        for (name, value) in parameters {
            if !matches!(name.as_str(), "page" | "per_page" | "starting_after") {
                repeated.retain(|(known, _)| known != name);
                repeated.push((name.clone(), value.clone()));
            }
        }
        let (person, mut filters) = match owner(parameters)? {
            Some(Owner::Person(name, person)) => (Some((name, person)), Vec::new()),
            Some(Owner::Admin(filters)) => (None, filters),
            None => (None, Vec::new()),
        };
        if let Some(open) = flag(parameters, "open")? {
            filters.push(Group::filter("open", Operator::Equals, FilterValue::Bool(open)));
        }
        // `unread=false` lists all conversations, read or not.
        if flag(parameters, "unread")? == Some(true) {
            filters.push(Group::filter("read", Operator::Equals, FilterValue::Bool(false)));
        }
        let (sort, display_as) = (sort(parameters)?, display_as(parameters)?);
        Ok(Self { page, person, filters, sort, display_as, repeated })
    }

    /// Makes the search that finds the conversations; `None` if a plain list of all of them is enough.
    fn search(&self) -> Option<Search> {
        let mut filters = self.filters.clone();
        if filters.is_empty() {
            self.sort.as_ref()?;
            // Intercom's search needs a filter.
            let always = FilterValue::Number(0.into());
            filters.push(Group::filter("created_at", Operator::GreaterThan, always));
        }
        let sort = self.sort.clone().unwrap_or_else(|| by_field("updated_at", Order::Descending));
        Some(Search { query: Group::all(filters).into(), sort: sort.into(), ..Search::default() })
    }
}

/// The owner of the listed conversations.
enum Owner {
    /// A person, and the parameter that names the person.
    Person(&'static str, PersonRef),
    /// An admin, or `nobody` for unassigned conversations, as filters.
    Admin(Vec<Group>),
}

/// Reads the owner of the listed conversations; `None` lists all. The owner and `type` must fit together.
fn owner(parameters: &[(String, String)]) -> Result<Option<Owner>, Rejection> {
    for name in PERSON {
        alone(parameters, name, &["intercom_user_id", "user_id", "email", "admin_id", "id"])?;
    }
    alone(parameters, "admin_id", &["id"])?;
    let value = |name| last(parameters, name);
    let named = PERSON.into_iter().find_map(|name| Some((name, value(name)?)));
    let (admin, id) = (value("admin_id"), value("id"));
    let person = |(name, value): (&'static str, &str)| {
        reference_of(name, value).map(|person| Some(Owner::Person(name, person)))
    };
    let admins = |(name, value)| of_admin(name, value).map(Some);
    match (value("type"), named, admin) {
        (None, None, None) if id.is_none() => Ok(None),
        (None, Some(named), _) => person(named),
        (None, None, Some(admin)) => admins(("admin_id", admin)),
        (None, None, None) => {
            Err(Rejection::parameter("type", "Give the type of the id: admin or user"))
        }
        (Some("user"), _, Some(_)) => {
            Err(Rejection::parameter("admin_id", "admin_id goes with type=admin"))
        }
        (Some("user"), named, None) => match named.or(id.map(|id| ("id", id))) {
            Some(named) => person(named),
            None => Err(owner_missing("intercom_user_id", "intercom_user_id, user_id or email")),
        },
        (Some("admin"), Some((name, _)), _) => {
            Err(Rejection::parameter(name, format!("{name} goes with type=user")))
        }
        (Some("admin"), None, admin) => {
            match admin.map(|admin| ("admin_id", admin)).or(id.map(|id| ("id", id))) {
                Some(named) => admins(named),
                None => Err(owner_missing("admin_id", "admin_id")),
            }
        }
        (Some(_), ..) => Err(Rejection::parameter(
            "type",
            "type is admin or user; a lead's are listed with type=user and intercom_user_id",
        )),
    }
}

fn owner_missing(name: &str, names: &str) -> Rejection {
    let words = format!("Name the owner of the conversations: give {names}");
    Rejection::new(400, "parameter_not_found", words).naming(name)
}

/// Makes the filters for an admin's conversations, by Intercom's id. `nobody` means those without an admin and
/// without a team.
fn of_admin(name: &str, admin: &str) -> Result<Owner, Rejection> {
    let is =
        |field, id: i64| Group::filter(field, Operator::Equals, FilterValue::Number(id.into()));
    let digits = admin.bytes().all(|byte| byte.is_ascii_digit());
    match admin.parse() {
        _ if admin == "nobody" => {
            Ok(Owner::Admin(vec![is("admin_assignee_id", 0), is("team_assignee_id", 0)]))
        }
        Ok(id) if digits => Ok(Owner::Admin(vec![is("admin_assignee_id", id)])),
        _ => Err(Rejection::parameter(
            name,
            "An admin's id is a number; nobody lists the unassigned",
        )),
    }
}

/// Reads a boolean as clients write it: Ruby and Java `true`, Python `True`, PHP `1`.
fn flag(parameters: &[(String, String)], name: &str) -> Result<Option<bool>, Rejection> {
    last(parameters, name)
        .map(|value| match value.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Rejection::parameter(name, format!("{name} is true or false"))),
        })
        .transpose()
}

/// Reads how a list is sorted. In API 1.x `sort` is the field and `order` the direction, except in lists of an
/// admin or a user, where they are swapped: here either parameter accepts either value.
fn sort(parameters: &[(String, String)]) -> Result<Option<Sort>, Rejection> {
    let (mut field, mut order) = (None, None);
    for name in ["order", "sort"] {
        let taken = match last(parameters, name) {
            None => continue,
            Some("asc") => order.replace(Order::Ascending).is_some(),
            Some("desc") => order.replace(Order::Descending).is_some(),
            Some(by @ ("created_at" | "updated_at" | "waiting_since")) => {
                field.replace(by).is_some()
            }
            Some(_) => true,
        };
        if taken {
            let words = "order and sort are a direction (asc or desc) and a field (created_at, \
                         updated_at or waiting_since)";
            return Err(Rejection::parameter(name, words));
        }
    }
    if field.is_none() && order.is_none() {
        return Ok(None);
    }
    Ok(Some(by_field(field.unwrap_or("updated_at"), order.unwrap_or(Order::Descending))))
}

fn by_field(field: &str, order: Order) -> Sort {
    Sort { field: field.into(), order: order.into(), ..Sort::default() }
}

/// Reads `display_as`, which asks for bodies in plain text, also in API 2.x.
fn display_as(parameters: &[(String, String)]) -> Result<Option<&str>, Rejection> {
    match last(parameters, "display_as") {
        None | Some("plaintext") => Ok(last(parameters, "display_as")),
        Some(_) => Err(Rejection::parameter("display_as", "display_as is plaintext")),
    }
}

/// Reads `display_as` for one conversation, whose id some clients repeat in the query.
fn display_one<'a>(
    id: &str,
    parameters: &'a [(String, String)],
) -> Result<Option<&'a str>, Rejection> {
    if last(parameters, "id").is_some_and(|other| other != id) {
        return Err(Rejection::parameter("id", "The path names another conversation"));
    }
    display_as(parameters)
}

impl Bridge<'_> {
    /// Lists a page of conversations.
    pub(super) async fn conversations(
        &self,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let mut query = ListQuery::read(parameters)?;
        if let Some((name, person)) = query.person.take() {
            let id = self.person_id(name, person).await?;
            query.filters.push(Group::equals("contact_ids", id));
        }
        let search = query.search();
        let name = format!("conversations {}", serde_json::to_string(&search).unwrap_or_default());
        let ask = async |per_page: i64, after: Option<&str>| {
            let call = match &search {
                Some(search) => {
                    conversation::search(&search.page(per_page, after), &PageRequest::default())
                }
                None => conversation::list(&PageRequest::default())
                    .with_query("per_page", Some(&per_page.to_string()))
                    .with_query("starting_after", after),
            };
            self.intercom.list(&call.with_query("display_as", query.display_as)).await
        };
        let list = self.page(&query.page, &name, ask).await?;
        let pages = query.page.pages(self.origin, "conversations", &query.repeated, &list);
        let items = list.items.into_iter().map(Conversation::from).collect();
        let mut answer = List::new("conversation.list", "conversations", items);
        answer.pages = pages.into();
        answer.total_count = list.total_count.or_null();
        self.json(&answer)
    }

    /// Finds Intercom's id of the person that a parameter or field names. An address is a user's.
    async fn person_id(&self, name: &str, person: PersonRef) -> Result<String, Rejection> {
        let role = match person {
            PersonRef::Id(id) => return Ok(id),
            PersonRef::UserId(_) => None,
            PersonRef::Email(_) => Some(PersonKind::User.role()),
        };
        let found = self.intercom.find_person(&person, role.as_ref(), name).await?;
        id_of(&found.ok_or_else(|| not_found(PersonKind::User).naming(name))?)
    }

    /// Gets a conversation.
    pub(super) async fn conversation(
        &self,
        id: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let display_as = display_one(id, parameters)?;
        let call = conversation::get(id).with_query("display_as", display_as);
        self.json(&Conversation::from(self.intercom.ask(&call).await?))
    }

    /// Updates a conversation, for example with `{"read":true}`. API 2.x accepts the same body.
    pub(super) async fn update_conversation(
        &self,
        id: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Rejection> {
        let display_as = display_one(id, parameters)?;
        let changes = json_text(json(self.context).await?)?;
        let call = conversation::update(id, &changes).with_query("display_as", display_as);
        self.json(&Conversation::from(self.intercom.write(&call).await?))
    }

    /// Replies in a conversation through the outbox, or closes, opens, snoozes or assigns it.
    pub(super) async fn reply(&self, id: &str) -> Result<Answer, Rejection> {
        let sent = json_of(self.context, messages::reply_limit(self.context)?).await?;
        let Reply { action, conversation, body } = Reply::translate(id, &sent)?;
        let id = match conversation {
            ConversationRef::Id(id) => id,
            ConversationRef::LastOf(name, person) => self.last_conversation(name, person).await?,
        };
        let call = match action {
            Action::Write => {
                match messages::reply(self.context, self.caller, &id, &sent, &body).await? {
                    Some(response) => return Ok(response.into()),
                    None => conversation::reply(&id, &json_text(body)?),
                }
            }
            Action::Manage => conversation::manage(&id, &json_text(body)?),
        };
        self.intercom.in_time("nothing was written or changed")?;
        self.json(&Conversation::from(self.intercom.write(&call).await?))
    }

    /// Finds Intercom's id of the person's conversation that changed last.
    async fn last_conversation(&self, name: &str, person: PersonRef) -> Result<String, Rejection> {
        let person = self.person_id(name, person).await?;
        let search = Search {
            query: Group::equals("contact_ids", person).into(),
            sort: by_field("updated_at", Order::Descending).into(),
            ..Search::default()
        };
        let call = conversation::search(&search.page(1, None), &PageRequest::default());
        let last = self.intercom.list(&call).await?.items.into_iter().next();
        let last = last
            .ok_or_else(|| Rejection::not_found("This person has no conversation").naming(name))?;
        let id = last.id.get().map(Id::to_string);
        id.ok_or_else(|| Rejection::unreadable("the conversation has no id"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Group, ListQuery};
    use serde_json::{Value, json};

    fn owned(query: &str) -> Vec<(String, String)> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.into(), v.into())).collect()
    }

    /// The search of a list, the person found as `p`; an error's status where it is refused.
    fn search(query: &str) -> Result<Value, u16> {
        let parameters = owned(query);
        let mut query = ListQuery::read(&parameters).map_err(|rejection| rejection.status())?;
        if query.person.take().is_some() {
            query.filters.push(Group::equals("contact_ids", "p"));
        }
        Ok(serde_json::to_value(query.search()).unwrap())
    }

    fn filters(query: &str) -> Value {
        search(query).unwrap()["query"]["value"].take()
    }

    #[test]
    fn each_filter_of_1_x_is_one_of_2_x() {
        let is =
            |field: &str, value: Value| json!({"field": field, "operator": "=", "value": value});
        for person in ["intercom_user_id=5f", "user_id=u-1", "email=a@example.com", "id=5f"] {
            assert_eq!(
                filters(&format!("type=user&{person}")),
                json!([is("contact_ids", "p".into())])
            );
        }
        assert_eq!(
            filters("user_id=u-1"),
            json!([is("contact_ids", "p".into())]),
            "without a type"
        );
        for admin in ["type=admin&admin_id=7", "type=admin&id=7", "admin_id=7"] {
            assert_eq!(filters(admin), json!([is("admin_assignee_id", 7.into())]), "{admin}");
        }
        assert_eq!(
            filters("type=admin&admin_id=nobody"),
            json!([is("admin_assignee_id", 0.into()), is("team_assignee_id", 0.into())])
        );
        let admin = || is("admin_assignee_id", 7.into());
        for (value, open) in [
            ("true", true),
            ("True", true),
            ("1", true),
            ("false", false),
            ("False", false),
            ("0", false),
        ] {
            let expected = json!([admin(), is("open", open.into())]);
            assert_eq!(
                filters(&format!("type=admin&admin_id=7&open={value}")),
                expected,
                "{value}"
            );
        }
        let unread = filters("type=user&user_id=u-1&unread=true");
        assert_eq!(unread, json!([is("read", false.into()), is("contact_ids", "p".into())]));
        let all = filters("type=user&user_id=u-1&unread=false");
        assert_eq!(all, json!([is("contact_ids", "p".into())]));
        assert_eq!(filters("open=false"), json!([is("open", false.into())]));
    }

    #[test]
    fn a_list_of_all_is_no_search_unless_it_is_sorted() {
        assert_eq!(search(""), Ok(Value::Null));
        assert_eq!(search("page=3&per_page=60&display_as=plaintext"), Ok(Value::Null));
        assert_eq!(
            search("order=asc"),
            Ok(json!({
                "query": {"operator": "AND", "value": [{"field": "created_at", "operator": ">", "value": 0}]},
                "sort": {"field": "updated_at", "order": "ascending"},
            }))
        );
    }

    #[test]
    fn order_and_sort_mean_either() {
        for (query, field, order) in [
            ("", "updated_at", "descending"),
            ("&sort=created_at", "created_at", "descending"),
            ("&order=created_at", "created_at", "descending"),
            ("&order=asc&sort=waiting_since", "waiting_since", "ascending"),
            ("&order=waiting_since&sort=asc", "waiting_since", "ascending"),
            ("&sort=desc", "updated_at", "descending"),
        ] {
            let sort = search(&format!("admin_id=7{query}")).unwrap()["sort"].take();
            assert_eq!(sort, json!({"field": field, "order": order}), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_carried_is_refused() {
        for query in [
            "type=admin",
            "type=user",
            "type=lead&user_id=5",
            "type=team&id=5",
            "type=&user_id=5",
            "id=5",
            "type=admin&user_id=5",
            "type=admin&admin_id=7&email=a@example.com",
            "type=user&admin_id=7",
            "user_id=5&admin_id=7",
            "user_id=5&email=a@example.com",
            "starting_after=c",
            "type=admin&admin_id=seven",
            "type=admin&admin_id=-7",
            "type=admin&admin_id=",
            "type=user&user_id=",
            "type=user&intercom_user_id=a/b",
            "type=admin&admin_id=7&open=maybe",
            "type=user&user_id=5&unread=",
            "order=up",
            "sort=name",
            "order=asc&sort=desc",
            "order=created_at&sort=updated_at",
            "display_as=html",
            "page=0",
            "per_page=61",
        ] {
            assert_eq!(search(query), Err(400), "{query}");
        }
        assert_eq!(search("type=user&email="), Err(422), "an e-mail address has one rule");
    }

    #[test]
    fn the_next_page_repeats_the_question() {
        let parameters = owned("type=user&email=a@example.com&unread=true&page=2&per_page=5");
        let query = ListQuery::read(&parameters).ok().unwrap();
        assert_eq!(
            query.page.next_url("http://w", "conversations", &query.repeated, "c="),
            "http://w/conversations?per_page=5&page=3&type=user&email=a%40example%2Ecom&unread=true&starting_after=c%3D"
        );
    }
}
