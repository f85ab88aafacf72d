//! Conversations between contacts and the team (Intercom's reference, "Conversations").

use super::json::{model, open_enum};
use super::{Id, List, Object, Tag, Timestamp};

open_enum! {
    /// The state of a conversation.
    pub enum ConversationState {
        /// The conversation is open: an admin still has to act on it.
        Open = "open",
        /// The conversation is closed: no one has to act on it.
        Closed = "closed",
        /// The conversation is snoozed: it reopens at `snoozed_until`.
        Snoozed = "snoozed",
    }
}

open_enum! {
    /// The priority of a conversation in the inbox.
    pub enum Priority {
        /// The conversation is marked as a priority.
        Priority = "priority",
        /// The conversation is not marked as a priority.
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
        /// Time of creation.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Time of the last change.
        #[ts(as = "Timestamp")]
        updated_at: Timestamp,
        /// Time since which a contact waits for a reply; null if an admin wrote last.
        waiting_since: Timestamp,
        /// Time at which a snoozed conversation reopens.
        snoozed_until: Timestamp,
        /// True if the conversation is open or snoozed.
        open: bool,
        /// State: open, closed or snoozed.
        #[ts(as = "ConversationState")]
        state: ConversationState,
        /// True if the conversation has been read.
        read: bool,
        /// Priority in the inbox.
        priority: Priority,
        /// Id of the assigned admin; null if no admin is assigned.
        admin_assignee_id: Id,
        /// Id of the assigned team; null if no team is assigned.
        team_assignee_id: Id,
        /// Tags.
        #[ts(type = "Nested<Tag, \"tags\"> | null", optional = nullable)]
        tags: List<Tag>,
        /// Rating that the contact gave.
        conversation_rating: Rating,
        /// Message that started the conversation.
        source: Source,
        /// Contacts who take part, by id only.
        #[ts(type = "Nested<Reference, \"contacts\"> | null", optional = nullable)]
        contacts: List<Reference>,
        /// Admins who wrote in the conversation, by id only.
        #[ts(type = "Nested<Reference, \"teammates\"> | null", optional = nullable)]
        teammates: List<Reference>,
        /// Custom attributes that the workspace defines.
        custom_attributes: Object,
        /// First message of a contact.
        first_contact_reply: FirstContactReply,
        /// Service-level agreement (SLA) that applies.
        sla_applied: Sla,
        /// Statistics for reports: times of events, and durations in seconds.
        statistics: Statistics,
        /// Messages and actions, the newest 500; a list of conversations leaves them out.
        #[ts(type = "Nested<ConversationPart, \"conversation_parts\"> | null", optional = nullable)]
        conversation_parts: List<ConversationPart>,
        /// Linked conversations and tickets.
        linked_objects: List<LinkedObject>,
        /// True if the AI agent took part.
        ai_agent_participated: bool,
        /// Contribution of the AI agent.
        ai_agent: AiAgent,
    }
}

model! {
    /// A reference to an object by its id, as other objects contain it.
    pub struct Reference {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Id that your own product assigned; contacts only.
        external_id: String,
        /// Address of the whole object in Intercom's API.
        url: String,
    }
}

model! {
    /// The message that started a conversation. Its type is the channel.
    pub struct Source = "conversation" | "email" | "facebook" | "instagram" | "phone_call"
        | "phone_switch" | "push" | "sms" | "twitter" | "whatsapp"
    {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Origin: `customer_initiated`, `campaigns_initiated`, `operator_initiated`, `automated`
        /// or `admin_initiated`.
        delivered_as: String,
        /// Subject.
        subject: String,
        /// Text as HTML.
        body: String,
        /// Author.
        author: Author,
        /// Attached files.
        attachments: Vec<Attachment>,
        /// Address of the page on which the conversation started.
        url: String,
        /// True if the text was removed.
        redacted: bool,
    }
}

model! {
    /// The author of a message in a conversation.
    pub struct Author = "admin" | "bot" | "lead" | "team" | "user" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Full name.
        name: String,
        /// E-mail address.
        email: String,
        /// True if the AI agent sent the message.
        from_ai_agent: bool,
        /// True if the AI agent wrote the text.
        is_ai_answer: bool,
    }
}

model! {
    /// A file attached to a message.
    pub struct Attachment {
        /// File name.
        name: String,
        /// Address of the file.
        url: String,
        /// Media type, such as `image/png`.
        content_type: String,
        /// Size in bytes.
        filesize: i64,
        /// Width in pixels.
        width: i64,
        /// Height in pixels.
        height: i64,
    }
}

model! {
    /// A message or an action in a conversation.
    pub struct ConversationPart = "conversation_part" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Type of the part, such as `comment`, `note`, `assignment` or `close`.
        #[ts(as = "String")]
        part_type: String,
        /// Text as HTML.
        body: String,
        /// Time of creation.
        #[ts(as = "Timestamp")]
        created_at: Timestamp,
        /// Time of the last change.
        updated_at: Timestamp,
        /// Time at which the contact was notified.
        notified_at: Timestamp,
        /// Admin or team to whom the part assigned the conversation.
        assigned_to: Reference,
        /// Author.
        author: Author,
        /// Attached files.
        attachments: Vec<Attachment>,
        /// Id that another system assigned.
        external_id: String,
        /// True if the text was removed.
        redacted: bool,
        /// Header fields of an e-mail.
        email_message_metadata: Object,
        /// Quick replies that the part offers.
        metadata: Object,
        /// State of the conversation after this part.
        state: ConversationState,
        /// Tags.
        tags: Vec<Tag>,
        /// Details of the event, for automatic parts.
        event_details: Object,
        /// Code of the app that created the part.
        app_package_code: String,
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
        /// Time of the last change.
        updated_at: Timestamp,
        /// Contact who gave the rating.
        contact: Reference,
        /// Admin who was rated.
        teammate: Reference,
    }
}

