// What the data providers share: which resource can do what, and numbered pages over cursors.

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

/** A record, as tables and forms have it. */
export interface Row {
  id: string | number;
  // Frameworks read any field.
  [field: string]: unknown;
}

/** What of a list is wanted. */
export interface Wanted extends CallOptions {
  /** Filters, each of which must hold, as `search` takes them. */
  filters: Record<string, unknown>[];
  sort?: SearchOptions["sort"];
}

type Fields = Record<string, unknown>;

/** What can be done with a resource; what it lacks, it can't. */
export interface Resource {
  list(wanted: Wanted, page: ListOptions): List<Row>;
  /** All of it comes on one page: it is filtered and sorted here. */
  whole?: true;
  /** Fields that a text is looked for in; name and address unless given. */
  texts?: readonly string[];
  /** Items that Intercom gives a page at most, where it isn't {@link MOST}. */
  most?: number;
  get(id: string, options?: CallOptions): Promise<Row>;
  create?(fields: Fields, options?: CallOptions): Promise<Row>;
  update?(id: string, fields: Fields, options?: CallOptions): Promise<Row>;
  delete?(id: string, options?: CallOptions): Promise<unknown>;
}

/** The resources by their names. */
export function resourcesOf<Attributes>(intercom: Intercom<Attributes>): Record<string, Resource> {
  const { admins, companies, contacts, conversations, notes, segments, tags } = intercom;
  const all = {
    users: people(intercom.users, { role: "user" }),
    leads: people(intercom.leads, { role: "lead" }),
    contacts: people(intercom.contacts, { role: ["user", "lead"] }),
    companies: {
      most: 60,
      list: (wanted: Wanted, page: ListOptions) => {
        const contact = contactOf("companies", wanted);
        return contact === undefined ? companies.list(page) : contacts.companies.list(contact, page);
      },
      get: companies.get.bind(companies),
      create: companies.save.bind(companies),
      update: companies.update.bind(companies),
    },
    conversations: {
      texts: ["source.subject", "source.body"],
      list: ({ filters, sort }: Wanted, page: ListOptions) =>
        filters.length > 0 || sort
          ? conversations.search({ and: filters.length > 0 ? filters : [{ created_at: { after: 0 } }] } as never, {
              sort,
              ...page,
            })
          : conversations.list(page),
      get: conversations.get.bind(conversations),
    },
    admins: { whole: true, list: (_: Wanted, { signal }: ListOptions) => admins.list({ signal }), get: admins.get },
    tags: {
      whole: true,
      list: (_: Wanted, { signal }: ListOptions) => tags.list({ signal }),
      get: tags.get,
      create: ({ name }: Fields, options?: CallOptions) => tags.create({ name: name as string }, options),
      delete: tags.delete,
    },
    notes: {
      list: (wanted: Wanted, page: ListOptions) => {
        const contact = contactOf("notes", wanted);
        if (contact === undefined)
          throw new TypeError("Intercom lists the notes of a contact: filter them by contact_id");
        return contacts.notes.list(contact, page);
      },
      get: notes.get,
      create: ({ contact_id: contact, ...note }: Fields, options?: CallOptions) =>
        contacts.notes.create(contact as string, note as { body: string }, options),
    },
    segments: {
      whole: true,
      list: (_: Wanted, { signal }: ListOptions) => segments.list({ signal }),
      get: segments.get,
    },
  };
  return all as unknown as Record<string, Resource>;
}

/** The contact whose entries are wanted, which is all that Intercom filters some lists by. */
function contactOf(what: string, { filters, sort }: Wanted): string | undefined {
  const query = filters.length > 0 ? queryOf({ and: filters }) : undefined;
  const byContact = !query || ("field" in query && query.field === "contact_id" && query.operator === "=");
  if (sort || !byContact)
    throw new TypeError(`Intercom filters ${what} by nothing but contact_id, and doesn't sort them`);
  return query && String(query.value);
}

function people<Attributes>(contacts: Contacts<Attributes>, everybody: Fields): Resource {
  const resource = {
    list: ({ filters, sort }: Wanted, page: ListOptions) =>
      filters.length > 0 || sort
        ? contacts.search({ and: filters.length > 0 ? filters : [everybody] } as never, { sort, ...page })
        : contacts.list(page),
    get: contacts.get.bind(contacts),
    create: contacts.create.bind(contacts),
    update: contacts.update.bind(contacts),
    delete: contacts.delete.bind(contacts),
  };
  return resource as unknown as Resource;
}

/** A numbered page. */
export interface NumberedPage {
  data: Row[];
  /** How many there are in all; where Intercom doesn't tell, as many as are known of. */
  total: number;
  hasNextPage: boolean;
}

/** Items that Intercom gives a page at most ("Pagination" of its reference). */
const MOST = 150;

/** Lists that are remembered, the ones used last. */
const KEPT = 50;

/** Of a list, the cursors by how many items come before them. */
type Cursors = Map<number, string>;

/** A resource's pages by their numbers. Of places seen the cursors are kept: others are walked to. */
export class NumberedPages {
  readonly #lists = new Map<string, Cursors>();

