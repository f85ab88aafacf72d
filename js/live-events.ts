// The types of live events: the item of each topic. Intercom's reference lists the topics on its pages "Webhook
// models". Types only.

import type {
  Admin,
  BatchProgress,
  Company,
  Contact,
  Conversation,
  DataEvent,
  LiveEventFields,
  Open,
  OutboxMessage,
  Tag,
} from "./model.js";

/** A deleted object, with its ids only. */
export interface DeletedObject extends Open {
  /** Name of the type of the object. */
  type: string;
  /** Intercom's id. */
  id: string;
  /** Id that your own product assigned; contacts only. */
  external_id?: string | null;
}

/** A deleted conversation, with its id only. */
export interface DeletedConversation extends Open {
  /** Name of the type of the object. */
  type: string;
  /** Intercom's id of the conversation. */
  conversation_id: string;
}

/** The remaining contact of a merge. */
export type MergedContact<Attributes = Record<string, unknown>> = Contact<Attributes> & {
  /** The contact that was merged into this one, and no longer exists. */
  merged_from?: {
    /** Name of the type of the object. */
    type: "contact";
    /** Intercom's id. */
    id: string;
  };
};

/** A tag that was added to a contact, or removed from it. */
export interface ContactTag<Attributes = Record<string, unknown>> extends Open {
  /** Name of the type of the object. */
  type: "contact_tag";
  /** The tag. */
  tag: Tag;
  /** The contact. */
  contact: Contact<Attributes>;
}

/** A contact whose subscriptions changed. */
export interface ContactSubscription<Attributes = Record<string, unknown>> extends Open {
  /** Name of the type of the object. */
  type: string;
  /** The contact. */
  contact: Contact<Attributes>;
}

/** A contact that joined or left a company. */
export interface CompanyContact<Attributes = Record<string, unknown>> extends Open {
  /** The company. */
  company: Company;
  /** The contact. */
  contact: Contact<Attributes>;
}

/** A contact that joined or left a conversation. */
export interface ConversationContact<Attributes = Record<string, unknown>> extends Open {
  /** The contact. */
  contact: Contact<Attributes>;
}

/** Topics with the same type of item. */
type Topics<Topic extends string, Item> = { [Name in Topic]: Item };

/** The topics about contacts. */
interface ContactItems<Attributes>
  extends Topics<
      | "contact.archived"
      | "contact.email.updated"
      | "contact.lead.added_email"
      | "contact.lead.created"
      | "contact.lead.signed_up"
      | "contact.lead.updated"
      | "contact.unarchive"
      | "contact.user.created"
      | "contact.user.updated",
      Contact<Attributes>
    >,
    Topics<
      "contact.lead.tag.created" | "contact.lead.tag.deleted" | "contact.user.tag.created" | "contact.user.tag.deleted",
      ContactTag<Attributes>
    >,
    Topics<"contact.subscribed" | "contact.unsubscribed", ContactSubscription<Attributes>> {
  "contact.deleted": DeletedObject;
  "contact.merged": MergedContact<Attributes>;
}

/** The topics about conversations. */
interface ConversationItems<Attributes>
  extends Topics<
      | "conversation.admin.assigned"
      | "conversation.admin.closed"
      | "conversation.admin.noted"
      | "conversation.admin.open.assigned"
      | "conversation.admin.opened"
      | "conversation.admin.replied"
      | "conversation.admin.single.created"
      | "conversation.admin.snoozed"
      | "conversation.admin.unsnoozed"
      | "conversation.company.updated"
      | "conversation.operator.replied"
      | "conversation.priority.updated"
      | "conversation.rating.added"
      | "conversation.read"
      | "conversation.user.created"
      | "conversation.user.replied"
      | "conversation_part.redacted"
      | "conversation_part.tag.created",
      Conversation
    >,
    Topics<"conversation.contact.attached" | "conversation.contact.detached", ConversationContact<Attributes>> {
  "conversation.deleted": DeletedConversation;
}

