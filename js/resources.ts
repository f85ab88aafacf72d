// What the data providers share: which resource can do what, and numbered pages over cursors.

import { type CallOptions, type Contacts, type Intercom, type IntercomError, type List, type ListOptions, type Page, type SearchOptions, ValidationError } from "./index.js";

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
  get(id: string, options?: CallOptions): Promise<Row>;
  create?(fields: Fields, options?: CallOptions): Promise<Row>;
  update?(id: string, fields: Fields, options?: CallOptions): Promise<Row>;
  delete?(id: string, options?: CallOptions): Promise<unknown>;
}

/** The resources by their names. */
export function resourcesOf<Attributes>(intercom: Intercom<Attributes>): Record<string, Resource> {
  const { admins, companies, conversations, segments, tags } = intercom;
  const all = {
    users: people(intercom.users, { role: "user" }),
    leads: people(intercom.leads, { role: "lead" }),
    contacts: people(intercom.contacts, { role: ["user", "lead"] }),
    companies: {
      list: ({ filters, sort }: Wanted, page: ListOptions) => {
        if (filters.length > 0 || sort) throw new TypeError("Intercom neither filters nor sorts companies");
        return companies.list(page);
      },
      get: companies.get.bind(companies),
      create: companies.save.bind(companies),
      update: companies.update.bind(companies),
    },
    conversations: {
      list: ({ filters, sort }: Wanted, page: ListOptions) =>
        filters.length > 0 || sort
          ? conversations.search({ and: filters.length > 0 ? filters : [{ created_at: { after: 0 } }] } as never, { sort, ...page })
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
    segments: { whole: true, list: (_: Wanted, { signal }: ListOptions) => segments.list({ signal }), get: segments.get },
  };
  return all as unknown as Record<string, Resource>;
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

/** Lists that are remembered, the ones used last. */
const KEPT = 50;

/** A resource's pages by their numbers. Of pages seen the cursors are kept: others are walked to. */
export class NumberedPages {
  /** By list, the cursors of its pages from the second on. */
  readonly #cursors = new Map<string, string[]>();

  /** Gives a page, counted from 1. */
  async page(name: string, resource: Resource, wanted: Wanted, number: number, perPage: number): Promise<NumberedPage> {
    const { signal, filters, sort } = wanted;
    if (resource.whole) return slice(await resource.list(wanted, { signal }).toArray({ limit: Infinity }), wanted, number, perPage);
    const key = JSON.stringify([name, filters, sort, perPage]);
    // The first page anew: people may have come, and cursors stand for places.
    const known = number > 1 ? (this.#cursors.get(key) ?? []) : [];
    this.#cursors.delete(key);
    this.#cursors.set(key, known);
    for (const oldest of this.#cursors.keys()) if (this.#cursors.size > KEPT) this.#cursors.delete(oldest);
    for (let at = Math.min(number, known.length + 1); ; at++) {
      const startingAfter = at > 1 ? known[at - 2] : undefined;
      let page: Page<Row>;
      try {
        page = await resource.list(wanted, { perPage, startingAfter, signal }).page();
      } catch (error) {
        if (at === 1 || !(error instanceof ValidationError)) throw error;
        // A cursor that isn't taken any more: the way is walked from the start.
        at = known.length = 0;
        continue;
      }
      const { data, totalCount, startingAfter: next } = page;
      if (next !== null) known[at - 1] = next;
      if (at === number || next === null) {
        const seen = (at - 1) * perPage + data.length;
        const total = totalCount ?? seen + (next === null ? 0 : 1);
        return { data: at === number ? data : [], total, hasNextPage: next !== null };
      }
    }
  }
}

/** What of a whole list is wanted. */
function slice(rows: Row[], { filters, sort }: Wanted, number: number, perPage: number): NumberedPage {
  const found = rows.filter((row) => filters.every((fields) => Object.entries(fields).every(([field, value]) => holds(row[field], value))));
  if (sort) {
    const { field, order } = sort;
    const sign = order === "descending" ? -1 : 1;
    found.sort((one, other) => sign * compare(one[field], other[field]));
  }
  const end = number * perPage;
  return { data: found.slice(end - perPage, end), total: found.length, hasNextPage: end < found.length };
}

/** Whether a value is the one, one of those, or holds a text. */
function holds(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => holds(value, one));
  if (typeof wanted !== "object" || wanted === null) return value === wanted || String(value) === String(wanted);
  return Object.entries(wanted).every(([operator, than]) => {
    if (operator === "equals" || operator === "in") return holds(value, than);
    if (operator === "not" || operator === "notIn") return !holds(value, than);
    const [text, part] = [String(value ?? "").toLowerCase(), String(than).toLowerCase()];
    if (operator === "contains") return text.includes(part);
    if (operator === "notContains") return !text.includes(part);
    if (operator === "startsWith") return text.startsWith(part);
    if (operator === "endsWith") return text.endsWith(part);
    const order = compare(value, than);
    return operator === "greaterThan" ? order > 0 : order < 0;
  });
}

const compare = (one: unknown, other: unknown) =>
  typeof one === "number" && typeof other === "number" ? one - other : String(one ?? "").localeCompare(String(other ?? ""));

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

/** What is wrong with which field of a form. */
export const fieldsOf = ({ errors }: IntercomError): Record<string, string> =>
  Object.fromEntries(errors.flatMap(({ field, message, code }) => (field ? [[field, message ?? code ?? "is wrong"]] : [])));
