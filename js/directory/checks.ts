// Checks the options of a directory and its queries, and fills in the defaults.

import { isText, objectOf, optionsOf } from "../argument.js";
import { ArgumentError } from "../error.js";
import { type ExactTimes, queryOf } from "../search.js";
import type { OpenRequest } from "./protocol.js";
import type { DirectoryOptions, DirectoryQuery, DirectorySort } from "./types.js";

/** One day in milliseconds. Timers of more than 24 days end at once, and a pause can be twelve times as long. */
const LONGEST_INTERVAL = 86_400_000;
const MEBIBYTE = 2 ** 20;

/** The fields that a directory keeps by default. */
const FIELDS = [
  "external_id",
  "role",
  "email",
  "phone",
  "name",
  "owner_id",
  "has_hard_bounced",
  "marked_email_as_spam",
  "unsubscribed_from_emails",
  "created_at",
  "updated_at",
  "signed_up_at",
  "last_seen_at",
  "last_replied_at",
  "last_contacted_at",
  "last_email_opened_at",
  "last_email_clicked_at",
  "location.country",
  "location.region",
  "location.city",
  "location.country_code",
  "custom_attributes",
  "tags",
  "companies",
];

/** Checked options. `loaded` are the fields of the export; `fields` those of the options. */
export interface CheckedOptions extends Pick<DirectoryOptions, "keep" | "signal" | "worker" | "WebSocket"> {
  fields: readonly string[] | null;
  loaded: readonly string[];
  search: readonly string[];
  segments: readonly string[];
  budget: number;
  locales: readonly string[];
  timeZone: string;
  refreshInterval: number;
}

/**
 * Checks options.
 *
 * @throws {@link ArgumentError} if an option is invalid
 */
export function checkOptions(options: DirectoryOptions<never> | undefined): CheckedOptions {
  const given = optionsOf(options);
  const { of = "contacts", keep, locale, signal, worker, WebSocket } = given;
  if (of !== "contacts") throw new ArgumentError("of", "contacts");
  if (keep !== undefined && keep !== "opfs") throw new ArgumentError("keep", "opfs, or nothing");
  for (const [name, value] of Object.entries({ worker, WebSocket })) {
    if (value !== undefined && typeof value !== "function") throw new ArgumentError(name, "a function");
  }
  const fields = namesOf("fields", given.fields);
  const [search, segments] = [namesOf("search", given.search) ?? [], namesOf("segments", given.segments) ?? []];
  const sets = segments.length > 0 ? ["segments"] : [];
  return {
    keep,
    signal,
    worker,
    WebSocket,
    fields: fields ? [...new Set([...fields, ...search, ...sets])] : null,
    loaded: [...new Set([...(fields ?? FIELDS), ...search])].filter(isLoaded),
    search,
    segments,
    budget: Math.floor(positive("budget", given.budget, 512 * MEBIBYTE)),
    locales: localesOf(locale),
    timeZone: timeZoneOf(given.timeZone),
    refreshInterval: Math.min(positive("refreshInterval", given.refreshInterval, 60_000), LONGEST_INTERVAL),
  };
}

/** Returns false for an attribute that is loaded with all others. */
const isLoaded = (field: string, _: number, fields: string[]) =>
  !(field.startsWith("custom_attributes.") && fields.includes("custom_attributes"));

/**
 * Checks a query, and converts it to the engine's own.
 *
 * @throws {@link ArgumentError} if a part is invalid
 */
export function checkQuery(given: unknown): { query: DirectoryQuery; request: OpenRequest } {
  const query = (typeof given === "string" ? { text: given } : objectOf("query", given ?? {})) as DirectoryQuery;
  const { text = "", where, sort, ...unknown } = query;
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw new ArgumentError(other, "nothing: the parts are text, where and sort");
  if (!isText(text)) throw new ArgumentError("text", "a text");
  const isEverybody = where === undefined || Object.values(objectOf("where", where)).every((one) => one === undefined);
  // The engine compares times exactly, so no rows are tested again.
  const exact: ExactTimes = { tolerance: 0 };
  const keys = sort === undefined ? [] : Array.isArray(sort) ? sort : [sort];
  if (keys.length > 2) throw new ArgumentError("sort", "at most two keys");
  const request = {
    text,
    where: isEverybody ? null : jsonOf("where", queryOf(where, exact)),
    sort: keys.map((key, index) => sortOf(`sort[${index}]`, key)),
    limit: null,
  };
  return { query, request };
}

/** Returns a value as JSON has it: other values, such as a BigInt or a function, cannot be sent to the engine. */
function jsonOf(argument: string, value: object): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (cause) {
    throw new ArgumentError(argument, "a query of texts, numbers and booleans", cause);
  }
}

function sortOf(argument: string, key: unknown) {
  const { field, order = "ascending" } = objectOf(argument, key) as unknown as DirectorySort;
  if (!isText(field)) throw new ArgumentError(`${argument}.field`, "the path of a field");
  if (order !== "ascending" && order !== "descending") {
    throw new ArgumentError(`${argument}.order`, "ascending or descending");
  }
  return { field, order };
}

function namesOf(argument: string, names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const areNames = Array.isArray(names) && names.every((name) => isText(name) && /^[^,]+$/.test(name));
  if (areNames && (argument !== "fields" || names.length > 0)) return names;
  throw new ArgumentError(argument, argument === "segments" ? "a list of ids" : "a list of field names");
}

function positive(argument: string, value: unknown, otherwise: number): number {
  const number = value ?? otherwise;
  if (typeof number === "number" && number > 0) return number;
  throw new ArgumentError(argument, "a number above 0");
}

function localesOf(locale: unknown): string[] {
  try {
    return Intl.getCanonicalLocales(locale as string | undefined);
  } catch (cause) {
    throw new ArgumentError("locale", "a locale such as sv, or a list of locales", cause);
  }
}

function timeZoneOf(timeZone: unknown): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timeZone as string | undefined }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new ArgumentError("timeZone", "a time zone such as Europe/Berlin", cause);
  }
}
