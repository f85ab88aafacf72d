// `intercom-edge key`: creates, lists, rotates and removes caller keys. A key is printed once; the file and the Worker
// have its hash.
import { resolve } from "node:path";
import { Failure } from "../failure.mjs";
import { newCallerKey } from "../keys/caller-key.mjs";
import {
  addKey,
  keyTable,
  lineOf,
  nextSecret,
  removeKey,
  rotateKey,
  SECRET_BYTES,
  validityOf,
} from "../keys/entries.mjs";
import { readKeyFile, STANDARD, writeKeyFile } from "../keys/file.mjs";
import { keyOptions, scopeNames } from "../keys/options.mjs";
import { PRESETS } from "../keys/presets.mjs";
import { hasSecret, putSecret } from "../keys/secret.mjs";
import { wranglerCommand } from "../run/programs.mjs";
import { parsedConfig } from "../wrangler-config.mjs";

export const summary = "creates, lists, rotates and removes caller keys";

export const help = (command) => `${command} --name <name> --preset <preset> [--file <file> [--put]] [options]
${command} --rotate <name> --file <file> [--put] [--until <date>] [--expires <date>] [--name <new name>]
${command} --remove <name> --file <file> [--put]
${command} --list --file <file>
${command} --put --file <file>

Creates a caller key and prints it once. The Worker's secret CALLER_KEYS is one line: a JSON array with the name, scopes
and SHA-256 of each key. Cloudflare does not show a secret again, so keep the line in a file.

In the clone, npm run key -- <options> is the same command.

A new key:
  --name <name>       the caller's name, which appears in the log: letters, digits, ".", "_" and "-"
  --preset <preset>   a set of scopes, see below
  --scopes <scopes>   comma-separated scopes, in addition to those of the preset: contacts:read,messages:send
                      "*:read" grants all read-only scopes, "*" grants all scopes
  --expires <date>    the expiry date (00:00 UTC), such as 2027-01-31, or a number of days, such as 90d
  --origins <origins> allowed origins, comma-separated: https://dashboard.example
  --same-as <name>    the name of a caller whose messages, idempotency keys and quota the key shares

Other actions:
  --rotate <name>     creates a key with the same scopes and origins, which shares messages, idempotency keys and quota
                      with the old key. Its name is <name>-2, or the next free number; --name chooses another
  --until <date>      the expiry of the old key, such as 2027-01-31 or 7d (7d)
  --expires <date>    the expiry of the new key; required if the old key has an expiry
  --remove <name>     removes a key
  --list              lists all keys, and marks those that expire within 14 days

The file and the secret:
  --file <file>       the file with the line, which the command changes. A new key creates the file if it is missing.
                      With "-" the line is read from standard input, and only the new line is written to standard output
  --put               sets the Worker's secret to the line in the file, by wrangler. Alone, it changes no key
  --secret <name>     the secret (CALLER_KEYS). One holds 5 KB, about 25 keys; then use CALLER_KEYS_2 with another file
  --env <name>        the environment: a section [env.<name>] of wrangler.toml. Each has its own secrets, so use a file
                      for each
  --config <file>     another file than wrangler.toml

docs/deploy.md explains how to rotate and revoke keys.

Presets:
${presets()}

Scopes:
${columns(scopeNames())}`;

export async function run(args) {
  const now = Date.now() / 1000;
  const options = keyOptions(args, now);
  const { action, file, put, secret } = options;
  // With `-`, standard output has only the line, so that it can be piped.
  const say = file === STANDARD && action !== "list" ? console.error : console.log;
  await checkWorker(options);
  const { text, entries } = await entriesToChange(options);
  if (action === "list") return say(listing(entries, options, now));

  const changed = change(options, entries, now);
  const line = lineOf(changed.entries, secret);
  if (put && text === undefined) await requireNoSecret(options);
  if (file === STANDARD) await printLine(line);
  else if (file !== undefined && action !== "put") writeKeyFile(file, line, text);
  say(changed.report);
  say(sizeReport(line, secret));
  if (put) return setSecret(line, options);
  say(nextStep(line, options));
}

/** Applies the action to the entries. Returns the new entries and a report, which contains a new key. */
function change(options, entries, now) {
  const { action, target, name, scopes, origins, sameAs, expiresAt, until } = options;
  if (action === "put") return { entries, report: "No key was changed." };
  if (action === "remove") {
    const left = removeKey(entries, target);
    return { entries: left, report: `Removed the key ${target}.${left.length === 0 ? NO_KEYS : ""}` };
  }
  const key = newCallerKey();
  if (action === "rotate") {
    const rotated = rotateKey(entries, target, key, { until, newName: name, expiresAt });
    return { entries: rotated.entries, report: rotationReport(rotated, key, options, now) };
  }
  const added = addKey(entries, name, key, {
    scopes,
    ...(expiresAt && { expires_at: expiresAt }),
    ...(origins && { origins }),
    same_as: sameAs,
  });
  return { entries: added.entries, report: keyReport(added.added, key, now) };
}

const NO_KEYS = `
The line has no keys now. The Worker then answers every request with 401, unless it has another secret with keys or
accepts sign-in tokens (TOKEN_ISSUERS).`;

