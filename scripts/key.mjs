// `npm run key`: a new caller key. It is shown once; the Worker keeps its hash.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { callerKeyEntry, entriesOf, newCallerKey } from "./caller-key.mjs";
import { root } from "./paths.mjs";
import { Failure, main } from "./step.mjs";

const HELP = `npm run key -- --name <name> --scopes <scopes> [--expires <date>] [--origins <origins>] [--same-as <name>] [--add-to <file>]

Makes a caller key, prints it once, and prints the line for the Worker's secret CALLER_KEYS.

  --name      who calls: letters, digits, ".", "_" and "-"; it stands in the Worker's log
  --scopes    what they may do, with commas between: contacts:read,messages:send
              "*:read" is everything that only looks, "*" is everything
  --expires   the day on whose start (UTC) the key ends, 2027-01-31, or a number of days, 90d
  --origins   the only pages that may use it, with commas between: https://dashboard.example
  --same-as   the caller whose key this one replaces: it has the other's messages and idempotency keys
  --add-to    a file with what CALLER_KEYS holds now; the line printed is that with the new key added

A Worker's variable holds 5 KB, some 25 keys. When CALLER_KEYS is full, go on in CALLER_KEYS_2, and so on.

Scopes:
${columns(scopeNames())}`;

/** What one of Cloudflare's variables may hold, in bytes. */
const VARIABLE_BYTES = 5 * 1024;

await main(async () => {
  const options = given();
  if (options.help) return console.log(HELP);
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
    throw new Failure(`CALLER_KEYS would hold ${bytes} bytes, and a variable holds ${VARIABLE_BYTES}`, {
      todo: "put the new key in the next one: run this without --add-to, and set CALLER_KEYS_2 (or _3 …)",
    });
  }
  console.log(`The key, for the caller only; it is not shown again:
  ${key}

What the Worker's secret CALLER_KEYS is to hold${options.others.length ? ` (${options.others.length + 1} keys)` : " with this caller alone"}:
  ${line}

Set it by \`npx wrangler secret put CALLER_KEYS\`, and paste the line. With other callers, their entries stay in
the array: keep the line in a safe place and give it next time by --add-to. On this machine: CALLER_KEYS='<the line>' npm start.`);
  if (bytes > 0.8 * VARIABLE_BYTES) {
    console.log(
      `\nThat is ${bytes} of the ${VARIABLE_BYTES} bytes that a variable holds: put the next keys in CALLER_KEYS_2.`,
    );
  }
});

function given() {
  let values;
  try {
    const string = { type: "string" };
    ({ values } = parseArgs({
      options: {
        name: string,
        scopes: string,
        expires: string,
        origins: string,
        "same-as": string,
        "add-to": string,
        help: { type: "boolean" },
      },
    }));
  } catch (error) {
    throw wrong(error.message.split(". ")[0]);
  }
  if (values.help) return values;
  const { name, scopes, expires, origins, "same-as": sameAs } = values;
  const isName = (text) => /^[\w.-]{1,64}$/.test(text);
  if (!isName(name ?? "")) throw wrong("A key needs its caller's name: letters, digits, `.`, `_` and `-`");
  if (sameAs !== undefined && !isName(sameAs)) throw wrong("--same-as is a caller's name");
  const others = values["add-to"] === undefined ? [] : entriesIn(values["add-to"]);
  if (others.some((other) => other.name === name)) throw wrong(`There is a key of the name ${name} already`);
  // An empty text is a mistake, and no key without an end or for all pages.
  const given = (text, read) => (text === undefined ? undefined : read(text));
  return {
    name,
    others,
    sameAs,
    scopes: scopesOf(scopes),
    expires: given(expires, endOf),
    origins: given(origins, originsOf),
  };
}

function scopesOf(text) {
  const scopes = listed(text);
  if (scopes.length === 0) throw wrong("A key needs scopes: --scopes contacts:read,admins:read");
  const known = ["*", "*:read", ...scopeNames()];
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown) throw wrong(`There is no scope ${unknown}`);
  return scopes;
}

/** Seconds since 1970. */
function endOf(text) {
  const days = text.match(/^([1-9]\d{0,3})d$/)?.[1];
  const time = days ? Date.now() + days * 86_400_000 : /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  // JavaScript takes the 30th of February for the 2nd of March.
  const real = days || (time && new Date(time).toISOString().startsWith(text));
  if (!real || time <= Date.now()) throw wrong("--expires is a day to come, 2027-01-31, or a number of days, 90d");
  return Math.floor(time / 1000);
}

function originsOf(text) {
  const origins = listed(text);
  // A page of an app or an extension has an origin that URL doesn't know; the Worker's rule is in src/edge/cors.rs.
  const other =
    /^(?!(?:https?|about|blob|data|file|filesystem|ftp|javascript|null|wss?):)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/;
  const known = (origin) =>
    other.test(origin) || (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
  if (!origins.every(known) || origins.length === 0)
    throw wrong("--origins are like https://dashboard.example or capacitor://localhost, without a path");
  return origins;
}

function entriesIn(file) {
  try {
    const entries = entriesOf(readFileSync(file, "utf8"));
    if (entries) return entries;
  } catch {}
  throw wrong(`${file} doesn't hold a line of CALLER_KEYS`);
}

/** The Worker's own list of scopes, where it stands. */
function scopeNames() {
  const source = readFileSync(join(root, "src/edge/scope.rs"), "utf8");
  return [...source.matchAll(/^    \w+ "([a-z_]+:[a-z]+)",$/gm)].map(([, name]) => name);
}

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
    todo: "npm run key -- --name dashboard --scopes contacts:read,admins:read  (--help says more)",
  });
}
