/**
 * Options for TanStack Query 5: pass them to `useQuery`, `useInfiniteQuery` and `useMutation`, in React or any other
 * adapter of TanStack Query.
 *
 * @packageDocumentation
 */

import type { Contacts, Intercom, List, ListOptions, Related } from "../index.js";
import {
  listContacts,
  listConversations,
  type ListRequest,
  numberedQuery,
  type People,
  withListErrors,
} from "./lists.js";
import { type NumberedPage, NumberedPages } from "./numbered-pages.js";
import type {
  ConversationQueries,
  IntercomInfiniteQuery,
  IntercomKey,
  IntercomMutation,
  IntercomQueries,
  IntercomQuery,
  MessageQueries,
  PeopleQueries,
  QueryPageOptions,
  RelatedQueries,
  TemplateQueries,
} from "./queries.js";

export type * from "./queries.js";
export { type FreshOptions, keepFresh, type QueryInvalidator } from "./react-live.js";
export type { NumberedPage };

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
  const context: Context<Attributes> = {
    intercom,
    pages: new NumberedPages(),
    key: (...parts) => ["intercom", ...parts, intercom.baseUrl],
  };
  const { key } = context;
  const { admins, tags, segments, events } = intercom;
  return {
    users: peopleQueries(context, "users"),
    leads: peopleQueries(context, "leads"),
    contacts: peopleQueries(context, "contacts"),
    companies: companyQueries(context),
    conversations: conversationQueries(context),
    admins: {
      list: () => whole(key("admins", "list"), admins.list),
      get: (id) => one(key("admins", id), (options) => admins.get(id, options)),
    },
    tags: {
      list: () => whole(key("tags", "list"), tags.list),
      create: () => mutation(key("tags", "create"), ({ tag }) => tags.create(tag)),
      delete: () => mutation(key("tags", "delete"), ({ id }) => tags.delete(id)),
    },
    segments: { list: () => whole(key("segments", "list"), segments.list) },
    events: {
      list: (contact, options = {}) =>
        pages(key("events", "list", contact, options), (page) => events.list(contact, { ...options, ...page })),
    },
    messages: messageQueries(context),
    templates: templateQueries(context),
    notify: () => mutation(key("notify"), ({ message, ...options }) => intercom.notify(message, options)),
    me: () => one(key("me"), (options) => intercom.me(options)),
  };
}

/** The parts of all queries of one client. */
interface Context<Attributes> {
  intercom: Intercom<Attributes>;
  /** Keeps the cursors of numbered pages. */
  pages: NumberedPages;
  /** Creates a key of this client's Worker. */
  key(...parts: unknown[]): IntercomKey;
}

function peopleQueries<Attributes>(context: Context<Attributes>, name: People): PeopleQueries<Attributes> {
  const { intercom, key } = context;
  const contacts: Contacts<Attributes> = intercom[name];
  const related = <T>(what: "tags" | "companies"): RelatedQueries<T> => {
    const relation = contacts[what] as unknown as Related<T>;
    return {
      list: (id) => whole(key(name, id, what), (options) => relation.list(id, options)),
      add: () => mutation(key(name, what, "add"), ({ contactId, id }) => relation.add(contactId, id)),
      remove: () => mutation(key(name, what, "remove"), ({ contactId, id }) => relation.remove(contactId, id)),
    };
  };
  return {
    list: (options = {}) => pages(key(name, "list", options), (page) => contacts.list({ ...options, ...page })),
    search: (search, options = {}) =>
      pages(key(name, "search", search, options), (page) => contacts.search(search, { ...options, ...page })),
    page: (options) => numbered(context, name, options, (request, page) => listContacts(intercom, name, request, page)),
    get: (id) => one(key(name, id), (options) => contacts.get(id, options)),
    create: () => mutation(key(name, "create"), ({ contact }) => contacts.create(contact)),
    update: () => mutation(key(name, "update"), ({ id, contact }) => contacts.update(id, contact)),
    archive: () => mutation(key(name, "archive"), ({ id }) => contacts.archive(id)),
    unarchive: () => mutation(key(name, "unarchive"), ({ id }) => contacts.unarchive(id)),
    delete: () => mutation(key(name, "delete"), ({ id }) => contacts.delete(id)),
    merge: () => mutation(key(name, "merge"), (both) => contacts.merge(both)),
    tags: related("tags"),
    companies: related("companies"),
    notes: {
      list: (id) => whole(key(name, id, "notes"), (options) => contacts.notes.list(id, options)),
      create: () =>
        mutation(key(name, "notes", "create"), ({ contactId, note }) => contacts.notes.create(contactId, note)),
    },
    segments: { list: (id) => whole(key(name, id, "segments"), (options) => contacts.segments.list(id, options)) },
  };
}

