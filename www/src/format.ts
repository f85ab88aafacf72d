// Formats people, times and counts for the page. Accepts missing and unexpected values from Intercom.
import { element } from "./element.ts";

/** The names of a user, lead or admin. */
export interface Named {
  name?: string | null;
  email?: string | null;
}

/** Returns the name, or else the e-mail address, or "Unnamed user". `noun` is "user", "lead" or "admin". */
export function nameOf(person: Named, noun: string): string {
  return person.name?.trim() || person.email?.trim() || `Unnamed ${noun}`;
}

/** Returns the initials of a name: one or two letters. */
export function initialsOf(name: string): string {
  const letters = name.split(/[\s@]+/).flatMap((word) => word.match(/[\p{L}\p{N}]/u) ?? []);
  const [first, last] = [letters[0], letters.length > 1 && !name.includes("@") ? letters.at(-1) : ""];
  return first === undefined ? "?" : (first + last).toLocaleUpperCase("en");
}

/** Parses Unix seconds (a number or digits) or an ISO 8601 string. Returns null for anything else. */
export function momentOf(value: unknown): Date | null {
  if (value === null || value === undefined || value === "") return null;
  const seconds = Number(value);
  const moment =
    typeof value === "number" || Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date(String(value));
  return Number.isNaN(moment.getTime()) ? null : moment;
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Formats a time relative to `now`, such as "3 days ago". */
export function agoOf(moment: Date, now = new Date()): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [null, 1];
  return unit === null ? "just now" : ago.format(Math.trunc(seconds / size), unit);
}

/** Creates a `<time>` in the local time zone. Returns null if there is no valid time. */
export function timeOf(value: unknown, style: "full" | "ago" = "full"): HTMLTimeElement | null {
  const moment = momentOf(value);
  if (!moment) return null;
  const text = style === "ago" ? agoOf(moment) : full.format(moment);
  return element("time", { datetime: moment.toISOString(), title: exact.format(moment) }, text);
}

/** Formats a count with its noun, such as "2 companies" or "1 tag". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Formats a location, such as "Hachioji, Tōkyo, Japan". Leaves out missing and repeated parts. */
export function placeOf(
  location: { city?: string | null; region?: string | null; country?: string | null } | null | undefined,
): string | null {
  const parts = [location?.city, location?.region, location?.country].filter(
    (part) => typeof part === "string" && part !== "",
  );
  return parts.length === 0 ? null : [...new Set(parts)].join(", ");
}
