// Converts filters in TypeScript to a query of Intercom's search.

import { objectOf, secondsOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { Order } from "./model.js";
import type { ListOptions } from "./options.js";

/** A value that a field is compared with. A date is a `Date`, an ISO 8601 string or Unix seconds. */
export type SearchValue = string | number | boolean | Date | null;

/**
 * Comparisons of one field, all of which must match.
 *
 * Intercom compares the dates of contacts by whole day, in the workspace's time zone. Only `after` and `before` compare
 * the exact time.
 */
export interface Comparison<T extends SearchValue = SearchValue> {
  /**
   * Matches fields that equal the value. `null` matches fields without a value. A date of a contact matches if it is on
   * the same day.
   */
  equals?: T;
  /** Matches fields that do not equal the value. */
  not?: T;
  /** Matches fields that equal one of the values. */
  in?: readonly T[];
  /** Matches fields that equal none of the values. */
  notIn?: readonly T[];
  /**
   * Matches fields greater than the value. A date of a contact matches if it is on a later day. A date of a
   * conversation matches if it is the same second or later.
   */
  greaterThan?: T;
  /**
   * Matches fields less than the value. A date of a contact matches if it is on an earlier day. A date of a
   * conversation matches if it is the same second or earlier.
   */
  lessThan?: T;
  /**
   * Matches dates later than this exact time: a `Date`, an ISO 8601 string or Unix seconds.
   *
   * Intercom compares the dates of contacts by day, so the package requests up to 25 hours more and leaves out earlier
   * contacts. A page can have fewer items than `perPage`, or none, and its `totalCount` is null. In `or`, a batch and
   * the data providers this throws {@link ArgumentError}: use `greaterThan` there.
   */
  after?: Date | number | string;
  /**
   * Matches dates earlier than this exact time: a `Date`, an ISO 8601 string or Unix seconds.
   *
   * Intercom compares the dates of contacts by day, so the package requests up to 25 hours more and leaves out later
   * contacts. A page can have fewer items than `perPage`, or none, and its `totalCount` is null. In `or`, a batch and
   * the data providers this throws {@link ArgumentError}: use `lessThan` there.
   */
  before?: Date | number | string;
  /** Matches fields that contain the string. */
  contains?: string;
  /** Matches fields that do not contain the string. */
  notContains?: string;
  /** Matches fields that start with the string. */
  startsWith?: string;
  /** Matches fields that end with the string. */
  endsWith?: string;
}

/** A condition on a field: a value that it equals, a list of values (one must match), or comparisons. */
export type Condition<T extends SearchValue = SearchValue> = T | readonly T[] | Comparison<T>;

/**
 * Filters by field. All must match; of the filters in `or` at least one, of those in `and` all.
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
  // If any string is a field name, `or` and `and` are field names too.
  [Field in Exclude<Fields, keyof Groups>]?:
    | Condition
    | (string extends Field ? Groups<Fields, Attributes>[keyof Groups] : never);
} & Groups<Fields, Attributes>;

/** The filters that do not belong to one standard field. */
export interface Groups<Fields extends string = string, Attributes = Record<string, unknown>> {
  /** Conditions on custom attributes, by name. All must match. */
  custom_attributes?: { [Name in keyof Attributes]?: Condition };
  /** Filters of which at least one must match. */
  or?: readonly Filters<Fields, Attributes>[];
  /** Filters that must all match. */
  and?: readonly Filters<Fields, Attributes>[];
}

/** A query in Intercom's own format: one filter, or filters joined by `AND` or `OR`. */
export type Query =
  | { field: string; operator: string; value: string | number | boolean | null | readonly (string | number)[] }
  | { operator: "AND" | "OR"; value: readonly Query[] };

/** A search: filters, or a query in Intercom's own format. */
export type Search<Fields extends string = string, Attributes = Record<string, unknown>> =
  | (Filters<Fields, Attributes> & { query?: never })
  | { query: Query };

/** Options of a search. */
export interface SearchOptions extends ListOptions {
  /** The field to sort by, and the order. Default: Intercom's order. */
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

/** Intercom's limits ("Search contacts" in its reference). */
const [MAX_LEVELS, MAX_FILTERS] = [2, 15];

/** The exact times of a search. Intercom's own comparison is less exact, so the items are tested again. @internal */
export interface ExactTimes {
  /** The seconds by which Intercom's comparison may be off. */
  tolerance: number;
  /** The tests of an item, which must all pass. Undefined if the comparison is exact, as in the directory. */
  tests?: ((item: unknown) => boolean)[];
}

/**
 * Converts a search to Intercom's query, with an additional filter if one is given, and to a test of its items if they
 * must be filtered by exact time.
 *
 * @throws {@link ArgumentError} if Intercom would reject the query or silently ignore a part of it
 * @internal
 */
export function exactSearch(search: unknown, tolerance: number, extraFilter?: Query) {
  const tests: NonNullable<ExactTimes["tests"]> = [];
  const query = queryOf(search, { tolerance, tests }, extraFilter);
  return { query, matches: tests.length > 0 ? (item: unknown) => tests.every((test) => test(item)) : undefined };
}

/**
 * Converts a search to Intercom's query, with an additional filter if one is given. `times` collects exact times, or
 * is the place where the items cannot be filtered, such as `in a batch`.
 *
 * @throws {@link ArgumentError} if Intercom would reject the query or silently ignore a part, or for an exact time
 * where the items cannot be filtered
 * @internal
 */
export function queryOf(search: unknown, times: ExactTimes | string, extraFilter?: Query): Query {
  const { query: raw, ...others } = objectOf("search", search);
  if (raw !== undefined && Object.values(others).some((filter) => filter !== undefined)) {
    throw new ArgumentError("query", "no filters beside it");
  }
  const [path, own] =
    raw === undefined ? ["search", all(conjunction("", search, times))] : ["query", objectOf("query", raw) as Query];
  checkLimits(path, own, 1);
  if (!extraFilter) return own;
  const query = all([...filtersOf(own), extraFilter]);
  checkLimits(path, query, 1);
  return query;
}

/**
 * Joins filters by `AND` in as few levels as possible. Filters beside an `OR` of groups are moved into each of its
 * groups, because Intercom allows only two levels.
 */
function all(queries: readonly Query[]): Query {
  const flat = queries.flatMap(filtersOf);
  const [nested, second] = flat.filter((query) => query.operator === "OR" && (query.value as Query[]).some(isGroup));
  // Two such groups exceed the limit in any arrangement.
  if (!nested || second || flat.length === 1) return join("AND", queries);
  const others = flat.filter((query) => query !== nested);
  return {
    operator: "OR",
    value: (nested.value as Query[]).map((query) => join("AND", [...filtersOf(query), ...others])),
  };
}

const isGroup = (query: Query) => !("field" in query);

/** Returns the members of an `AND`, or the filter itself. */
const filtersOf = (query: Query) => (isGroup(query) && query.operator === "AND" ? (query.value as Query[]) : [query]);

function conjunction(path: string, filters: unknown, times: ExactTimes | string, depth = 0): Query[] {
  // Groups of one filter are flattened and cost no level, so the nesting needs a limit of its own.
  if (depth > 2 * MAX_LEVELS) throw new ArgumentError(path, `at most ${MAX_LEVELS} levels of groups`);
  const all = Object.entries(objectOf(path || "search", filters)).flatMap(([name, value]): Query[] => {
    const here = path ? `${path}.${name}` : name;
    if (name === "or" || name === "and") {
      const inner = name === "or" && (times as ExactTimes).tests ? "in an or" : times;
      const members = listOf(here, value).map((member, index) =>
        join("AND", conjunction(`${here}[${index}]`, member, inner, depth + 1)),
      );
      return [join(name === "or" ? "OR" : "AND", members)];
    }
    if (name !== "custom_attributes") return comparisons(here, name, value, times);
    return Object.entries(objectOf(here, value)).flatMap(([attribute, value]) =>
      comparisons(`${here}.${attribute}`, `${name}.${attribute}`, value, times),
    );
  });
  if (all.length === 0) throw new ArgumentError(path || "search", "at least one filter: list() gives everybody");
  return all;
}

function comparisons(path: string, field: string, condition: unknown, times: ExactTimes | string): Query[] {
  if (Array.isArray(condition)) return comparisons(path, field, { in: condition }, times);
  if (typeof condition !== "object" || condition === null || condition instanceof Date) {
    return [{ field, operator: "=", value: scalar(path, isDate(field), condition) }];
  }
  const entries = Object.entries(condition);
  if (entries.length === 0) throw new ArgumentError(path, "a value or an operator");
  return entries.map(([name, value]) => {
    const here = `${path}.${name}`;
    const operator = Object.hasOwn(OPERATORS, name) && OPERATORS[name as keyof Comparison];
    if (!operator) throw new ArgumentError(here, `an operator: ${Object.keys(OPERATORS).join(", ")}`);
    if (name === "after" || name === "before") return exactly(here, field, name === "after" ? 1 : -1, value, times);
    const moment = isDate(field);
    const many = operator === "IN" || operator === "NIN";
    const values = () => listOf(here, value).map((item, index) => scalar(`${here}[${index}]`, moment, item) as string);
    return { field, operator, value: many ? values() : scalar(here, moment, value) };
  });
}

/** Converts `after` (`sign` 1) or `before` (-1) to a filter that matches too much, and to a test of the items. */
function exactly(path: string, field: string, sign: 1 | -1, value: unknown, times: ExactTimes | string): Query {
  if (typeof times === "string") {
    const instead = sign > 0 ? "greaterThan" : "lessThan";
    throw new ArgumentError(path, `${instead}, by whole day for contacts: no exact time is possible ${times}`);
  }
  const time = Number(secondsOf(path, value ?? NaN, Number));
  // The name of a custom attribute may contain dots.
  const keys = /^(custom_attributes)\.(.+)/s.exec(field)?.slice(1) ?? field.split(".");
  const member = (object: unknown, key: string) => (object as Record<string, unknown> | null | undefined)?.[key];
  times.tests?.push((item) => sign * (timeOf(keys.reduce(member, item)) - time) > 0);
  return { field, operator: sign > 0 ? ">" : "<", value: sign * (Math.floor(sign * time) - times.tolerance) };
}

/** Reads a time of an item in seconds. Returns NaN, which matches nothing, for other values. */
function timeOf(value: unknown): number {
  if (typeof value === "string" && /^\d{4}-/.test(value)) return Date.parse(value) / 1000;
  return typeof value === "object" ? NaN : Number.parseFloat(value as string);
}

/** Returns true if the name of a standard field is that of a date. Custom attributes are not checked. */
const isDate = (field: string) => /^(?!custom_attributes\.).*_(?:at|since|until)$/.test(field);

/** Converts a value to JSON. Rejects invalid values: a filter that is silently left out would match more people. */
function scalar(path: string, moment: boolean, value: unknown): string | number | boolean | null {
  const plain = moment || value instanceof Date ? secondsOf(path, value) : value;
  if (plain === null || typeof plain === "string" || typeof plain === "boolean" || Number.isFinite(plain)) {
    return plain as string;
  }
  throw new ArgumentError(path, "a text, a number, a boolean, a Date or null");
}

function checkLimits(path: string, query: unknown, level: number): void {
  const { operator, value } = objectOf(path, query);
  if (operator !== "AND" && operator !== "OR") return;
  if (level > MAX_LEVELS) throw new ArgumentError(path, `at most ${MAX_LEVELS} levels of groups`);
  const members = listOf(`${path}.value`, value);
  if (members.length > MAX_FILTERS) throw new ArgumentError(path, `at most ${MAX_FILTERS} filters in a group`);
  // Only a raw query has the same structure as the caller's argument.
  for (const [index, member] of members.entries()) {
    checkLimits(path === "search" ? path : `${path}.value[${index}]`, member, level + 1);
  }
}

const join = (operator: "AND" | "OR", queries: readonly Query[]): Query =>
  queries.length === 1 ? queries[0]! : { operator, value: queries };

function listOf(path: string, value: unknown): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new ArgumentError(path, "a list that isn't empty");
}