function companyQueries<Attributes>(context: Context<Attributes>): IntercomQueries<Attributes>["companies"] {
  const { intercom, key } = context;
  const { companies } = intercom;
  return {
    list: (options = {}) => pages(key("companies", "list", options), (page) => companies.list({ ...options, ...page })),
    page: (options) => numbered(context, "companies", options, (_, page) => companies.list(page), 60),
    get: (id) => one(key("companies", id), (options) => companies.get(id, options)),
    save: () => mutation(key("companies", "save"), ({ company }) => companies.save(company)),
    update: () => mutation(key("companies", "update"), ({ id, company }) => companies.update(id, company)),
  };
}

function conversationQueries<Attributes>(context: Context<Attributes>): ConversationQueries {
  const { intercom, key } = context;
  const { conversations } = intercom;
  const name = "conversations";
  return {
    list: (options = {}) => pages(key(name, "list", options), (page) => conversations.list({ ...options, ...page })),
    search: (search, options = {}) =>
      pages(key(name, "search", search, options), (page) => conversations.search(search, { ...options, ...page })),
    page: (options) => numbered(context, name, options, (request, page) => listConversations(intercom, request, page)),
    get: (id) => one(key(name, id), (options) => conversations.get(id, options)),
    reply: () => mutation(key(name, "reply"), ({ id, reply, ...options }) => conversations.reply(id, reply, options)),
    assign: () => mutation(key(name, "assign"), ({ id, ...assignment }) => conversations.assign(id, assignment)),
    close: () => mutation(key(name, "close"), ({ id, ...closing }) => conversations.close(id, closing)),
    open: () => mutation(key(name, "open"), ({ id, ...opening }) => conversations.open(id, opening)),
  };
}

function messageQueries<Attributes>(context: Context<Attributes>): MessageQueries {
  const { key } = context;
  const { messages } = context.intercom;
  return {
    list: (options = {}) => pages(key("messages", "list", options), (page) => messages.list({ ...options, ...page })),
    page: ({ page, perPage, ...filters }) =>
      numbered(context, "messages", { page, perPage, filters }, (_, options) =>
        messages.list({ ...filters, ...options }),
      ),
    counts: (options = {}) =>
      one(key("messages", "counts", options), (more) => messages.counts({ ...options, ...more })),
    get: (id) => one(key("messages", id), (options) => messages.get(id, options)),
    send: () => mutation(key("messages", "send"), ({ message, ...options }) => messages.send(message, options)),
    retry: () => mutation(key("messages", "retry"), ({ id }) => messages.retry(id)),
    confirm: () => mutation(key("messages", "confirm"), ({ id }) => messages.confirm(id)),
    resend: () => mutation(key("messages", "resend"), ({ id, ...options }) => messages.resend(id, options)),
  };
}

function templateQueries<Attributes>({ intercom, key }: Context<Attributes>): TemplateQueries {
  const { templates } = intercom;
  return {
    list: () => whole(key("templates", "list"), templates.list),
    get: (name, options = {}) =>
      one(key("templates", name, options), ({ signal }) => templates.get(name, { ...options, signal })),
    preview: (name, options = {}) =>
      one(key("templates", name, "preview", options), ({ signal }) => templates.preview(name, { ...options, signal })),
    put: () => mutation(key("templates", "put"), ({ name, template }) => templates.put(name, template)),
    delete: () => mutation(key("templates", "delete"), ({ name }) => templates.delete(name)),
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

function whole<T>(queryKey: IntercomKey, list: (options: { signal: AbortSignal }) => List<T>): IntercomQuery<T[]> {
  return one(queryKey, (options) => list(options).toArray({ limit: Infinity }));
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

/** Creates the query of a numbered page. `filters` are those of the list that have no search. */
function numbered<T>(
  { key, pages }: Pick<Context<never>, "key" | "pages">,
  name: string,
  {
    page,
    perPage = 50,
    search,
    sort,
    filters,
  }: QueryPageOptions & { search?: unknown; filters?: object } & ListRequest,
  list: (request: ListRequest, options: ListOptions) => List<T>,
  maxPerPage?: number,
): IntercomQuery<NumberedPage<T>> {
  const queryKey = key(name, "page", { page, perPage, search, sort, ...filters });
  return one(queryKey, async ({ signal }) => {
    const query = search === undefined ? undefined : numberedQuery(search);
    const source = {
      key: [name, query, sort, filters],
      list: (options: ListOptions) => list({ query, sort }, options),
      maxPerPage,
    };
    return withListErrors(name, { query, sort }, pages.page(source, page, perPage, signal));
  });
}
