// Shared by the data providers: the operations of each resource, and numbered pages over cursors.

import {
  ArgumentError,
  type CallOptions,
  type Contacts,
  type Intercom,
  IntercomError,
  type List,
  type ListOptions,
  MergedError,
  NotFoundError,
  type Query,
  type SearchOptions,
  UpstreamError,
  ValidationError,
} from "../index.js";
import { queryOf } from "../search.js";

/** A record of a table or form. */
export interface Row {
  /** The record's id. */
  id: string | number;
  /** The record's other fields. */
  [field: string]: unknown;
}

/** The filters and sort order of a list. */
export interface ListRequest extends CallOptions {
  /** Filters in the format of `search`, which must all match. */
  filters: Record<string, unknown>[];
  /** The field to sort by, and the order. */
  sort?: SearchOptions["sort"];
}

type Fields = Record<string, unknown>;

/** The operations of a resource. Intercom does not support those that are missing. */
export interface Resource {
  list(request: ListRequest, page: ListOptions): List<Row>;
  /** True if the whole list comes on one page, which is then filtered and sorted here. */
  singlePage?: true;
  /** The fields in which text is searched. Default: `name` and `email`. */
  searchFields?: readonly string[];
  /** The most items per page. Default: {@link MAX_PER_PAGE}. */
  maxPerPage?: number;
  get(id: string, options?: CallOptions): Promise<Row>;
  create?(fields: Fields, options?: CallOptions): Promise<Row>;
  update?(id: string, fields: Fields, options?: CallOptions): Promise<Row>;
  delete?(id: string, options?: CallOptions): Promise<unknown>;
}

/** Returns the resources by name. */
export function resourcesOf<Attributes>(intercom: Intercom<Attributes>): Record<string, Resource> {
  const { admins, companies, contacts, conversations, notes, segments, tags } = intercom;
  const all = {
    users: people(intercom.users, { role: "user" }),
    leads: people(intercom.leads, { role: "lead" }),
    contacts: people(intercom.contacts, { role: ["user", "lead"] }),
    companies: {
      maxPerPage: 60,
      list: (request: ListRequest, page: ListOptions) => {
        const contact = contactOf("companies", request);
        return contact === undefined ? companies.list(page) : contacts.companies.list(contact, page);
      },
      get: companies.get.bind(companies),
      create: companies.save.bind(companies),
      update: companies.update.bind(companies),
    },
    conversations: {
      searchFields: ["source.subject", "source.body"],
      list: ({ filters, sort }: ListRequest, page: ListOptions) =>
        filters.length > 0 || sort
          ? conversations.search(
              { and: filters.length > 0 ? filters : [{ created_at: { greaterThan: 0 } }] } as never,
              {
                sort,
                ...page,
              },
            )
          : conversations.list(page),
      get: conversations.get.bind(conversations),
    },
    admins: {
      singlePage: true,
      list: (_: ListRequest, { signal }: ListOptions) => admins.list({ signal }),
      get: admins.get,
    },
    tags: {
      singlePage: true,
      list: (_: ListRequest, { signal }: ListOptions) => tags.list({ signal }),
      get: tags.get,
      create: ({ name }: Fields, options?: CallOptions) => tags.create({ name: name as string }, options),
      delete: tags.delete,
    },
    notes: {
      list: (request: ListRequest, page: ListOptions) => {
        const contact = contactOf("notes", request);
        if (contact === undefined)
          throw new TypeError("Intercom lists the notes of a contact: filter them by contact_id");
        return contacts.notes.list(contact, page);
      },
      get: notes.get,
      create: ({ contact_id: contact, ...note }: Fields, options?: CallOptions) =>
        contacts.notes.create(contact as string, note as { body: string }, options),
    },
    segments: {
      singlePage: true,
      list: (_: ListRequest, { signal }: ListOptions) => segments.list({ signal }),
      get: segments.get,
    },
  };
  return all as unknown as Record<string, Resource>;
}

/** Where exact times are not possible: items that are left out would make the total and the page numbers wrong. */
const NUMBERED = "in numbered pages";

/** Returns the contact of a filter by `contact_id`, the only filter that these lists support. */
function contactOf(what: string, { filters, sort }: ListRequest): string | undefined {
  const query = filters.length > 0 ? queryOf({ and: filters }, NUMBERED) : undefined;
  const byContact = !query || ("field" in query && query.field === "contact_id" && query.operator === "=");
  if (sort || !byContact) throw new TypeError(`Intercom filters ${what} only by contact_id, and doesn't sort them`);
  return query && String(query.value);
}

