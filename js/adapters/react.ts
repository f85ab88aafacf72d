/**
 * TanStack Query's options for what a dashboard shows: `useQuery`, `useInfiniteQuery` and
 * `useMutation` take them as they are, and so does every other adapter of TanStack Query 5.
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
 * The key of everything here: `queryClient.invalidateQueries({ queryKey: ["intercom", "users"] })`. The
 * Worker's address ends it, so that two workspaces never share an answer.
 */
export type IntercomKey = readonly ["intercom", ...unknown[]];

/** Options of `useQuery`. */
export interface IntercomQuery<T> {
  queryKey: IntercomKey;
  /** Makes the call. */
  queryFn: (context: { signal: AbortSignal }) => Promise<T>;
  /** The package repeats what may be repeated. */
  retry: false;
}

/** Options of `useInfiniteQuery`, a page of the list each. */
export interface IntercomInfiniteQuery<T> {
  queryKey: IntercomKey;
  /** Asks for a page. */
  queryFn: (context: { signal: AbortSignal; pageParam: string | undefined }) => Promise<Page<T>>;
  initialPageParam: string | undefined;
  /** The next page's cursor. */
  getNextPageParam: (last: Page<T>) => string | undefined;
  /** The package repeats what may be repeated. */
  retry: false;
}

/** Options of `useMutation`. */
export interface IntercomMutation<T, Variables> {
  mutationKey: IntercomKey;
  /** Makes the call. */
  mutationFn: (variables: Variables) => Promise<T>;
  /** What writes is repeated by the package alone, and only with a key. */
  retry: false;
}

/** Options of a list, without what TanStack Query sees to. */
export type QueryListOptions = Pick<ListOptions, "perPage">;

/** Which messages to list, without what TanStack Query sees to. */
export type QueryMessageListOptions = Omit<MessageListOptions, "startingAfter" | keyof CallOptions>;

/** Options of a search, without what TanStack Query sees to. */
export type QuerySearchOptions = Pick<SearchOptions, "perPage" | "sort">;

/** What a mutation that sends is called with. */
export type Sending<Body> = { message: Body } & Pick<SendOptions, "idempotencyKey" | "signal">;

/** Queries of people, all or of one role. */
export interface PeopleQueries<Attributes> {
  /** The newest first. */
  list(options?: QueryListOptions): IntercomInfiniteQuery<Contact<Attributes>>;
  /** Those whom filters describe. */
  search(
    search: Search<ContactField, Attributes>,
    options?: QuerySearchOptions,
  ): IntercomInfiniteQuery<Contact<Attributes>>;
  /** One by Intercom's id. */
  get(id: string): IntercomQuery<Contact<Attributes>>;
  /** The tags of one. */
  tags(id: string): IntercomInfiniteQuery<Tag>;
  /** The companies of one. */
  companies(id: string): IntercomInfiniteQuery<Company>;
  /** What teammates wrote about one. */
  notes(id: string): IntercomInfiniteQuery<Note>;
}

/** Queries by what they are of. */
export interface IntercomQueries<Attributes> {
  users: PeopleQueries<Attributes>;
  leads: PeopleQueries<Attributes>;
  contacts: PeopleQueries<Attributes>;
  companies: {
    /** Those active last first. */
    list(options?: QueryListOptions): IntercomInfiniteQuery<Company>;
    /** One by Intercom's id. */
    get(id: string): IntercomQuery<Company>;
  };
  conversations: {
    /** Those changed last first. */
    list(options?: QueryListOptions): IntercomInfiniteQuery<Conversation>;
    /** Those that filters describe. */
    search(search: Search, options?: QuerySearchOptions): IntercomInfiniteQuery<Conversation>;
    /** One with its parts. */
    get(id: string): IntercomQuery<Conversation>;
  };
  admins: {
    /** All of them. */
    list(): IntercomQuery<Admin[]>;
    /** One by Intercom's id. */
    get(id: string): IntercomQuery<Admin>;
  };
  tags: {
    /** All of them. */
    list(): IntercomQuery<Tag[]>;
  };
  segments: {
    /** All of them. */
    list(): IntercomQuery<Segment[]>;
  };
  messages: {
    /** The outbox's, the newest first and without their text. */
    list(options?: QueryMessageListOptions): IntercomInfiniteQuery<OutboxMessage>;
    /** One of the outbox, by its id there. */
    get(id: string): IntercomQuery<OutboxMessage>;
    /** Sends a message. */
    send(): IntercomMutation<SentMessage, Sending<NewMessage>>;
  };
  /** Sends an e-mail to one person in one call. */
  notify(): IntercomMutation<SentMessage, Sending<Notification>>;
  /** The admin whom the Worker's access token belongs to, and the workspace. */
  me(): IntercomQuery<Me>;
}

/**
 * The options of an Intercom's calls.
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

function one<T>(queryKey: IntercomKey, ask: (options: { signal: AbortSignal }) => Promise<T>): IntercomQuery<T> {
  return { queryKey, queryFn: ({ signal }) => ask({ signal }), retry: false };
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
