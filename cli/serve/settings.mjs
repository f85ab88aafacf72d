// The settings of a Worker on localhost, in a file that only this user can read. A secret is never on a command line,
// which all processes of the computer can read.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../failure.mjs";
import { entriesOf } from "../keys/caller-key.mjs";

/** The settings that the environment can set (README, "Settings"). */
const NAMES = [
  "ALLOWED_ORIGINS",
  "CACHE_SECONDS",
  "DEFAULT_VERSION",
  "OUTBOX_CALLER_SHARE",
  "DATA_JURISDICTION",
  "OUTBOX_DEDUPE_SECONDS",
  "EXPORT_FREE_SHARE",
  "INTERCOM_CLIENT_SECRET",
  "OUTBOX_FREE_SHARE",
  "OUTBOX_KEEP_BODY",
  "OUTBOX_KEEP_DAYS",
  "OUTBOX_MAX_BYTES",
  "OUTBOX_MAX_MESSAGES",
  "REQUEST_LOG",
  "SENDER_ADMIN_ID",
  "TOKEN_ISSUERS",
  "UPSTREAM_VERSION",
];

/** Returns the settings in the environment, and the lines of caller keys as `CALLER_KEYS_2` and so on. */
export function settingsFromEnvironment(env = process.env) {
  const settings = Object.fromEntries(NAMES.filter((name) => env[name]).map((name) => [name, env[name]]));
  const given = Object.keys(env).filter((name) => /^CALLER_KEYS(_\d+)?$/.test(name) && env[name]);
  const place = (name) => Number(name.split("_")[2] ?? 1);
  given
    .sort((a, b) => place(a) - place(b))
    .forEach((name, index) => {
      const keys = env[name];
      if (!entriesOf(keys)?.every((entry) => entry.name !== "local")) {
        throw new Failure(`${name} is not a line that the command key prints`, {
          why: "The line is a JSON array of entries. The name local is reserved for the key of localhost.",
          todo: `set ${name} to the line that npx intercom-edge key prints`,
        });
      }
      // The key of localhost is in CALLER_KEYS. The others follow without a gap.
      settings[`CALLER_KEYS_${index + 2}`] = keys;
    });
  return settings;
}

/** Writes `settings` to `file` for wrangler: all of them or none, and readable for this user only. */
export function writeSettings(file, settings) {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  const text = `# Written at each start, from the environment.\n${lines.join("")}`;
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(unfinished, text, { mode: 0o600, flag: "wx" });
  renameSync(unfinished, file);
}

/** Quotes a value. wrangler reads the file like dotenv: it knows no escapes inside quotes, and expands `$`. */
function quoted(name, value) {
  const quote = ["'", "`", '"'].find((mark) => !value.includes(mark));
  if (!quote || /[\r\n\\]/.test(value)) {
    throw new Failure(`${name} contains a line break, a backslash, or all three kinds of quotes, and no setting does`);
  }
  return quote + value.replaceAll("$", "\\$") + quote;
}
