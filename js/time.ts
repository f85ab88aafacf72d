// The times of Intercom's responses.

import { ArgumentError } from "./error.js";
import type { Timestamp } from "./model.js";

const SECONDS = /^-?\d+(?:\.\d+)?$/;
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:Z|([+-]\d\d):?(\d\d)?)?)?$/i;

/**
 * Converts a time of Intercom's to a `Date`: seconds since 1970, as a number or in digits, or an ISO 8601 string. A
 * string without an offset is in UTC. Returns undefined for `undefined` and `null`.
 *
 * @example
 * ```ts
 * const { created_at } = await intercom.users.findByExternalId("john_doe");
 * console.log(toDate(created_at)?.getFullYear()); // → 2018
 * ```
 *
 * @throws {@link ArgumentError} if the value is not a time, for example if it is in milliseconds
 */
export function toDate(time: Timestamp): Date;
export function toDate(time: Timestamp | null | undefined): Date | undefined;
export function toDate(time: Timestamp | null | undefined): Date | undefined {
  if (time === null || time === undefined) return undefined;
  const date = new Date(millisecondsOf(time));
  if (Number.isNaN(date.getTime())) throw new ArgumentError("time", "seconds since 1970, or an ISO 8601 text");
  return date;
}

function millisecondsOf(time: unknown): number | string {
  const text = typeof time === "string" ? time.trim() : "";
  const seconds = SECONDS.test(text) ? Number(text) : time;
  // Distinguishes seconds from milliseconds: 1e11 is the year 5138 in seconds and 1973 in milliseconds.
  if (typeof seconds === "number") return Math.abs(seconds) < 1e11 ? seconds * 1000 : NaN;
  const [, date, clock = "00:00", hours, minutes = "00"] = ISO_8601.exec(text) ?? [];
  return date === undefined ? NaN : `${date}T${clock}${hours ? `${hours}:${minutes}` : "Z"}`;
}
