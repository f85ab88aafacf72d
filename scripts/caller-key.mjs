// Caller keys, which callers of the Worker send instead of Intercom's access token. The Worker stores only their
// SHA-256, so nobody can read a key from its settings.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { Failure } from "./step.mjs";

export const newCallerKey = () => randomBytes(32).toString("base64url");

/** Creates an entry of the Worker's secret CALLER_KEYS. */
export const callerKeyEntry = (name, key, { scopes, ...more }) => ({
  name,
  sha256: createHash("sha256").update(key).digest("hex"),
  scopes,
  ...more,
});

/** Parses a line of CALLER_KEYS; returns undefined if it is invalid. */
export function entriesOf(line) {
  try {
    const entries = JSON.parse(line);
    if (entries.every(({ name, sha256, scopes }) => name && sha256 && scopes)) return entries;
  } catch {}
}

/**
 * Returns the caller key of `npm start`, which `.caller-key` holds from then on: the value of CALLER_KEY, the key in
 * the file, or a new key. The docs read the key from the file, so it must be the one that the Worker accepts.
 */
export function localCallerKey(env = process.env, file = join(root, ".caller-key")) {
  if (env.CALLER_KEY) {
    const key = checked(env.CALLER_KEY, "CALLER_KEY");
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return key;
  }
  try {
    writeFileSync(file, `${newCallerKey()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return checked(readFileSync(file, "utf8").trim(), file);
}

/** Returns the key if it is valid in a header and long enough that nobody can guess it. */
function checked(key, where) {
  if (/^[\x21-\x7e]{32,}$/.test(key)) return key;
  throw new Failure(`The caller key in ${where} is invalid`, {
    why: "A caller key has 32 or more visible ASCII characters, without spaces.",
    todo: "use another key, or remove CALLER_KEY and .caller-key to create a new one.",
  });
}
