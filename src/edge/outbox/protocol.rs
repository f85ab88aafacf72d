//! The messages that cross between the Worker, the outbox and the senders. JSON heads only: bytes go
//! beside them, as [`object_rpc`](crate::edge::runtime::object_rpc) puts them.

use crate::call::Format;
use crate::call::outbox::MessageFilter;
use crate::client::RateLimit;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::model::{self, Field, JsonType, MessageKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A command of the Worker to the outbox.
#[derive(Debug, Deserialize, Serialize)]
pub enum Command {
    /// Sends a message, or answers for the same one sent before.
    Send(MessageSubmission),
    /// Shows a message.
    Show { id: String, viewer: Viewer },
    /// Lists messages.
    List { filter: MessageFilter, page: PageQuery, viewer: Viewer },
    /// Counts messages in each state.
    Count { filter: MessageFilter },
    /// Streams messages, one line for each.
    Export { filter: MessageFilter, viewer: Viewer },
    /// Sends a message again whose state is `unknown`. `deadline`: as in [`MessageSubmission`].
    Retry { id: String, viewer: Viewer, deadline: Option<u64> },
    /// Records that an `unknown` message arrived. `by`: the name of the caller who has checked it.
    Confirm { id: String, viewer: Viewer, by: String },
    /// Sends a copy of a `failed` message.
    Resend { id: String, viewer: Viewer, copy: CopyRequest },
    /// Removes a message. `conversations`: replies are visible.
    Remove { id: String, conversations: bool },
    /// Removes the messages that a filter selects.
    Purge(MessageFilter),
    /// Finds the message of a request that is in progress or was sent recently.
    Find { caller: String, fingerprint: String },
    /// Shows a version of a template; the newest without a version.
    ShowTemplate { name: String, version: Option<i64> },
    /// Gets a version of a template as a [`StoredTemplate`].
    FetchTemplate { name: String, version: Option<i64> },
    /// Lists templates.
    ListTemplates,
    /// Stores a template; its JSON comes beside the command.
    PutTemplate { name: String },
    /// Removes a template.
    DeleteTemplate { name: String },
    /// Creates a batch.
    CreateBatch(BatchSubmission),
    /// Shows a batch; with a caller, only one of that caller's.
    ShowBatch { id: String, caller: Option<String> },
    /// Lists batches; with a caller, only that caller's.
    ListBatches { caller: Option<String>, page: PageQuery },
    /// Pauses, resumes or cancels a batch; with a caller, only one of that caller's.
    ChangeBatch { id: String, caller: Option<String>, change: BatchChange },
    /// Streams the progress of a batch; with a caller, only of one of that caller's.
    WatchBatch { id: String, caller: Option<String> },
    /// Streams the results of a batch, one line for each recipient; with a caller, only of one of that caller's.
    Result { id: String, caller: Option<String>, format: Format },
    /// Checks that the tables can be read, and shows how full the outbox is.
    Health,
    /// Claims today's warnings about caller keys that expire soon; the reply is [`ClaimedWarnings`].
    ClaimExpiryWarnings,
}

/// The outbox's reply to a claim of today's warnings.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct ClaimedWarnings {
    /// Set for the first claim of the day: only its claimer writes the warnings.
    pub is_first: bool,
}

/// The parts of messages that a caller may see and change.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Viewer {
    /// The only caller whose messages are visible; `None` if those of all callers are.
    pub owner: Option<String>,
    /// Replies are visible.
    pub conversations: bool,
    /// Replies may be sent.
    pub writes_conversations: bool,
    /// Names and addresses of recipients are visible.
    pub contacts: bool,
    /// Texts that were rendered from a template are visible.
    pub rendered: bool,
}

/// The recipient and the subject of a message, as lists show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct MessageSummary {
    /// Intercom's id of the contact.
    pub contact: Option<String>,
    /// The contact's e-mail address.
    pub email: Option<String>,
    /// The contact's name.
    pub name: Option<String>,
    /// The subject.
    pub subject: Option<String>,
}

