//! A conversation: what is kept of one, which is what API 2.x shows of one, and what can happen to
//! it.

use super::html::{paragraph, plain_text};
use super::person::Person;
use super::tags::Applied;
use super::workspace::{Admin, TEAM};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What stands in the place of a text that was redacted.
const REDACTED: &str = "<p><i>This message was deleted</i></p>";

/// How many parts an answer holds: the latest, by Intercom's reference.
const MAX_PARTS: usize = 500;

/// Id, name and address of the bot that acts where no admin is named.
pub(super) const FIN: (&str, &str, &str) = ("1234572", "Fin", "operator+bdguin94@intercom.io");

/// A conversation of API 2.x, every field named.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation")]
pub(super) struct Conversation {
    /// Intercom's id, a number in a text.
    pub id: String,
    /// Seconds since 1970, as all times here.
    pub created_at: i64,
    /// When something last happened to it.
    pub updated_at: i64,
    /// Since when a contact waits for an answer.
    pub waiting_since: Option<i64>,
    /// When it opens by itself.
    pub snoozed_until: Option<i64>,
    source: Source,
    contacts: Contacts,
    first_contact_reply: Option<FirstReply>,
    /// The admin who answers.
    pub admin_assignee_id: Option<u64>,
    /// The team that answers.
    pub team_assignee_id: Option<u64>,
    open: bool,
    /// Whether it is done.
    pub state: State,
    /// Whether an admin has read it.
    pub read: bool,
    /// What it was tagged with.
    pub tags: Tags,
    /// Whether it goes before others.
    pub priority: Priority,
    sla_applied: (),
    statistics: (),
    conversation_rating: (),
    teammates: Option<Teammates>,
    /// What admins call it.
    pub title: Option<String>,
    /// The workspace's own attributes.
    pub custom_attributes: Map<String, Value>,
    topics: Map<String, Value>,
    /// The ticket that it was converted to; filled in for an answer, and `None` as it is kept.
    pub ticket: Option<Value>,
    linked_objects: LinkedObjects,
    ai_agent: (),
    ai_agent_participated: bool,
    /// What was said and done; lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_parts: Option<Parts>,
}

/// Whether a conversation is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It isn't.
    Open,
    /// It is.
    Closed,
    /// It will open again.
    Snoozed,
}

