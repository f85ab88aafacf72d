// The types of the options for TanStack Query.

import type {
  Admin,
  CallOptions,
  Company,
  CompanyFields,
  Contact,
  ContactField,
  ContactFields,
  ContactReference,
  Conversation,
  DataEvent,
  Id,
  ListOptions,
  Me,
  MessageCountOptions,
  MessageCounts,
  MessageListOptions,
  NewMessage,
  NewTemplate,
  Note,
  Notification,
  OutboxMessage,
  Page,
  Preview,
  PreviewFields,
  Reply,
  Search,
  SearchOptions,
  Segment,
  SendOptions,
  SentMessage,
  Tag,
  Template,
} from "../index.js";
import type { NumberedPage } from "./numbered-pages.js";

/**
 * The key of a query or mutation: `"intercom"`, the resource, the id or the name of the list, the parameters, and the
 * Worker's URL. The URL keeps the cache entries of two workspaces apart.
 *
 * To refetch all queries of users: `queryClient.invalidateQueries({ queryKey: ["intercom", "users"] })`. To refetch one
 * user with their tags, companies and notes: `queryClient.invalidateQueries({ queryKey: ["intercom", "users", id] })`.
 */
export type IntercomKey = readonly ["intercom", ...unknown[]];

/** The options of `useQuery`. */
export interface IntercomQuery<T> {
  /** The key of the query in the cache. */
  queryKey: IntercomKey;
  /** Makes the call. Rejects with `IntercomError`. */
  queryFn: (context: { signal: AbortSignal }) => Promise<T>;
  /** Turns retries by TanStack Query off: the package itself retries. */
  retry: false;
}

/** The options of `useInfiniteQuery`: one page of the list per page of the query. */
export interface IntercomInfiniteQuery<T> {
  /** The key of the query in the cache. */
  queryKey: IntercomKey;
  /** Requests one page. Rejects with `IntercomError`. */
  queryFn: (context: { signal: AbortSignal; pageParam: string | undefined }) => Promise<Page<T>>;
  /** The cursor of the first page: undefined. */
  initialPageParam: string | undefined;
  /** Returns the cursor of the next page, or undefined after the last page. */
  getNextPageParam: (last: Page<T>) => string | undefined;
  /** Turns retries by TanStack Query off: the package itself retries. */
  retry: false;
}

/** The options of `useMutation`. */
export interface IntercomMutation<T, Variables> {
  /** The key of the mutation. */
  mutationKey: IntercomKey;
  /** Makes the call. Rejects with `IntercomError`. */
  mutationFn: (variables: Variables) => Promise<T>;
  /** Turns retries by TanStack Query off: the package itself retries, and only with an idempotency key. */
  retry: false;
}

/** Options of a list, without the cursor and signal, which TanStack Query passes. */
export type QueryListOptions = Pick<ListOptions, "perPage">;

/** Filters of a count of messages. */
export type QueryMessageCountOptions = Omit<MessageCountOptions, keyof CallOptions>;

/** Options of a list of messages, without the cursor and signal, which TanStack Query passes. */
export type QueryMessageListOptions = Omit<MessageListOptions, "startingAfter" | keyof CallOptions>;

/** Options of a search, without the cursor and signal, which TanStack Query passes. */
export type QuerySearchOptions = Pick<SearchOptions, "perPage" | "sort">;

/** Options of a numbered page. */
export interface QueryPageOptions {
  /** The page, counted from 1. */
  page: number;
  /** Items per page. Default: 50. */
  perPage?: number | undefined;
}

/** Options of a numbered page of a list that can be searched and sorted. Exact times are not possible. */
export interface QuerySearchPageOptions<Fields extends string = string, Attributes = Record<string, unknown>>
  extends QueryPageOptions {
  /** The filters. Default: all records. */
  search?: Search<Fields, Attributes> | undefined;
  /** The field to sort by, and the order. Default: Intercom's order. */
  sort?: SearchOptions["sort"];
}

/** Options of the variables of a mutation that sends a message or a reply. */
export type SendingOptions = Pick<SendOptions, "idempotencyKey" | "signal">;

