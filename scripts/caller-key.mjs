// Caller keys: what a caller of the Worker sends where Intercom wants the access token. The Worker
// knows their SHA-256 only, so its settings give nobody a key.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { Failure } from "./step.mjs";

export const newCallerKey = () => randomBytes(32).toString("base64url");

/** An entry of the Worker's secret CALLER_KEYS. */
export const callerKeyEntry = (name, key, { scopes, ...more }) => ({
  name,
  sha256: createHash("sha256").update(key).digest("hex"),
  scopes,
  ...more,
});

/** The entries that a line of CALLER_KEYS holds; none where it isn't one. */
export function entriesOf(line) {
  try {
    const entries = JSON.parse(line);
    if (entries.every(({ name, sha256, scopes }) => name && sha256 && scopes)) return entries;
  } catch {}
}

/** This machine's key: CALLER_KEY's value, or one made at the first start and kept. */
export function localCallerKey() {
  if (process.env.CALLER_KEY) return checked(process.env.CALLER_KEY, "CALLER_KEY");
  const file = join(root, ".caller-key");
  try {
    writeFileSync(file, `${newCallerKey()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return checked(readFileSync(file, "utf8").trim(), file);
}

/** A key travels in a header, and must be beyond guessing. */
function checked(key, where) {
  if (/^[\x21-\x7e]{32,}$/.test(key)) return key;
  throw new Failure(`The caller key in ${where} is not one`, {
    why: "It must be at least 32 visible ASCII characters, without spaces.",
    todo: "choose another, or leave CALLER_KEY away (and .caller-key) to have one made.",
  });
}
