// What Intercom and the Worker answer, as a consumer of the package has it in the editor.
import type {
  Admin,
  AiAgent,
  App,
  Attachment,
  Author,
  BatchProgress,
  BatchState,
  Company,
  Contact,
  Conversation,
  ConversationPart,
  ConversationState,
  DataAttribute,
  DataEvent,
  ExportProgress,
  Id,
  Intercom,
  LinkedObject,
  Location,
  Me,
  Message,
  MessageCounts,
  MessageKind,
  MessageState,
  Nested,
  Note,
  OutboxMessage,
  Plan,
  Preview,
  Rating,
  Reference,
  Region,
  Removal,
  Role,
  Segment,
  SocialProfile,
  Source,
  StateChange,
  Statistics,
  StoredAnswer,
  Style,
  Tag,
  Template,
  TemplateVersion,
  Timestamp,
  Word,
} from "intercom-edge";
import type { AnyIn, Expect, IsAny, Named, Optional, Same } from "./expect.js";

// No `any` reaches a user, in no field of no model.

interface Models {
  admin: Admin;
  aiAgent: AiAgent;
  app: App;
  attachment: Attachment;
  author: Author;
  batchProgress: BatchProgress;
  company: Company;
  contact: Contact;
  conversation: Conversation;
  conversationPart: ConversationPart;
  dataAttribute: DataAttribute;
  dataEvent: DataEvent;
  linkedObject: LinkedObject;
  location: Location;
  me: Me;
  message: Message;
  messageCounts: MessageCounts;
  nested: Nested<Tag>;
  note: Note;
  outboxMessage: OutboxMessage;
  plan: Plan;
  preview: Preview;
  rating: Rating;
  reference: Reference;
  segment: Segment;
  socialProfile: SocialProfile;
  source: Source;
  stateChange: StateChange;
  statistics: Statistics;
  storedAnswer: StoredAnswer;
  tag: Tag;
  template: Template;
  templateVersion: TemplateVersion;
}
export type NoAny = Expect<Same<{ [Model in keyof Models]: AnyIn<Models[Model]> }[keyof Models], never>>;

/** The question itself can be answered with yes. */
interface Careless {
  [field: string]: unknown;
  id: string;
  body: any;
  parts?: any[];
}
export type AnyIsFound = Expect<Same<AnyIn<Careless>, "body" | "parts">>;

/** A model that isn't exported would be `any` to this file if TypeScript found no declaration. */
export type ModelsAreFound = Expect<Same<{ [Model in keyof Models]: IsAny<Models[Model]> }[keyof Models], false>>;

// What Intercom always sends is there without a question; the rest may be absent or null.

export const admin: Admin = { type: "admin", id: "814860" };
export const contact: Contact = { type: "contact", id: "6762f0d0", role: "user" };
export type RequiredOfContact = Expect<Same<Exclude<Named<Contact>, Optional<Contact>>, "type" | "id" | "role">>;
export type RequiredOfBatch = Expect<Same<Optional<BatchProgress>, "finished_at" | "estimated_end_at" | "cause">>;

declare const given: Contact;
export const id: string = given.id;
export type Email = Expect<Same<Contact["email"], string | null | undefined>>;
// @ts-expect-error: it may be null or absent
export const email: string = given.email;
// @ts-expect-error: an id is always there
export const nobody: Contact = { type: "contact", role: "user" };
// @ts-expect-error: a contact is no admin
export const stranger: Contact = { type: "admin", id: "814860", role: "user" };