/** The variables of a mutation that sends a message. */
export type Sending<Body> = { message: Body } & SendingOptions;

/** The variables of a mutation of one record. */
export interface ById {
  /** Intercom's id of the record. */
  id: string;
}

/** The variables of a mutation that adds a record to a contact, or removes it. */
export interface OfContact {
  /** Intercom's id of the contact. */
  contactId: string;
  /** Intercom's id of the tag or company. */
  id: string;
}

/** The tags or companies of a contact. */
export interface RelatedQueries<T> {
  /** Lists all tags or companies of a contact. */
  list(contactId: string): IntercomQuery<T[]>;
  /** Adds a tag or a company to a contact. */
  add(): IntercomMutation<T, OfContact>;
  /** Removes a tag or a company from a contact. The tag or company itself is not deleted. */
  remove(): IntercomMutation<T, OfContact>;
}

/** Queries and mutations of contacts: users, leads or both. */
export interface PeopleQueries<Attributes> {
  /** Lists contacts, newest first. */
  list(options?: QueryListOptions): IntercomInfiniteQuery<Contact<Attributes>>;
  /** Searches contacts by filters. */
  search(
    search: Search<ContactField, Attributes>,
    options?: QuerySearchOptions,
  ): IntercomInfiniteQuery<Contact<Attributes>>;
  /**
   * Gets a numbered page of contacts. A distant page is reached by reading the pages before it, 150 contacts per
   * request. With `placeholderData: keepPreviousData` a table shows the old page until the new one arrives.
   *
   * @example
   * ```tsx
   * const { data } = useQuery({
   *   ...queries.users.page({ page, perPage: 20, search: { name: { contains: "ann" } } }),
   *   placeholderData: keepPreviousData,
   * });
   * ```
   */
  page(options: QuerySearchPageOptions<ContactField, Attributes>): IntercomQuery<NumberedPage<Contact<Attributes>>>;
  /** Gets a contact by Intercom's id. */
  get(id: string): IntercomQuery<Contact<Attributes>>;
  /**
   * Creates a contact.
   *
   * @example
   * ```tsx
   * useMutation(queries.leads.create()).mutate({ contact: { email: "ann@example.com" } });
   * ```
   */
  create(): IntercomMutation<Contact<Attributes>, { contact: ContactFields<Attributes> }>;
  /**
   * Updates the given fields of a contact. Other fields stay as they are.
   *
   * @example
   * ```tsx
   * useMutation(queries.users.update()).mutate({ id, contact: { name: "Ann" } });
   * ```
   */
  update(): IntercomMutation<Contact<Attributes>, ById & { contact: ContactFields<Attributes> }>;
  /**
   * Archives a contact. `unarchive` undoes this.
   *
   * @example
   * ```tsx
   * useMutation(queries.users.archive()).mutate({ id });
   * ```
   */
  archive(): IntercomMutation<ContactReference, ById>;
  /** Unarchives a contact. */
  unarchive(): IntercomMutation<ContactReference, ById>;
  /** Deletes a contact permanently. */
  delete(): IntercomMutation<ContactReference, ById>;
  /** Merges the lead `from` into the user `into`. The lead no longer exists afterwards. */
  merge(): IntercomMutation<Contact<Attributes>, { from: string; into: string }>;
  /**
   * Queries and mutations of the tags of a contact.
   *
   * @example
   * ```tsx
   * const { data: tags } = useQuery(queries.users.tags.list(id));
   * const add = useMutation({
   *   ...queries.users.tags.add(),
   *   onSuccess: () => queryClient.invalidateQueries({ queryKey: ["intercom", "users", id] }),
   * });
   * ```
   */
  tags: RelatedQueries<Tag>;
  /** Queries and mutations of the companies of a contact. */
  companies: RelatedQueries<Company>;
  /** Queries and mutations of the notes on a contact. */
  notes: {
    /** Lists all notes on a contact. */
    list(contactId: string): IntercomQuery<Note[]>;
    /**
     * Adds a note to a contact. The optional `admin_id` sets its author.
     *
     * @example
     * ```tsx
     * useMutation(queries.users.notes.create()).mutate({ contactId: id, note: { body: "Called back" } });
     * ```
     */
    create(): IntercomMutation<Note, { contactId: string; note: { body: string; admin_id?: string } }>;
  };
  /** Queries of the segments of a contact. */
  segments: {
    /** Lists all segments of a contact. */
    list(contactId: string): IntercomQuery<Segment[]>;
  };
}

