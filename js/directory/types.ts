// The types of a directory: its options, its queries and its rows. Types only.

import type { Contact, Location, Nested, Open, Order, Segment } from "../model.js";
import type { CallOptions } from "../options.js";
import type { LiveOptions } from "../live.js";
import type { Filters, Query } from "../search.js";

/** The standard fields that a directory can keep. By default a directory keeps all of them except `avatar`. */
export type DirectoryStandardField =
  | "id"
  | "external_id"
  | "role"
  | "email"
  | "phone"
  | "name"
  | "avatar"
  | "owner_id"
  | "has_hard_bounced"
  | "marked_email_as_spam"
  | "unsubscribed_from_emails"
  | "created_at"
  | "updated_at"
  | "signed_up_at"
  | "last_seen_at"
  | "last_replied_at"
  | "last_contacted_at"
  | "last_email_opened_at"
  | "last_email_clicked_at"
  | "location.country"
  | "location.region"
  | "location.city"
  | "location.country_code"
  | "custom_attributes"
  | "tags"
  | "companies";

/** The path of a field in a directory, such as `email`, `location.country` or `custom_attributes.plan`. */
export type DirectoryField<Attributes = Record<string, unknown>> =
  | DirectoryStandardField
  | `custom_attributes.${keyof Attributes & string}`
  | (string & {});

/** Options of a directory. Without options it keeps the fields that lists of contacts show, and all attributes. */
export interface DirectoryOptions<Attributes = Record<string, unknown>> extends Pick<CallOptions, "signal"> {
  /** The objects: contacts, users and leads. */
  of?: "contacts" | undefined;
  /**
   * The fields to load and keep, such as `["name", "email", "custom_attributes.plan"]`. Fewer fields load faster and
   * need less memory. `id` is always included. Default: all standard fields except `avatar`.
   */
  fields?: readonly DirectoryField<Attributes>[] | undefined;
  /**
   * Adds fields to the text search, such as `["custom_attributes.plan"]`. It always covers `name`, `email`, `phone`,
   * `external_id` and the names of the companies.
   */
  search?: readonly DirectoryField<Attributes>[] | undefined;
  /**
   * The ids of segments whose members are loaded, so that a query can filter by `segments`. Intercom's contacts do not
   * have their segments: each segment costs one request per 150 members, every ten `refreshInterval`s.
   */
  segments?: readonly string[] | undefined;
  /**
   * `opfs` keeps a snapshot of the contacts in the browser's Origin Private File System, so that the directory is
   * complete at once when the page is opened again. Without `keep`, nothing is written to disk. Only pages with Web
   * Workers can keep a snapshot.
   */
  keep?: "opfs" | undefined;
  /** The most memory that the contacts may use, in bytes. Default: 512 MiB, which is enough for a million contacts. */
  budget?: number | undefined;
  /** The locales whose order sorts texts, such as `sv`. Default: the runtime's own. */
  locale?: string | readonly string[] | undefined;
  /** The time zone in which days, weeks and months are counted, such as `Europe/Berlin`. Default: the runtime's own. */
  timeZone?: string | undefined;
  /**
   * The time between two requests for changes while no live events arrive, in milliseconds. While they arrive, it is
   * ten times as long: Intercom sends no event for some changes, such as bulk actions. Default: 60,000. At most one
   * day.
   */
  refreshInterval?: number | undefined;
  /**
   * Creates the Web Worker, for bundlers other than Vite and webpack:
   * `() => new Worker("/assets/directory-worker.js", { type: "module" })`, a copy or a bundle of
   * `intercom-edge/directory/worker`.
   */
  worker?: (() => Worker) | undefined;
  /** The class that opens the connection for live events, as in {@link LiveOptions}. */
  WebSocket?: LiveOptions["WebSocket"];
}

