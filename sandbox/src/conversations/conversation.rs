//! A conversation as it is stored, which is also how API 2.x shows it, and the changes of one.

use crate::admins::admin::{Admin, FIN};
use crate::admins::assignee::Assignee;
use crate::contacts::contact::Contact;
use crate::html::{paragraph, plain_text};
use crate::tags::tag::AppliedTag;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The text that replaces a redacted text.
const REDACTED: &str = "<p><i>This message was deleted</i></p>";

/// The maximum number of parts in a response, from Intercom's reference: the latest.
const MAX_PARTS: usize = 500;

/// A conversation of API 2.x, with every field.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation")]
pub(crate) struct Conversation {
    /// Intercom's id, a number in a string.
    pub id: String,
    /// When the conversation started, in seconds since 1970, as all times here.
    pub created_at: i64,
    /// When the conversation last changed.
    pub updated_at: i64,
    /// When the contact started to wait for a reply.
    pub waiting_since: Option<i64>,
    /// When a snoozed conversation opens.
    pub snoozed_until: Option<i64>,
    source: Source,
    contacts: Contacts,
    first_contact_reply: Option<FirstReply>,
    /// The number of the admin that the conversation is assigned to.
    pub admin_assignee_id: Option<u64>,
    /// The number of the team that the conversation is assigned to.
    pub team_assignee_id: Option<u64>,
    open: bool,
    /// The state.
    pub state: State,
    /// True if an admin has read the conversation.
    pub read: bool,
    /// The tags.
    pub tags: Tags,
    /// The priority.
    pub priority: Priority,
    sla_applied: (),
    statistics: (),
    conversation_rating: (),
    teammates: Option<Teammates>,
    /// The title that admins see.
    pub title: Option<String>,
    /// The custom attributes.
    pub custom_attributes: Map<String, Value>,
    topics: Map<String, Value>,
    /// The ticket that the conversation was converted to. It is set for a response only, and not
    /// stored.
    pub ticket: Option<Value>,
    linked_objects: LinkedObjects,
    ai_agent: (),
    ai_agent_participated: bool,
    /// The parts; lists do not have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_parts: Option<Parts>,
}

/// The state of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// The conversation is open.
    Open,
    /// The conversation is closed.
    Closed,
    /// The conversation is snoozed; it opens at `snoozed_until`.
    Snoozed,
}

/// The priority of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priority {
    /// The conversation has priority.
    Priority,
    /// The conversation has no priority.
    NotPriority,
}

#[derive(Clone, Serialize, Deserialize)]
struct Source {
    r#type: String,
    id: String,
    delivered_as: String,
    subject: String,
    body: String,
    author: Author,
    attachments: Vec<Value>,
    url: (),
    redacted: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "contact.list")]
struct Contacts {
    contacts: Vec<Participant>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "contact")]
struct Participant {
    id: String,
    external_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation")]
struct FirstReply {
    created_at: i64,
    url: (),
}

/// The tags of a conversation.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "tag.list")]
pub(crate) struct Tags {
    /// Each tag, with the admin who applied it.
    pub tags: Vec<AppliedTag>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "admin.list")]