/** The topics about companies, admins and events. */
interface OtherItems<Attributes>
  extends Topics<"company.created" | "company.updated", Company>,
    Topics<"company.contact.attached" | "company.contact.detached", CompanyContact<Attributes>>,
    Topics<
      | "admin.added_to_workspace"
      | "admin.away_mode_updated"
      | "admin.logged_in"
      | "admin.logged_out"
      | "admin.removed_from_workspace",
      Admin
    > {
  "company.deleted": DeletedObject;
  "event.created": DataEvent;
}

/** The topics whose items have no type of their own. */
type UntypedItems = Topics<
  | "admin.activity_log_event.created"
  | "call.ended"
  | "call.recording_available"
  | "call.started"
  | "call.transcription_available"
  | "content_stat.banner"
  | "content_stat.carousel"
  | "content_stat.chat"
  | "content_stat.checklist"
  | "content_stat.custom_bot"
  | "content_stat.email"
  | "content_stat.news_item"
  | "content_stat.post"
  | "content_stat.push"
  | "content_stat.series"
  | "content_stat.series.webhook"
  | "content_stat.sms"
  | "content_stat.survey"
  | "content_stat.tooltip_group"
  | "content_stat.tour"
  | "ticket.admin.assigned"
  | "ticket.admin.replied"
  | "ticket.attribute.updated"
  | "ticket.closed"
  | "ticket.contact.attached"
  | "ticket.contact.detached"
  | "ticket.contact.replied"
  | "ticket.created"
  | "ticket.note.created"
  | "ticket.rating.provided"
  | "ticket.resolved"
  | "ticket.state.updated"
  | "ticket.team.assigned"
  | "visitor.signed_up",
  Open
>;

/** The topics that only API 1.x has. Their items are people in the form of API 1.x. */
type ItemsOfApi1 = Topics<
  | "contact.added_email"
  | "contact.created"
  | "contact.signed_up"
  | "contact.tag.created"
  | "contact.tag.deleted"
  | "user.created"
  | "user.deleted"
  | "user.email.updated"
  | "user.tag.created"
  | "user.tag.deleted"
  | "user.unsubscribed",
  Open
>;

/**
 * The type of each topic's `item`. To add a topic that is missing here, merge a declaration:
 * `declare module "intercom-edge" { interface LiveItems<Attributes> { "job.completed": { id: string } } }`
 */
export interface LiveItems<Attributes = Record<string, unknown>>
  extends ContactItems<Attributes>,
    ConversationItems<Attributes>,
    OtherItems<Attributes>,
    UntypedItems,
    ItemsOfApi1,
    Topics<"message.failed" | "message.sent" | "message.unknown", OutboxMessage> {
  "batch.progress": BatchProgress;
}

/**
 * A topic that {@link LiveItems} does not list. Its value is the topic's name. Compare it as a string:
 * `String(event.topic) === "job.completed"`.
 */
// With a string, a comparison of the topic would not narrow the type of the item. With a member of an enum it does.
export declare enum OtherTopic {
  /** Any name. */
  Any = "",
}

/** A live event of a topic with this type of item. */
export interface LiveEventOf<Topic extends string, Item> extends LiveEventFields {
  topic: Topic;
  item: Item;
}

/**
 * A live event: a notification of Intercom, or a change in the Worker's outbox. A comparison of `topic` narrows the
 * type of `item`: after `event.topic === "contact.user.created"` it is a `Contact`.
 *
 * The types are those of API 2.x. If your app's webhooks use API 1.x, items have the form of API 1.x.
 */
export type LiveEvent<Attributes = Record<string, unknown>> =
  | {
      [Topic in keyof LiveItems<Attributes>]: LiveEventOf<Topic, LiveItems<Attributes>[Topic]>;
    }[keyof LiveItems<Attributes>]
  | LiveEventOf<OtherTopic, unknown>;