/** Queries and mutations of conversations. In the variables, `by` is the admin who acts. */
export interface ConversationQueries {
  /** Lists conversations, most recently updated first. */
  list(options?: QueryListOptions): IntercomInfiniteQuery<Conversation>;
  /** Searches conversations by filters. */
  search(search: Search, options?: QuerySearchOptions): IntercomInfiniteQuery<Conversation>;
  /** Gets a numbered page of conversations. */
  page(options: QuerySearchPageOptions): IntercomQuery<NumberedPage<Conversation>>;
  /** Gets a conversation with its parts. */
  get(id: string): IntercomQuery<Conversation>;
  /**
   * Replies to a conversation. Calls with the same `idempotencyKey` add one reply.
   *
   * @example
   * ```tsx
   * const reply = { type: "admin", admin_id: "1234567", message_type: "comment", body: "On it" } as const;
   * useMutation(queries.conversations.reply()).mutate({ id, reply });
   * ```
   */
  reply(): IntercomMutation<Conversation, ById & { reply: Reply } & SendingOptions>;
  /** Assigns a conversation to the admin or team `to`; the id `"0"` unassigns it. */
  assign(): IntercomMutation<Conversation, ById & { to: string; by: string; type?: "admin" | "team"; body?: string }>;
  /**
   * Closes a conversation, with the comment `body` if it is given.
   *
   * @example
   * ```tsx
   * useMutation(queries.conversations.close()).mutate({ id, by: "1234567" });
   * ```
   */
  close(): IntercomMutation<Conversation, ById & { by: string; body?: string }>;
  /** Reopens a conversation. */
  open(): IntercomMutation<Conversation, ById & { by: string }>;
}

/** Queries and mutations of the Worker's e-mail templates. */
export interface TemplateQueries {
  /** Lists all templates in their newest versions. */
  list(): IntercomQuery<Template[]>;
  /** Gets a template in its newest version, or in the given one. */
  get(name: string, options?: { version?: number | undefined }): IntercomQuery<Template>;
  /**
   * Renders a template without sending it.
   *
   * @example
   * ```tsx
   * const { data, error } = useQuery(queries.templates.preview("welcome", { to: { id }, variables: { plan: "pro" } }));
   * ```
   */
  preview(name: string, options?: PreviewFields): IntercomQuery<Preview>;
  /**
   * Stores a template. Changed content creates a new version; unchanged content does not.
   *
   * @example
   * ```tsx
   * useMutation(queries.templates.put()).mutate({ name: "news", template: { subject: "News", body: "Hi" } });
   * ```
   */
  put(): IntercomMutation<Template, { name: string; template: NewTemplate }>;
  /** Deletes a template with all its versions. */
  delete(): IntercomMutation<void, { name: string }>;
}