struct Teammates {
    teammates: Vec<Reference>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Reference {
    r#type: String,
    id: String,
}

impl Reference {
    fn new(reference_type: &str, id: impl ToString) -> Self {
        Self { r#type: reference_type.to_owned(), id: id.to_string() }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "list")]
struct LinkedObjects {
    data: Vec<Value>,
    total_count: usize,
    has_more: bool,
}

/// The parts of a conversation.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation_part.list")]
pub(crate) struct Parts {
    conversation_parts: Vec<Part>,
    total_count: usize,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation_part")]
struct Part {
    id: String,
    part_type: String,
    body: Option<String>,
    created_at: i64,
    updated_at: i64,
    notified_at: i64,
    assigned_to: Option<Reference>,
    author: Author,
    attachments: Vec<Value>,
    external_id: (),
    redacted: bool,
    metadata: Map<String, Value>,
    email_message_metadata: (),
    state: State,
    tags: [(); 0],
    event_details: Value,
    app_package_code: (),
}

/// The author of a message or a part.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Author {
    r#type: String,
    id: String,
    name: Option<String>,
    email: Option<String>,
}

impl From<&Contact> for Author {
    fn from(contact: &Contact) -> Self {
        Self {
            r#type: contact.role.clone(),
            id: contact.id.clone(),
            name: contact.name.clone(),
            email: contact.email.clone(),
        }
    }
}

impl Author {
    fn teammate(author_type: &str, (id, name, email): (&str, &str, &str)) -> Self {
        Self {
            r#type: author_type.to_owned(),
            id: id.to_owned(),
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
        }
    }
}

impl From<&Admin> for Author {
    fn from(admin: &Admin) -> Self {
        Self::teammate("admin", (admin.id, admin.name, admin.email))
    }
}

/// The start of a conversation.
pub(crate) struct NewConversation<'a> {
    /// The id.
    pub id: u64,
    /// The id of the message.
    pub message: String,
    /// The author of the message.
    pub author: Author,
    /// The contact that takes part.
    pub contact: &'a Contact,
    /// The text of the message.
    pub body: &'a str,
    /// When the conversation starts.
    pub at: i64,
}

/// The content of a part.
#[derive(Default)]
pub(crate) struct PartContent<'a> {
    /// The text, plain or HTML.
    pub body: Option<&'a str>,
    /// The attachments.
    pub attachments: Vec<Value>,
    /// When the part is added.
    pub at: i64,
}

/// An action of an admin on a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AdminAction {
    /// Sends a comment to the contact.
    Comment,
    /// Adds a note for the other admins.
    Note,
    /// Closes the conversation.
    Close,
    /// Opens the conversation.
    Open,
    /// Snoozes the conversation until a time.
    Snooze(i64),
    /// Assigns the conversation.
    Assign(Assignee),
}

impl Conversation {
    /// Returns a new conversation.
    pub fn new(new: NewConversation) -> Self {
        let NewConversation { id, message, author, contact, body, at } = new;
        let by_contact = author.id == contact.id;
        Self {
            id: id.to_string(),
            created_at: at,
            updated_at: at,
            waiting_since: by_contact.then_some(at),
            snoozed_until: None,
            source: Source {
                r#type: "conversation".to_owned(),
                id: message,
                delivered_as: if by_contact { "customer_initiated" } else { "admin_initiated" }
                    .to_owned(),
                subject: String::new(),
                body: paragraph(body),
                author,
                attachments: Vec::new(),
                url: (),
                redacted: false,
            },
            contacts: Contacts { contacts: vec![Participant::from(contact)] },
            first_contact_reply: by_contact.then_some(FirstReply { created_at: at, url: () }),
            admin_assignee_id: None,
            team_assignee_id: None,
            open: true,
            state: State::Open,
            read: !by_contact,
            tags: Tags { tags: Vec::new() },
            priority: Priority::NotPriority,
            sla_applied: (),
            statistics: (),
            conversation_rating: (),
            teammates: None,
            title: None,
            custom_attributes: Map::new(),
            topics: Map::new(),
            ticket: None,
            linked_objects: LinkedObjects { data: Vec::new(), total_count: 0, has_more: false },
            ai_agent: (),
            ai_agent_participated: false,
            conversation_parts: Some(Parts { conversation_parts: Vec::new(), total_count: 0 }),
        }
    }