/// A request to send a copy of a message.
#[derive(Debug, Deserialize, Serialize)]
pub struct CopyRequest {
    /// The caller who owns the copy.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// A hash of the request; the same request has the same one.
    pub fingerprint: String,
    /// The end of the caller's wait, in milliseconds since 1970; `None` if the caller doesn't wait.
    pub deadline: Option<u64>,
}

/// A message to send; its bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub struct MessageSubmission {
    /// The caller who owns the message.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// A hash of the request; the same request has the same one.
    pub fingerprint: String,
    /// The kind of message.
    pub kind: MessageKind,
    /// The id of the conversation that it replies to.
    pub conversation: Option<String>,
    /// The way in which its body is prepared.
    pub job: Job,
    /// The name of the template to render, in its newest version.
    pub template: Option<String>,
    /// The recipient and the subject, as far as the request has them.
    pub summary: MessageSummary,
    /// The end of the caller's wait, in milliseconds since 1970; `None` if the caller doesn't wait.
    pub deadline: Option<u64>,
}

/// A batch to create; the [`NewBatch`](model::NewBatch) comes beside it as JSON, its sender filled in.
#[derive(Debug, Deserialize, Serialize)]
pub struct BatchSubmission {
    /// The caller who owns the batch.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// A hash of the request; the same request has the same one.
    pub fingerprint: String,
    /// The number of people whom its search finds; 0 without a search.
    pub found: usize,
}

/// A page of a list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PageQuery {
    /// The number of items per page.
    pub per_page: i64,
    /// The id of the last item of the page before.
    pub starting_after: Option<String>,
}

/// A change of a batch that a caller may request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum BatchChange {
    /// Stops sending until the batch is resumed.
    Pause,
    /// Goes on sending.
    Resume,
    /// Gives up the messages that have not been sent.
    Cancel,
}

/// The outbox's reply; the body of `response` comes beside it.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Reply {
    /// The response to the caller.
    pub response: StoredResponse,
    /// The id of the message that was sent.
    pub message: Option<String>,
    /// Set if the response is a stored one.
    pub replayed: bool,
    /// The time that Intercom took, in milliseconds.
    pub took: u64,
    /// The number of requests to Intercom.
    pub requests: u32,
}

impl Reply {
    /// Makes a reply with JSON of the Worker's own.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self { response: StoredResponse::json(status, body), ..Self::default() }
    }

    /// Makes a reply with status 204.
    pub fn no_content() -> Self {
        let response = StoredResponse { status: 204, ..StoredResponse::default() };
        Self { response: response.with("x-request-id", runtime::random_uuid()), ..Self::default() }
    }
}

impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self { response: rejection.into_stored(), ..Self::default() }
    }
}

/// The way in which a body is prepared from the request. It is stored: the names must not change.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// The request's body is sent byte for byte.
    Verbatim(Verbatim),
    /// The request is one of API 1.x, whose people have to be found.
    Translated,
    /// The request is a notification: its recipient has to be found and its template rendered.
    Notification,
}

/// The request to Intercom for a body that is sent as it came. It is stored: the names must not change.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Verbatim {
    /// The version of the API.
    pub version: String,
    /// Path and query.
    pub target: String,
    /// The caller's headers, in alternating lines of name and value.
    pub headers: String,
    /// Set if the request came in API 1.x: the response goes back in it.
    #[serde(default)]
    pub from_v1: bool,
}

/// A template's name and one of its versions. It is stored: the names must not change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct TemplateKey {
    /// The template's name.
    pub name: String,
    /// The version, from 1.
    pub version: i64,
}

impl From<&TemplateKey> for model::TemplateVersion {
    fn from(key: &TemplateKey) -> Self {
        Self { name: key.name.as_str().into(), version: key.version.into(), ..Self::default() }
    }
}

