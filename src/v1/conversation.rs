//! Conversations, in API 1.x.

use super::translate::convert_present;
use crate::model::conversation::{FirstContactReply, LinkedObject, Sla};
use crate::model::json::model;
use crate::model::{
    self, AiAgent, ConversationPart, ConversationState, Field, Id, JsonType, List, Object,
    Priority, Reference, Source, Statistics, Tag, Timestamp,
};
use serde_json::Value;

model! {
    /// A conversation, the response of `GET /conversations/{id}` in API 1.x. The fields after the
    /// rating exist only in API 2.x; they keep their names.
    pub struct Conversation {
        /// Intercom's id.
        id: Id,
        /// Time of creation.
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Time since which a contact waits for a reply; null if an admin wrote last.
        waiting_since: Timestamp,
        /// Time at which a snoozed conversation reopens.
        snoozed_until: Timestamp,
        /// Message that started the conversation.
        conversation_message: Source,
        /// First person of `customers`.
        user: Reference,
        /// Users and leads who take part.
        customers: Vec<Reference>,
        /// First message of a contact.
        customer_first_reply: FirstContactReply,
        /// Assigned admin or team; the type `nobody_admin` without an id if there is none.
        assignee: Reference,
        /// True if the conversation is open or snoozed.
        open: bool,
        /// State: open, closed or snoozed.
        state: ConversationState,
        /// True if the conversation has been read.
        read: bool,
        /// Tags.
        tags: List<Tag>,
        /// Messages and actions; a list of conversations leaves them out.
        conversation_parts: List<ConversationPart>,
        /// Rating that the contact gave.
        conversation_rating: Rating,
        /// Title.
        title: String,
        /// Priority in the inbox.
        priority: Priority,
        /// Id of the assigned admin; null if no admin is assigned.
        admin_assignee_id: Id,
        /// Id of the assigned team; null if no team is assigned.
        team_assignee_id: Id,
        /// Admins who wrote in the conversation; the list's key is `admins`.
        teammates: List<Reference>,
        /// Custom attributes that the workspace defines.
        custom_attributes: Object,
        /// Service-level agreement (SLA) that applies.
        sla_applied: Sla,
        /// Statistics for reports: times of events, and durations in seconds.
        statistics: Statistics,
        /// Linked conversations and tickets.
        linked_objects: List<LinkedObject>,
        /// True if the AI agent took part.
        ai_agent_participated: bool,
        /// Contribution of the AI agent.
        ai_agent: AiAgent,
    }
}

model! {
    /// A contact's rating of a conversation.
    pub struct Rating {
        /// Rating from 1 to 5.
        rating: i64,
        /// Remark in the contact's own words.
        remark: String,
        /// Time at which the rating was requested.
        created_at: Timestamp,
        /// Time of the last change; only API 2.x has it.
        updated_at: Timestamp,
        /// Person who gave the rating.
        customer: Reference,
        /// Admin who was rated.
        teammate: Reference,
    }
}