/** The state of a directory. Each change makes a new object. */
export interface DirectoryProgress {
  /**
   * `loading` until all contacts were loaded once, then `complete`. `failed`: a retry does not help, such as an invalid
   * caller key. `closed`: after `close()`.
   */
  readonly state: "loading" | "complete" | "failed" | "closed";
  /** The number of contacts in the directory. */
  readonly contacts: number;
  /** The expected number of contacts while they are loaded; null if it is unknown. */
  readonly total: number | null;
  /** The number of contacts that could not be read. Each reload counts them again. */
  readonly skipped: number;
  /** The size of the WebAssembly's memory, in bytes. It never shrinks. */
  readonly memory: number;
  /** True while changes arrive by live events; false while the directory requests changes regularly. */
  readonly live: boolean;
  /** True if the contacts are in a Web Worker; false if they are in the page's own thread, as in Node. */
  readonly inWorker: boolean;
  /** A number that grows when contacts were added, changed or removed. */
  readonly version: number;
  /** The error of the last background request; undefined after a successful one. */
  readonly error: Error | undefined;
}

/** A sort key. Contacts without a value come last in both orders. */
export interface DirectorySort<Attributes = Record<string, unknown>> {
  /** The path of the field. */
  field: DirectoryField<Attributes>;
  /** The order. Default: `ascending`. */
  order?: Order | undefined;
}

/** A query of a directory. All parts must match; without any, all contacts match. */
export interface DirectoryQuery<Attributes = Record<string, unknown>> {
  /** Words that must all occur in one of the searched fields. Case, accents and the width of letters do not matter. */
  text?: string | undefined;
  /**
   * Filters as in {@link Contacts.search}, or a query in Intercom's own format. A directory compares all dates by the
   * second, and allows `after` and `before` in `or`.
   */
  where?: Filters<DirectoryField<Attributes>, Attributes> | { query: Query } | undefined;
  /**
   * One or two sort keys. Default: the best matches first, then the newest contacts. Contacts that are equal in all
   * keys are sorted by their ids, newest first.
   */
  sort?: DirectorySort<Attributes> | readonly DirectorySort<Attributes>[] | undefined;
}

/**
 * A contact in a directory: the fields that the directory keeps, as Intercom has them. Fields without a value are left
 * out. `tags` and `companies` also have the names, if they are loaded.
 */
export interface DirectoryRow<Attributes = Record<string, unknown>>
  extends Partial<Pick<Contact<Attributes>, Exclude<DirectoryStandardField, `${string}.${string}` | "id">>>,
    Open {
  /** Intercom's id. */
  id: string;
  /**
   * `changed` if the contact changed after the search, `removed` if it was removed. The row keeps the values
   * that it had when the search ran.
   */
  state: "current" | "changed" | "removed";
  /** Location, derived from the IP address. */
  location?: Location;
  /** The segments of the option `segments`. */
  segments?: Nested<Segment>;
}

/** What to count. */
export interface CountOptions<Attributes = Record<string, unknown>> {
  /** The path of the field whose values are counted. */
  by: DirectoryField<Attributes>;
  /** Counts dates by day, week or month in the time zone of the directory. Default: counts each value. */
  per?: "day" | "week" | "month" | undefined;
  /** The most values. Default: all. */
  limit?: number | undefined;
}

/** A value with the number of contacts that have it. */
export interface ValueCount {
  /**
   * The value; the id of a tag, company or segment; a day such as `2026-11-28` (of a week, its Monday), or a month
   * such as `2026-11`. An attribute with an object or a list has that as its value. Null for contacts without a value.
   */
  value: string | number | boolean | object | null;
  /** The name of a tag, company or segment. */
  name?: string;
  /** The number of contacts. */
  count: number;
}

/** What changed in a result since the search. */
export interface ResultChanges {
  /** The number of its contacts that changed. */
  changed: number;
  /** The number of its contacts that were removed. */
  removed: number;
  /** True if contacts were added or changed, so that `refresh()` may find others. */
  added: boolean;
}
