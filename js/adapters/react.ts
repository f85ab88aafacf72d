/**
 * Options for TanStack Query 5: pass them to `useQuery`, `useInfiniteQuery` and `useMutation`, in React or any other
 * adapter of TanStack Query.
 *
 * @packageDocumentation
 */

import type {
  Admin,
  CallOptions,
  Company,
  Contact,
  ContactField,
  Contacts,
  Conversation,
  Intercom,
  List,
  ListOptions,
  Me,
  MessageListOptions,
  NewMessage,
  Note,
  Notification,
  OutboxMessage,
  Page,
  Search,
  SearchOptions,
  Segment,
  SendOptions,
  SentMessage,
  Tag,
} from "../index.js";

/**
 * The key of a query or mutation: `"intercom"`, the resource, the parameters and the Worker's URL. The URL keeps the
 * cache entries of two workspaces apart.
 *
 * To refetch all queries of users: `queryClient.invalidateQueries({ queryKey: ["intercom", "users"] })`.
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

/** Options of a list of messages, without the cursor and signal, which TanStack Query passes. */
export type QueryMessageListOptions = Omit<MessageListOptions, "startingAfter" | keyof CallOptions>;

/** Options of a search, without the cursor and signal, which TanStack Query passes. */
export type QuerySearchOptions = Pick<SearchOptions, "perPage" | "sort">;

/** The variables of a mutation that sends a message. */
export type Sending<Body> = { message: Body } & Pick<SendOptions, "idempotencyKey" | "signal">;

/** Queries of contacts: users, leads or both. */
export interface PeopleQueries<Attributes> {
  /** Lists contacts, newest first. */
  list(options?: QueryListOptions): IntercomInfiniteQuery<Contact<Attributes>>;
  /** Searches contacts by filters. */
  search(
    search: Search<ContactField, Attributes>,
    options?: QuerySearchOptions,
  ): IntercomInfiniteQuery<Contact<Attributes>>;
  /** Gets a contact by Intercom's id. */
  get(id: string): IntercomQuery<Contact<Attributes>>;
  /** Lists the tags of a contact. */
  tags(id: string): IntercomInfiniteQuery<Tag>;
  /** Lists the companies of a contact. */
  companies(id: string): IntercomInfiniteQuery<Company>;
  /** Lists the notes on a contact. */
  notes(id: string): IntercomInfiniteQuery<Note>;
}

/** Queries and mutations by resource. */
export interface IntercomQueries<Attributes> {
  /** Queries of users. */
  users: PeopleQueries<Attributes>;
  /** Queries of leads. */
  leads: PeopleQueries<Attributes>;
  /** Queries of users and leads. */
  contacts: PeopleQueries<Attributes>;
  /** Queries of companies. */
  companies: {
    /** Lists companies, most recently active first. */
    list(options?: QueryListOptions): IntercomInfiniteQuery<Company>;
    /** Gets a company by Intercom's id. */
    get(id: string): IntercomQuery<Company>;
  };
  /** Queries of conversations. */
  conversations: {
    /** Lists conversations, most recently updated first. */
    list(options?: QueryListOptions): IntercomInfiniteQuery<Conversation>;
    /** Searches conversations by filters. */
    search(search: Search, options?: QuerySearchOptions): IntercomInfiniteQuery<Conversation>;
    /** Gets a conversation with its parts. */
    get(id: string): IntercomQuery<Conversation>;
  };
  /** Queries of admins. */
  admins: {
    /** Lists all admins. */
    list(): IntercomQuery<Admin[]>;
    /** Gets an admin by Intercom's id. */
    get(id: string): IntercomQuery<Admin>;
  };
  /** Queries of tags. */
  tags: {
    /** Lists all tags. */
    list(): IntercomQuery<Tag[]>;
  };
  /** Queries of segments. */
  segments: {
    /** Lists all segments. */
    list(): IntercomQuery<Segment[]>;
  };
  /** Queries of the outbox, and the mutation that sends a message. */
  messages: {
    /** Lists the messages of the outbox, newest first, without their content. */
    list(options?: QueryMessageListOptions): IntercomInfiniteQuery<OutboxMessage>;
    /** Gets a message of the outbox by its outbox id. */
    get(id: string): IntercomQuery<OutboxMessage>;
    /** Sends a message to one contact. */
    send(): IntercomMutation<SentMessage, Sending<NewMessage>>;
  };
  /** Sends an e-mail to one person, who is named by an id or an e-mail address. */
  notify(): IntercomMutation<SentMessage, Sending<Notification>>;
  /** Gets the admin that the Worker's access token belongs to, with the workspace. */
  me(): IntercomQuery<Me>;
}

