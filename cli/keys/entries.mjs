// Changes the entries of the Worker's secret CALLER_KEYS: adds, rotates, removes and lists caller keys. It reads and
// writes no files: entries in, entries out. An entry keeps fields that this version does not know.

import { Failure } from "../failure.mjs";
import { callerKeyEntry } from "./caller-key.mjs";

/** Cloudflare's limit for the value of a variable or secret, in bytes. */
export const SECRET_BYTES = 5 * 1024;

const DAY = 86_400;
/** A key that expires within this time is marked in the list. The Worker's `/edge/health` lists it too. */
const NOTICE = 14 * DAY;

/** Returns true if the Worker accepts the text as the name of a caller. */
export const isName = (text) => /^[\w.-]{1,64}$/.test(text);

/**
 * Adds an entry for `key`. Returns all entries and the one that was `added`. `same_as` may name a key that itself
 * replaces another: the new key then shares the messages of the first of them.
 */
export function addKey(entries, name, key, { same_as: sameAs, ...more }) {
  requireFree(entries, name);
  const owner = entries.find((entry) => entry.name === sameAs)?.same_as ?? sameAs;
  const heir = entries.find((entry) => entry.same_as === name);
  if (heir && owner !== name) {
    throw new Failure(`The key ${heir.name} shares the messages of the name ${name}`, {
      why: "A new key with this name would read and retry these messages.",
      todo: `choose another --name; or add --same-as ${name}, if both are the same caller`,
    });
  }
  const added = callerKeyEntry(name, key, { ...more, ...(owner && { same_as: owner }) });
  return { entries: [...entries, added], added };
}

/**
 * Adds an entry for `key` that has the scopes and origins of the entry `name`, and limits the old entry to `until`, in
 * seconds since 1970. `newName` is by default the old name with the next free number. A key with an expiry needs
 * `expiresAt` for the new key.
 *
 * Returns all entries, the `old` one and the one that was `added`.
 */
export function rotateKey(entries, name, key, { until, newName, expiresAt }) {
  const present = entryOf(entries, name);
  if (hasExpiry(present) && !expiresAt) {
    throw new Failure(`${name} has an expiry, so the new key needs one`, {
      why: "The file does not contain when a key was created, so its period of validity is unknown.",
      todo: "add --expires with a date such as 2027-01-31, or a number of days such as 90d",
    });
  }
  const owner = present.same_as ?? name;
  const addedName = newName ?? nextName(entries, name, owner);
  requireFree(entries, addedName);
  const { expires_at: expiry, ...kept } = present;
  const added = {
    ...kept,
    ...callerKeyEntry(addedName, key, { scopes: present.scopes }),
    ...(expiresAt && { expires_at: expiresAt }),
    same_as: owner,
  };
  const old = { ...present, expires_at: Math.min(until, expiry ?? until) };
  return { entries: [...entries.map((entry) => (entry === present ? old : entry)), added], old, added };
}

/** Returns the entries without the one of `name`. */
export function removeKey(entries, name) {
  const removed = entryOf(entries, name);
  return entries.filter((entry) => entry !== removed);
}

/** Returns the line of the secret. It is a {@link Failure} if Cloudflare would not store the line. */
export function lineOf(entries, secret) {
  const line = JSON.stringify(entries);
  const bytes = Buffer.byteLength(line);
  if (bytes > SECRET_BYTES) {
    throw new Failure(`${secret} would have ${bytes} bytes, and the limit is ${SECRET_BYTES}`, {
      todo: `use --secret ${nextSecret(secret)} with another --file`,
    });
  }
  return line;
}

/** Returns the secret that has the keys after those of `secret`. */
export const nextSecret = (secret) => `CALLER_KEYS_${Number(secret.split("_")[2] ?? 1) + 1}`;

/** Returns a table of the entries. `now` is in seconds since 1970. It contains no hashes. */
export function keyTable(entries, now) {
  const expiresSoon = (entry) => hasExpiry(entry) && entry.expires_at <= now + NOTICE;
  const rows = entries.map((entry) => [
    expiresSoon(entry) ? "!" : "",
    entry.name,
    expiryCell(entry, now),
    entry.origins?.join(", ") ?? "any",
    entry.same_as ?? "",
    entry.scopes.join(", "),
  ]);
  const all = [["", "NAME", "EXPIRES", "ORIGINS", "SAME AS", "SCOPES"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  const mark = entries.some(expiresSoon) ? ["", "! has expired, or expires within 14 days"] : [];
  return [...lines, ...mark].join("\n");
}

function expiryCell(entry, now) {
  if (!hasExpiry(entry)) return "never";
  const { expires_at: expiry } = entry;
  return `${dateOf(expiry)}, ${isPast(expiry, now) ? "expired" : daysTo(expiry, now)}`;
}

/** Returns the end of a sentence about an entry: "does not expire", or "expires on 2027-01-31 (in 9 days)". */
export function validityOf(entry, now) {
  if (!hasExpiry(entry)) return "does not expire";
  const { expires_at: expiry } = entry;
  return isPast(expiry, now) ? `expired on ${dateOf(expiry)}` : `expires on ${dateOf(expiry)} (${daysTo(expiry, now)})`;
}

const hasExpiry = (entry) => typeof entry.expires_at === "number";

const isPast = (expiry, now) => expiry <= now;

function dateOf(expiry) {
  const time = new Date(expiry * 1000).toISOString();
  return expiry % DAY === 0 ? time.slice(0, 10) : `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function daysTo(expiry, now) {
  const days = Math.ceil((expiry - now) / DAY);
  return days === 1 ? "in 1 day" : `in ${days} days`;
}

function entryOf(entries, name) {
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  const names = entries.map((entry) => entry.name).join(", ");
  throw new Failure(`There is no key with the name ${name}`, {
    why: names ? `The names are ${names}.` : "There are no keys.",
    todo: "correct the name; --list lists all keys",
  });
}

function requireFree(entries, name) {
  if (!entries.some((entry) => entry.name === name)) return;
  throw new Failure(`A key with the name ${name} already exists`, {
    todo: `choose another --name, or replace its key with --rotate ${name}`,
  });
}

/** Returns the first free name of mailer-2, mailer-3 …; after mailer-4, which replaces mailer, from mailer-5. */
function nextName(entries, name, owner) {
  const number = name.startsWith(`${owner}-`) ? Number(name.slice(owner.length + 1)) : Number.NaN;
  const [base, first] = Number.isSafeInteger(number) ? [owner, number + 1] : [name, 2];
  for (let next = first; ; next++) {
    const candidate = `${base}-${next}`;
    if (!isName(candidate)) {
      throw new Failure(`The name ${candidate} is too long for the new key`, { todo: "choose one with --name" });
    }
    if (!entries.some((entry) => entry.name === candidate)) return candidate;
  }
}
