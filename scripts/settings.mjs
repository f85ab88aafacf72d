// What the Worker is told by `npm start` and by the tests, in a file that only this user can read:
// nothing secret is ever on a command line, where every process of the machine could see it.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { entriesOf } from "./caller-key.mjs";
import { Failure } from "./step.mjs";

/** The documented settings that may be given in the environment (README, "Settings"). */
const names = [
  "ALLOWED_ORIGINS",
  "CACHE_SECONDS",
  "DEFAULT_VERSION",
  "OUTBOX_CALLER_SHARE",
  "DATA_JURISDICTION",
  "OUTBOX_DEDUPE_SECONDS",
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

export function settingsFromEnvironment(env = process.env) {
  const settings = Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]]));
  const given = Object.keys(env).filter((name) => /^CALLER_KEYS(_\d+)?$/.test(name) && env[name]);
  const place = (name) => Number(name.split("_")[2] ?? 1);
  given
    .sort((a, b) => place(a) - place(b))
    .forEach((name, index) => {
      const keys = env[name];
      if (!entriesOf(keys)?.every((entry) => entry.name !== "local")) {
        throw new Failure(`${name} is not a line that npm run key prints`, {
          why: "It is a JSON array of entries, none of them called local, as this machine's own is.",
          todo: `${name}='<the line>' npm start`,
        });
      }
      // This machine's own key is in CALLER_KEYS: the others come after it, without a gap.
      settings[`CALLER_KEYS_${index + 2}`] = keys;
    });
  return settings;
}

/** Writes `settings` to `file` for wrangler: all of them or none, and never for other eyes. */
export function writeSettings(file, settings) {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  const text = `# Written by npm start, from the environment; it is written anew each time.\n${lines.join("")}`;
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(unfinished, text, { mode: 0o600, flag: "wx" });
  renameSync(unfinished, file);
}

/** Wrangler reads the file as dotenv does: nothing is escaped inside quotes, and `$` is expanded. */
function quoted(name, value) {
  const quote = ["'", "`", '"'].find((mark) => !value.includes(mark));
  if (!quote || /[\r\n\\]/.test(value)) {
    throw new Failure(`${name} has characters that no setting has: line breaks, backslashes, or quotes of every kind`);
  }
  return quote + value.replaceAll("$", "\\$") + quote;
}