function keyReport(added, key, now) {
  return `The caller key ${added.name}. Give it to the caller; it is not shown again:
  ${key}

Its scopes are ${added.scopes.join(", ")}.
It ${validityOf(added, now)}.`;
}

function rotationReport({ old, added }, key, options, now) {
  const kept = old.expires_at < options.until ? " That is earlier than --until, so it was not changed." : "";
  return `${keyReport(added, key, now)}

The old key ${old.name} ${validityOf(old, now)}.${kept}
Both keys share messages, idempotency keys and quota. Remove the old key when the caller no longer uses it:
  ${commandLine(`--remove ${old.name}`, options)}
`;
}

function listing(entries, { secret }, now) {
  if (entries.length === 0) return "There are no keys.";
  return `${keyTable(entries, now)}\n\n${sizeReport(JSON.stringify(entries), secret)}`;
}

function sizeReport(line, secret) {
  const bytes = Buffer.byteLength(line);
  const full = bytes > 0.8 * SECRET_BYTES ? ` Put the next keys in ${nextSecret(secret)}.` : "";
  return `The line of ${secret} has ${countOf(JSON.parse(line))} and ${bytes} of at most ${SECRET_BYTES} bytes.${full}`;
}

const countOf = (entries) => (entries.length === 1 ? "1 key" : `${entries.length} keys`);

function nextStep(line, options) {
  const { file, secret } = options;
  if (file === STANDARD) return `Set the secret ${secret} to the line on standard output.`;
  if (file !== undefined) return `Set the Worker's secret to the line in ${file}:\n  ${commandLine("--put", options)}`;
  return `
The line for the Worker's secret ${secret}, with only this key:
  ${line}

Run this command, and paste the line:
  ${`npx wrangler secret put ${secret} ${workerOptions(options)}`.trim()}
The line replaces the old value, so it must contain the entries of all callers. With --file the command adds the key to
the line in a file, and with --put it sets the secret too.
To use the key on localhost: CALLER_KEYS='<the line>' npx intercom-edge dev`;
}

/** Returns a command for the same file and the same secret. */
function commandLine(action, { file, put, secret, environment, config }) {
  const options = [
    action,
    put && action !== "--put" ? "--put" : "",
    `--file ${/^[\w./:\\-]+$/.test(file) ? file : JSON.stringify(file)}`,
    secret === "CALLER_KEYS" ? "" : `--secret ${secret}`,
    workerOptions({ environment, config }),
  ];
  return `npx intercom-edge key ${options.filter(Boolean).join(" ")}`;
}

/** Returns the options that select a Worker, which wrangler has too. */
const workerOptions = ({ environment, config }) =>
  [environment && `--env ${environment}`, config === "wrangler.toml" ? "" : `--config ${config}`]
    .filter(Boolean)
    .join(" ");

/** Checks all that --put, --env and --config need, before anything is changed. */
async function checkWorker({ put, atWorker, config, environment }) {
  if (atWorker) await parsedConfig(resolve(config), environment);
  if (put) wranglerCommand();
}

async function entriesToChange({ action, file }) {
  if (file === undefined) return { entries: [] };
  const { text, entries } = await readKeyFile(file);
  if (entries) return { text, entries };
  if (action === "create") return { entries: [] };
  throw new Failure(`There is no file ${file}`, {
    todo: "correct the name, or create a key with --name; it creates the file",
  });
}

/** A new file has only the new key: its line would revoke all keys that the Worker has. */
async function requireNoSecret({ file, secret, config, environment }) {
  if (!(await hasSecret(secret, { config: resolve(config), environment }))) return;
  throw new Failure(`The Worker already has the secret ${secret}, and there is no file ${file}`, {
    why: "The new line would replace the secret, and so revoke all keys in it. Nothing was changed.",
    todo: `use the file with the line of ${secret}; to revoke its keys, first write [] to ${file}`,
  });
}

async function setSecret(line, options) {
  const { file, secret, config, environment } = options;
  console.log(`→ Setting the secret ${secret} by wrangler`);
  const code = await putSecret(secret, line, { config: resolve(config), environment });
  if (code !== 0) {
    throw new Failure(`wrangler secret put exited with ${code}`, {
      why: `The reason is above. ${file} has the new line; the Worker still has the old one.`,
      todo: `log in with npx wrangler login, or set CLOUDFLARE_API_TOKEN; then run: ${commandLine("--put", options)}`,
    });
  }
  console.log(`✓ The secret ${secret} has the line in ${file}. It takes effect within seconds.`);
}

/** Resolves when the line is written. */
const printLine = (line) => new Promise((done) => process.stdout.write(`${line}\n`, done));

function presets() {
  const lines = Object.entries(PRESETS).flatMap(([name, { description, scopes }]) => [
    `  ${name.padEnd(10)} ${description}`,
    ...wrapped(scopes).map((row) => `             ${row}`),
  ]);
  return lines.join("\n");
}

function wrapped(words) {
  const rows = [];
  for (const word of words) {
    const longer = rows.length > 0 ? `${rows.at(-1)}, ${word}` : word;
    if (rows.length === 0 || longer.length > 100) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  return rows;
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
