// The resources of the data providers: the operations of each, and its lists.

import {
  ArgumentError,
  type CallOptions,
  type Intercom,
  type List,
  type ListOptions,
  MergedError,
  type NewMessage,
  type NewTemplate,
  NotFoundError,
  type Notification,
  type Query,
  type SentMessage,
} from "../index.js";
import { withTakenFields } from "./field-errors.js";
import {
  conditionsOf,
  type ListRequest,
  listContacts,
  listConversations,
  numberedQuery,
  type People,
  withListErrors,
} from "./lists.js";
import type { NumberedPage, NumberedPages } from "./numbered-pages.js";
import { checkFields, selectPage } from "./whole-list.js";

/** A record of a table or form. */
export interface Row {
  /** The record's id. */
  id: string | number;
  /** The record's other fields. */
  [field: string]: unknown;
}

/** Options of a data provider. */
export interface DataProviderOptions {
  /**
   * The effect of deleting a user, lead or contact. `archive` (default) can be undone with
   * `intercom.contacts.unarchive`. `delete` is permanent. Tags and templates cannot be archived: deleting them is
   * always permanent.
   */
  delete?: "archive" | "delete" | undefined;
}

/** A page of a list, as a framework requests it. */
export interface PageRequest {
  /** Filters in the format of `search`, which must all match. */
  filters: Record<string, unknown>[];
  /** The field to sort by, and the order. */
  sort: ListRequest["sort"];
  /** The page, counted from 1. */
  number: number;
  /** Records per page. */
  perPage: number;
  /** Aborts the requests. */
  signal: AbortSignal | undefined;
}

type Fields = Record<string, unknown>;

/** The operations of a resource. Operations that are missing do not exist. */
export interface Resource {
  list(request: ListRequest, page: ListOptions): List<Row>;
  /** Converts an item of a list to a record. Default: the item itself. */
  row?(item: Row): Row;
  /** Lists the records of one contact, which a filter by `contact_id` names. */
  ofContact?(contactId: string, page: ListOptions): List<Row>;
  /** The fields to filter and sort by, of a list that is loaded whole, and filtered and sorted here. */
  fields?: readonly string[];
  /** The fields in which the filter `q` searches text. */
  searchFields?: readonly string[];
  /** The most items per page. Default: 150. */
  maxPerPage?: number;
  get(id: string, options?: CallOptions): Promise<Row>;
  create?(fields: Fields): Promise<Row>;
  update?(id: string, fields: Fields): Promise<Row>;
  delete?(id: string): Promise<unknown>;
}

/** Returns the resources by name. */
export function resourcesOf<Attributes>(
  intercom: Intercom<Attributes>,
  { delete: remove = "archive" }: DataProviderOptions = {},
): Record<string, Resource> {
  // A misspelt option must not delete anything permanently.
  if (remove !== "archive" && remove !== "delete") throw new ArgumentError("delete", "archive or delete");
  const { admins, conversations, notes, contacts } = intercom;
  const all = {
    users: people(intercom, "users", remove),
    leads: people(intercom, "leads", remove),
    contacts: people(intercom, "contacts", remove),
    companies: companies(intercom),
    conversations: {
      searchFields: ["source.subject", "source.body"],
      list: ({ query, sort }: ListRequest, page: ListOptions) =>
        listConversations(intercom, { query: query && withContactIds(query), sort }, page),
      get: conversations.get.bind(conversations),
    },
    notes: {
      list: () => {
        throw new TypeError("Intercom lists the notes of a contact: filter them by contact_id");
      },
      ofContact: contacts.notes.list,
      get: notes.get,
      create: ({ contact_id: contact, ...note }: Fields) =>
        contacts.notes.create(contact as string, note as { body: string }),
    },
    messages: messages(intercom),
    templates: templates(intercom),
    admins: {
      fields: ["id", "name", "email", "job_title", "away_mode_enabled", "away_mode_reassign", "has_inbox_seat"],
      searchFields: ["name", "email"],
      list: (_: ListRequest, { signal }: ListOptions) => admins.list({ signal }),
      get: admins.get,
    },
    tags: tags(intercom),
    segments: {
      fields: ["id", "name", "person_type", "created_at", "updated_at"],
      searchFields: ["name"],
      list: (_: ListRequest, { signal }: ListOptions) => intercom.segments.list({ signal }),
      ofContact: (contact: string, { signal }: ListOptions) => contacts.segments.list(contact, { signal }),
      get: intercom.segments.get,
    },
  };
  return all as unknown as Record<string, Resource>;
}

/** Converts filters by `contact_id`, which other resources have, to the field of conversations. */
function withContactIds(query: Query): Query {
  if (!("field" in query)) return { ...query, value: query.value.map(withContactIds) };
  return query.field === "contact_id" ? { ...query, field: "contact_ids" } : query;
}