/**
 * Creates the options of TanStack Query for the calls of a client.
 *
 * @example
 * ```tsx
 * const queries = intercomQueries(intercom);
 * const { data, fetchNextPage, hasNextPage } = useInfiniteQuery(queries.users.list({ perPage: 50 }));
 * ```
 */
export function intercomQueries<Attributes = Record<string, unknown>>(
  intercom: Intercom<Attributes>,
): IntercomQueries<Attributes> {
  const key = (...parts: unknown[]): IntercomKey => ["intercom", ...parts, intercom.baseUrl];
  const people = (name: "users" | "leads" | "contacts"): PeopleQueries<Attributes> => {
    const contacts: Contacts<Attributes> = intercom[name];
    return {
      list: (options = {}) => pages(key(name, "list", options), (page) => contacts.list({ ...options, ...page })),
      search: (search, options = {}) =>
        pages(key(name, "search", search, options), (page) => contacts.search(search, { ...options, ...page })),
      get: (id) => one(key(name, id), (options) => contacts.get(id, options)),
      tags: (id) => pages(key(name, id, "tags"), (page) => contacts.tags.list(id, page)),
      companies: (id) => pages(key(name, id, "companies"), (page) => contacts.companies.list(id, page)),
      notes: (id) => pages(key(name, id, "notes"), (page) => contacts.notes.list(id, page)),
    };
  };
  const { companies, conversations, admins, tags, segments, messages } = intercom;
  return {
    users: people("users"),
    leads: people("leads"),
    contacts: people("contacts"),
    companies: {
      list: (options = {}) =>
        pages(key("companies", "list", options), (page) => companies.list({ ...options, ...page })),
      get: (id) => one(key("companies", id), (options) => companies.get(id, options)),
    },
    conversations: {
      list: (options = {}) =>
        pages(key("conversations", "list", options), (page) => conversations.list({ ...options, ...page })),
      search: (search, options = {}) =>
        pages(key("conversations", "search", search, options), (page) =>
          conversations.search(search, { ...options, ...page }),
        ),
      get: (id) => one(key("conversations", id), (options) => conversations.get(id, options)),
    },
    admins: {
      list: () => one(key("admins", "list"), async (options) => (await admins.list(options).page()).data),
      get: (id) => one(key("admins", id), (options) => admins.get(id, options)),
    },
    tags: { list: () => one(key("tags", "list"), async (options) => (await tags.list(options).page()).data) },
    segments: {
      list: () => one(key("segments", "list"), async (options) => (await segments.list(options).page()).data),
    },
    messages: {
      list: (options = {}) => pages(key("messages", "list", options), (page) => messages.list({ ...options, ...page })),
      get: (id) => one(key("messages", id), (options) => messages.get(id, options)),
      send: () => mutation(key("messages", "send"), ({ message, ...options }) => messages.send(message, options)),
    },
    notify: () => mutation(key("notify"), ({ message, ...options }) => intercom.notify(message, options)),
    me: () => one(key("me"), (options) => intercom.me(options)),
  };
}

function mutation<T, Variables>(
  mutationKey: IntercomKey,
  mutationFn: (variables: Variables) => Promise<T>,
): IntercomMutation<T, Variables> {
  return { mutationKey, mutationFn, retry: false };
}

function one<T>(queryKey: IntercomKey, call: (options: { signal: AbortSignal }) => Promise<T>): IntercomQuery<T> {
  return { queryKey, queryFn: ({ signal }) => call({ signal }), retry: false };
}

function pages<T>(
  queryKey: IntercomKey,
  list: (options: { startingAfter: string | undefined; signal: AbortSignal }) => List<T>,
): IntercomInfiniteQuery<T> {
  return {
    queryKey,
    queryFn: ({ pageParam, signal }) => list({ startingAfter: pageParam, signal }).page(),
    initialPageParam: undefined,
    getNextPageParam: ({ startingAfter }) => startingAfter ?? undefined,
    retry: false,
  };
}
