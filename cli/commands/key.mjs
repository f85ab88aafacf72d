// `intercom-edge key`: creates a caller key. The key is printed once; the Worker stores its hash.
import { readFileSync } from "node:fs";
import { callerKeyEntry, entriesOf, newCallerKey } from "../caller-key.mjs";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { built } from "../package.mjs";

export const summary = "creates a caller key";

export const help = (command) => `${command} --name <name> --scopes <scopes> [options]

Creates a caller key, prints it once, and prints the line for the Worker's secret CALLER_KEYS.

  --name      the caller's name, which appears in the log: letters, digits, ".", "_" and "-"
  --scopes    comma-separated scopes: contacts:read,messages:send
              "*:read" grants all read-only scopes, "*" grants all scopes
  --expires   the expiry date (00:00 UTC), such as 2027-01-31, or a number of days, such as 90d
  --origins   allowed origins, comma-separated: https://dashboard.example
  --same-as   to rotate a key: the name of the caller whose key this one replaces; both share their messages
              and idempotency keys
  --add-to    a file with the current line of CALLER_KEYS; the new key is added to it in the output

A secret holds 5 KB, about 25 keys. If CALLER_KEYS is full, use CALLER_KEYS_2, and so on.
docs/deploy.md explains how to rotate and revoke keys.

Scopes:
${columns(scopeNames())}`;

/** Cloudflare's limit for the value of a variable or secret, in bytes. */
const VARIABLE_BYTES = 5 * 1024;

export async function run(args) {
  const options = given(args);
  const key = newCallerKey();
  const entry = callerKeyEntry(options.name, key, {
    scopes: options.scopes,
    ...(options.expires && { expires_at: options.expires }),
    ...(options.origins && { origins: options.origins }),
    ...(options.sameAs && { same_as: options.sameAs }),
  });
  const line = JSON.stringify([...options.others, entry]);
  const bytes = Buffer.byteLength(line);
  if (bytes > VARIABLE_BYTES) {
    throw new Failure(`CALLER_KEYS would have ${bytes} bytes, and the limit is ${VARIABLE_BYTES}`, {
      todo: "run this without --add-to, and set CALLER_KEYS_2 (or _3 …) to the printed line",
    });
  }
  const keys = options.others.length > 0 ? `${options.others.length + 1} keys` : "only this key";
  console.log(`The caller key. Give it to the caller; it is not shown again:
  ${key}

The line for the Worker's secret CALLER_KEYS (${keys}):
  ${line}

Run \`npx wrangler secret put CALLER_KEYS\` and paste the line. It replaces the old value, so it must contain the
entries of all callers: keep the line in a password manager, and pass it with --add-to when you create the next key.
To use the key with npm start: CALLER_KEYS='<the line>' npm start`);
  if (bytes > 0.8 * VARIABLE_BYTES) {
    console.log(`\nThe line has ${bytes} of at most ${VARIABLE_BYTES} bytes. Put the next keys in CALLER_KEYS_2.`);
  }
}

function given(args) {
  const values = optionsFrom(args, ["name", "scopes", "expires", "origins", "same-as", "add-to"]);
  const { name, scopes, expires, origins, "same-as": sameAs } = values;
  const isName = (text) => /^[\w.-]{1,64}$/.test(text);
  if (!isName(name ?? "")) throw wrong("--name is required: 1 to 64 letters, digits, `.`, `_` and `-`");
  if (sameAs !== undefined && !isName(sameAs))
    throw wrong("--same-as must be a caller's name: 1 to 64 letters, digits, `.`, `_` and `-`");
  const others = values["add-to"] === undefined ? [] : entriesIn(values["add-to"]);
  if (others.some((other) => other.name === name)) throw wrong(`A key with the name ${name} already exists`);
  // An empty value is a mistake. It must not create a key without expiry, or for all origins.
  const given = (text, read) => (text === undefined ? undefined : read(text));
  return {
    name,
    others,
    sameAs,
    scopes: scopesOf(scopes),
    expires: given(expires, expiryOf),
    origins: given(origins, originsOf),
  };
}

function scopesOf(text) {
  const scopes = listed(text);
  if (scopes.length === 0) throw wrong("--scopes is required: --scopes contacts:read,admins:read");
  const known = ["*", "*:read", ...scopeNames()];
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown) throw wrong(`Unknown scope ${unknown}`);
  return scopes;
}

/** The expiry in seconds since 1970. */
function expiryOf(text) {
  const days = text.match(/^([1-9]\d{0,3})d$/)?.[1];
  const time = days ? Date.now() + days * 86_400_000 : /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  // JavaScript takes the 30th of February for the 2nd of March.
  const real = days || (time && new Date(time).toISOString().startsWith(text));
  if (!real || time <= Date.now())
    throw wrong("--expires must be a future date such as 2027-01-31, or a number of days such as 90d");
  return Math.floor(time / 1000);
}

function originsOf(text) {
  const origins = listed(text);
  // URL doesn't know the origins of apps and extensions. The Worker's rule is in src/edge/access/cors.rs.
  const other =
    /^(?!(?:https?|about|blob|data|file|filesystem|ftp|javascript|null|wss?):)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/;
  const known = (origin) =>
    other.test(origin) || (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
  if (!origins.every(known) || origins.length === 0)
    throw wrong("--origins must be like https://dashboard.example or capacitor://localhost, without a path");
  return origins;
}

function entriesIn(file) {
  try {
    const entries = entriesOf(readFileSync(file, "utf8"));
    if (entries) return entries;
  } catch {}
  throw wrong(`${file} does not contain a line of CALLER_KEYS`);
}

/** The names of the Worker's scopes, which its build writes. */
const scopeNames = () => JSON.parse(readFileSync(built("edge", "scopes.json"), "utf8"));

function columns(names) {
  const rows = Math.ceil(names.length / 3);
  const row = (at) =>
    [0, 1, 2]
      .map((column) => (names[at + column * rows] ?? "").padEnd(32))
      .join("")
      .trimEnd();
  return Array.from({ length: rows }, (_, at) => `  ${row(at)}`).join("\n");
}

function listed(text = "") {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function wrong(what) {
  return new Failure(what, {
    todo: "npm run key -- --name dashboard --scopes contacts:read,admins:read  (for all options: --help)",
  });
}