impl From<model::Conversation> for Conversation {
    fn from(conversation: model::Conversation) -> Self {
        let leads = leads(&conversation);
        let customers = customers(conversation.contacts, &leads);
        let user = customers.get().and_then(|all| all.first().cloned());
        let mut extra = conversation.extra;
        // The first versions of API 2.x still have it.
        let assignee = match Field::take(&mut extra, "assignee") {
            Field::Absent => {
                assignee(&conversation.admin_assignee_id, &conversation.team_assignee_id)
            }
            assignee => assignee,
        };
        let tags = relabelled(conversation.tags, "tag.list", "tags");
        Self {
            r#type: "conversation".into(),
            id: convert_present(conversation.id, text).or_null(),
            created_at: conversation.created_at.or_null(),
            updated_at: conversation.updated_at.or_null(),
            waiting_since: conversation.waiting_since.or_null(),
            snoozed_until: conversation.snoozed_until.or_null(),
            conversation_message: convert_present(conversation.source, message).or_null(),
            user: user.map_or(Field::Null, Field::Known),
            customers,
            customer_first_reply: conversation.first_contact_reply.or_null(),
            assignee,
            open: conversation.open.or_null(),
            state: conversation.state.or_null(),
            read: conversation.read.or_null(),
            tags: match tags {
                Field::Absent | Field::Null => List::new("tag.list", "tags", Vec::new()).into(),
                tags => tags,
            },
            conversation_parts: convert_present(
                relabelled(
                    conversation.conversation_parts,
                    "conversation_part.list",
                    "conversation_parts",
                ),
                |mut parts| {
                    parts.items = parts.items.into_iter().map(part).collect();
                    parts
                },
            ),
            conversation_rating: convert_present(conversation.conversation_rating, |it| {
                rating(it, &leads)
            })
            .or_null(),
            title: conversation.title,
            priority: conversation.priority,
            admin_assignee_id: conversation.admin_assignee_id,
            team_assignee_id: conversation.team_assignee_id,
            teammates: convert_present(
                relabelled(conversation.teammates, "admin.list", "admins"),
                |mut teammates| {
                    teammates.items.iter_mut().for_each(|it| default_type(&mut it.r#type, "admin"));
                    teammates
                },
            ),
            custom_attributes: conversation.custom_attributes,
            sla_applied: conversation.sla_applied,
            statistics: conversation.statistics,
            linked_objects: conversation.linked_objects,
            ai_agent_participated: conversation.ai_agent_participated,
            ai_agent: conversation.ai_agent,
            extra,
        }
    }
}

/// Returns Intercom's ids of the leads who wrote a message. A reference to a contact does not have
/// its role.
fn leads(conversation: &model::Conversation) -> Vec<Id> {
    let parts = conversation.conversation_parts.get().map(|parts| parts.items.as_slice());
    let in_parts = parts.unwrap_or_default().iter().filter_map(|part| part.author.get());
    let author = conversation.source.get().and_then(|source| source.author.get());
    let authors = author.into_iter().chain(in_parts);
    let leads = authors.filter(|author| author.r#type.as_str() == Some("lead"));
    leads.filter_map(|author| author.id.get().cloned()).collect()
}

/// Converts the references to the contacts of a conversation.
fn customers(contacts: Field<List<Reference>>, leads: &[Id]) -> Field<Vec<Reference>> {
    match relabelled(contacts, "contact.list", "contacts") {
        Field::Known(List { key: Some(_), items, .. }) => {
            items.into_iter().map(|contact| customer(contact, leads)).collect::<Vec<_>>().into()
        }
        Field::Known(list) => Field::Other(serde_json::to_value(list).unwrap_or_default()),
        Field::Other(value) => Field::Other(value),
        Field::Absent | Field::Null => Field::Null,
    }
}

/// Converts a reference to a contact. `external_id` becomes `user_id`. A person who wrote nothing
/// becomes a `user`, because the role is unknown.
fn customer(contact: Reference, leads: &[Id]) -> Reference {
    let Reference { r#type: mut kind, id, external_id, url, mut extra } = contact;
    if let Some(id) = id.get().map(Id::to_string)
        && !matches!(kind.as_str(), Some("user" | "lead"))
    {
        let is_lead = leads.iter().any(|lead| lead.is(&id));
        kind = if is_lead { "lead" } else { "user" }.into();
    }
    let user_id = match external_id {
        Field::Absent => None,
        Field::Null => Some(Value::Null),
        Field::Known(user_id) => Some(user_id.into()),
        Field::Other(value) => Some(value),
    };
    extra.extend(user_id.map(|user_id| ("user_id".to_owned(), user_id)));
    Reference { r#type: kind, id, external_id: Field::Absent, url, extra }
}

/// Returns the assigned admin, or else the team, or `nobody_admin`; null if API 2.x has neither
/// field.
fn assignee(admin: &Field<Id>, team: &Field<Id>) -> Field<Reference> {
    let known = |id: &Field<Id>| id.get().filter(|id| !id.is("0")).map(Id::to_string);
    let (kind, id) = match (known(admin), known(team)) {
        (Some(id), _) => ("admin", Id::Text(id).into()),
        (None, Some(id)) => ("team", Id::Text(id).into()),
        (None, None) if admin.is_absent() && team.is_absent() => return Field::Null,
        (None, None) => ("nobody_admin", Field::Null),
    };
    Reference { r#type: kind.into(), id, ..Reference::default() }.into()
}

fn message(source: Source) -> Source {
    Source {
        id: source.id.or_null(),
        delivered_as: source.delivered_as.or_null(),
        subject: source.subject.or_null(),
        body: source.body.or_null(),
        author: source.author.or_null(),
        attachments: or_empty(source.attachments),
        url: source.url.or_null(),
        ..source
    }
}

fn part(part: ConversationPart) -> ConversationPart {
    let mut part = ConversationPart {
        id: part.id.or_null(),
        part_type: part.part_type.or_null(),
        body: part.body.or_null(),
        created_at: part.created_at.or_null(),
        updated_at: part.updated_at.or_null(),
        notified_at: part.notified_at.or_null(),
        assigned_to: part.assigned_to.or_null(),
        author: part.author.or_null(),
        attachments: or_empty(part.attachments),
        external_id: part.external_id.or_null(),
        ..part
    };
    default_type(&mut part.r#type, "conversation_part");
    if let Field::Known(assigned_to) = &mut part.assigned_to {
        let usual = if assigned_to.id.get().is_some() { "admin" } else { "nobody_admin" };
        default_type(&mut assigned_to.r#type, usual);
    }
    part
}

fn rating(rating: model::Rating, leads: &[Id]) -> Rating {
    Rating {
        r#type: rating.r#type,
        rating: rating.rating.or_null(),
        remark: rating.remark.or_null(),
        created_at: rating.created_at.or_null(),
        updated_at: rating.updated_at,
        customer: convert_present(rating.contact, |contact| customer(contact, leads)).or_null(),
        teammate: rating.teammate.or_null(),
        extra: rating.extra,
    }
}

/// Sets the type and the key of API 1.x, where clients derive the key from the type. The first
/// versions of API 2.x have arrays in place of some lists.
fn relabelled<T: JsonType>(list: Field<List<T>>, kind: &str, key: &'static str) -> Field<List<T>> {
    match list {
        // Without a key there are no items to relabel.
        Field::Known(list) if list.key.is_some() => {
            List { r#type: kind.into(), key: Some(key.into()), ..list }.into()
        }
        Field::Other(items @ Value::Array(_)) => match Field::read(items) {
            Field::Known(items) => List::new(kind, key, items).into(),
            Field::Other(items) => Field::Other(items),
            Field::Absent | Field::Null => Field::Null,
        },
        list => list,
    }
}

fn default_type(kind: &mut Field<String>, usual: &str) {
    if matches!(kind, Field::Absent | Field::Null) {
        *kind = usual.into();
    }
}

fn or_empty<T>(list: Field<Vec<T>>) -> Field<Vec<T>> {
    match list {
        Field::Absent | Field::Null => Vec::new().into(),
        list => list,
    }
}

/// Converts an id to a text, as in API 1.x.
fn text(id: Id) -> Id {
    Id::Text(id.to_string())
}
