//! A conversation, in the dialect of API 1.x.

use super::translate::convert_present;
use crate::model::conversation::{FirstContactReply, LinkedObject, Sla};
use crate::model::shape::model;
use crate::model::{
    self, AiAgent, ConversationPart, ConversationState, Field, Id, List, Object, Priority,
    Reference, Shape, Source, Statistics, Tag, Timestamp,
};
use serde_json::Value;

model! {
    /// A conversation as `GET /conversations/{id}` of API 1.x gives one. The fields after the rating
    /// are those of API 2.x that 1.x has no place for; they keep their names.
    pub struct Conversation {
        /// Intercom's id.
        id: Id,
        /// When it began.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
        /// Since when a contact waits for an answer; null where an admin wrote last.
        waiting_since: Timestamp,
        /// When it opens again.
        snoozed_until: Timestamp,
        /// The message that began it.
        conversation_message: Source,
        /// The first of `customers`.
        user: Reference,
        /// The users and leads in it.
        customers: Vec<Reference>,
        /// A contact's first message in it.
        customer_first_reply: FirstContactReply,
        /// The admin or team whose it is; the type `nobody_admin` without an id if it is nobody's.
        assignee: Reference,
        /// It is open or snoozed.
        open: bool,
        /// Where it stands.
        state: ConversationState,
        /// It was read.
        read: bool,
        /// Tags.
        tags: List<Tag>,
        /// What was written and done; a list of conversations leaves it out.
        conversation_parts: List<ConversationPart>,
        /// What its contact thought of it.
        conversation_rating: Rating,
        /// Title.
        title: String,
        /// Whether it goes before others.
        priority: Priority,
        /// Id of the admin whose it is.
        admin_assignee_id: Id,
        /// Id of the team whose it is.
        team_assignee_id: Id,
        /// The admins who wrote in it; the list's key is `admins`, as its type says.
        teammates: List<Reference>,
        /// The workspace's own attributes.
        custom_attributes: Object,
        /// What the team promised of it.
        sla_applied: Sla,
        /// When what happened in it.
        statistics: Statistics,
        /// Conversations and tickets that belong to it.
        linked_objects: List<LinkedObject>,
        /// The AI agent took part.
        ai_agent_participated: bool,
        /// What the AI agent did.
        ai_agent: AiAgent,
    }
}

model! {
    /// What a contact thought of a conversation.
    pub struct Rating {
        /// 1 to 5.
        rating: i64,
        /// In words.
        remark: String,
        /// When it was asked for.
        created_at: Timestamp,
        /// When it last changed, which only API 2.x tells.
        updated_at: Timestamp,
        /// Who rated.
        customer: Reference,
        /// Who was rated.
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

/// Intercom's ids of the leads who wrote something; a contact's reference does not say its role.
fn leads(conversation: &model::Conversation) -> Vec<Id> {
    let parts = conversation.conversation_parts.get().map(|parts| parts.items.as_slice());
    let in_parts = parts.unwrap_or_default().iter().filter_map(|part| part.author.get());
    let author = conversation.source.get().and_then(|source| source.author.get());
    let authors = author.into_iter().chain(in_parts);
    let leads = authors.filter(|author| author.r#type.as_str() == Some("lead"));
    leads.filter_map(|author| author.id.get().cloned()).collect()
}

/// The people in a conversation.
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

/// A user or a lead, with the `user_id` that API 2.x calls `external_id`. One who wrote nothing is a
/// `user`, as API 1.x called both where it did not matter.
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

/// The admin whose the conversation is, or else the team, or nobody; null where API 2.x says neither.
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

/// A list with the type and the key of API 1.x, where clients find the key by the type. The first
/// versions of API 2.x have arrays in the place of some lists.
fn relabelled<T: Shape>(list: Field<List<T>>, kind: &str, key: &'static str) -> Field<List<T>> {
    match list {
        // Without a key nothing was read: the list stays as it came.
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

/// An id is a text in API 1.x.
fn text(id: Id) -> Id {
    Id::Text(id.to_string())
}