/** Queries and mutations of messages. */
export interface MessageQueries {
  /** Lists the messages of the outbox, newest first, without their content. */
  list(options?: QueryMessageListOptions): IntercomInfiniteQuery<OutboxMessage>;
  /**
   * Gets a numbered page of the messages of the outbox, newest first.
   *
   * @example
   * ```tsx
   * const { data } = useQuery(queries.messages.page({ page, perPage: 20, state: "unknown" }));
   * ```
   */
  page(
    options: QueryPageOptions & Omit<QueryMessageListOptions, "perPage">,
  ): IntercomQuery<NumberedPage<OutboxMessage>>;
  /** Counts the messages of the outbox in each state. */
  counts(options?: QueryMessageCountOptions): IntercomQuery<MessageCounts>;
  /** Gets a message of the outbox by its outbox id. */
  get(id: string): IntercomQuery<OutboxMessage>;
  /** Sends a message to one contact. Calls with the same `idempotencyKey` send one message. */
  send(): IntercomMutation<SentMessage, Sending<NewMessage>>;
  /**
   * Sends a message in the state `unknown` again. First check in Intercom that it did not arrive.
   *
   * @example
   * ```tsx
   * useMutation(queries.messages.retry()).mutate({ id });
   * ```
   */
  retry(): IntercomMutation<SentMessage, ById>;
  /** Confirms that a message in the state `unknown` arrived: its state becomes `sent`. First check it in Intercom. */
  confirm(): IntercomMutation<OutboxMessage, ById>;
  /**
   * Sends a copy of a message in the state `failed`. Calls with the same `idempotencyKey` send one copy.
   *
   * @example
   * ```tsx
   * useMutation(queries.messages.resend()).mutate({ id, idempotencyKey: `again-${id}` });
   * ```
   */
  resend(): IntercomMutation<SentMessage, ById & Pick<SendOptions, "idempotencyKey">>;
}

/**
 * Queries and mutations by resource. They have the names of the client's calls: `queries.users.tags.add()` has the
 * options for `intercom.users.tags.add`. `list` and `search` of contacts, companies, conversations, messages and events
 * are for `useInfiniteQuery`; other queries are for `useQuery`. The variables of a mutation are one object: the ids,
 * and the record under its name.
 */
export interface IntercomQueries<Attributes> {
  /** Queries and mutations of users. */
  users: PeopleQueries<Attributes>;
  /** Queries and mutations of leads. */
  leads: PeopleQueries<Attributes>;
  /** Queries and mutations of users and leads. */
  contacts: PeopleQueries<Attributes>;
  /** Queries and mutations of companies. */
  companies: {
    /** Lists companies, most recently active first. */
    list(options?: QueryListOptions): IntercomInfiniteQuery<Company>;
    /** Gets a numbered page of companies, most recently active first. */
    page(options: QueryPageOptions): IntercomQuery<NumberedPage<Company>>;
    /** Gets a company by Intercom's id. */
    get(id: string): IntercomQuery<Company>;
    /** Creates a company, or updates the company with the same `company_id`. */
    save(): IntercomMutation<Company, { company: CompanyFields & { company_id: Id } }>;
    /** Updates the given fields of a company. Other fields stay as they are. */
    update(): IntercomMutation<Company, ById & { company: CompanyFields }>;
  };
  /** Queries and mutations of conversations. */
  conversations: ConversationQueries;
  /** Queries of admins. */
  admins: {
    /** Lists all admins. */
    list(): IntercomQuery<Admin[]>;
    /** Gets an admin by Intercom's id. */
    get(id: string): IntercomQuery<Admin>;
  };
  /** Queries and mutations of tags. */
  tags: {
    /** Lists all tags. */
    list(): IntercomQuery<Tag[]>;
    /** Creates a tag, or returns the existing tag with this name. */
    create(): IntercomMutation<Tag, { tag: { name: string } }>;
    /** Deletes a tag, and removes it from all contacts. */
    delete(): IntercomMutation<void, ById>;
  };
  /** Queries of segments. */
  segments: {
    /** Lists all segments. */
    list(): IntercomQuery<Segment[]>;
  };
  /** Queries of events. */
  events: {
    /** Lists the events of a contact, newest first. */
    list(contactId: string, options?: QueryListOptions): IntercomInfiniteQuery<DataEvent>;
  };
  /** Queries and mutations of messages. */
  messages: MessageQueries;
  /** Queries and mutations of the Worker's e-mail templates. */
  templates: TemplateQueries;
  /** Sends an e-mail to one person, who is named by an id or an e-mail address. */
  notify(): IntercomMutation<SentMessage, Sending<Notification>>;
  /** Gets the admin that the Worker's access token belongs to, with the workspace. */
  me(): IntercomQuery<Me>;
}