    /// Returns the words of the first message in lower case, each once.
    pub fn words(&self) -> Vec<String> {
        // A tag ends a word.
        let text = self.source.body.replace('<', " <").replace('>', "> ").to_lowercase();
        let mut words: Vec<String> = text
            .split_whitespace()
            .filter(|word| !word.starts_with('<'))
            .map(|word| word.trim_matches(|letter: char| letter.is_ascii_punctuation()).to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        words.sort();
        words.dedup();
        words
    }

    /// Returns true if a contact takes part.
    pub fn is_with(&self, contact: &str) -> bool {
        self.contacts.contacts.iter().any(|participant| participant.id == contact)
    }

    /// Returns the ids of the contacts who take part.
    pub fn contact_ids(&self) -> impl Iterator<Item = &str> {
        self.contacts.contacts.iter().map(|participant| participant.id.as_str())
    }

    /// Adds a contact, in the name of an admin.
    pub fn add_contact(&mut self, contact: &Contact, admin: &Admin, at: i64) {
        self.contacts.contacts.push(Participant::from(contact));
        self.add_event("participant_added", admin, at);
    }

    /// Removes a contact, in the name of an admin.
    pub fn remove_contact(&mut self, contact: &str, admin: &Admin, at: i64) {
        self.contacts.contacts.retain(|participant| participant.id != contact);
        self.add_event("participant_removed", admin, at);
    }

    fn add_event(&mut self, part_type: &str, admin: &Admin, at: i64) {
        self.add(
            part_type,
            admin.into(),
            PartContent { at, ..PartContent::default() },
            None,
            Value::Null,
        );
    }

    /// Deletes the text and the files of a part; returns false if there is no such part.
    pub fn redact_part(&mut self, id: &str, at: i64) -> bool {
        let parts = self.conversation_parts.iter_mut();
        let part = parts.flat_map(|parts| &mut parts.conversation_parts).find(|part| part.id == id);
        let Some(part) = part else { return false };
        part.body = Some(REDACTED.to_owned());
        part.attachments.clear();
        part.redacted = true;
        part.updated_at = at;
        self.updated_at = at;
        true
    }

    /// Deletes the text and the files of the first message; returns false if that has another id.
    pub fn redact_source(&mut self, id: &str, at: i64) -> bool {
        if self.source.id != id {
            return false;
        }
        self.source.body = REDACTED.to_owned();
        self.source.attachments.clear();
        self.source.redacted = true;
        self.updated_at = at;
        true
    }

    /// Returns the values that a ticket copies: the author and the body of the first message, and
    /// the contacts.
    pub fn opening(&self) -> [Value; 3] {
        [json!(self.source.author), json!(self.source.body), json!(self.contacts)]
    }

    /// Converts all texts from HTML to plain text.
    #[must_use]
    pub fn into_plain_text(mut self) -> Self {
        self.source.body = plain_text(&self.source.body);
        let parts = self.conversation_parts.iter_mut();
        for part in parts.flat_map(|parts| &mut parts.conversation_parts) {
            part.body = part.body.as_deref().map(plain_text);
        }
        self
    }

    /// Replaces a merged contact by the contact that it was merged into.
    pub fn replace_contact(&mut self, from: &str, into: &Contact) {
        let others =
            |participant: &Participant| participant.id != from && participant.id != into.id;
        self.contacts.contacts.retain(others);
        self.contacts.contacts.push(Participant::from(into));
    }

    /// Adds a reply of a contact, which opens a closed or snoozed conversation.
    pub fn reply(&mut self, contact: &Contact, content: PartContent) {
        let part_type = if self.state == State::Open { "comment" } else { "open" };
        self.set_state(State::Open, None);
        self.read = false;
        self.waiting_since.get_or_insert(content.at);
        self.first_contact_reply.get_or_insert(FirstReply { created_at: content.at, url: () });
        self.add(part_type, contact.into(), content, None, Value::Null);
    }

    /// Performs an action of an admin.
    pub fn act(&mut self, admin: &Admin, action: AdminAction, content: PartContent) {
        let mut assigned_to = None;
        let part_type = match action {
            AdminAction::Comment => {
                self.waiting_since = None;
                self.read = true;
                "comment"
            }
            AdminAction::Note => "note",
            AdminAction::Close => {
                self.set_state(State::Closed, None);
                self.waiting_since = None;
                "close"
            }
            AdminAction::Open => {
                self.set_state(State::Open, None);
                "open"
            }
            AdminAction::Snooze(until) => {
                self.set_state(State::Snoozed, Some(until));
                "snoozed"
            }
            AdminAction::Assign(assignee) => {
                match assignee {
                    Assignee::Nobody => {
                        (self.admin_assignee_id, self.team_assignee_id) = (None, None);
                    }
                    Assignee::Admin(id) => {
                        self.admin_assignee_id = Some(id);
                        assigned_to = Some(Reference::new("admin", id));
                    }
                    Assignee::Team(id) => {
                        self.team_assignee_id = Some(id);
                        assigned_to = Some(Reference::new("team", id));
                    }
                }
                if self.state == State::Closed {
                    self.set_state(State::Open, None);
                    "assign_and_reopen"
                } else {
                    "assignment"
                }
            }
        };
        let teammate = Reference::new("admin", admin.id);
        let list = self.teammates.get_or_insert(Teammates { teammates: Vec::new() });
        if !list.teammates.contains(&teammate) {
            list.teammates.push(teammate);
        }
        self.add(part_type, admin.into(), content, assigned_to, Value::Null);
    }

    /// Sets an attribute, and adds a part of the bot.
    pub fn set_attribute(&mut self, name: &str, value: &Value, at: i64) {
        self.custom_attributes.insert(name.to_owned(), value.clone());
        let author = Author::teammate("bot", FIN);
        let details = json!({"attribute": {"name": name}, "value": {"name": value}});
        let content = PartContent { at, ..PartContent::default() };
        self.add("conversation_attribute_updated_by_admin", author, content, None, details);
    }

    /// Removes the parts, as lists show a conversation.
    pub fn without_parts(mut self) -> Self {
        self.conversation_parts = None;
        self
    }

    /// Removes all but the latest parts, as a response shows one conversation.
    pub fn with_latest_parts(mut self) -> Self {
        if let Some(Parts { conversation_parts, .. }) = &mut self.conversation_parts {
            conversation_parts.drain(..conversation_parts.len().saturating_sub(MAX_PARTS));
        }
        self
    }

    fn set_state(&mut self, state: State, snoozed_until: Option<i64>) {
        self.state = state;
        self.open = state != State::Closed;
        self.snoozed_until = snoozed_until;
    }

    /// Adds a part.
    fn add(
        &mut self,
        part_type: &str,
        author: Author,
        PartContent { body, attachments, at }: PartContent,
        assigned_to: Option<Reference>,
        event_details: Value,
    ) {
        self.updated_at = self.updated_at.max(at);
        let parts = self
            .conversation_parts
            .get_or_insert(Parts { conversation_parts: Vec::new(), total_count: 0 });
        parts.total_count += 1;
        parts.conversation_parts.push(Part {
            id: format!("{}{:04}", self.id, parts.total_count),
            part_type: part_type.to_owned(),
            body: body.map(paragraph),
            created_at: at,
            updated_at: at,
            notified_at: at,
            assigned_to,
            author,
            attachments,
            external_id: (),
            redacted: false,
            metadata: Map::new(),
            email_message_metadata: (),
            state: self.state,
            tags: [],
            event_details,
            app_package_code: (),
        });
    }
}

impl From<&Contact> for Participant {
    fn from(contact: &Contact) -> Self {
        Self { id: contact.id.clone(), external_id: contact.external_id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admins::admin::{ADMINS, TEAM};

    fn contact() -> Contact {
        Contact { id: "a1".into(), role: "user".into(), ..Contact::default() }
    }

    fn started(body: &str) -> Conversation {
        let contact = contact();
        Conversation::new(NewConversation {
            id: 7,
            message: "8".into(),
            author: Author::from(&contact),
            contact: &contact,
            body,
            at: 100,
        })
    }

    fn content(body: &str, at: i64) -> PartContent<'_> {
        PartContent { body: Some(body), at, ..PartContent::default() }
    }

    fn last_part(conversation: &Conversation) -> Value {
        let parts = conversation.conversation_parts.as_ref();
        serde_json::to_value(parts.and_then(|parts| parts.conversation_parts.last())).unwrap()
    }

    #[test]
    #[ignore = "reads examples in ../shared/intercom"]
    fn a_conversation_has_exactly_the_fields_of_the_reference() {
        let examples =
            std::fs::read_to_string("../../shared/intercom/examples-2.14.jsonl").unwrap();
        let names = |value: Option<&Value>| {
            value
                .and_then(Value::as_object)
                .map(|object| object.keys().cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let mut conversation = started("Hi");
        conversation.act(&ADMINS[0], AdminAction::Close, PartContent::default());
        let alone = serde_json::to_value(conversation.clone().with_latest_parts()).unwrap();
        let listed = serde_json::to_value(conversation.without_parts()).unwrap();
        let mut seen = 0;
        for line in examples.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let body = line.get("body").unwrap_or(&Value::Null);
            let shown = match line.get("operationId").and_then(Value::as_str) {
                _ if line.get("status") != Some(&200.into()) => continue,
                Some("retrieveConversation" | "replyConversation" | "manageConversation") => {
                    let part = "/conversation_parts/conversation_parts/0";
                    let mine = names(alone.pointer(part));
                    for name in names(body.pointer(part)) {
                        assert!(mine.contains(&name), "a part has {name}");
                    }
                    seen += 1;
                    assert_eq!(names(Some(body)), names(Some(&alone)));
                    (body, &alone)
                }
                Some("listConversations" | "searchConversations") => {
                    let first = body.pointer("/conversations/0");
                    seen += 1;
                    assert_eq!(names(first), names(Some(&listed)));
                    (first.unwrap(), &listed)
                }
                _ => continue,
            };
            for path in ["/source", "/source/author", "/linked_objects", "/contacts/contacts/0"] {
                assert_eq!(names(shown.0.pointer(path)), names(shown.1.pointer(path)), "{path}");
            }
        }
        assert!(seen > 5, "{seen}");
    }

    #[test]
    fn a_conversation_survives_a_round_trip() {
        let mut conversation = started("Hi");
        conversation.act(
            &ADMINS[0],
            AdminAction::Assign(Assignee::Admin(1_234_568)),
            content("x", 1),
        );
        conversation.reply(&contact(), content("y", 2));
        let text = serde_json::to_string(&conversation).unwrap();
        let read: Conversation = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn a_reply_of_a_contact_opens_a_closed_or_snoozed_conversation() {
        for action in [AdminAction::Close, AdminAction::Snooze(900)] {
            let mut conversation = started("Hi");
            conversation.act(&ADMINS[0], action, PartContent::default());
            assert_ne!(conversation.state, State::Open);
            assert_eq!(conversation.open, action != AdminAction::Close);
            conversation.reply(&contact(), content("And?", 200));
            assert_eq!((conversation.state, conversation.snoozed_until), (State::Open, None));
            assert_eq!(last_part(&conversation)["part_type"], "open");
            assert_eq!(last_part(&conversation)["body"], "<p>And?</p>");
            conversation.reply(&contact(), content("And?", 201));
            assert_eq!(last_part(&conversation)["part_type"], "comment");
        }
    }

    #[test]
    fn a_contact_waits_until_an_admin_comments() {
        let mut conversation = started("Hi");
        conversation.act(&ADMINS[0], AdminAction::Note, content("Hm", 150));
        assert_eq!((conversation.waiting_since, conversation.read), (Some(100), false));
        conversation.act(&ADMINS[0], AdminAction::Comment, content("Hello", 160));
        assert_eq!((conversation.waiting_since, conversation.read), (None, true));
        conversation.reply(&contact(), content("So", 170));
        conversation.reply(&contact(), content("So?", 180));
        assert_eq!((conversation.waiting_since, conversation.read), (Some(170), false));
        assert_eq!(conversation.updated_at, 180);
        assert_eq!(conversation.teammates.map(|list| list.teammates.len()), Some(1));
    }

    #[test]
    fn assigning_opens_a_closed_conversation_and_0_removes_the_assignee() {
        let mut conversation = started("Hi");
        conversation.act(&ADMINS[0], AdminAction::Close, PartContent::default());
        let assign =
            |assignee_type, id| AdminAction::Assign(Assignee::find(assignee_type, id).unwrap());
        conversation.act(&ADMINS[0], assign("admin", "1234568"), PartContent::default());
        let part = last_part(&conversation);
        assert_eq!(part["part_type"], "assign_and_reopen");
        assert_eq!(part["assigned_to"], json!({"type": "admin", "id": "1234568"}));
        conversation.act(&ADMINS[0], assign("team", "9999999"), PartContent::default());
        assert_eq!(last_part(&conversation)["part_type"], "assignment");
        let assigned = (conversation.admin_assignee_id, conversation.team_assignee_id);
        assert_eq!(assigned, (Some(1_234_568), Some(TEAM)));
        conversation.act(&ADMINS[0], assign("admin", "0"), PartContent::default());
        assert_eq!((conversation.admin_assignee_id, conversation.team_assignee_id), (None, None));
        for (assignee_type, id) in
            [("admin", "1"), ("team", "1234567"), ("admin", "x"), ("admin", "-1")]
        {
            assert_eq!(Assignee::find(assignee_type, id), None, "{assignee_type} {id}");
        }
    }

    #[test]
    fn a_redacted_text_and_its_words_are_gone() {
        let mut conversation = started("My password is 1234");
        conversation.reply(&contact(), content("5678", 200));
        assert!(!conversation.redact_part("x", 300));
        assert!(!conversation.redact_source("x", 300));
        assert!(conversation.redact_part("70001", 300));
        assert!(conversation.redact_source("8", 300));
        let shown = serde_json::to_string(&conversation).unwrap();
        assert!(!shown.contains("1234") && !shown.contains("5678"), "{shown}");
        assert_eq!(last_part(&conversation)["redacted"], true);
        assert_eq!(conversation.words(), ["deleted", "message", "this", "was"]);
    }

    #[test]
    fn plain_text_has_no_tags() {
        let mut conversation = started("<p>Hi <b>there</b></p>");
        conversation.reply(&contact(), content("So?", 200));
        let conversation = conversation.into_plain_text();
        assert_eq!(conversation.source.body, "Hi there");
        assert_eq!(last_part(&conversation)["body"], "So?");
    }

    #[test]
    fn words_are_without_tags_and_punctuation() {
        let words = started("<p>I need <b>Support</b>,\nplease: support!</p>").words();
        assert_eq!(words, ["i", "need", "please", "support"]);
        assert_eq!(started("Is 3 < 4?").words(), ["3", "4", "is"]);
    }

    #[test]
    fn a_response_has_the_latest_500_parts() {
        let mut conversation = started("Hi");
        for at in 0..502 {
            conversation.reply(&contact(), content("x", at));
        }
        let shown = serde_json::to_value(conversation.with_latest_parts()).unwrap();
        let parts = &shown["conversation_parts"];
        assert_eq!(parts["total_count"], 502);
        assert_eq!(parts["conversation_parts"].as_array().map(Vec::len), Some(500));
        assert_eq!(parts["conversation_parts"][0]["created_at"], 2);
    }
}