function people<Attributes>(intercom: Intercom<Attributes>, name: People, remove: "archive" | "delete") {
  const contacts = intercom[name];
  return {
    searchFields: ["name", "email"],
    list: (request: ListRequest, page: ListOptions) => listContacts(intercom, name, request, page),
    get: contacts.get.bind(contacts),
    create: (fields: Fields) => withTakenFields(intercom, fields, contacts.create(fields as never)),
    update: (id: string, fields: Fields) => withTakenFields(intercom, fields, contacts.update(id, fields as never)),
    delete: (id: string) => contacts[remove](id),
  };
}

function companies<Attributes>({ companies, contacts }: Intercom<Attributes>) {
  return {
    maxPerPage: 60,
    list: ({ query, sort }: ListRequest, page: ListOptions) => {
      rejectSort("companies", sort);
      return companies.list({ ...filterOptions("companies", query, COMPANY_FILTERS, ["contact_id"]), ...page });
    },
    ofContact: contacts.companies.list,
    get: companies.get.bind(companies),
    create: companies.save.bind(companies),
    update: companies.update.bind(companies),
  };
}

function messages<Attributes>(intercom: Intercom<Attributes>) {
  const { messages } = intercom;
  return {
    list: ({ query, sort }: ListRequest, page: ListOptions) => {
      rejectSort("messages", sort, { field: "created_at", order: "descending" });
      return messages.list({ ...filterOptions("messages", query, MESSAGE_FILTERS), ...page });
    },
    get: messages.get,
    create: async ({ idempotency_key: key, ...message }: Fields) => {
      const options = key === undefined || key === null ? {} : { idempotencyKey: key as string };
      const sent = Object.hasOwn(message, "message_type")
        ? messages.send(message as unknown as NewMessage, options)
        : intercom.notify(message as unknown as Notification, options);
      return sentRow(await sent);
    },
  };
}

/** Converts a sent message to a record, whose `id` is that of the outbox, as in the list of messages. */
export const sentRow = ({ messageId, id, ...sent }: SentMessage): Row => ({ ...sent, id: messageId, message_id: id });

function tags<Attributes>({ tags, contacts }: Intercom<Attributes>) {
  return {
    fields: ["id", "name"],
    searchFields: ["name"],
    list: (_: ListRequest, { signal }: ListOptions) => tags.list({ signal }),
    ofContact: contacts.tags.list,
    get: tags.get,
    create: async ({ name, contact_id: contact }: Fields) => {
      const tag = await tags.create({ name: name as string });
      return contact === undefined ? tag : contacts.tags.add(contact as string, tag.id);
    },
    delete: tags.delete,
  };
}

function templates<Attributes>({ templates }: Intercom<Attributes>) {
  const row = <T extends { name: string }>(template: T) => ({ ...template, id: template.name });
  return {
    fields: ["id", "name", "version", "style", "subject", "body", "created_at"],
    searchFields: ["name", "subject"],
    row,
    list: (_: ListRequest, { signal }: ListOptions) => templates.list({ signal }),
    get: async (name: string, options?: CallOptions) => row(await templates.get(name, options)),
    create: async ({ name, ...template }: Fields) =>
      row(await templates.put(name as string, template as unknown as NewTemplate)),
    // The Worker sets these fields. A form may pass those of a version that is no longer the newest.
    update: async (name: string, { id: _, type: _1, version: _2, created_at: _3, ...fields }: Fields) => {
      const current = await templates.get(name);
      const { subject, body, style } = current;
      return row(await templates.put(name, { subject, body, style, ...changed(fields, current) } as NewTemplate));
    },
    delete: templates.delete,
  };
}

/** The options of a list by the filters that they replace: a field and an operator. */
type FilterOptions = { readonly [filter: string]: string };

const COMPANY_FILTERS: FilterOptions = { "tag_id =": "tagId", "segment_id =": "segmentId" };

const MESSAGE_FILTERS: FilterOptions = {
  "state =": "state",
  "batch_id =": "batchId",
  "caller =": "caller",
  "contact_id =": "contactId",
  "template =": "template",
  "created_at >": "createdAfter",
  "created_at <": "createdBefore",
};

/**
 * Converts filters to options of a list. Throws for any other filter: the list would contain too much. `others` are
 * filters that the list supports in other ways.
 */
function filterOptions(
  name: string,
  query: Query | undefined,
  known: FilterOptions,
  others: readonly string[] = [],
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const filter of conditionsOf(query)) {
    const [used, value] =
      "field" in filter ? [`${filter.field} ${filter.operator}`, filter.value] : [filter.operator, null];
    const option = Object.hasOwn(known, used) ? known[used] : undefined;
    if (!option) {
      const possible = [...others, ...Object.keys(known)].map((one) => one.replace(/ =$/, ""));
      const advice = possible.length > 0 ? `; it can by ${possible.join(", ")}` : "";
      throw new TypeError(`The list of ${name} can't be filtered by ${used.replace(/ =$/, "")}${advice}`);
    }
    if (Object.hasOwn(options, option)) throw new TypeError(`The list of ${name} takes one filter by ${used}`);
    options[option] = value;
  }
  return options;
}

