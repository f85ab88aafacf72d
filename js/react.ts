/**
 * TanStack Query's options for what a dashboard shows: `useQuery`, `useInfiniteQuery` and
 * `useMutation` take them as they are, and so does every other adapter of TanStack Query 5.
 *
 * @packageDocumentation
 */

import type { Contacts, Conversations, Intercom, List, ListOptions, Message, NewMessage, Notification, Page, SendOptions } from "./index.js";

/** The key of everything here: `queryClient.invalidateQueries({ queryKey: ["intercom", "users"] })`. */
export type IntercomKey = readonly ["intercom", ...unknown[]];

/** Options of `useQuery`. */
export interface IntercomQuery<T> {
  queryKey: IntercomKey;
  queryFn(context: { signal: AbortSignal }): Promise<T>;
  /** The package repeats what may be repeated. */
  retry: false;
}

/** Options of `useInfiniteQuery`, a page of the list each. */
export interface IntercomInfiniteQuery<T> {
  queryKey: IntercomKey;
  queryFn(context: { signal: AbortSignal; pageParam: string | undefined }): Promise<Page<T>>;
  initialPageParam: string | undefined;
  getNextPageParam(last: Page<T>): string | undefined;
  /** The package repeats what may be repeated. */
  retry: false;
}

/** Options of `useMutation`. */
export interface IntercomMutation<T, Variables> {
  mutationKey: IntercomKey;
  mutationFn(variables: Variables): Promise<T>;
  /** What writes is repeated by the package alone, and only with a key. */
  retry: false;
}

/** Options of a list, without what TanStack Query sees to. */
export type QueryListOptions = Pick<ListOptions, "perPage">;

/**
 * The options of an Intercom's calls.
 *
 * @example
 * ```tsx
 * const queries = intercomQueries(intercom);
 * const { data, fetchNextPage, hasNextPage } = useInfiniteQuery(queries.users.list({ perPage: 50 }));
 * ```
 */
export function intercomQueries<Attributes = Record<string, unknown>>(intercom: Intercom<Attributes>) {
  const people = (name: "users" | "leads" | "contacts") => {
    const contacts: Contacts<Attributes> = intercom[name];
    return {
      list: (options?: QueryListOptions) => pages([name, "list", options], (page) => contacts.list({ ...options, ...page })),
      search: (search: Parameters<typeof contacts.search>[0], options?: Pick<NonNullable<Parameters<typeof contacts.search>[1]>, "perPage" | "sort">) =>
        pages([name, "search", search, options], (page) => contacts.search(search, { ...options, ...page })),
      get: (id: string) => one([name, id], (options) => contacts.get(id, options)),
    };
  };
  const { companies, conversations, admins, tags, segments } = intercom;
  return {
    me: () => one(["me"], (options) => intercom.me(options)),
    users: people("users"),
    leads: people("leads"),
    contacts: people("contacts"),
    companies: {
      list: (options?: QueryListOptions) => pages(["companies", "list", options], (page) => companies.list({ ...options, ...page })),
      get: (id: string) => one(["companies", id], (options) => companies.get(id, options)),
    },
    conversations: {
      list: (options?: QueryListOptions) =>
        pages(["conversations", "list", options], (page) => conversations.list({ ...options, ...page })),
      search: (search: Parameters<Conversations["search"]>[0], options?: QueryListOptions) =>
        pages(["conversations", "search", search, options], (page) => conversations.search(search, { ...options, ...page })),
      get: (id: string) => one(["conversations", id], (options) => conversations.get(id, options)),
    },
    admins: {
      list: () => one(["admins", "list"], async (options) => (await admins.list(options).page()).data),
      get: (id: string) => one(["admins", id], (options) => admins.get(id, options)),
    },
    tags: { list: () => one(["tags", "list"], async (options) => (await tags.list(options).page()).data) },
    segments: { list: () => one(["segments", "list"], async (options) => (await segments.list(options).page()).data) },
    messages: {
      send: (): IntercomMutation<Message, Sending<NewMessage>> => ({
        mutationKey: ["intercom", "messages", "send"],
        mutationFn: ({ message, ...options }) => intercom.messages.send(message, options),
        retry: false,
      }),
    },
    notify: (): IntercomMutation<Message, Sending<Notification>> => ({
      mutationKey: ["intercom", "notify"],
      mutationFn: ({ message, ...options }) => intercom.notify(message, options),
      retry: false,
    }),
  };
}

/** What a mutation that sends is called with. */
export type Sending<Body> = { message: Body } & Pick<SendOptions, "idempotencyKey" | "signal">;

function one<T>(key: unknown[], ask: (options: { signal: AbortSignal }) => Promise<T>): IntercomQuery<T> {
  return { queryKey: ["intercom", ...key], queryFn: ({ signal }) => ask({ signal }), retry: false };
}

function pages<T>(
  key: unknown[],
  list: (options: { startingAfter: string | undefined; signal: AbortSignal }) => List<T>,
): IntercomInfiniteQuery<T> {
  return {
    queryKey: ["intercom", ...key],
    queryFn: ({ pageParam, signal }) => list({ startingAfter: pageParam, signal }).page(),
    initialPageParam: undefined,
    getNextPageParam: ({ startingAfter }) => startingAfter ?? undefined,
    retry: false,
  };
}
