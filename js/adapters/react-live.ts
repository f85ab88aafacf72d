// Keeps the queries of TanStack Query fresh: invalidates those that a live event is about. It knows the keys of the
// queries, which react.ts makes, and no call.

import { type Intercom, IntercomError, type LiveEvent, type LiveOptions } from "../index.js";

/** The part of TanStack Query's `QueryClient` that {@link keepFresh} uses. */
export interface QueryInvalidator {
  /** Marks the queries that the predicate selects as out of date, and loads those of them again that are shown. */
  invalidateQueries(filters: { predicate: (query: { queryKey: readonly unknown[] }) => boolean }): Promise<void>;
}

/** Options of {@link keepFresh}. */
export type FreshOptions = Pick<LiveOptions, "topics" | "onConnection" | "WebSocket">;

/** The shortest time between two invalidations, in milliseconds. */
const INTERVAL_MS = 1_000;

/** The longest random time that is added to the interval, in milliseconds. */
const INTERVAL_JITTER_MS = 500;

/** The time in milliseconds after which Intercom's searches find a change. Lists are loaded again then. */
const SEARCH_DELAY_MS = 5_000;

/** The longest random time that is added to the search delay, in milliseconds. */
const SEARCH_JITTER_MS = 3_000;

const PEOPLE = ["users", "leads", "contacts"];
const SEARCHED = [...PEOPLE, "conversations"];

/** The resources that the events of a group of topics change. */
const RESOURCES: { [group: string]: string[] } = {
  admin: ["admins", "me"],
  company: ["companies"],
  contact: PEOPLE,
  conversation: ["conversations"],
  conversation_part: ["conversations"],
  event: ["events"],
  message: ["messages"],
  user: PEOPLE,
  visitor: PEOPLE,
};

/**
 * Keeps the queries of `intercomQueries` fresh: subscribes to live events, and invalidates the queries of the
 * contacts, conversations, messages, companies and admins that they name, at most once a second. After a gap it
 * invalidates all queries of this Worker. Returns a function that stops it; no callback is called after that.
 *
 * In React, use the hook `useLive` of `intercom-edge/react/live`. This function serves other frameworks.
 *
 * `onConnection` gets the error that ended the subscription, such as `UnauthorizedError`. Without it, the error is an
 * unhandled rejection.
 *
 * @example
 * ```ts
 * const queryClient = new QueryClient();
 * const stop = keepFresh(queryClient, intercom);
 * ```
 */
export function keepFresh<Attributes>(
  queryClient: QueryInvalidator,
  intercom: Intercom<Attributes>,
  options: FreshOptions = {},
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const freshness = new Freshness(queryClient, intercom.baseUrl, signal);
  const subscribe = async () => {
    const onGap = () => freshness.invalidateAll();
    const onConnection: LiveOptions["onConnection"] = (...state) => {
      // A component that was mounted again has another subscription, whose state counts.
      if (!signal.aborted) options.onConnection?.(...state);
    };
    const live = intercom.live({ ...options, signal, onGap, onConnection });
    for await (const event of live) freshness.invalidate(event);
  };
  subscribe().catch((error: unknown) => {
    const wasReported = options.onConnection && error instanceof IntercomError;
    if (!signal.aborted && !wasReported) throw error;
  });
  return () => controller.abort();
}

/** Ids of a resource whose queries are out of date; `all` if the event does not say which. */
type OutOfDate = Set<string> | "all";

/** Collects the queries that are out of date, and invalidates them at most once a second. */
class Freshness {
  readonly #queryClient: QueryInvalidator;
  readonly #baseUrl: string;
  readonly #signal: AbortSignal;
  /** The records of the next invalidation, by resource. */
  #next = new Map<string, OutOfDate>();
  #isAll = false;
  #isRunning = false;
  #lateLists: ReturnType<typeof setTimeout> | undefined;

  constructor(queryClient: QueryInvalidator, baseUrl: string, signal: AbortSignal) {
    this.#queryClient = queryClient;
    this.#baseUrl = baseUrl;
    this.#signal = signal;
    signal.addEventListener("abort", () => clearTimeout(this.#lateLists));
  }

  /** Notes that an event's queries are out of date. */
  invalidate(event: LiveEvent): void {
    const changed = resourcesOf(event.topic);
    for (const resource of changed) this.#add(resource, idsOf(resource, event.item));
    if (changed.length > 0) void this.#run();
  }

  /** Notes that all queries are out of date. */
  invalidateAll(): void {
    this.#isAll = true;
    void this.#run();
  }

  #add(resource: string, ids: string[]): void {
    const known = this.#next.get(resource) ?? new Set();
    if (known === "all" || ids.length === 0) this.#next.set(resource, "all");
    else this.#next.set(resource, new Set([...known, ...ids]));
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Lets the events of one burst come first.
    await sleep(0);
    while ((this.#next.size > 0 || this.#isAll) && !this.#signal.aborted) {
      const [outOfDate, isAll] = [this.#next, this.#isAll];
      [this.#next, this.#isAll] = [new Map(), false];
      this.#loadListsAgain([...outOfDate.keys()]);
      const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) =>
        queryKey[0] === "intercom" &&
        queryKey.at(-1) === this.#baseUrl &&
        (isAll || isOutOfDate(queryKey, outOfDate.get(String(queryKey[1]))));
      // An invalidation before the queries are loaded would cancel and restart them, so they might never finish.
      const pause = sleep(withJitter(INTERVAL_MS, INTERVAL_JITTER_MS));
      await Promise.allSettled([this.#queryClient.invalidateQueries({ predicate }), pause]);
    }
    this.#isRunning = false;
  }

  /** Invalidates lists again, when Intercom's searches find the last change. */
  #loadListsAgain(resources: string[]): void {
    const searched = resources.filter((resource) => SEARCHED.includes(resource));
    if (searched.length === 0) return;
    clearTimeout(this.#lateLists);
    this.#lateLists = setTimeout(
      () => {
        for (const resource of searched) this.#add(resource, [LIST]);
        void this.#run();
      },
      withJitter(SEARCH_DELAY_MS, SEARCH_JITTER_MS),
    );
  }
}

/** The id of no record: only lists are out of date. */
const LIST = "";

/** Adds a random time. Without it, all pages that get an event would load their lists at the same time. */
const withJitter = (milliseconds: number, most: number) => milliseconds + Math.random() * most;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function resourcesOf(topic: string): string[] {
  const [group = "", subject] = topic.split(".");
  const resources = RESOURCES[group] ?? [];
  return group === "company" && subject === "contact" ? [...resources, ...PEOPLE] : resources;
}

/** Returns the ids of the records that an item names; an empty array if it names none. */
function idsOf(resource: string, item: unknown): string[] {
  const fields = (item ?? {}) as { [name: string]: unknown };
  const idOf = (name: string) => ((fields[name] ?? {}) as { id?: unknown }).id;
  const own = [fields["id"]];
  const ids = PEOPLE.includes(resource)
    ? [...own, idOf("contact"), idOf("user"), idOf("merged_from")]
    : [...own, resource === "companies" ? idOf("company") : fields["conversation_id"]];
  return ids.filter((id) => typeof id === "string");
}

/** Returns true for a query of a list, and for a query of one of the records. */
function isOutOfDate(queryKey: readonly unknown[], ids: OutOfDate | undefined): boolean {
  const [, , part] = queryKey;
  // No id has only letters. The key of the own admin has no third part but the Worker's URL.
  const isList = typeof part !== "string" || /^[a-z]+$/i.test(part) || queryKey.length === 3;
  return ids !== undefined && (ids === "all" || isList || ids.has(part));
}
