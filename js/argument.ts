import { ArgumentError } from "./error.js";

/** An argument that is an object, and no list. */
export function objectOf(argument: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ArgumentError(argument, "an object");
}

/** Options, which may be left out: by `null` as well. */
export function optionsOf<Options extends object>(options: Options | null | undefined): Partial<Options> {
  return options === undefined || options === null ? {} : (objectOf("options", options) as Options);
}

/** Returns whether a value is a text of whole characters: half a surrogate pair would be sent as U+FFFD. */
export const isText = (value: unknown): value is string => typeof value === "string" && !/\p{Cs}/u.test(value);

/** An argument that is a text, and not an empty one. */
export function textOf(argument: string, value: unknown): string {
  if (isText(value) && value !== "") return value;
  throw new ArgumentError(argument, "a text that isn't empty");
}

/** An argument that is true or false, and false if it is left out. */
export function flagOf(argument: string, value: unknown): boolean {
  const flag = value ?? false;
  if (typeof flag === "boolean") return flag;
  throw new ArgumentError(argument, "true or false");
}

/** A moment as Intercom has it, in seconds since 1970. What is no date isn't sent: nothing would be found. */
export function secondsOf(argument: string, moment: unknown): unknown {
  if (moment === null || moment === undefined || (typeof moment === "string" && /^\d{9,11}$/.test(moment)))
    return moment;
  const date = typeof moment === "string" && /^\d{4}(?:-|$)/.test(moment) ? new Date(moment) : moment;
  const seconds = date instanceof Date ? Math.floor(date.getTime() / 1000) : date;
  // 1e11 is the year 5138 in seconds, and 1973 in milliseconds.
  if (typeof seconds === "number" && Math.abs(seconds) < 1e11) return seconds;
  throw new ArgumentError(argument, "a Date, an ISO 8601 text, or seconds since 1970");
}

/** What goes over as JSON: an object. */
export function json(argument: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
    // JSON.stringify writes null for NaN and Infinity: they are rejected, not sent.
    if (text?.includes("null")) JSON.stringify(value, finite);
  } catch (cause) {
    throw new ArgumentError(argument, "what JSON can say: no cycles, no BigInt, no NaN or Infinity", cause);
  }
  if (text?.startsWith("{")) return text;
  throw new ArgumentError(argument, "an object");
}

function finite(name: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${value} at ${name || "the top"}`);
  return value;
}

/** What goes into a query as text: a text, a number or a boolean, which may be left out. */
export function queryText(argument: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isText(value) || typeof value === "boolean" || Number.isFinite(value)) return String(value);
  throw new ArgumentError(argument, "a text or a number");
}
