// Lists with filters and a sort order, for numbered pages.

import {
  type Contact,
  type Conversation,
  type Intercom,
  type List,
  type ListOptions,
  type Query,
  type SearchOptions,
  ValidationError,
} from "../index.js";
import { queryOf } from "../search.js";

/** The filters and the sort order of a list. */
export interface ListRequest {
  /** The filters. Default: all records. */
  query?: Query | undefined;
  /** The field to sort by, and the order. Default: the list's own order. */
  sort?: SearchOptions["sort"];
}

/** The lists of contacts. */
export type People = "users" | "leads" | "contacts";

/** The filter that selects all contacts of a list. */
const ROLE_FILTERS: { readonly [Name in People]: Query } = {
  users: { field: "role", operator: "=", value: "user" },
  leads: { field: "role", operator: "=", value: "lead" },
  contacts: { field: "role", operator: "IN", value: ["user", "lead"] },
};

/** Where exact times are not possible: items that are left out would make the total and the page numbers wrong. */
const NUMBERED = "in numbered pages";

/** Converts filters to a query for numbered pages. */
export const numberedQuery = (search: unknown): Query => queryOf(search, NUMBERED);

/** Lists contacts of one role or both. */
export function listContacts<Attributes>(
  intercom: Intercom<Attributes>,
  name: People,
  { query, sort }: ListRequest,
  page: ListOptions,
): List<Contact<Attributes>> {
  if (!query && !sort) return intercom[name].list(page);
  const ofRole = ROLE_FILTERS[name];
  // Intercom allows 15 filters in a group, so a filter that the app has set already is not added.
  const isImplied = name === "contacts" || includes(query, ofRole);
  const whole = query ? queryOf({ query }, NUMBERED, isImplied ? undefined : ofRole) : ofRole;
  return intercom.contacts.search({ query: whole }, { sort, ...page });
}

/** Lists conversations. */
export function listConversations<Attributes>(
  { conversations }: Intercom<Attributes>,
  { query, sort }: ListRequest,
  page: ListOptions,
): List<Conversation> {
  if (!query && !sort) return conversations.list(page);
  const all: Query = { field: "created_at", operator: ">", value: 0 };
  return conversations.search({ query: query ?? all }, { sort, ...page });
}

/** Waits for a page. If Intercom rejected the sort order or a filter, the error names its field. */
export async function withListErrors<T>(name: string, request: ListRequest, page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    const message = error instanceof ValidationError ? explain(name, request, error) : undefined;
    if (!(error instanceof ValidationError) || message === undefined) throw error;
    throw new ValidationError(message, { ...error, errors: error.errors, raw: error.raw, cause: error });
  }
}

/** Returns a message with the field of a rejected sort order or filter, or undefined if Intercom does not say. */
function explain(name: string, { query, sort }: ListRequest, { errors }: ValidationError): string | undefined {
  const says = (word: RegExp) => errors.some(({ field, message }) => word.test(`${field} ${message}`));
  if (sort && says(/\bsort/i)) return `Intercom can't sort ${name} by ${sort.field}`;
  const rejected = query && fieldsOf(query).find((field) => errors.some(({ message }) => message?.includes(field)));
  return rejected && `Intercom rejects the filter of ${name} by ${rejected}`;
}

/** Returns the names of the fields that a query uses. */
export const fieldsOf = (query: Query): string[] =>
  "field" in query ? [query.field] : query.value.flatMap((one) => fieldsOf(one));

/** The filters that must all match. */
export const conditionsOf = (query: Query | undefined): readonly Query[] => {
  if (!query) return [];
  return query.operator === "AND" ? (query.value as readonly Query[]) : [query];
};

const includes = (query: Query | undefined, filter: Query) =>
  conditionsOf(query).some((one) => JSON.stringify(one) === JSON.stringify(filter));