  /** Gives a page, counted from 1. */
  async page(name: string, resource: Resource, wanted: Wanted, number: number, perPage: number): Promise<NumberedPage> {
    const { signal, filters, sort } = wanted;
    // Both may come from a page's address.
    for (const [argument, value] of Object.entries({ page: number, perPage })) {
      if (!(Number.isInteger(value) && value >= 1)) throw new ArgumentError(argument, "a whole number from 1");
    }
    const query = filters.length > 0 ? queryOf({ and: filters }) : undefined;
    if (resource.whole)
      return slice(await resource.list(wanted, { signal }).toArray({ limit: Infinity }), query, sort, number, perPage);
    const key = JSON.stringify([name, query, sort]);
    // The first page anew: people may have come, and cursors stand for places.
    const known = number > 1 ? this.#lists.get(key) : undefined;
    try {
      return await walk(resource, wanted, number, perPage, this.#keep(key, known));
    } catch (error) {
      if (!known?.size || !(error instanceof ValidationError)) throw error;
      // A cursor that isn't taken any more: the way is walked from the start, once.
      return walk(resource, wanted, number, perPage, this.#keep(key));
    }
  }

  #keep(key: string, cursors: Cursors = new Map()): Cursors {
    this.#lists.delete(key);
    this.#lists.set(key, cursors);
    for (const oldest of this.#lists.keys()) if (this.#lists.size > KEPT) this.#lists.delete(oldest);
    return cursors;
  }
}

/** Goes from the nearest place known to the page, in steps as long as Intercom allows. */
async function walk(
  resource: Resource,
  wanted: Wanted,
  number: number,
  perPage: number,
  cursors: Cursors,
): Promise<NumberedPage> {
  const start = (number - 1) * perPage;
  const end = start + perPage;
  const rows: Row[] = [];
  let at = Math.max(0, ...[...cursors.keys()].filter((place) => place <= start));
  let cursor = cursors.get(at);
  const seen = new Set([cursor]);
  for (;;) {
    const step = Math.min(at < start ? start - at : end - at, resource.most ?? MOST);
    const page = resource.list(wanted, { perPage: step, startingAfter: cursor, signal: wanted.signal }).page();
    const { data, totalCount, startingAfter } = await page;
    // A page after the last isn't walked to: the way there is the whole list.
    const next = totalCount !== null && totalCount <= start ? null : startingAfter;
    // A list with numbers of its own goes on in steps as long as its first.
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

/** What of a whole list is wanted. */
function slice(
  rows: Row[],
  query: Query | undefined,
  sort: Wanted["sort"],
  number: number,
  perPage: number,
): NumberedPage {
  const found = rows.filter((row) => !query || holds(row, query));
  if (sort) {
    const { field, order } = sort;
    const sign = order === "descending" ? -1 : 1;
    found.sort((one, other) => sign * compare(one[field], other[field]));
  }
  const end = number * perPage;
  return { data: found.slice(end - perPage, end), total: found.length, hasNextPage: end < found.length };
}

/** Whether a row is what Intercom's own query describes, as Intercom would tell. */
function holds(row: Row, query: Query): boolean {
  if (!("field" in query)) {
    return query.operator === "OR"
      ? query.value.some((one) => holds(row, one))
      : query.value.every((one) => holds(row, one));
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

/** Ids are numbers in some of Intercom's answers, and texts in frameworks. */
const equal = (one: unknown, other: unknown) =>
  one === null || other === null ? one === other : String(one) === String(other);

const text = (value: unknown) => String(value ?? "").toLowerCase();

const compare = (one: unknown, other: unknown) =>
  typeof one === "number" && typeof other === "number"
    ? one - other
    : String(one ?? "").localeCompare(String(other ?? ""));

/** What a form changed: react-admin hands back all of a record. */
export function changed(fields: Fields, previous: Fields = {}): Fields {
  const differs = ([field, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(previous[field]);
  return Object.fromEntries(Object.entries(fields).filter(differs));
}

/** An operation of a resource, or the error that says that it has none. */
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

/** Records by their ids; those that are gone are left out, and don't take the others with them. */
export async function manyOf(
  resources: Record<string, Resource>,
  resource: string,
  ids: readonly (string | number)[],
  options: { signal: AbortSignal | undefined },
): Promise<Row[]> {
  const get = operationOf(resources, resource, "get");
  const { whole, list } = resources[resource] as Resource;
  if (whole) {
    const wanted = new Set(ids.map(String));
    const all = await list({ filters: [], ...options }, options).toArray({ limit: Infinity });
    return all.filter(({ id }) => wanted.has(String(id)));
  }
  const gone = (error: unknown): Row[] => {
    if (error instanceof NotFoundError || error instanceof MergedError) return [];
    throw error;
  };
  return (await Promise.all(ids.map((id) => get(String(id), options).then((row) => [row], gone)))).flat();
}

/** A method whose failures are told as its framework reads them. */
export const told =
  <Given extends unknown[], Made>(
    method: (...given: Given) => Promise<Made>,
    HttpError: new (error: IntercomError) => Error,
  ) =>
  async (...given: Given): Promise<Made> => {
    try {
      return await method(...given);
    } catch (error) {
      throw error instanceof IntercomError ? new HttpError(error) : error;
    }
  };

/** What is wrong with which field of a form. */
export const fieldsOf = ({ errors }: IntercomError): Record<string, string> =>
  Object.fromEntries(
    errors.flatMap(({ field, message, code }) => (field ? [[field, message ?? code ?? "is wrong"]] : [])),
  );