export type Moments = Expect<Same<Timestamp, number | string>>;
/** The Worker writes its own times as integers. */
export type OwnMoments = [
  Expect<Same<OutboxMessage["created_at"], number>>,
  Expect<Same<StateChange["at"], number>>,
  Expect<Same<BatchProgress["created_at"], number>>,
  Expect<Same<BatchProgress["finished_at"], number | null | undefined>>,
  Expect<Same<BatchProgress["estimated_end_at"], number | null | undefined>>,
  Expect<Same<ExportProgress["estimated_end_at"], number | null | undefined>>,
  Expect<Same<Removal["at"], number>>,
  Expect<Same<Template["created_at"], number>>,
];
export type OwnerIds = Expect<Same<Contact["owner_id"], Id | null | undefined>>;
export type Pictures = Expect<string extends NonNullable<Contact["avatar"]> ? true : false>;

// Unions complete the words that are known, and take new ones.

export type Words = Expect<Same<Contact["role"], Word<"user" | "lead">>>;
export type KnownRoles = Expect<Same<Role, "user" | "lead">>;
export type KnownRegions = Expect<Same<Region, "US" | "EU" | "AU">>;
export type KnownStyles = Expect<Same<Style, "plain" | "personal">>;
export type KnownStates = Expect<Same<ConversationState, "open" | "closed" | "snoozed">>;
export type KnownBatchStates = Expect<Same<BatchState, "collecting" | "sending" | "paused" | "done" | "cancelled">>;
export type KnownMessageKinds = Expect<Same<MessageKind, "message" | "conversation">>;
export type KnownMessageStates = Expect<Same<MessageState, "queued" | "sending" | "sent" | "failed" | "unknown">>;
/** `string` would have swallowed them: no editor would complete them. */
export type WordsStayApart = Expect<Same<Extract<Contact["role"], "user" | "lead">, "user" | "lead">>;

export const visitor: Contact = { type: "contact", id: "1", role: "visitor" };
export const words: Word<Role>[] = ["user", "lead", "visitor"];
// @ts-expect-error: a word is a text
export const wordless: Contact = { type: "contact", id: "1", role: 7 };
// @ts-expect-error: what is asked for is one of the words
export const asked: MessageState = "lost";

// Fields that nobody knows are there, and unknown.

export type Unknown = Expect<Same<Contact["new_field"], unknown>>;
// @ts-expect-error: it may be anything
export const text: string = given["new_field"];
export type UnknownWithin = Expect<Same<Location["planet"], unknown>>;

// Custom attributes are the workspace's own.

type Attributes = { plan: string; seats?: number };
declare const customer: Contact<Attributes>;
declare const employer: Company<Attributes>;
export const plan: string | null | undefined = customer.custom_attributes?.plan;
export const seats: number | null | undefined = employer.custom_attributes?.seats;
// @ts-expect-error: no such attribute
export const misspelt: unknown = customer.custom_attributes?.plam;
// @ts-expect-error: a plan is a text
export const price: number | null | undefined = customer.custom_attributes?.plan;
/** Of a workspace that nobody described, each is unknown. */
export type Undescribed = Expect<Same<NonNullable<Contact["custom_attributes"]>[string], unknown>>;
export const asAnybody: Contact = customer;
interface Described {
  plan: string;
}
declare const described: { contact: Contact<Described>; company: Company<Described>; intercom: Intercom<Described> };
/** An interface has no index signature, and fits nevertheless. */
export const anybody: { contact: Contact; company: Company; intercom: Intercom } = described;

// Lists within an object have their items under the key that Intercom writes.

declare const conversation: Conversation;
export const tagOfContact: Tag | undefined = given.tags?.data[0];
export const person: Reference | undefined = conversation.contacts?.contacts[0];
export const parts: ConversationPart[] = conversation.conversation_parts?.conversation_parts ?? [];
export const author: string | null | undefined = parts[0]?.author?.name;
export const tags: Tag[] | undefined = employer.tags?.tags;
export const more: boolean | undefined = given.companies?.has_more;
export type NotUnderData = Expect<Same<NonNullable<Conversation["tags"]>["data"], unknown>>;

declare const sent: OutboxMessage;
export const states: Word<MessageState>[] = sent.history.map(({ state }) => state);
export const version: number | undefined = sent.template?.version;
