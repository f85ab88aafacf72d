// Filters, sorts and pages a list that was loaded whole. This file knows no resource.

import type { Query } from "../index.js";
import { fieldsOf, type ListRequest } from "./lists.js";
import { checkPage, type NumberedPage } from "./numbered-pages.js";

/** Selects a page of the rows that match the filters, in the given order. `fields` can be filtered and sorted by. */
export function selectPage<T extends object>(
  rows: readonly T[],
  { query, sort }: ListRequest,
  number: number,
  perPage: number,
): NumberedPage<T> {
  checkPage(number, perPage);
  const found = rows.filter((row) => !query || matches(row, query));
  if (sort) {
    const sign = sort.order === "descending" ? -1 : 1;
    found.sort((one, other) => sign * compare(fieldValue(one, sort.field), fieldValue(other, sort.field)));
  }
  const end = number * perPage;
  return { data: found.slice(end - perPage, end), total: found.length, hasNextPage: end < found.length };
}

/** Throws if a filter or the sort uses another field than these: no row would have it, and none would match. */
export function checkFields(name: string, fields: readonly string[], { query, sort }: ListRequest): void {
  const used = [...(query ? fieldsOf(query) : []), ...(sort ? [sort.field] : [])];
  const unknown = used.find((field) => !fields.includes(field));
  if (unknown === undefined) return;
  throw new TypeError(`The list of ${name} can't be filtered or sorted by ${unknown}; it can by ${fields.join(", ")}`);
}

const fieldValue = (row: object, field: string): unknown => (row as Record<string, unknown>)[field] ?? null;

/** Returns true if a row matches a query, by Intercom's rules. */
function matches(row: object, query: Query): boolean {
  if (!("field" in query)) {
    return query.operator === "OR"
      ? query.value.some((one) => matches(row, one))
      : query.value.every((one) => matches(row, one));
  }
  return COMPARISONS[query.operator]?.(fieldValue(row, query.field), query.value) ?? false;
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