function people<Attributes>(contacts: Contacts<Attributes>, matchAll: Fields): Resource {
  const resource = {
    list: ({ filters, sort }: ListRequest, page: ListOptions) =>
      filters.length > 0 || sort
        ? contacts.search({ and: filters.length > 0 ? filters : [matchAll] } as never, { sort, ...page })
        : contacts.list(page),
    get: contacts.get.bind(contacts),
    create: contacts.create.bind(contacts),
    update: contacts.update.bind(contacts),
    delete: contacts.delete.bind(contacts),
  };
  return resource as unknown as Resource;
}

/** One numbered page of records. */
export interface NumberedPage {
  /** The records of the page. */
  data: Row[];
  /** The number of records on all pages. A lower bound if Intercom does not return it. */
  total: number;
  /** True if there is a page after this one. */
  hasNextPage: boolean;
}

/** The most items that Intercom returns per page ("Pagination" in its reference). */
const MAX_PER_PAGE = 150;

/** The number of lists whose cursors are kept, by last use. */
const MAX_LISTS = 50;

/** The known cursors of a list, by the number of items before them. */
type Cursors = Map<number, string>;

/** Reads numbered pages of lists that have only cursors. Keeps known cursors to reach distant pages faster. */
export class NumberedPages {
  readonly #lists = new Map<string, Cursors>();

