import { objectOf, secondsOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { Order } from "./model.js";
import type { ListOptions } from "./options.js";

/** What a field may be compared with. A date is a `Date`, its ISO 8601 text, or seconds since 1970. */
export type SearchValue = string | number | boolean | Date | null;

/** How a field must compare; several must all be true. Intercom compares dates by whole day. */
export interface Comparison<T extends SearchValue = SearchValue> {
  equals?: T;
  not?: T;
  in?: readonly T[];
  notIn?: readonly T[];
  greaterThan?: T;
  lessThan?: T;
  /** {@link Comparison.greaterThan}, for dates. */
  after?: Date | number | string;
  /** {@link Comparison.lessThan}, for dates. */
  before?: Date | number | string;
  contains?: string;
  notContains?: string;
  startsWith?: string;
  endsWith?: string;
}

/** A value that the field equals, values of which it is one, or how it compares. */
export type Condition<T extends SearchValue = SearchValue> = T | readonly T[] | Comparison<T>;

/**
 * Conditions, all of which must hold. One of those in `or` must hold, all of those in `and`.
 *
 * @example
 * ```ts
 * const recent = intercom.contacts.search({
 *   role: "user",
 *   created_at: { after: new Date("2026-01-01") },
 *   or: [{ email: { endsWith: "@example.com" } }, { custom_attributes: { plan: "pro" } }],
 * });
 * ```
 */
export type Filters<Fields extends string = string, Attributes = Record<string, unknown>> = {
  // A name that stays open may be one of the groups', too.
  [Field in Exclude<Fields, keyof Groups>]?:
    | Condition
    | (string extends Field ? Groups<Fields, Attributes>[keyof Groups] : never);
} & Groups<Fields, Attributes>;

/** Filters that aren't of one field. */
export interface Groups<Fields extends string = string, Attributes = Record<string, unknown>> {
  custom_attributes?: { [Name in keyof Attributes]?: Condition };
  or?: readonly Filters<Fields, Attributes>[];
  and?: readonly Filters<Fields, Attributes>[];
}

/** A query as Intercom has it: a filter, or filters that `AND` or `OR` joins. */
export type Query =
  | { field: string; operator: string; value: string | number | boolean | null | readonly (string | number)[] }
  | { operator: "AND" | "OR"; value: readonly Query[] };

/** What to search: filters, or Intercom's own query. */
export type Search<Fields extends string = string, Attributes = Record<string, unknown>> =
  | (Filters<Fields, Attributes> & { query?: never })
  | { query: Query };

/** Options of a search. */
export interface SearchOptions extends ListOptions {
  /** In which order; Intercom's own unless given. */
  sort?: { field: string; order: Order } | undefined;
}

const OPERATORS: { readonly [Name in keyof Required<Comparison>]: string } = {
  equals: "=",
  not: "!=",
  in: "IN",
  notIn: "NIN",
  greaterThan: ">",
  after: ">",
  lessThan: "<",
  before: "<",
  contains: "~",
  notContains: "!~",
  startsWith: "^",
  endsWith: "$",
};

/** Intercom's limits ("Search contacts" of its reference). */
const [MAX_LEVELS, MAX_FILTERS] = [2, 15];

/**
 * Intercom's query of a search, with a further filter if one is given.
 *
 * @throws {@link ArgumentError} for what Intercom would refuse, or would silently not look at
 */
export function queryOf(search: unknown, further?: Query): Query {
  const { query: raw, ...others } = objectOf("search", search);
  if (raw !== undefined && Object.values(others).some((filter) => filter !== undefined)) {
    throw new ArgumentError("query", "no filters beside it: write them into it");
  }
  const [path, own] =
    raw === undefined ? ["search", all(conjunction("", search))] : ["query", objectOf("query", raw) as Query];
  check(path, own, 1);
  if (!further) return own;
  const query = all([...filtersOf(own), further]);
  check(path, query, 1);
  return query;
}

/**
 * All of some filters in as few levels as can be, for levels are few: what stands beside an `OR` that
 * has groups goes into each of these.
 */
function all(queries: readonly Query[]): Query {
  const flat = queries.flatMap(filtersOf);
  const [nested, second] = flat.filter((query) => query.operator === "OR" && (query.value as Query[]).some(isGroup));
  // Two of them are too many levels however they stand.
  if (!nested || second || flat.length === 1) return join("AND", queries);
  const others = flat.filter((query) => query !== nested);
  return {
    operator: "OR",
    value: (nested.value as Query[]).map((query) => join("AND", [...filtersOf(query), ...others])),
  };
}

const isGroup = (query: Query) => !("field" in query);

/** The filters that all must hold. */
const filtersOf = (query: Query) => (isGroup(query) && query.operator === "AND" ? (query.value as Query[]) : [query]);

function conjunction(path: string, filters: unknown, depth = 0): Query[] {
  // Groups of one are none to Intercom, and yet end somewhere.
  if (depth > 2 * MAX_LEVELS) throw new ArgumentError(path, `at most ${MAX_LEVELS} levels of groups`);
  const all = Object.entries(objectOf(path || "search", filters)).flatMap(([name, value]): Query[] => {
    const here = path ? `${path}.${name}` : name;
    if (name === "or" || name === "and") {
      const members = listOf(here, value).map((member, index) =>
        join("AND", conjunction(`${here}[${index}]`, member, depth + 1)),
      );
      return [join(name === "or" ? "OR" : "AND", members)];
    }
    if (name !== "custom_attributes") return comparisons(here, name, value);
    return Object.entries(objectOf(here, value)).flatMap(([attribute, value]) =>
      comparisons(`${here}.${attribute}`, `${name}.${attribute}`, value),
    );
  });
  if (all.length === 0) throw new ArgumentError(path || "search", "at least one filter: list() gives everybody");
  return all;
}

function comparisons(path: string, field: string, condition: unknown): Query[] {
  if (Array.isArray(condition)) return comparisons(path, field, { in: condition });
  if (typeof condition !== "object" || condition === null || condition instanceof Date) {
    return [{ field, operator: "=", value: scalar(path, isDate(field), condition) }];
  }
  const entries = Object.entries(condition);
  if (entries.length === 0) throw new ArgumentError(path, "a value or an operator");
  return entries.map(([name, value]) => {
    const here = `${path}.${name}`;
    const operator = Object.hasOwn(OPERATORS, name) && OPERATORS[name as keyof Comparison];
    if (!operator) throw new ArgumentError(here, `an operator: ${Object.keys(OPERATORS).join(", ")}`);
    const moment = name === "after" || name === "before" || isDate(field);
    const many = operator === "IN" || operator === "NIN";
    const values = () => listOf(here, value).map((item, index) => scalar(`${here}[${index}]`, moment, item) as string);
    return { field, operator, value: many ? values() : scalar(here, moment, value) };
  });
}

/** Whether a field is a date by its name; of the workspace's own nobody knows. */
const isDate = (field: string) => /^(?!custom_attributes\.).*_(?:at|since|until)$/.test(field);

/** A value as Intercom compares it. Nothing is left out in silence: fewer filters find more people. */
function scalar(path: string, moment: boolean, value: unknown): string | number | boolean | null {
  const plain = moment || value instanceof Date ? secondsOf(path, value) : value;
  if (plain === null || typeof plain === "string" || typeof plain === "boolean" || Number.isFinite(plain)) {
    return plain as string;
  }
  throw new ArgumentError(path, "a text, a number, a boolean, a Date or null");
}

function check(path: string, query: unknown, level: number): void {
  const { operator, value } = objectOf(path, query);
  if (operator !== "AND" && operator !== "OR") return;
  if (level > MAX_LEVELS) throw new ArgumentError(path, `at most ${MAX_LEVELS} levels of groups`);
  const members = listOf(`${path}.value`, value);
  if (members.length > MAX_FILTERS) throw new ArgumentError(path, `at most ${MAX_FILTERS} filters in a group`);
  // Of filters in TypeScript nobody knows where they stand in the query.
  for (const [index, member] of members.entries())
    check(path === "search" ? path : `${path}.value[${index}]`, member, level + 1);
}

const join = (operator: "AND" | "OR", queries: readonly Query[]): Query =>
  queries.length === 1 ? queries[0]! : { operator, value: queries };

function listOf(path: string, value: unknown): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new ArgumentError(path, "a list that isn't empty");
}