model! {
    /// A contact's first message in a conversation.
    pub struct FirstContactReply {
        /// Time of writing.
        created_at: Timestamp,
        /// Address of the page on which the message was written.
        url: String,
    }
}

model! {
    /// The service-level agreement (SLA) of a conversation.
    pub struct Sla {
        /// Name.
        sla_name: String,
        /// Status: `hit`, `missed`, `cancelled` or `active`.
        sla_status: String,
    }
}

model! {
    /// A conversation or ticket that is linked to a conversation.
    pub struct LinkedObject = "conversation" | "ticket" {
        /// Intercom's id.
        #[ts(as = "String")]
        id: Id,
        /// Category of a ticket: `Customer`, `Back-office` or `Tracker`.
        category: String,
    }
}

model! {
    /// The AI agent's contribution to a conversation.
    pub struct AiAgent {
        /// Origin of the AI agent: `essentials_plan_setup`, `profile`, `workflow`,
        /// `workflow_preview` or `fin_preview`.
        source_type: String,
        /// Title of the origin, such as the workflow's name.
        source_title: String,
        /// Type of the last answer: `ai_answer` or `custom_answer`.
        last_answer_type: String,
        /// Resolution: `assumed_resolution`, `confirmed_resolution`, `routed_to_team` or
        /// `abandoned`.
        resolution_state: String,
        /// Rating from 1 to 5.
        rating: i64,
        /// Remark in the contact's own words.
        rating_remark: String,
        /// Time at which the AI agent was rated.
        created_at: Timestamp,
        /// Time of the rating's last change.
        updated_at: Timestamp,
        /// Content that the answers are based on.
        content_sources: Object,
    }
}

model! {
    /// The statistics of a conversation: times of events, and durations in seconds. Durations count
    /// office hours only, except `time_to_assignment` and the handling times.
    pub struct Statistics = "conversation_statistics" {
        /// Seconds until the last assignment before the first admin reply.
        time_to_assignment: i64,
        /// Seconds until the first admin reply.
        time_to_admin_reply: i64,
        /// Seconds until the conversation was first closed.
        time_to_first_close: i64,
        /// Seconds until the conversation was last closed.
        time_to_last_close: i64,
        /// Median number of seconds until an admin reply.
        median_time_to_reply: i64,
        /// Time of the contact's first message.
        first_contact_reply_at: Timestamp,
        /// Time of the first assignment after the contact's first message.
        first_assignment_at: Timestamp,
        /// Time of the first admin reply to the contact's first message.
        first_admin_reply_at: Timestamp,
        /// Time of the first close after the contact's first message.
        first_close_at: Timestamp,
        /// Time of the last assignment.
        last_assignment_at: Timestamp,
        /// Time of the first admin reply after the last assignment.
        last_assignment_admin_reply_at: Timestamp,
        /// Time of the contact's last message.
        last_contact_reply_at: Timestamp,
        /// Time of the last admin reply.
        last_admin_reply_at: Timestamp,
        /// Time of the last close.
        last_close_at: Timestamp,
        /// Id of the admin who last closed the conversation.
        last_closed_by_id: Id,
        /// Number of times the conversation was reopened.
        count_reopens: i64,
        /// Number of times the conversation was assigned.
        count_assignments: i64,
        /// Number of parts.
        count_conversation_parts: i64,
        /// Time to the first reply, for each assigned team.
        assigned_team_first_response_time: Vec<ResponseTime>,
        /// Time to the first reply in office hours, for each assigned team.
        assigned_team_first_response_time_in_office_hours: Vec<ResponseTime>,
        /// Seconds of handling from assignment to close.
        handling_time: i64,
        /// Seconds of handling from assignment to close, without idle times.
        adjusted_handling_time: i64,
    }
}

model! {
    /// A team's time to the first reply.
    pub struct ResponseTime {
        /// Id of the team.
        team_id: Id,
        /// Name of the team.
        team_name: String,
        /// Seconds until the first reply.
        response_time: i64,
    }
}

open_enum! {
    /// The type of a reply.
    pub enum ReplyType {
        /// A comment, which the contact can read.
        Comment = "comment",
        /// A note, which only admins can read.
        Note = "note",
        /// Answers for the contact to choose from, or the chosen answer.
        QuickReply = "quick_reply",
    }
}

model! {
    /// The body of `POST /conversations/{id}/reply` (Intercom's reference, "Reply to a
    /// conversation"). Its type is `admin` or `user`.
    #[ts(rename = "ReplyFields")]
    pub struct NewReply {
        /// Type of the reply: comment, note or quick reply.
        #[ts(as = "ReplyType")]
        message_type: ReplyType,
        /// Text; a note may have HTML.
        #[ts(as = "String")]
        body: String,
        /// Id of the admin who replies.
        #[ts(as = "String")]
        admin_id: Id,
        /// Intercom's id of the contact who replies.
        #[ts(as = "String")]
        intercom_user_id: Id,
        /// Your own product's id of the contact who replies.
        #[ts(as = "String")]
        user_id: Id,
        /// E-mail address of the contact who replies.
        #[ts(as = "String")]
        email: String,
        /// Time of writing; the default is now.
        created_at: Timestamp,
        /// Answers for the contact to choose from.
        reply_options: Vec<Object>,
        /// Addresses of attached pictures, at most 10.
        attachment_urls: Vec<String>,
    }
}

impl NewReply {
    /// Makes an admin's comment, which the contact can read.
    ///
    /// ```
    /// use intercom_edge::model::NewReply;
    /// let body = serde_json::to_value(NewReply::comment("814860", "On its way."))?;
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

    /// Makes an admin's note, which only admins can read.
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
