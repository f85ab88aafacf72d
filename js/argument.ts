// Checks of arguments, for callers from JavaScript. Each throws an ArgumentError with the argument's name.

import { ArgumentError } from "./error.js";

/** Checks that an argument is an object and not an array. */
export function objectOf(argument: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ArgumentError(argument, "an object");
}

/** Checks that options are an object. Returns an empty object for `undefined` and `null`. */
export function optionsOf<Options extends object>(options: Options | null | undefined): Partial<Options> {
  return options === undefined || options === null ? {} : (objectOf("options", options) as Options);
}

/** Returns true for a well-formed string. A lone surrogate would be sent as U+FFFD and match a different record. */
export const isText = (value: unknown): value is string => typeof value === "string" && !/\p{Cs}/u.test(value);

/** Checks that an argument is a non-empty string. */
export function textOf(argument: string, value: unknown): string {
  if (isText(value) && value !== "") return value;
  throw new ArgumentError(argument, "a text that isn't empty");
}

/** Checks that an argument is a boolean. Returns false for `undefined` and `null`. */
export function flagOf(argument: string, value: unknown): boolean {
  const flag = value ?? false;
  if (typeof flag === "boolean") return flag;
  throw new ArgumentError(argument, "true or false");
}

/**
 * Converts a date to Unix seconds, rounded down by default. Rejects anything else: a search for an invalid date finds
 * nothing.
 */
export function secondsOf(argument: string, moment: unknown, round: (seconds: number) => number = Math.floor): unknown {
  if (moment === null || moment === undefined || (typeof moment === "string" && /^\d{9,11}$/.test(moment)))
    return moment;
  const date = typeof moment === "string" && /^\d{4}(?:-|$)/.test(moment) ? new Date(moment) : moment;
  const seconds = date instanceof Date ? round(date.getTime() / 1000) : date;
  // Tells seconds from milliseconds: 1e11 is the year 5138 in seconds and 1973 in milliseconds.
  if (typeof seconds === "number" && Math.abs(seconds) < 1e11) return seconds;
  throw new ArgumentError(argument, "a Date, an ISO 8601 text, or seconds since 1970");
}

/** Serializes an object as JSON. */
export function json(argument: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
    // JSON.stringify writes null for NaN and Infinity: they are rejected, not sent.
    if (text?.includes("null")) JSON.stringify(value, finite);
  } catch (cause) {
    throw new ArgumentError(argument, "JSON values: no cycles, no BigInt, no NaN or Infinity", cause);
  }
  if (text?.startsWith("{")) return text;
  throw new ArgumentError(argument, "an object");
}

function finite(name: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${value} at ${name || "the top"}`);
  return value;
}

/** Converts a query parameter to a string. Returns undefined for `undefined` and `null`. */
export function queryText(argument: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isText(value) || typeof value === "boolean" || Number.isFinite(value)) return String(value);
  throw new ArgumentError(argument, "a text or a number");
}
