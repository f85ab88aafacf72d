//! Conversations: what a contact and the team wrote to each other.

use super::shape::{model, words};
use super::{Id, List, Object, Tag, Timestamp};

words! {
    /// Where a conversation stands.
    pub enum ConversationState {
        /// Somebody is to act.
        Open = "open",
        /// Nobody is.
        Closed = "closed",
        /// It opens again at a time.
        Snoozed = "snoozed",
    }
}

words! {
    /// Whether a conversation goes before others.
    pub enum Priority {
        /// It does.
        Priority = "priority",
        /// It doesn't.
        NotPriority = "not_priority",
    }
}

model! {
    /// A conversation (Intercom's reference, "Conversations").
    ///
    /// ```
    /// use intercom_edge::model::{Conversation, ConversationState, Field};
    /// let conversation: Conversation = serde_json::from_str(r#"{"id": "503", "state": "snoozed"}"#)?;
    /// assert_eq!(conversation.state, Field::Known(ConversationState::Snoozed));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Conversation = "conversation" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Title.
        title: String,
        /// When it began.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// When it last changed.
        #[ts(as = "Timestamp")]
        updated_at: Timestamp,
        /// Since when a contact waits for an answer; null where an admin wrote last.
        waiting_since: Timestamp,
        /// When it opens again.
        snoozed_until: Timestamp,
        /// It is open or snoozed.
        open: bool,
        /// Where it stands.
        #[ts(as = "ConversationState")]
        state: ConversationState,
        /// It was read.
        read: bool,
        /// Whether it goes before others.
        priority: Priority,
        /// Id of the admin whose it is.
        admin_assignee_id: Id,
        /// Id of the team whose it is.
        team_assignee_id: Id,
        /// Tags.
        #[ts(type = "Nested<Tag, \"tags\"> | null", optional = nullable)]
        tags: List<Tag>,
        /// What its contact thought of it.
        conversation_rating: Rating,
        /// The message that began it.
        source: Source,
        /// The people in it, by id only.
        #[ts(type = "Nested<Reference, \"contacts\"> | null", optional = nullable)]
        contacts: List<Reference>,
        /// The admins who wrote in it, by id only.
        #[ts(type = "Nested<Reference, \"teammates\"> | null", optional = nullable)]
        teammates: List<Reference>,
        /// The workspace's own attributes.
        custom_attributes: Object,
        /// The contact's first message.
        first_contact_reply: FirstContactReply,
        /// What the team promised of it.
        sla_applied: Sla,
        /// How long what took.
        statistics: Statistics,
        /// What was written and done, the newest 500; a list of conversations leaves it out.
        #[ts(type = "Nested<ConversationPart, \"conversation_parts\"> | null", optional = nullable)]
        conversation_parts: List<ConversationPart>,
        /// Conversations and tickets that belong to it.
        linked_objects: List<LinkedObject>,
        /// The AI agent took part.
        ai_agent_participated: bool,
        /// What the AI agent did.
        ai_agent: AiAgent,
    }
}

model! {
    /// An object by its id, as it stands within another.
    pub struct Reference {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// The id that your own product gave, of a contact.
        external_id: String,
        /// Where the whole object is.
        url: String,
    }
}

model! {
    /// The message that began a conversation. Its type is the channel.
    pub struct Source = "conversation" | "email" | "facebook" | "instagram" | "phone_call"
        | "phone_switch" | "push" | "sms" | "twitter" | "whatsapp"
    {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Who began it: `customer_initiated`, `campaigns_initiated`, `operator_initiated`,
        /// `automated` or `admin_initiated`.
        delivered_as: String,
        /// Subject.
        subject: String,
        /// The text, as HTML.
        body: String,
        /// Who wrote it.
        author: Author,
        /// Files.
        attachments: Vec<Attachment>,
        /// The page on which it began.
        url: String,
        /// The text was removed.
        redacted: bool,
    }
}

model! {
    /// Who wrote in a conversation.
    pub struct Author = "admin" | "bot" | "lead" | "team" | "user" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Full name.
        name: String,
        /// E-mail address.
        email: String,
        /// The AI agent sent it.
        from_ai_agent: bool,
        /// The AI agent wrote it.
        is_ai_answer: bool,
    }
}

model! {
    /// A file of a conversation.
    pub struct Attachment {
        /// The file's name.
        name: String,
        /// The file's address.
        url: String,
        /// The file's media type.
        content_type: String,
        /// Bytes.
        filesize: i64,
        /// Pixels.
        width: i64,
        /// Pixels.
        height: i64,
    }
}

model! {
    /// One thing that was written or done in a conversation.
    pub struct ConversationPart = "conversation_part" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// What it is, such as `comment`, `note`, `assignment` or `close`.
        #[ts(as = "String")]
        part_type: String,
        /// The text, as HTML.
        body: String,
        /// When it was made.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
        /// When the contact was told of it.
        notified_at: Timestamp,
        /// To whom it gave the conversation.
        assigned_to: Reference,
        /// Who wrote it.
        author: Author,
        /// Files.
        attachments: Vec<Attachment>,
        /// The id that another system gave.
        external_id: String,
        /// The text was removed.
        redacted: bool,
        /// Headers of an e-mail.
        email_message_metadata: Object,
        /// Quick replies.
        metadata: Object,
        /// Where the conversation stood.
        state: ConversationState,
        /// Tags.
        tags: Vec<Tag>,
        /// What an automatic part did.
        event_details: Object,
        /// The app that made it.
        app_package_code: String,
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
        /// When it last changed.
        updated_at: Timestamp,
        /// Who rated.
        contact: Reference,
        /// Who was rated.
        teammate: Reference,
    }
}