/// A version of a template as the outbox stores it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredTemplate {
    /// The template's name.
    pub name: String,
    /// The version, from 1.
    pub version: i64,
    /// The subject, unrendered.
    pub subject: String,
    /// The body, unrendered.
    pub body: String,
    /// Intercom's `template`: `plain` or `personal`.
    pub style: String,
    /// The time of storing, in milliseconds since 1970.
    pub created: i64,
}

impl StoredTemplate {
    /// Returns the template's name and version.
    pub fn key(&self) -> TemplateKey {
        TemplateKey { name: self.name.clone(), version: self.version }
    }
}

impl From<&StoredTemplate> for model::Template {
    fn from(stored: &StoredTemplate) -> Self {
        Self {
            r#type: "edge.template".into(),
            name: stored.name.as_str().into(),
            version: stored.version.into(),
            style: model::Style::from_value(stored.style.as_str().into())
                .map_or_else(Field::Other, Field::Known),
            subject: stored.subject.as_str().into(),
            body: stored.body.as_str().into(),
            created_at: Timestamp::of_milliseconds(stored.created).into(),
            ..Self::default()
        }
    }
}

/// A command of the outbox to a sender; bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub enum SenderCommand {
    /// Prepares the body that goes to Intercom. `waits`: a caller waits for it.
    Compose { job: Job, template: Option<StoredTemplate>, milliseconds: u64, waits: bool },
    /// Sends a body. Without [`Verbatim`] it is a message that the Worker composed.
    Post { verbatim: Option<Verbatim>, milliseconds: u64 },
    /// Finds a page of people by a search.
    FindPeople { milliseconds: u64 },
}

/// A sender's reply; bytes come beside it.
#[derive(Debug, Deserialize, Serialize)]
pub struct SenderReply {
    /// The outcome of the command.
    pub outcome: SenderOutcome,
    /// The workspace's rate limit: the limit, the remaining requests, and the reset in seconds since 1970.
    limit: Option<(u32, u32, u64)>,
    /// The time that Intercom took, in milliseconds.
    pub took: u64,
    /// The number of requests to Intercom.
    pub requests: u32,
}

impl SenderReply {
    /// Makes a reply.
    pub fn new(
        outcome: SenderOutcome,
        limit: Option<RateLimit>,
        took: Duration,
        requests: u32,
    ) -> Self {
        let limit = limit.map(|limit| (limit.limit, limit.remaining, limit.reset.as_secs()));
        let took = took.as_millis().try_into().unwrap_or(u64::MAX);
        Self { outcome, limit, took, requests }
    }

    /// Returns the workspace's rate limit, if Intercom's response had one.
    pub fn limit(&self) -> Option<RateLimit> {
        let (limit, remaining, reset) = self.limit?;
        Some(RateLimit { limit, remaining, reset: Duration::from_secs(reset) })
    }
}

/// The outcome of a [`SenderCommand`].
#[derive(Debug, Deserialize, Serialize)]
pub enum SenderOutcome {
    /// The body is ready. `created_at`: when Intercom created the recipient, in seconds since 1970.
    Composed { summary: MessageSummary, created_at: Option<i64> },
    /// A page of people by Intercom's ids, and the cursor of the next page.
    People { ids: Vec<String>, next: Option<String> },
    /// Intercom's response to the message.
    Answered(StoredResponse),
    /// The reason why there is no result. No message went out.
    Rejected(StoredResponse),
    /// Bytes went out, and no response came (`timed_out`: in time).
    Lost { timed_out: bool },
}

/// A message that is ready to go out.
#[derive(Debug)]
pub struct PreparedMessage {
    /// The recipient and the subject, as far as they are known.
    pub summary: MessageSummary,
    /// The time when Intercom created the recipient, in seconds since 1970.
    pub created_at: Option<i64>,
    /// The body for API 2.x.
    pub body: Vec<u8>,
}
