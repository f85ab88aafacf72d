//! The models of Intercom's API 2.x, and of the Worker's own calls: one file for each resource.
//!
//! A decode is tolerant and lossless. Every model keeps unknown fields, and every field keeps a
//! value of an unexpected type, so a decode and an encode change nothing. Decoding fails only if
//! the body is not a JSON object. The bodies of the Worker's own calls are checked strictly:
//! [`Notification`], [`NewBatch`], [`NewTemplate`] and [`PreviewRequest`]. This layer knows neither HTTP
//! nor JavaScript.

mod field;
pub(crate) mod json;
pub(crate) mod lenient;
pub(crate) mod strict;

pub mod admin;
pub mod batch;
pub mod caller;
pub mod company;
pub mod contact;
pub mod conversation;
pub mod data_attribute;
pub mod data_event;
pub mod error;
pub mod export;
pub mod id;
pub mod list;
pub mod live;
pub mod message;
pub mod note;
pub mod notification;
pub mod outbox;
pub mod search;
pub mod segment;
pub mod tag;
pub mod template;
pub mod timestamp;
#[cfg(feature = "types")]
pub mod types;

pub use admin::{Admin, App, Me, Region};
pub use batch::{Audience, Batch, BatchState, MAX_RECIPIENTS, NewBatch, Recipient};
pub use caller::{Caller, CredentialKind};
pub use company::{Company, Plan};
pub use contact::{Avatar, Contact, Location, Role, SocialProfile};
pub use conversation::{
    AiAgent, Attachment, Author, Conversation, ConversationPart, ConversationState, NewReply,
    Priority, Rating, Reference, ReplyType, Source, Statistics,
};
pub use data_attribute::{DataAttribute, DataModel, DataType};
pub use data_event::DataEvent;
pub use error::{ErrorDetail, ErrorList};
pub use export::{ExportProgress, ExportState, KnownRemovals, Removal, RemovalReason};
pub use field::Field;
pub use id::Id;
pub use json::{JsonRef, JsonType};
pub use list::{Cursor, Envelope, JsonValue, List, Next, Pages};
pub use live::{
    LiveEnd, LiveEndReason, LiveEvent, LiveGap, LiveGapReason, LiveReady, LiveTicket,
    LiveTicketRequest, MAX_TOPICS, is_topic_pattern,
};
pub use message::{Message, MessageType, NewMessage, Party, Recipients};
pub use note::Note;
pub use notification::{Content, Notification, Style, To};
pub use outbox::{
    MessageCounts, MessageKind, MessageState, OutboxMessage, StateChange, StoredAnswer,
};
pub use search::{FilterValue, Group, Operator, Order, Search, Sort};
pub use segment::Segment;
pub use strict::{InvalidField, RequestBuilder, is_template_name};
pub use tag::Tag;
pub use template::{NewTemplate, Preview, PreviewRequest, Template, TemplateVersion};
pub use timestamp::Timestamp;

/// A JSON object whose keys Intercom or a workspace chooses, such as custom attributes.
pub type Object = serde_json::Map<String, serde_json::Value>;