model! {
    /// A contact's first message in a conversation.
    pub struct FirstContactReply {
        /// When it was written.
        created_at: Timestamp,
        /// The page on which it was written.
        url: String,
    }
}

model! {
    /// What the team promised of a conversation.
    pub struct Sla {
        /// Name.
        sla_name: String,
        /// `hit`, `missed`, `cancelled` or `active`.
        sla_status: String,
    }
}

model! {
    /// A conversation or ticket that belongs to a conversation.
    pub struct LinkedObject = "conversation" | "ticket" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// A ticket's: `Customer`, `Back-office` or `Tracker`.
        category: String,
    }
}

model! {
    /// What the AI agent did in a conversation.
    pub struct AiAgent {
        /// What brought it in: `essentials_plan_setup`, `profile`, `workflow`, `workflow_preview`
        /// or `fin_preview`.
        source_type: String,
        /// Title of what brought it in.
        source_title: String,
        /// `ai_answer` or `custom_answer`.
        last_answer_type: String,
        /// `assumed_resolution`, `confirmed_resolution`, `routed_to_team` or `abandoned`.
        resolution_state: String,
        /// 1 to 5.
        rating: i64,
        /// In words.
        rating_remark: String,
        /// When it was rated.
        created_at: Timestamp,
        /// When the rating last changed.
        updated_at: Timestamp,
        /// What it drew on.
        content_sources: Object,
    }
}

model! {
    /// When what happened in a conversation, and how many seconds what took; office hours only,
    /// but for `time_to_assignment` and the handling times.
    pub struct Statistics = "conversation_statistics" {
        /// Until the last assignment before the first answer.
        time_to_assignment: i64,
        /// Until the first answer.
        time_to_admin_reply: i64,
        /// Until it was first closed.
        time_to_first_close: i64,
        /// Until it was last closed.
        time_to_last_close: i64,
        /// Until an answer, the median.
        median_time_to_reply: i64,
        /// The contact's first text.
        first_contact_reply_at: Timestamp,
        /// The first assignment after it.
        first_assignment_at: Timestamp,
        /// The first answer to it.
        first_admin_reply_at: Timestamp,
        /// The first close after it.
        first_close_at: Timestamp,
        /// The last assignment.
        last_assignment_at: Timestamp,
        /// The first answer since the last assignment.
        last_assignment_admin_reply_at: Timestamp,
        /// The contact's last text.
        last_contact_reply_at: Timestamp,
        /// An admin's last text.
        last_admin_reply_at: Timestamp,
        /// The last close.
        last_close_at: Timestamp,
        /// Id of the admin who last closed it.
        last_closed_by_id: Id,
        /// How often it was opened again.
        count_reopens: i64,
        /// How often it was assigned.
        count_assignments: i64,
        /// How many parts it has.
        count_conversation_parts: i64,
        /// How soon each team first answered.
        assigned_team_first_response_time: Vec<ResponseTime>,
        /// The same in office hours.
        assigned_team_first_response_time_in_office_hours: Vec<ResponseTime>,
        /// From assignment to close.
        handling_time: i64,
        /// The same without idle times.
        adjusted_handling_time: i64,
    }
}

model! {
    /// How soon a team first answered.
    pub struct ResponseTime {
        /// The team's id.
        team_id: Id,
        /// The team's name.
        team_name: String,
        /// Seconds.
        response_time: i64,
    }
}

words! {
    /// What a reply is.
    pub enum ReplyType {
        /// The contact reads it.
        Comment = "comment",
        /// Only admins read it.
        Note = "note",
        /// Answers for the contact to choose from, or the one that was chosen.
        QuickReply = "quick_reply",
    }
}

model! {
    /// What `POST /conversations/{id}/reply` sends (Intercom's reference, "Reply to a
    /// conversation"). Its type is `admin` or `user`.
    #[ts(rename = "ReplyFields")]
    pub struct Reply {
        /// Comment, note or quick reply.
        #[ts(as = "ReplyType")]
        message_type: ReplyType,
        /// The text; a note may have HTML.
        #[ts(as = "String")]
        body: String,
        /// Who writes: an admin.
        #[ts(as = "String")]
        admin_id: Id,
        /// Who writes: a contact, by Intercom's id.
        #[ts(as = "String")]
        intercom_user_id: Id,
        /// Who writes: a contact, by your own product's id.
        #[ts(as = "String")]
        user_id: Id,
        /// Who writes: a contact, by e-mail address.
        #[ts(as = "String")]
        email: String,
        /// When it was written; now unless given.
        created_at: Timestamp,
        /// The answers to choose from.
        reply_options: Vec<Object>,
        /// Addresses of up to 10 pictures.
        attachment_urls: Vec<String>,
    }
}

impl Reply {
    /// An admin's comment, which the contact reads.
    ///
    /// ```
    /// use intercom_edge::model::Reply;
    /// let body = serde_json::to_value(Reply::comment("814860", "On its way."))?;
    /// assert_eq!(
    ///     body,
    ///     serde_json::json!({
    ///         "type": "admin", "message_type": "comment", "body": "On its way.", "admin_id": "814860",
    ///     }),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn comment(admin: &str, body: &str) -> Self {
        Self::of_admin(ReplyType::Comment, admin, body)
    }

    /// An admin's note, which only admins read.
    pub fn note(admin: &str, body: &str) -> Self {
        Self::of_admin(ReplyType::Note, admin, body)
    }

    fn of_admin(message_type: ReplyType, admin: &str, body: &str) -> Self {
        Self {
            r#type: "admin".into(),
            message_type: message_type.into(),
            body: body.into(),
            admin_id: Id::from(admin).into(),
            ..Self::default()
        }
    }
}