  /** Gets a page, counted from 1. */
  async page(
    name: string,
    resource: Resource,
    request: ListRequest,
    number: number,
    perPage: number,
  ): Promise<NumberedPage> {
    const { signal, filters, sort } = request;
    // Both may come from the page's URL.
    for (const [argument, value] of Object.entries({ page: number, perPage })) {
      if (!(Number.isInteger(value) && value >= 1)) throw new ArgumentError(argument, "a whole number from 1");
    }
    const query = filters.length > 0 ? queryOf({ and: filters }, NUMBERED) : undefined;
    if (resource.singlePage)
      return slice(await resource.list(request, { signal }).toArray({ limit: Infinity }), query, sort, number, perPage);
    const key = JSON.stringify([name, query, sort]);
    // The first page starts without known cursors: new records may have moved the positions.
    const cursors = number > 1 ? this.#lists.get(key) : undefined;
    try {
      return await readPage(resource, request, number, perPage, this.#keep(key, cursors));
    } catch (error) {
      if (!cursors?.size || !(error instanceof ValidationError)) throw error;
      // A cursor has expired: read from the start, once.
      return readPage(resource, request, number, perPage, this.#keep(key));
    }
  }

  #keep(key: string, cursors: Cursors = new Map()): Cursors {
    this.#lists.delete(key);
    this.#lists.set(key, cursors);
    for (const oldest of this.#lists.keys()) if (this.#lists.size > MAX_LISTS) this.#lists.delete(oldest);
    return cursors;
  }
}

/** Reads from the nearest known cursor to the page, in the largest steps that Intercom allows. */
async function readPage(
  resource: Resource,
  request: ListRequest,
  number: number,
  perPage: number,
  cursors: Cursors,
): Promise<NumberedPage> {
  const start = (number - 1) * perPage;
  const end = start + perPage;
  const rows: Row[] = [];
  let at = Math.max(0, ...[...cursors.keys()].filter((position) => position <= start));
  let cursor = cursors.get(at);
  const seen = new Set([cursor]);
  for (;;) {
    const step = Math.min(at < start ? start - at : end - at, resource.maxPerPage ?? MAX_PER_PAGE);
    const page = resource.list(request, { perPage: step, startingAfter: cursor, signal: request.signal }).page();
    const { data, totalCount, startingAfter } = await page;
    // A page after the last one does not exist: stop before reading the whole list.
    const next = totalCount !== null && totalCount <= start ? null : startingAfter;
    // The pages of companies keep the size of the first page, whatever `perPage` says.
    rows.push(...data.slice(Math.max(0, start - at)));
    at += data.length;
    if (next !== null) cursors.set(at, next);
    if (next === null || at >= end) {
      const hasNextPage = next !== null || at > end;
      return { data: rows.slice(0, perPage), total: totalCount ?? at + (next === null ? 0 : 1), hasNextPage };
    }
    if (seen.has(next)) throw new UpstreamError("Intercom's list has no end", { status: 200, code: "repeats" });
    seen.add(next);
    cursor = next;
  }
}

/** Filters, sorts and pages a list that came on one page. */
function slice(
  rows: Row[],
  query: Query | undefined,
  sort: ListRequest["sort"],
  number: number,
  perPage: number,
): NumberedPage {
  const found = rows.filter((row) => !query || matches(row, query));
  if (sort) {
    const { field, order } = sort;
    const sign = order === "descending" ? -1 : 1;
    found.sort((one, other) => sign * compare(one[field], other[field]));
  }
  const end = number * perPage;
  return { data: found.slice(end - perPage, end), total: found.length, hasNextPage: end < found.length };
}

/** Returns true if a row matches a query, by Intercom's rules. */
function matches(row: Row, query: Query): boolean {
  if (!("field" in query)) {
    return query.operator === "OR"
      ? query.value.some((one) => matches(row, one))
      : query.value.every((one) => matches(row, one));
  }
  return COMPARISONS[query.operator]?.(row[query.field] ?? null, query.value) ?? false;
}

const COMPARISONS: { readonly [operator: string]: (value: unknown, than: unknown) => boolean } = {
  "=": (value, than) => equal(value, than),
  "!=": (value, than) => !equal(value, than),
  IN: (value, than) => (than as unknown[]).some((one) => equal(value, one)),
  NIN: (value, than) => !(than as unknown[]).some((one) => equal(value, one)),
  ">": (value, than) => compare(value, than) > 0,
  "<": (value, than) => compare(value, than) < 0,
  "~": (value, than) => text(value).includes(text(than)),
  "!~": (value, than) => !text(value).includes(text(than)),
  "^": (value, than) => text(value).startsWith(text(than)),
  $: (value, than) => text(value).endsWith(text(than)),
};

/** Compares as strings: ids are numbers in some of Intercom's responses, and strings in frameworks. */
const equal = (one: unknown, other: unknown) =>
  one === null || other === null ? one === other : String(one) === String(other);

const text = (value: unknown) => String(value ?? "").toLowerCase();

const compare = (one: unknown, other: unknown) =>
  typeof one === "number" && typeof other === "number"
    ? one - other
    : String(one ?? "").localeCompare(String(other ?? ""));

/** Returns the fields that a form changed: react-admin passes the whole record. */
export function changed(fields: Fields, previous: Fields = {}): Fields {
  const differs = ([field, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(previous[field]);
  return Object.fromEntries(Object.entries(fields).filter(differs));
}

/** Returns an operation of a resource. Throws if Intercom does not support it. */
export function operationOf<Name extends keyof Resource>(
  resources: Record<string, Resource>,
  resource: string,
  name: Name,
): NonNullable<Resource[Name]> {
  const known = Object.hasOwn(resources, resource) ? resources[resource] : undefined;
  if (!known) throw new TypeError(`There is no resource ${resource}; there are ${Object.keys(resources).join(", ")}`);
  const operation = known[name];
  if (!operation) throw new TypeError(`Intercom can't ${name} ${resource}`);
  return operation;
}

/** Gets records by their ids. Leaves out records that were deleted or merged. */
export async function manyOf(
  resources: Record<string, Resource>,
  resource: string,
  ids: readonly (string | number)[],
  options: { signal: AbortSignal | undefined },
): Promise<Row[]> {
  const get = operationOf(resources, resource, "get");
  const { singlePage, list } = resources[resource] as Resource;
  if (singlePage) {
    const wantedIds = new Set(ids.map(String));
    const all = await list({ filters: [], ...options }, options).toArray({ limit: Infinity });
    return all.filter(({ id }) => wantedIds.has(String(id)));
  }
  const leaveOut = (error: unknown): Row[] => {
    if (error instanceof NotFoundError || error instanceof MergedError) return [];
    throw error;
  };
  return (await Promise.all(ids.map((id) => get(String(id), options).then((row) => [row], leaveOut)))).flat();
}

/** Wraps a method so that it rejects with the framework's own error class. */
export const withHttpErrors =
  <Args extends unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
    HttpError: new (error: IntercomError) => Error,
  ) =>
  async (...args: Args): Promise<Result> => {
    try {
      return await method(...args);
    } catch (error) {
      throw error instanceof IntercomError ? new HttpError(error) : error;
    }
  };

/** Returns the error messages by form field. */
export const fieldsOf = ({ errors }: IntercomError): Record<string, string> =>
  Object.fromEntries(
    errors.flatMap(({ field, message, code }) => (field ? [[field, message ?? code ?? "is wrong"]] : [])),
  );