/// Whether a conversation goes before others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Priority {
    /// It does.
    Priority,
    /// It doesn't.
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
pub(super) struct Tags {
    /// Each with who put it there.
    pub tags: Vec<Applied>,
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
    fn new(kind: &str, id: impl ToString) -> Self {
        Self { r#type: kind.to_owned(), id: id.to_string() }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "list")]
struct LinkedObjects {
    data: Vec<Value>,
    total_count: usize,
    has_more: bool,
}

/// What was said and done.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "conversation_part.list")]
pub(super) struct Parts {
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

/// Who wrote something.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Author {
    r#type: String,
    id: String,
    name: Option<String>,
    email: Option<String>,
}

impl From<&Person> for Author {
    fn from(person: &Person) -> Self {
        Self {
            r#type: person.role.clone(),
            id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
        }
    }
}

impl Author {
    fn teammate(kind: &str, (id, name, email): (&str, &str, &str)) -> Self {
        Self {
            r#type: kind.to_owned(),
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

/// Where a conversation begins.
pub(super) struct Beginning<'a> {
    /// Its id.
    pub id: u64,
    /// The id of the message.
    pub message: String,
    /// Who wrote it.
    pub author: Author,
    /// The contact that it's with.
    pub contact: &'a Person,
    /// What was written.
    pub body: &'a str,
    /// When.
    pub at: i64,
}

/// What somebody writes.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// The text, or HTML.
    pub body: Option<&'a str>,
    /// The files with it.
    pub attachments: Vec<Value>,
    /// When.
    pub at: i64,
}

/// Who is to answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Assignee {
    /// Neither admin nor team.
    Nobody,
    /// An admin.
    Admin(u64),
    /// A team.
    Team(u64),
}

/// What an admin does to a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    /// Writes to the contact.
    Comment,
    /// Writes to the other admins.
    Note,
    /// Takes it as done.
    Close,
    /// Takes it up again.
    Open,
    /// Lets it rest until then.
    Snooze(i64),
    /// Says who is to answer.
    Assign(Assignee),
}

impl Conversation {
    /// A new one.
    pub fn begin(beginning: Beginning) -> Self {
        let Beginning { id, message, author, contact, body, at } = beginning;
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

    /// The words of the message that it began with, in small letters, each once.
    pub fn words(&self) -> Vec<String> {
        // Tags end words, too.
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

    /// Whether somebody takes part.
    pub fn is_with(&self, contact: &str) -> bool {
        self.contacts.contacts.iter().any(|participant| participant.id == contact)
    }

    /// Returns the ids of the contacts who take part.
    pub fn contact_ids(&self) -> impl Iterator<Item = &str> {
        self.contacts.contacts.iter().map(|participant| participant.id.as_str())
    }

    /// Lets a contact take part, on an admin's word.
    pub fn add_contact(&mut self, contact: &Person, admin: &Admin, at: i64) {
        self.contacts.contacts.push(Participant::from(contact));
        self.note_event("participant_added", admin, at);
    }

    /// Takes a contact out, on an admin's word.
    pub fn remove_contact(&mut self, contact: &str, admin: &Admin, at: i64) {
        self.contacts.contacts.retain(|participant| participant.id != contact);
        self.note_event("participant_removed", admin, at);
    }

    fn note_event(&mut self, part_type: &str, admin: &Admin, at: i64) {
        self.add(part_type, admin.into(), Said { at, ..Said::default() }, None, Value::Null);
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

    /// Links a ticket.
    pub fn link(&mut self, linked: Value) {
        self.linked_objects.data.push(linked);
        self.linked_objects.total_count = self.linked_objects.data.len();
    }

    /// Unlinks a ticket.
    pub fn unlink(&mut self, ticket: &str) {
        self.linked_objects.data.retain(|linked| linked.get("id") != Some(&ticket.into()));
        self.linked_objects.total_count = self.linked_objects.data.len();
    }

    /// Returns what a ticket takes over: author and body of the first message, and the contacts.
    pub fn opening(&self) -> [Value; 3] {
        [json!(self.source.author), json!(self.source.body), json!(self.contacts)]
    }

    /// Turns all texts from HTML to plain text.
    #[must_use]
    pub fn in_plain_text(mut self) -> Self {
        self.source.body = plain_text(&self.source.body);
        let parts = self.conversation_parts.iter_mut();
        for part in parts.flat_map(|parts| &mut parts.conversation_parts) {
            part.body = part.body.as_deref().map(plain_text);
        }
        self
    }

    /// Puts a person in another's place, who was merged into them.
    pub fn hand_over(&mut self, from: &str, into: &Person) {
        let others =
            |participant: &Participant| participant.id != from && participant.id != into.id;
        self.contacts.contacts.retain(others);
        self.contacts.contacts.push(Participant::from(into));
    }

    /// A contact answers, which opens what was closed or snoozed.
    pub fn answer(&mut self, contact: &Person, said: Said) {
        let part_type = if self.state == State::Open { "comment" } else { "open" };
        self.set_state(State::Open, None);
        self.read = false;
        self.waiting_since.get_or_insert(said.at);
        self.first_contact_reply.get_or_insert(FirstReply { created_at: said.at, url: () });
        self.add(part_type, contact.into(), said, None, Value::Null);
    }

    /// An admin does something.
    pub fn manage(&mut self, admin: &Admin, act: Act, said: Said) {
        let mut assigned_to = None;
        let part_type = match act {
            Act::Comment => {
                self.waiting_since = None;
                self.read = true;
                "comment"
            }
            Act::Note => "note",
            Act::Close => {
                self.set_state(State::Closed, None);
                self.waiting_since = None;
                "close"
            }
            Act::Open => {
                self.set_state(State::Open, None);
                "open"
            }
            Act::Snooze(until) => {
                self.set_state(State::Snoozed, Some(until));
                "snoozed"
            }
            Act::Assign(assignee) => {
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
        let me = Reference::new("admin", admin.id);
        let mates = self.teammates.get_or_insert(Teammates { teammates: Vec::new() });
        if !mates.teammates.contains(&me) {
            mates.teammates.push(me);
        }
        self.add(part_type, admin.into(), said, assigned_to, Value::Null);
    }

    /// Gives an attribute a value.
    pub fn set_attribute(&mut self, name: &str, value: &Value, at: i64) {
        self.custom_attributes.insert(name.to_owned(), value.clone());
        let author = Author::teammate("bot", FIN);
        let details = json!({"attribute": {"name": name}, "value": {"name": value}});
        let said = Said { at, ..Said::default() };
        self.add("conversation_attribute_updated_by_admin", author, said, None, details);
    }

    /// As it stands in a list.
    pub fn in_list(mut self) -> Self {
        self.conversation_parts = None;
        self
    }

    /// As it stands alone.
    pub fn alone(mut self) -> Self {
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

    fn add(
        &mut self,
        part_type: &str,
        author: Author,
        Said { body, attachments, at }: Said,
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

impl From<&Person> for Participant {
    fn from(person: &Person) -> Self {
        Self { id: person.id.clone(), external_id: person.external_id.clone() }
    }
}

impl Assignee {
    /// Who a body's `type` and `assignee_id` are; `None` if there is no such admin or team.
    pub fn find(kind: &str, id: &str) -> Option<Self> {
        match (kind, id.parse().ok()?) {
            (_, 0) => Some(Self::Nobody),
            ("team", TEAM) => Some(Self::Team(TEAM)),
            ("admin", number) => Admin::find(id).map(|_| Self::Admin(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::ADMINS;

    fn contact() -> Person {
        Person { id: "a1".into(), role: "user".into(), ..Person::default() }
    }

    fn begun(body: &str) -> Conversation {
        let contact = contact();
        Conversation::begin(Beginning {
            id: 7,
            message: "8".into(),
            author: Author::from(&contact),
            contact: &contact,
            body,
            at: 100,
        })
    }

    fn said(body: &str, at: i64) -> Said<'_> {
        Said { body: Some(body), at, ..Said::default() }
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
        let mut conversation = begun("Hi");
        conversation.manage(&ADMINS[0], Act::Close, Said::default());
        let alone = serde_json::to_value(conversation.clone().alone()).unwrap();
        let listed = serde_json::to_value(conversation.in_list()).unwrap();
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
    fn it_reads_back_as_it_was_written() {
        let mut conversation = begun("Hi");
        conversation.manage(&ADMINS[0], Act::Assign(Assignee::Admin(1_234_568)), said("x", 1));
        conversation.answer(&contact(), said("y", 2));
        let text = serde_json::to_string(&conversation).unwrap();
        let read: Conversation = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn a_contacts_answer_opens_what_was_closed_or_snoozed() {
        for act in [Act::Close, Act::Snooze(900)] {
            let mut conversation = begun("Hi");
            conversation.manage(&ADMINS[0], act, Said::default());
            assert_ne!(conversation.state, State::Open);
            assert_eq!(conversation.open, act != Act::Close);
            conversation.answer(&contact(), said("And?", 200));
            assert_eq!((conversation.state, conversation.snoozed_until), (State::Open, None));
            assert_eq!(last_part(&conversation)["part_type"], "open");
            assert_eq!(last_part(&conversation)["body"], "<p>And?</p>");
            conversation.answer(&contact(), said("And?", 201));
            assert_eq!(last_part(&conversation)["part_type"], "comment");
        }
    }

    #[test]
    fn a_contact_waits_until_an_admin_comments() {
        let mut conversation = begun("Hi");
        conversation.manage(&ADMINS[0], Act::Note, said("Hm", 150));
        assert_eq!((conversation.waiting_since, conversation.read), (Some(100), false));
        conversation.manage(&ADMINS[0], Act::Comment, said("Hello", 160));
        assert_eq!((conversation.waiting_since, conversation.read), (None, true));
        conversation.answer(&contact(), said("So", 170));
        conversation.answer(&contact(), said("So?", 180));
        assert_eq!((conversation.waiting_since, conversation.read), (Some(170), false));
        assert_eq!(conversation.updated_at, 180);
        assert_eq!(conversation.teammates.map(|mates| mates.teammates.len()), Some(1));
    }

    #[test]
    fn assigning_opens_what_was_closed_and_0_is_nobody() {
        let mut conversation = begun("Hi");
        conversation.manage(&ADMINS[0], Act::Close, Said::default());
        let assign = |kind, id| Act::Assign(Assignee::find(kind, id).unwrap());
        conversation.manage(&ADMINS[0], assign("admin", "1234568"), Said::default());
        let part = last_part(&conversation);
        assert_eq!(part["part_type"], "assign_and_reopen");
        assert_eq!(part["assigned_to"], json!({"type": "admin", "id": "1234568"}));
        conversation.manage(&ADMINS[0], assign("team", "9999999"), Said::default());
        assert_eq!(last_part(&conversation)["part_type"], "assignment");
        let assigned = (conversation.admin_assignee_id, conversation.team_assignee_id);
        assert_eq!(assigned, (Some(1_234_568), Some(TEAM)));
        conversation.manage(&ADMINS[0], assign("admin", "0"), Said::default());
        assert_eq!((conversation.admin_assignee_id, conversation.team_assignee_id), (None, None));
        for (kind, id) in [("admin", "1"), ("team", "1234567"), ("admin", "x"), ("admin", "-1")] {
            assert_eq!(Assignee::find(kind, id), None, "{kind} {id}");
        }
    }

    #[test]
    fn a_redacted_text_is_gone_and_its_words_with_it() {
        let mut conversation = begun("My password is 1234");
        conversation.answer(&contact(), said("5678", 200));
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
        let mut conversation = begun("<p>Hi <b>there</b></p>");
        conversation.answer(&contact(), said("So?", 200));
        let conversation = conversation.in_plain_text();
        assert_eq!(conversation.source.body, "Hi there");
        assert_eq!(last_part(&conversation)["body"], "So?");
    }

    #[test]
    fn words_are_those_that_a_reader_sees() {
        let words = begun("<p>I need <b>Support</b>,\nplease: support!</p>").words();
        assert_eq!(words, ["i", "need", "please", "support"]);
        assert_eq!(begun("Is 3 < 4?").words(), ["3", "4", "is"]);
    }

    #[test]
    fn an_answer_holds_the_latest_500_parts() {
        let mut conversation = begun("Hi");
        for at in 0..502 {
            conversation.answer(&contact(), said("x", at));
        }
        let shown = serde_json::to_value(conversation.alone()).unwrap();
        let parts = &shown["conversation_parts"];
        assert_eq!(parts["total_count"], 502);
        assert_eq!(parts["conversation_parts"].as_array().map(Vec::len), Some(500));
        assert_eq!(parts["conversation_parts"][0]["created_at"], 2);
    }
}
