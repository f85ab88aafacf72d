// Caller keys, which callers of the Worker send instead of Intercom's access token. The Worker stores only their
// SHA-256, so nobody can read a key from its settings.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.mjs";

/** The last second that JavaScript's dates can represent, since 1970. */
const MAX_SECONDS = 8.64e12;

export const newCallerKey = () => randomBytes(32).toString("base64url");

/** Creates an entry of the Worker's secret CALLER_KEYS. */
export const callerKeyEntry = (name, key, { scopes, ...more }) => ({
  name,
  sha256: createHash("sha256").update(key).digest("hex"),
  scopes,
  ...more,
});

/** Parses a line of CALLER_KEYS; returns undefined if it is invalid. An entry may have fields that are unknown here. */
export function entriesOf(line) {
  try {
    const entries = JSON.parse(line);
    if (entries.every(isEntry)) return entries;
  } catch {}
}

function isEntry({ name, sha256, scopes, expires_at: expiry, origins, same_as: sameAs }) {
  const isText = (value) => typeof value === "string" && value !== "";
  const isList = (value) => Array.isArray(value) && value.every(isText);
  const isTime = (value) => Number.isSafeInteger(value) && value >= 0 && value <= MAX_SECONDS;
  return (
    [name, sha256].every(isText) &&
    isList(scopes) &&
    isTime(expiry ?? 0) &&
    isList(origins ?? []) &&
    isText(sameAs ?? "no other")
  );
}

/**
 * Returns the caller key of `intercom-edge dev`, which the file `caller-key` in `folder` holds from then on: the value
 * of CALLER_KEY, the key in the file, or a new key. The docs read the key from the file, so it must be the one that the
 * Worker accepts.
 */
export function localCallerKey(folder, env = process.env) {
  const file = join(folder, "caller-key");
  if (env.CALLER_KEY) {
    const key = checked(env.CALLER_KEY, "CALLER_KEY", file);
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return key;
  }
  try {
    writeFileSync(file, `${newCallerKey()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return checked(readFileSync(file, "utf8").trim(), file, file);
}

/** Returns the key if it is valid in a header and long enough that nobody can guess it. */
function checked(key, where, file) {
  if (/^[\x21-\x7e]{32,}$/.test(key)) return key;
  throw new Failure(`The caller key in ${where} is invalid`, {
    why: "A caller key has 32 or more visible ASCII characters, without spaces.",
    todo: `use another key, or remove CALLER_KEY and ${file} to create a new one.`,
  });
}