/** Throws if a sort differs from the order that the list has. */
function rejectSort(name: string, sort: ListRequest["sort"], own?: ListRequest["sort"]): void {
  if (!sort || (sort.field === own?.field && sort.order === own.order)) return;
  const order = own ? `: by ${own.field}, ${own.order}` : "";
  throw new TypeError(
    `The list of ${name} can't be sorted by ${sort.field}, ${sort.order}. Its order is fixed${order}`,
  );
}

/** Gets a numbered page of a resource. Rejects filters and sort orders that the list does not support. */
export async function pageOf(
  resources: Record<string, Resource>,
  pages: NumberedPages,
  name: string,
  { filters, sort, number, perPage, signal }: PageRequest,
): Promise<NumberedPage<Row>> {
  operationOf(resources, name, "list");
  const resource = resources[name] as Resource;
  const given = filters.length > 0 ? numberedQuery({ and: filters }) : undefined;
  const { contact, query } = resource.ofContact ? contactOf(given) : { contact: undefined, query: given };
  const request = { query, sort };
  const { fields, maxPerPage } = resource;
  if (!fields && contact !== undefined) {
    filterOptions(`${name} of a contact`, query, {});
    rejectSort(`${name} of a contact`, sort);
  }
  const list = (options: ListOptions) =>
    contact === undefined ? resource.list(request, options) : resource.ofContact!(contact, options);
  if (fields) {
    checkFields(name, fields, request);
    return selectPage(await wholeList(resource, list({ signal })), request, number, perPage);
  }
  const page = pages.page({ key: [name, contact, query, sort], list, maxPerPage }, number, perPage, signal);
  return withListErrors(name, request, page);
}

const wholeList = async ({ row }: Resource, list: List<Row>): Promise<Row[]> => {
  const items = await list.toArray({ limit: Infinity });
  return row ? items.map(row) : items;
};

/** Separates the filter by `contact_id` from the other filters. */
function contactOf(query: Query | undefined): { contact: string | undefined; query: Query | undefined } {
  const all = conditionsOf(query);
  const found = all.find((one) => "field" in one && one.field === "contact_id" && one.operator === "=");
  if (!found || !("field" in found)) return { contact: undefined, query };
  const [first, ...others] = all.filter((one) => one !== found);
  const rest: Query | undefined = first && others.length > 0 ? { operator: "AND", value: [first, ...others] } : first;
  return { contact: String(found.value), query: rest };
}

/** Converts the filters of a framework, in which `q` searches text, to filters of `search`. */
export function filtersOf(name: string, filter: unknown, resource: Resource | undefined): Fields[] {
  const { q, ...fields } = (filter ?? {}) as Fields;
  const named = Object.entries(fields).map(([field, condition]) => ({ [field]: condition }));
  if (q === undefined || q === null || q === "") return named;
  const { searchFields } = resource ?? {};
  if (!searchFields) throw new TypeError(`The list of ${name} has no text search`);
  return [...named, { or: searchFields.map((field) => ({ [field]: { contains: q } })) }];
}

/** Returns the fields that a form changed: react-admin passes the whole record. */
export function changed(fields: Fields, previous: Fields = {}): Fields {
  const differs = ([field, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(previous[field]);
  return Object.fromEntries(Object.entries(fields).filter(differs));
}

/** Returns an operation of a resource. Throws if the resource does not have it. */
export function operationOf<Name extends keyof Resource>(
  resources: Record<string, Resource>,
  resource: string,
  name: Name,
): NonNullable<Resource[Name]> {
  const known = Object.hasOwn(resources, resource) ? resources[resource] : undefined;
  if (!known) throw new TypeError(`There is no resource ${resource}; there are ${Object.keys(resources).join(", ")}`);
  const operation = known[name];
  if (operation) return operation;
  const operations = (["list", "get", "create", "update", "delete"] as const).filter((one) => known[one]);
  throw new TypeError(`The resource ${resource} has no ${name}; it has ${operations.join(", ")}`);
}

/** Gets records by their ids. Leaves out records that were deleted or merged. */
export async function manyOf(
  resources: Record<string, Resource>,
  resource: string,
  ids: readonly (string | number)[],
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const get = operationOf(resources, resource, "get");
  const known = resources[resource] as Resource;
  if (known.fields) {
    const wantedIds = new Set(ids.map(String));
    const all = await wholeList(known, known.list({}, { signal }));
    return all.filter(({ id }) => wantedIds.has(String(id)));
  }
  const leaveOut = (error: unknown): Row[] => {
    if (error instanceof NotFoundError || error instanceof MergedError) return [];
    throw error;
  };
  return (await Promise.all(ids.map((id) => get(String(id), { signal }).then((row) => [row], leaveOut)))).flat();
}
